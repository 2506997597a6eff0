"""Tests that need TensorFlow: `./run test ai` runs them, elsewhere they are passed over."""

"""Tests of the AI. What needs its libraries is in `tests/ai/learning`, which is passed over without them."""

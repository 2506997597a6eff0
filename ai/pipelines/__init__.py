"""The three things to do with a model: train, evaluate, predict."""

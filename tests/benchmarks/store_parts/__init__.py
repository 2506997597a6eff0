"""The parts of the store's benchmark."""

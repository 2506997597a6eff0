"""The parts of ``benchmarks/ai.py``: our side, the plain side, and the processes that run them."""

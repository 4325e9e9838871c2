"""The measurement server, a process of its own: ``python -m controller.measure``."""

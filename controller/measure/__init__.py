"""The measurement server, a process of its own."""

"""What pages show, read from the database into plain dataclasses, always through the caller's scope."""

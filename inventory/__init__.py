"""What exists: registry import and export, identity of devices, vendors by MAC. Pure functions on plain data."""

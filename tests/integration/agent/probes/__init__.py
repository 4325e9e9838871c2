"""Probes that measure nothing but say what a test tells them to, by files in the directory TEST_BOX."""

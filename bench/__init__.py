"""One file a benchmark against a peer: python -m bench.NAME."""

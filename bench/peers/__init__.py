"""What benchmarks run beside us, and how ours is run beside it."""

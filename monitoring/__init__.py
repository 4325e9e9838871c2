"""Pure arithmetic on plain data: health, clocks, availability."""

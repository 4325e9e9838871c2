"""Pure arithmetic on plain data: true times, status of a school, roll-ups. Nothing here does I/O."""

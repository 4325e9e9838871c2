"""Server-rendered pages and their static sources."""

"""Incidents over the database: what is gathered, what is decided (by monitoring/), what is written down."""

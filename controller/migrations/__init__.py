"""The schema and its history: Alembic scripts in ``versions/``, run by :mod:`controller.migrate`, never by hand."""

"""The evidence file of a school and a period: what the boxes sealed, what follows from it, and how anyone checks it.

Two halves share the pure middle. ``build`` (with ``gather``, ``keys`` and ``report``) makes a file from the database;
``verify`` checks one with nothing but the file. Both go by ``derive`` → ``coverage`` → ``verdict`` → ``parts``, so a
value in the file is right exactly when the sealed batches beside it give it again. Nothing that ``verify`` imports
needs a database, a web server or this installation's keys. Format and trust: docs/decisions/0014-evidence-file.md.
"""

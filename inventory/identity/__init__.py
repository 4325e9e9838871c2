"""Which machine is it? Identity of hardware by evidence: pure functions on plain data, no database, no clock.

``sighting`` says what was seen of a machine once, ``normal`` and ``junk`` what of it carries any weight, ``match`` how
much speaks for and against its being one that is known, ``change`` what an accepted sighting changes in what is known.
"""

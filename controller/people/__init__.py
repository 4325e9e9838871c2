"""People: accounts, second factor, sessions, API tokens, and what each role may do."""

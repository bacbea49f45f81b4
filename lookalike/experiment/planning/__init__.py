"""How large a test must be, and what it can find."""

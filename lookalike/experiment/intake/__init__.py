"""Results in, a table of users out."""

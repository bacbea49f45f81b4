"""What a marketer should know of one list: would more seeds help, what to weight by, is it clean."""

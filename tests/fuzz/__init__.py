"""Damaged files for everything that reads what a user gives: `python -m tests.fuzz --help`.

A case is a parser, a seed and a number, and always the same file. It must end in a user's error
that is a plain sentence, or in a result whose rows add up and whose ids stand in the file; within
bounded time and memory.
"""

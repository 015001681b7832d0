"""The user's own examples: found in docstrings and tests, run in the sandbox, and what they say of a fill."""

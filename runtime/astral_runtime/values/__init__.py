"""What the variables hold at a hole when the user's own examples are run up to it."""

"""What runs within the sandbox for examples: the standard library alone."""

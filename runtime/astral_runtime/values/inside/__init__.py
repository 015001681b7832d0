"""What runs within the sandbox for values: the standard library alone."""

"""Shaped generation of Python: typed holes in, verified fills out. Knows no editor protocol."""

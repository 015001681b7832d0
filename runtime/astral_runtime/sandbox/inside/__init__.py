"""What runs within the sandbox: the standard library alone, on the workspace's own interpreter (Python 3.10 or newer)."""

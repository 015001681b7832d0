"""What runs within the sandbox for verifiers: the standard library, and the tool of the verifier itself."""

"""Proposers from outside: any causal language model, under the same constraints as our own (§1.1: the substrate is swapped)."""

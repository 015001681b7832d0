"""Training: `python -m astral_models.train --config nano --resume --max-minutes N` (steps A1, A2 and A3 of §9.1 in one pass)."""

"""The training corpus: pinned, permissively licensed, cleaned, deduplicated, split by package; read from disk as memory maps.

`python -m astral_models.corpus` runs fetch → clean → dedupe → tokenise → report. Nothing here is needed to use the shipped weights.
"""

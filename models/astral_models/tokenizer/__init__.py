"""Lexeme-aligned tokens of Python: no token crosses a lexeme, keywords and operators are single tokens, spacing is canonical."""

from __future__ import annotations

from astral_models.tokenizer.detokenise import Piece, detokenise, pieces
from astral_models.tokenizer.encode import Encoding, Tokenizer, load_tokenizer

__all__ = ["Encoding", "Piece", "Tokenizer", "detokenise", "load_tokenizer", "pieces"]

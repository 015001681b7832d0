"""Lexeme columns as rows, for tests."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from astral_native import LEXEME_KINDS, Lexemes


class Token(NamedTuple):
    """One lexeme: its kind's name, its text and its byte span."""

    kind: str
    text: str
    start: int
    end: int


def tokens(lexemes: Lexemes, text: str) -> list[Token]:
    """The rows of `lexemes`, which belong to `text`."""
    source = text.encode()
    starts = np.frombuffer(lexemes.starts(), "<u4").tolist()
    ends = np.frombuffer(lexemes.ends(), "<u4").tolist()
    kinds = np.frombuffer(lexemes.kinds(), "u1").tolist()
    return [Token(LEXEME_KINDS[k], source[s:e].decode(), s, e) for k, s, e in zip(kinds, starts, ends, strict=True)]

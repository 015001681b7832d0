"""Lexemes → tokens: words and literals to subwords, everything else one token. Bytes stand for what no subword covers."""

from __future__ import annotations

import re
from collections.abc import Callable

from astral_native import LEXEME_KINDS
from astral_runtime.context.tokens import Lexed
from astral_runtime.context.vocabulary import BYTES, COMMENT, COMMENT_END, FIRST_WORD, ID, MARK, RAW, RAW_END, normal_prefix

TEXT_PIECE = re.compile(r"\n *| +(?= )| ?[A-Za-z0-9_]+| ?[^A-Za-z0-9_\s]+| |\s")
LITERAL = re.compile(r"([A-Za-z]*)(\"\"\"|'''|\"|')")
NAME, NUMBER, STRING, F_START, F_MIDDLE, F_END, COMMENT_KIND, NEWLINE, INDENT, DEDENT, ERROR = range(11)
LAYOUT_IDS = {NEWLINE: ID["<NEWLINE>"], INDENT: ID["<INDENT>"], DEDENT: ID["<DEDENT>"]}
WORD_IDS = {kind: ID[f"<kw>{LEXEME_KINDS[kind]}"] for kind in range(FIRST_WORD, len(LEXEME_KINDS))}
EQUALS = LEXEME_KINDS.index("=")
FIELD_ENDS = {LEXEME_KINDS.index(word) for word in "!:}"}

Split = Callable[[str], tuple[tuple[int, int], ...]]
"""(id, source bytes) of the subwords of one piece of text."""

Row = tuple[int, int, int, int]
"""Token id, lexeme, first byte, byte behind the last."""


class Reader:
    """The tokens of a run of lexemes that begins and ends at logical lines."""

    def __init__(self, lexed: Lexed, split: Split, marked: frozenset[int]) -> None:
        self.lexed, self.data = lexed, lexed.data
        self.split, self.marked = split, marked
        self.rows: list[Row] = []

    def read(self, first: int, last: int) -> list[Row]:
        """Rows of the lexemes [first, last)."""
        kinds, starts, ends = (column[first:last].tolist() for column in (self.lexed.kinds, self.lexed.starts, self.lexed.ends))
        raw = _debug_fstrings(kinds)
        quotes: list[str] = []
        at = 0
        while at < len(kinds):
            kind, start, end, i = kinds[at], starts[at], ends[at], first + at
            if kind >= FIRST_WORD:
                self._add(WORD_IDS[kind], i, start, end)
            elif kind in (NAME, NUMBER):
                self._word(i, start, end)
            elif kind in LAYOUT_IDS:
                self._add(LAYOUT_IDS[kind], i, start, end)
            elif at in raw:
                at = raw[at]
                self._enclosed(RAW, RAW_END, i, start, ends[at])
            else:
                self._text(kind, i, start, end, quotes)
            at += 1
        return self.rows

    def _add(self, token: int, lexeme: int, start: int, end: int) -> None:
        self.rows.append((token, lexeme, start, end))

    def _word(self, lexeme: int, start: int, end: int) -> None:
        """An identifier or number; its mark stands for no byte."""
        at = start
        for token, width in self.split(MARK + self.data[start:end].decode("utf-8")):
            after = at + width - (at == start and token in self.marked)
            self._add(token, lexeme, at, after)
            at = after

    def _text(self, kind: int, lexeme: int, start: int, end: int, quotes: list[str]) -> None:
        """String literals, parts of f-strings, comments, and what is no token."""
        if kind == COMMENT_KIND:
            self._enclosed(COMMENT, COMMENT_END, lexeme, start, end, skip=1)
        elif kind == F_MIDDLE:
            self._contents(lexeme, start, end)
        elif kind == F_END:
            self._add(ID[f"<close>{quotes.pop() if quotes else chr(self.data[start])}"], lexeme, start, end)
        elif kind in (STRING, F_START):
            self._literal(kind, lexeme, start, end, quotes)
        else:
            self._enclosed(RAW, RAW_END, lexeme, start, end)

    def _literal(self, kind: int, lexeme: int, start: int, end: int, quotes: list[str]) -> None:
        found = LITERAL.match(self.data[start : min(end, start + 6)].decode("utf-8", "replace"))
        if found is None:
            raise AssertionError("the lexer calls a string what opens with no quote")
        prefix, quote = found.groups()
        opened = start + len(prefix) + len(quote)
        self._add(ID[f"<open>{normal_prefix(prefix)}{quote}"], lexeme, start, opened)
        if kind == F_START:
            quotes.append(quote)
            return
        self._contents(lexeme, opened, end - len(quote))
        self._add(ID[f"<close>{quote}"], lexeme, end - len(quote), end)

    def _enclosed(self, opens: str, closes: str, lexeme: int, start: int, end: int, skip: int = 0) -> None:
        self._add(ID[opens], lexeme, start, start + skip)
        self._contents(lexeme, start + skip, end)
        self._add(ID[closes], lexeme, end, end)

    def _contents(self, lexeme: int, start: int, end: int) -> None:
        at = start
        for found in TEXT_PIECE.finditer(self.data[start:end].decode("utf-8")):
            piece = found[0]
            rows = _as_bytes(piece) if MARK in piece else self.split(piece.replace(" ", MARK))
            for token, width in rows:
                self._add(token, lexeme, at, at + width)
                at += width


def _as_bytes(piece: str) -> tuple[tuple[int, int], ...]:
    """A piece that holds the mark itself as text."""
    return tuple((ID[BYTES[value]], 1) for value in piece.encode("utf-8"))


def _debug_fstrings(kinds: list[int]) -> dict[int, int]:
    """First and last lexeme of outermost f-strings with `{name=}`: they repeat their own spacing as text, so they are kept verbatim."""
    found: dict[int, int] = {}
    opened: list[int] = []
    debug = False
    for i in range(len(kinds)):
        if kinds[i] == F_START:
            debug = debug and bool(opened)
            opened.append(i)
        elif kinds[i] == F_END and opened:
            start = opened.pop()
            if not opened and debug:
                found[start] = i
        elif opened:
            debug = debug or (kinds[i] == EQUALS and i + 1 < len(kinds) and kinds[i + 1] in FIELD_ENDS)
    return found

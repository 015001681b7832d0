"""Text → tokens, with the lexeme, the byte span and the AST position of each. It never fails: bytes stand for what no subword covers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as Subwords

from astral_models.tokenizer.vocabulary import BYTES, COMMENT, COMMENT_END, FIRST_WORD, ID, MARK, RAW, RAW_END, normal_prefix
from astral_native import LEXEME_KINDS, Lexemes, Snapshot

TEXT_PIECE = re.compile(r"\n *| +(?= )| ?[A-Za-z0-9_]+| ?[^A-Za-z0-9_\s]+| |\s")
LITERAL = re.compile(r"([A-Za-z]*)(\"\"\"|'''|\"|')")
NAME, NUMBER, STRING, F_START, F_MIDDLE, F_END, COMMENT_KIND, NEWLINE, INDENT, DEDENT, ERROR = range(11)
LAYOUT_IDS = {NEWLINE: ID["<NEWLINE>"], INDENT: ID["<INDENT>"], DEDENT: ID["<DEDENT>"]}
WORD_IDS = {kind: ID[f"<kw>{LEXEME_KINDS[kind]}"] for kind in range(FIRST_WORD, len(LEXEME_KINDS))}
EQUALS, BRACE_OPEN, BRACE_CLOSE = (LEXEME_KINDS.index(word) for word in "={}")
FIELD_ENDS = {LEXEME_KINDS.index(word) for word in "!:}"}
OPENING = {LEXEME_KINDS.index(word) for word in "([{"}
CLOSING = {LEXEME_KINDS.index(word) for word in ")]}"}

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Encoding:
    """Tokens of one text, column by column. `lexeme` indexes the native lexemes; `start` and `end` are UTF-8 byte offsets."""

    ids: Ints
    lexeme: Ints
    start: Ints
    end: Ints
    node: Ints
    depth: Ints
    sibling: Ints
    scope: Ints

    def __len__(self) -> int:
        return len(self.ids)


class Tokenizer:
    """The bundled vocabulary over native lexemes. Safe to share between threads: its cache only ever gains equal entries."""

    def __init__(self, subwords: Subwords) -> None:
        self.subwords = subwords
        self.size: int = subwords.get_vocab_size()
        self.names: list[str] = [subwords.id_to_token(index) or "" for index in range(self.size)]
        self._cache: dict[str, tuple[tuple[int, int], ...]] = {}

    def encode(self, text: str) -> Encoding:
        """Tokens of a file or a fragment."""
        return self.encode_lexemes(text, Snapshot(text).lexemes())

    def encode_lexemes(self, text: str, lexemes: Lexemes) -> Encoding:
        """The same for a text that was lexed already; lexemes without a tree have zero AST positions."""
        rows = _Rows(self, text.encode("utf-8"))
        rows.read(lexemes)
        index = np.asarray(rows.lexeme, np.int64)
        columns = (
            (lexemes.node_types(), np.uint16),
            (lexemes.depths(), np.uint8),
            (lexemes.siblings(), np.uint8),
            (lexemes.scopes(), np.uint8),
        )
        node, depth, sibling, scope = (np.frombuffer(data, dtype).astype(np.int64)[index] for data, dtype in columns)
        ids, start, end = (np.asarray(column, np.int64) for column in (rows.ids, rows.start, rows.end))
        return Encoding(ids, index, start, end, node, depth, sibling, scope)

    def word(self, text: str) -> tuple[int, ...]:
        """Token ids of an identifier or a number."""
        return tuple(index for index, _ in self.subword(MARK + text))

    def subword(self, piece: str) -> tuple[tuple[int, int], ...]:
        """(id, source bytes) of the subwords of one piece; a leading mark stands for no byte or for one space, as the caller knows."""
        known = self._cache.get(piece)
        if known is None:
            if len(self._cache) > 200_000:
                self._cache.clear()
            known = self._cache[piece] = self._split(piece)
        return known

    def _split(self, piece: str) -> tuple[tuple[int, int], ...]:
        ids = self.subwords.encode(piece, add_special_tokens=False).ids
        return tuple((index, 1 if name in BYTE_NAMES else len(name)) for index in ids for name in (self.names[index],))


BYTE_NAMES = frozenset(BYTES)


class _Rows:
    """The columns of one text while it is read."""

    def __init__(self, tokenizer: Tokenizer, data: bytes) -> None:
        self.tokenizer = tokenizer
        self.data = data
        self.ids: list[int] = []
        self.lexeme: list[int] = []
        self.start: list[int] = []
        self.end: list[int] = []

    def read(self, lexemes: Lexemes) -> None:
        starts = np.frombuffer(lexemes.starts(), np.uint32).tolist()
        ends = np.frombuffer(lexemes.ends(), np.uint32).tolist()
        kinds = list(lexemes.kinds())
        raw = _debug_fstrings(kinds)
        quotes: list[str] = []
        i = 0
        while i < len(kinds):
            kind, start, end = kinds[i], starts[i], ends[i]
            if kind >= FIRST_WORD:
                self.add(WORD_IDS[kind], i, start, end)
            elif kind in (NAME, NUMBER):
                self.word(i, start, end)
            elif kind in LAYOUT_IDS:
                self.add(LAYOUT_IDS[kind], i, start, end)
            elif i in raw:
                self.enclosed(RAW, RAW_END, i, start, ends[raw[i]])
                i = raw[i]
            else:
                self.text(kind, i, start, end, quotes)
            i += 1

    def add(self, token: int, lexeme: int, start: int, end: int) -> None:
        self.ids.append(token)
        self.lexeme.append(lexeme)
        self.start.append(start)
        self.end.append(end)

    def word(self, lexeme: int, start: int, end: int) -> None:
        at = start
        for token, width in self.tokenizer.subword(MARK + self.data[start:end].decode("utf-8")):
            after = at + width - (at == start and self.tokenizer.names[token].startswith(MARK))
            self.add(token, lexeme, at, after)
            at = after

    def text(self, kind: int, lexeme: int, start: int, end: int, quotes: list[str]) -> None:
        """String literals, parts of f-strings, comments, and what is no token."""
        if kind == COMMENT_KIND:
            self.enclosed(COMMENT, COMMENT_END, lexeme, start, end, skip=1)
        elif kind == F_MIDDLE:
            self.contents(lexeme, start, end)
        elif kind == F_END:
            self.add(ID[f"<close>{quotes.pop() if quotes else chr(self.data[start])}"], lexeme, start, end)
        elif kind in (STRING, F_START):
            prefix, quote = self.opening(start, end)
            opened = start + len(prefix) + len(quote)
            self.add(ID[f"<open>{normal_prefix(prefix)}{quote}"], lexeme, start, opened)
            if kind == F_START:
                quotes.append(quote)
                return
            self.contents(lexeme, opened, end - len(quote))
            self.add(ID[f"<close>{quote}"], lexeme, end - len(quote), end)
        else:
            self.enclosed(RAW, RAW_END, lexeme, start, end)

    def opening(self, start: int, end: int) -> tuple[str, str]:
        found = LITERAL.match(self.data[start : min(end, start + 6)].decode("utf-8", "replace"))
        if found is None:
            raise AssertionError("the lexer calls a string what opens with no quote")
        return found[1], found[2]

    def enclosed(self, opens: str, closes: str, lexeme: int, start: int, end: int, skip: int = 0) -> None:
        self.add(ID[opens], lexeme, start, start + skip)
        self.contents(lexeme, start + skip, end)
        self.add(ID[closes], lexeme, end, end)

    def contents(self, lexeme: int, start: int, end: int) -> None:
        at = start
        for found in TEXT_PIECE.finditer(self.data[start:end].decode("utf-8")):
            piece = found[0]
            rows = _as_bytes(piece) if MARK in piece else self.tokenizer.subword(piece.replace(" ", MARK))
            for token, width in rows:
                self.add(token, lexeme, at, at + width)
                at += width


def _as_bytes(piece: str) -> tuple[tuple[int, int], ...]:
    """A piece that holds the mark itself as text."""
    return tuple((ID[BYTES[value]], 1) for value in piece.encode("utf-8"))


def _debug_fstrings(kinds: list[int]) -> dict[int, int]:
    """First and last lexeme of outermost f-strings with `{name=}`: they repeat their own spacing as text, so they are kept verbatim."""
    found: dict[int, int] = {}
    opened: list[int] = []
    debug = False
    for i, kind in enumerate(kinds):
        if kind == F_START:
            debug = debug and bool(opened)
            opened.append(i)
        elif kind == F_END and opened:
            first = opened.pop()
            if not opened and debug:
                found[first] = i
        elif opened:
            debug = debug or (kind == EQUALS and i + 1 < len(kinds) and kinds[i + 1] in FIELD_ENDS)
    return found


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`. OSError when it is missing, ValueError when it is no vocabulary of this layout."""
    data = path.read_text(encoding="utf-8")
    try:
        subwords = Subwords.from_str(data)
    except Exception as broken:  # the library raises bare Exception
        raise ValueError(f"{path.name} is no tokenizer: {broken}") from broken
    if any(subwords.token_to_id(name) != index for name, index in ID.items()):
        raise ValueError(f"{path.name} has another fixed vocabulary")
    return Tokenizer(subwords)

"""Tokens of a document, column by column, with the byte span and the AST position of each (§3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from astral_native import Lexemes

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lexed:
    """A text and its native lexemes as arrays: what tokens are read from, and what the next version is compared with."""

    data: bytes
    kinds: Ints
    starts: Ints
    ends: Ints

    @classmethod
    def of(cls, data: bytes, lexemes: Lexemes) -> Lexed:
        """The columns of `lexemes`, which lex `data`."""
        kinds = np.frombuffer(lexemes.kinds(), np.uint8).astype(np.int64)
        starts, ends = (np.frombuffer(column, np.uint32).astype(np.int64) for column in (lexemes.starts(), lexemes.ends()))
        return cls(data, kinds, starts, ends)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a whole document between two [EOS], columns of equal length.

    `lexeme` indexes `lexed` (−1 for [EOS]); `start` and `end` are UTF-8 byte offsets, neither ever decreases. `node`, `depth`,
    `sibling` and `scope` are the AST position: type of the leaf's parent, depth, index among siblings, nesting of definitions.
    """

    lexed: Lexed
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

    def columns(self) -> Ints:
        """What the encoder reads, (5, l): ids, node, depth, sibling, scope."""
        return np.stack([self.ids, self.node, self.depth, self.sibling, self.scope])

    def at(self, start: int, end: int) -> tuple[int, int]:
        """Half-open range of the tokens that overlap the bytes [start, end); for an empty span, where new tokens would stand.

        Tokens of no width at `start` count as left of it, those at `end` as right of it; the two [EOS] are never inside.
        """
        first = min(int(np.searchsorted(self.end, start, "right")), len(self) - 1)
        last = min(int(np.searchsorted(self.start, end, "left")), len(self) - 1)
        return first, max(first, last)


def ast_columns(lexemes: Lexemes, index: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Node type, depth, sibling index and scope nesting of the lexemes that `index` names, 0 for −1."""
    columns = (lexemes.node_types(), np.uint16), (lexemes.depths(), np.uint8), (lexemes.siblings(), np.uint8), (lexemes.scopes(), np.uint8)
    node, depth, sibling, scope = (np.append(np.frombuffer(data, dtype), dtype(0)).astype(np.int64)[index] for data, dtype in columns)
    return node, depth, sibling, scope

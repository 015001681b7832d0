"""The bundled vocabulary over native lexemes: a document's tokens, afresh or from those of its previous version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer as Subwords

from astral_native import Snapshot
from astral_runtime.context.layout import detokenise
from astral_runtime.context.reading import NEWLINE, Reader, Row
from astral_runtime.context.tokens import Ints, Lexed, Tokens, ast_columns
from astral_runtime.context.vocabulary import BYTES, EOS, ID, MARK

CACHED_PIECES = 200_000
BYTE_NAMES = frozenset(BYTES)


class Tokenizer:
    """Text to tokens and back. Safe to share between threads: its cache only ever gains equal entries."""

    def __init__(self, data: bytes) -> None:
        """`data` is a `tokenizer.json`. ValueError when it is none, or when it has another fixed vocabulary."""
        try:
            self._subwords = Subwords.from_buffer(data)
        except Exception as broken:  # the library raises bare Exception
            raise ValueError(f"it is no tokenizer: {broken}") from broken
        if any(self._subwords.token_to_id(name) != index for name, index in ID.items()):
            raise ValueError("it has another fixed vocabulary")
        self.size: int = self._subwords.get_vocab_size()
        self.names: tuple[str, ...] = tuple(self._subwords.id_to_token(index) or "" for index in range(self.size))
        self._marked = frozenset(index for index, name in enumerate(self.names) if name.startswith(MARK))
        self._cache: dict[str, tuple[tuple[int, int], ...]] = {}

    def tokens(self, snapshot: Snapshot, before: Tokens | None = None) -> Tokens:
        """Tokens of a document between two [EOS]. `before`, the tokens of an earlier version, saves reading the lines that stayed."""
        lexemes = snapshot.lexemes()
        lexed = Lexed.of(snapshot.text().encode("utf-8"), lexemes)
        head, tail = (0, 0) if before is None else _unchanged(before.lexed, lexed)
        rows = Reader(lexed, self._split, self._marked).read(head, len(lexed.kinds) - tail)
        ids, index, start, end = _joined(rows, before, head, tail, lexed)
        return Tokens(lexed, ids, index, start, end, *ast_columns(lexemes, index))

    def word(self, text: str) -> tuple[int, ...]:
        """Token ids of an identifier or a number."""
        return tuple(index for index, _ in self._split(MARK + text))

    def text(self, ids: Sequence[int] | Ints, base: str = "", unit: str = "    ") -> str:
        """Canonical text of tokens: the first line as it stands, the others behind `base` and one `unit` a level."""
        return detokenise((int(token) for token in ids), self.names, base, unit)

    def _split(self, piece: str) -> tuple[tuple[int, int], ...]:
        known = self._cache.get(piece)
        if known is None:
            if len(self._cache) > CACHED_PIECES:
                self._cache.clear()
            ids = self._subwords.encode(piece, add_special_tokens=False).ids
            known = tuple((index, 1 if self.names[index] in BYTE_NAMES else len(self.names[index])) for index in ids)
            self._cache[piece] = known
        return known


def _unchanged(before: Lexed, after: Lexed) -> tuple[int, int]:
    """How many lexemes at the start and at the end stayed as they were, counted in whole logical lines."""
    old, new = np.frombuffer(before.data, np.uint8), np.frombuffer(after.data, np.uint8)
    shift = len(new) - len(old)
    same_head = _agreeing(old, new)
    same_tail = min(_agreeing(old[::-1], new[::-1]), min(len(old), len(new)) - same_head)
    head = min(
        _agreeing(before.kinds, after.kinds),
        _agreeing(before.starts, after.starts),
        _agreeing(before.ends, after.ends),
        int(np.searchsorted(after.ends, same_head, "right")),
    )
    tail = min(
        _agreeing(before.kinds[::-1], after.kinds[::-1]),
        _agreeing(before.starts[::-1] + shift, after.starts[::-1]),
        _agreeing(before.ends[::-1] + shift, after.ends[::-1]),
        len(after.starts) - int(np.searchsorted(after.starts, len(new) - same_tail, "left")),
        min(len(before.kinds), len(after.kinds)) - head,
    )
    lines = np.flatnonzero(after.kinds[:head] == NEWLINE)
    ends = np.flatnonzero(after.kinds[len(after.kinds) - tail :] == NEWLINE)
    return (int(lines[-1]) + 1 if len(lines) else 0), (tail - int(ends[0]) - 1 if len(ends) else 0)


def _agreeing(a: NDArray[Any], b: NDArray[Any]) -> int:
    """Length of the common prefix."""
    shorter = min(len(a), len(b))
    different = a[:shorter] != b[:shorter]
    first = int(different.argmax()) if shorter else 0
    return first if shorter and different[first] else shorter


def _joined(rows: list[Row], before: Tokens | None, head: int, tail: int, lexed: Lexed) -> tuple[Ints, Ints, Ints, Ints]:
    """Columns id, lexeme, start, end of [EOS], the kept head, the newly read rows, the kept tail, [EOS]."""
    size = len(lexed.data)
    if before is None:
        ids, index, start, end = np.array([(EOS, -1, 0, 0), *rows, (EOS, -1, size, size)], np.int64).T.copy()
        return ids, index, start, end
    total, bytes_on = len(before.lexed.kinds), size - len(before.lexed.data)
    first, last = np.searchsorted(before.lexeme[1:-1], [head, total - tail]) + 1
    old = (before.ids, 0), (before.lexeme, len(lexed.kinds) - total), (before.start, bytes_on), (before.end, bytes_on)
    read = np.array(rows, np.int64).reshape(-1, 4).T
    parts = zip(old, read, strict=True)
    ids, index, start, end = (np.concatenate([column[:first], new, column[last:] + shift]) for (column, shift), new in parts)
    index[-1] = -1
    return ids, index, start, end

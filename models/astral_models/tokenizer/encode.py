"""Text → the columns of a shard: what the runtime reads of a document, without the [EOS] at its ends."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from astral_native import Snapshot
from astral_runtime.context.tokenise import Tokenizer

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


def encode(tokenizer: Tokenizer, text: str) -> Encoding:
    """Tokens of a file or a fragment. It never fails: bytes stand for what no subword covers."""
    tokens = tokenizer.tokens(Snapshot(text))
    return Encoding(*(getattr(tokens, field.name)[1:-1] for field in fields(Encoding)))


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`. OSError when it is missing, ValueError when it is no vocabulary of this layout."""
    try:
        return Tokenizer(path.read_bytes())
    except ValueError as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong

"""Text → the columns of a shard: what the runtime reads of a document, without the [EOS] at its ends."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from astral_native import Snapshot
from astral_runtime.context.tokenise import Tokenizer
from astral_runtime.context.tokens import Tokens

COLUMNS = tuple(field.name for field in fields(Tokens) if field.name != "lexed")


def encode(tokenizer: Tokenizer, text: str) -> Tokens:
    """Tokens of a file or a fragment. It never fails: bytes stand for what no subword covers."""
    tokens = tokenizer.tokens(Snapshot(text))
    return replace(tokens, **{name: getattr(tokens, name)[1:-1] for name in COLUMNS})


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a `tokenizer.json`. OSError when it is missing, ValueError when it is no vocabulary of this layout."""
    try:
        return Tokenizer(path.read_bytes())
    except ValueError as wrong:
        raise ValueError(f"{path.name}: {wrong}") from wrong

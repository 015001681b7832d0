"""The text before a hole (and behind it, for a model that knows middles) as a prompt that stays the same while somebody types below.

A window that begins at the same place for many positions of the hole keeps what was read valid: its beginning moves on in strides.
"""

from __future__ import annotations

from collections.abc import Sequence

from astral_runtime.proposers.gap import Gap
from astral_runtime.proposers.protocol import LanguageModel

SUFFIX_SHARE = 4
"""Of the window, one in so many tokens is for the suffix, where the model is told it."""

STRIDE = 4
"""The window's beginning moves on by one in so many of its tokens."""

LETTERS = 8
"""Characters that a token has at most, on average: what lies further away is not even encoded."""


def prompt_of(model: LanguageModel, gap: Gap) -> list[int]:
    """Tokens of the prompt, at most `model.window`."""
    if model.fim is None:
        return [*model.begins, *_last(model, gap.before, model.window - len(model.begins))]
    room = model.window - len(model.begins) - 3
    suffix = model.encode(gap.after[: LETTERS * room // SUFFIX_SHARE])[: room // SUFFIX_SHARE]
    prefix = _last(model, gap.before, room - len(suffix))
    return [*model.begins, model.fim.prefix, *prefix, model.fim.suffix, *suffix, model.fim.middle]


def _last(model: LanguageModel, text: str, room: int) -> Sequence[int]:
    text = text[_over(len(text), LETTERS * room) :]
    tokens = model.encode(text)
    return tokens[_over(len(tokens), room) :]


def _over(size: int, room: int) -> int:
    """How much is too much, in whole strides."""
    stride = max(1, room // STRIDE)
    return -(-max(0, size - room) // stride) * stride

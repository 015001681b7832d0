"""Work of the oracle that is done a little at a time, so that a question which takes no time is answered first."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeVar

from astral_runtime.types.live import Live

R = TypeVar("R")
Steps = Generator[None, None, R]
"""Yields wherever it may be paused; nothing of mypy's global state is held over a pause."""


class Rank(IntEnum):
    """Who goes first: what somebody waits for, then what is shown sometime, then what nobody asked."""

    ASKED = 0
    DIAGNOSTICS = 1
    AHEAD = 2


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Work under way on a document. `id` is the question's, None where nobody waits for an answer. What is not done by
    `deadline` (seconds of the monotonic clock) is dropped."""

    id: int | None
    rank: Rank
    deadline: float
    live: Live
    steps: Steps[Any]


def finished(steps: Steps[R]) -> R:
    """The result, without pauses."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: R = done.value
            return result

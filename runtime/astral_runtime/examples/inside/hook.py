"""What stands in a hole while a program runs up to it: a call that stops the run."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import FrameType

NAME = "__astral_hole__"
"""Found by every scope: it is a builtin of the stage's process alone."""


class Stopped(BaseException):
    """The run came to a hole: the asked one (`number` 0), or another one, which has no value to go on with."""

    def __init__(self, number: int) -> None:
        super().__init__(f"hole {number}")
        self.number = number


class Hook:
    """Counts the visits of the asked hole, and hands the first frame of each run to `seen`; goes on with what `answer` gives, if it is set."""

    def __init__(self) -> None:
        self.visits = 0
        self.seen: Callable[[FrameType], None] | None = None
        self.answer: Callable[[FrameType], object] | None = None

    def install(self) -> Hook:
        """Make it what the holes of this process call."""
        setattr(builtins, NAME, self)
        return self

    def __call__(self, number: int) -> object:
        if number == 0:
            self.visits += 1
            seen, self.seen = self.seen, None
            if seen is not None:
                seen(sys._getframe(1))
            if self.answer is not None:
                return self.answer(sys._getframe(1))
        raise Stopped(number)

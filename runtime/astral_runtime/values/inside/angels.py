"""What a condition should have been: the function is run with every answer dictated, until the example holds.

The answers of a run that holds, with what the names held at each of its visits, say what a condition has to tell apart (angelic execution:
Chandra, Bodik et al., "Angelic Debugging", 2011; Nopol repairs conditions so, 2016).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from astral_runtime.examples.inside.hook import Stopped
from astral_runtime.examples.inside.judge import Stage

MOST_RUNS = 40
"""Runs of one example."""

MOST_VISITS = 24
"""Visits of one run: one with more tells nothing."""

MOST_TRACES = 3
"""Different ways to hold that are kept of one example."""

MOST_PICKS = 3
"""Names whose value the hole is taken to be."""

MOST_LATER = 3
"""Visits of one run without a goal."""

DEEP = 4
"""Visits whose answers are tried in every combination."""


@dataclass(frozen=True)
class Visit:
    """What the names held, and what the condition was taken to be."""

    names: dict[str, Any]
    answer: bool


@dataclass
class _Run:
    """Answers `script`, and its last answer for ever after. Visits before the example's own line, in its setup, are answered alike."""

    script: Sequence[bool]
    look: Callable[[FrameType], dict[str, Any]]
    visits: list[Visit] = field(default_factory=list)
    count: int = 0

    def __call__(self, frame: FrameType) -> bool:
        answer = self.script[min(self.count, len(self.script) - 1)]
        self.count += 1
        if self.count > MOST_VISITS:
            raise Stopped(0)
        self.visits.append(Visit(self.look(frame), answer))
        return answer

    def begin(self, _index: int) -> None:
        """The example's own line begins: only from here on do answers matter."""
        self.visits.clear()


def traces(stage: Stage, index: int, look: Callable[[FrameType], dict[str, Any]], until: float) -> list[list[Visit]]:
    """Ways in which an example holds; none when it holds in none that was tried, or holds whatever the condition is.

    `until`: the monotonic time at which no further run begins."""
    assert stage.module is not None
    found: dict[tuple[bool, ...], list[Visit]] = {}
    constant = 0
    for number, script in enumerate(itertools.islice(_scripts(), MOST_RUNS)):
        run = _Run(script, look)
        stage.hook.answer = run
        outcome, _ = stage.player.play(stage.module, [index], run.begin)[-1]
        stage.hook.answer = None
        if outcome == "held" and run.visits:
            constant += number < 2
            found.setdefault(tuple(visit.answer for visit in run.visits), run.visits)
        if constant == 2:
            return []
        if len(found) == MOST_TRACES or time.monotonic() > until:
            break
    return list(found.values())


def later(stage: Stage, index: int, look: Callable[[FrameType], dict[str, Any]]) -> list[dict[str, Any]]:
    """What else the names may hold in an example: at its first visits when the hole is what one of the names holds.

    Expressions that are equal at the first visit alone are not the same: in a loop `n + x` is `x` only while `n` is 0. Visits where a name
    holds something of another kind than at first are left out: the function's own code would not bring that about."""
    assert stage.module is not None
    found: list[dict[str, Any]] = []
    for at in range(MOST_PICKS):
        wandering = _Wandering(at, look)
        stage.hook.answer = wandering
        stage.player.play(stage.module, [index], wandering.begin)
        stage.hook.answer = None
        found += [each for each in wandering.seen[1:] if _kinds(each) == _kinds(wandering.seen[0])]
    return found


@dataclass
class _Wandering:
    """Answers with the value of one of the names, counted from the last."""

    at: int
    look: Callable[[FrameType], dict[str, Any]]
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, frame: FrameType) -> object:
        held = list(frame.f_locals.values())[::-1]
        if len(self.seen) == MOST_LATER or self.at >= len(held):
            raise Stopped(0)
        self.seen.append(self.look(frame))
        return held[self.at]

    def begin(self, _index: int) -> None:
        """The example's own line begins."""
        self.seen.clear()


def _kinds(names: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in names.items()}


def _scripts() -> Iterator[tuple[bool, ...]]:
    """Always no, always yes, a change after some visits, then every combination of the first few."""
    yield (False,)
    yield (True,)
    for before in range(1, 11):
        yield (*(True,) * before, False)
        yield (*(False,) * before, True)
    for script in itertools.product((False, True), repeat=DEEP):
        yield from ((*script, last) for last in (False, True))

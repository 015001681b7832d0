"""Runs each example up to the hole and takes a picture there."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from astral_runtime.examples.inside.judge import Emit, Stage, Unloadable
from astral_runtime.sandbox.inside.batch import in_batches
from astral_runtime.values.inside.snapshot import keeps_state, picture
from astral_runtime.values.inside.wanted import Return, returned, wanted

T = TypeVar("T")

MODULE = -1
"""Stands for the example of a hole that the module itself comes to."""


def observe(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"example", "values", "wanted", "gives", "state"} per example that comes to the hole; {"unloadable"} as in `judge`.

    Each example runs in a process of its own, so that none sees what another one left behind."""
    loaded: list[dict[str, Any]] = []
    try:
        stage = Stage(task, limits, emit, lambda frame: loaded.append(_line(MODULE, frame, None, None)))
    except Unloadable as error:
        emit({"result": {"unloadable": str(error)}})
        return
    for line in loaded:
        emit({"result": line})
    if stage.module is None or not task["hooked"]:
        return
    about = returned(f"{task['before']}{task['stop']}{task['after']}")

    def look(index: int) -> tuple[list[dict[str, Any]], bool]:
        return _look(stage, index, about), False

    def report(index: int, seen: list[dict[str, Any]], ended: str) -> None:
        for line in () if ended else seen:
            emit({"result": line})

    in_batches(list(range(len(stage.player.examples))), look, report, limits, limits["run_wall_s"])


def _look(stage: Stage, index: int, about: Return | None) -> list[dict[str, Any]]:
    """What an example shows at the hole: nothing, or one picture of the first visit."""
    example = stage.player.examples[index]

    def own(frame: FrameType) -> dict[str, Any]:
        value = wanted(about, frame, example)
        return _line(index, frame, value, about.gives if about and value is not None else None)

    return first_visit(stage, index, own, lambda frame: _line(index, frame, None, None))


def first_visit(stage: Stage, index: int, own: Callable[[FrameType], T], setup: Callable[[FrameType], T]) -> list[T]:
    """What is made of an example's first visit: of its own line, or, when that does not come to the hole, of its setup; else nothing."""
    assert stage.module is not None
    before, seen = list[T](), list[T]()

    def ready(_index: int) -> None:
        stage.hook.seen = lambda frame: seen.append(own(frame))

    stage.hook.seen = lambda frame: before.append(setup(frame))
    stage.player.play(stage.module, [index], ready)
    stage.hook.seen = None
    return seen or before


def _line(example: int, frame: FrameType, value: str | None, gives: str | None) -> dict[str, Any]:
    return {"example": example, "values": picture(frame), "wanted": value, "gives": gives, "state": keeps_state(frame)}

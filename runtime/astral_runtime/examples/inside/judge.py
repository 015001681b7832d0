"""Candidates judged by the examples that reach the hole."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from astral_runtime.examples.inside import state, swap
from astral_runtime.examples.inside.hook import Hook, Stopped
from astral_runtime.examples.inside.load import Imports, Serving, load
from astral_runtime.examples.inside.play import Player
from astral_runtime.sandbox.inside.batch import in_batches

HURRIED_S = 0.05
"""CPU time of an example at first: endless loops are many, and examples that compute so long are few."""

MOST_LATE = 4
"""Candidates that get all their time; most of them for nothing."""

Emit = Callable[[dict[str, Any]], None]


class Unloadable(Exception):
    """The module does not load; the message says why."""


class Stage:
    """The document as a module that runs, with its holes hooked, and the examples that are to be played on it.

    `reaching`: indices of the examples that come to the hole. `module` is None where the module itself comes to it while it loads.
    """

    def __init__(self, task: dict[str, Any], limits: dict[str, Any], emit: Emit, seen: Callable[[FrameType], None] | None = None) -> None:
        self.task, self.limits = task, limits
        self.player = Player(task["examples"], limits)
        self.hook = Hook().install()
        self.hook.seen = seen
        text = f"{task['before']}{task['stop']}{task['after']}"
        self.serving = Serving(task["path"], task["module"], text)
        self.module = self._load(emit)
        self.hook.seen = None

    def _load(self, emit: Emit) -> ModuleType | None:
        owner = self.task["module"].partition(".")[0]
        with Imports() as imports:
            try:
                return load(self.serving)
            except Stopped as stop:
                if stop.number:
                    raise Unloadable(f"the module comes to hole {stop.number} while it loads") from None
                return None
            except BaseException as error:
                raise Unloadable(f"the module does not load: {type(error).__name__}: {error}"[:300]) from None
            finally:
                emit({"warm": imports.independent(owner)})

    def reaching(self) -> list[int]:
        """The examples that come to the hole, found by running each up to it."""
        everything = list(range(len(self.player.examples)))
        if self.module is None or not self.task["hooked"]:
            return everything
        reached: list[int] = []

        def visit(index: int) -> tuple[int, bool]:
            self.player.play(self.module, [index])  # type: ignore[arg-type]  # None was handled above
            return self.hook.visits, False

        def report(index: int, visits: Any, ended: str) -> None:
            if visits and not ended:
                reached.append(index)

        in_batches(everything, visit, report, self.limits, self.limits["run_wall_s"])
        return reached


def judge(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"candidate", "played"} per candidate, after one {"reaching"}; {"unloadable"} alone when the module does not load.

    "played" has an outcome and a text per reaching example; it is shorter when the run was ended at the one after the last.
    """
    try:
        stage = Stage(task, limits, emit)
    except Unloadable as error:
        emit({"result": {"unloadable": str(error)}})
        return
    judged(Bench(stage), task["candidates"], emit, len(task["candidates"]))


def judged(bench: Bench, texts: Sequence[str], emit: Emit, enough: int) -> None:
    """The lines of `judge` for candidates of a program that is loaded; of those that hold at first only so many are judged to the end."""
    bench.indices = bench.stage.reaching()
    emit({"result": {"reaching": bench.indices}})
    if bench.indices and texts:
        _judge(bench, bench.indices, texts, emit, enough)


def _judge(bench: Bench, indices: Sequence[int], texts: Sequence[str], emit: Emit, enough: int) -> None:
    """All in few processes first, the first candidate once more at the end: if it does not do then what it did, something was left
    behind, and everyone is played again in a process of its own. So is whoever held everything. A later line replaces an earlier one.

    At first each example gets HURRIED_S only. The first few who needed more are played again with all their time, unless others held in
    less; then those who did not end are said not to."""
    stage = bench.stage
    wall_s, whole_s = stage.limits["run_wall_s"], stage.player.cpu_s
    stage.player.cpu_s = min(HURRIED_S, whole_s)
    found: dict[int, dict[str, Any]] = {}

    def first(position: int, played: Any, ended: str) -> None:
        found[position] = {"played": played, "ended": ended}
        if position < len(texts) and not _all_held(found[position], len(indices)) and not _is_late(found[position]):
            emit({"result": {"candidate": position, **found[position]}})

    in_batches([*texts, texts[0]], bench.shared, first, stage.limits, wall_s)
    disturbed = found[len(texts)] != found[0]
    held = [n for n in range(len(texts)) if _all_held(found[n], len(indices))]
    late = [n for n in range(len(texts)) if _is_late(found[n])]
    again = list(range(len(texts))) if disturbed else held[:enough] if held else late[:MOST_LATE]
    stage.player.cpu_s = whole_s

    def final(position: int, played: Any, ended: str) -> None:
        emit({"result": {"candidate": again[position], "played": played, "ended": ended}})

    in_batches([texts[n] for n in again], bench.alone, final, stage.limits, wall_s)
    for n in [n for n in late if n not in again] if held else []:
        emit({"result": {"candidate": n, **found[n]}})


def _is_late(said: dict[str, Any]) -> bool:
    return said["ended"] == "timeout" or any(outcome == "timeout" for outcome, _ in said["played"])


def _all_held(said: dict[str, Any], count: int) -> bool:
    return len(said["played"]) == count and all(outcome == "held" for outcome, _ in said["played"])


class Bench:
    """Where a candidate is put into the program and played, in the examples of `indices`.

    Made before the first batch: that freezes the collector, which from then on tells of no function."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.indices = stage, list[int]()
        self._place = self._place_of(stage)
        self._functions = self._place.functions() if self._place else []
        self._caches = swap.caches(stage.task["module"])

    @staticmethod
    def _place_of(stage: Stage) -> swap.Place | None:
        if stage.module is None or stage.serving.code is None or not stage.task["hooked"]:
            return None
        at, length = len(stage.task["before"]), len(stage.task["stop"])
        return swap.place(stage.serving.text, at, length, stage.task["path"], stage.serving.code.co_flags)

    def shared(self, text: str) -> tuple[Any, bool]:
        """Played in a process that others use, too; whether that process is still as it was."""
        stage = self.stage
        code = self._code(text)
        if code is None or stage.module is None:
            return self._whole(text), False
        scratch = bool(stage.limits["may_write"])
        before = state.shape(stage.module, scratch=scratch)
        for function in self._functions:
            function.__code__ = code
        for cache in self._caches:
            cache.cache_clear()
        played = stage.player.play(stage.module, self.indices)
        return played, state.shape(stage.module, scratch=scratch) == before

    def alone(self, text: str) -> tuple[Any, bool]:
        """Played in a process of its own."""
        return self.shared(text)[0], False

    def _code(self, text: str) -> CodeType | None:
        """The function's code with the candidate; None when it does not fit the function that is there."""
        if self._place is None or not self._functions:
            return None
        try:
            code = self._place.code(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError, StopIteration):
            return None
        same = all(len(code.co_freevars) == len(each.__code__.co_freevars) for each in self._functions)
        return code if same else None

    def _whole(self, text: str) -> list[tuple[str, str]]:
        """The whole module with the candidate in it."""
        task = self.stage.task
        serving = Serving(task["path"], task["module"], f"{task['before']}{text}{task['after']}")
        try:
            module = load(serving)
        except Stopped as stop:
            return [("hole", f"it comes to hole {stop.number}")]
        except BaseException as error:
            return [("error", f"{type(error).__name__}: {error}"[:300])]
        sys.modules[task["module"]] = module
        return self.stage.player.play(module, self.indices)

"""A test file run on texts of the module that it tests: which lines each test comes to, and which candidates pass."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from astral_runtime.examples.inside import state
from astral_runtime.sandbox.inside import batch
from astral_runtime.verify.inside.served import Served
from astral_runtime.verify.inside.tests import Broken, Outcome, Test, collected, with_fuel

Emit = Callable[[dict[str, Any]], None]


def _wall_s(cpu_s: float) -> float:
    """When a process is given up that does not notice that its CPU time is over: a busy machine gives it a part of the clock only."""
    return 4 * cpu_s + 1.0


COLLECTING_S = 10.0
"""How long collecting the tests anew may take a candidate."""


class _Enough(Exception):
    """As many candidates passed as were wanted."""


def survey(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"test", "outcome", "message", "ms", "lines"} per test, {"broken": why} when they cannot be collected. `lines` are those of
    the module that it came to, from 1. Each runs twice, in processes of their own: to be judged, and with its lines watched."""
    served = _ready(task)
    cpu_s = task["cpu_ms"] / 1000

    def use(tests: Sequence[Test]) -> None:
        played = [_Played(test) for test in tests]

        def look(number: int) -> tuple[Any, bool]:
            index, is_watched = divmod(number, 2)
            return played[index].lines(served.path, cpu_s) if is_watched else played[index].outcome(cpu_s), False

        def report(number: int, said: Any, ended: str) -> None:
            index, is_watched = divmod(number, 2)
            played[index].said.update({} if is_watched and ended else {"outcome": "timeout", "message": ended} if ended else said)
            if is_watched:
                emit({"result": played[index].said})

        batch.in_batches(range(2 * len(tests)), look, report, limits, _wall_s(cpu_s))

    _guarded(task, use, emit)


def trial(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"candidate", "cured", "broke", "message"} per candidate text: how many of the `failing` tests pass, and whether one of
    `passing` does not. The first of `failing` is the target: who does not cure it cures none. Tests of neither list are not run. Ends
    when `enough` cured all.

    Where the tests could not be collected before, `failing` is empty: then all of them have to pass, and count as one."""
    served = _ready(task)
    judge = _Judge(task, served)
    wall_s = _wall_s(task["cpu_ms"] / 1000)

    def use(tests: Sequence[Test]) -> None:
        judge.tests = {test.name: test for test in tests}
        served.look()
        hopeful = _screened(task, judge, limits, wall_s, emit)
        _judged(task, judge, hopeful, limits, wall_s, emit)

    if task["failing"]:
        _guarded(task, use, emit)
    else:
        with contextlib.suppress(ImportError):
            import pytest  # noqa: F401  # once for all candidates
        _judged(task, judge, range(len(task["candidates"])), limits, wall_s + COLLECTING_S, emit)


def _screened(task: dict[str, Any], judge: _Judge, limits: dict[str, Any], wall_s: float, emit: Emit) -> list[int]:
    """The candidates that cure the target, or have to be collected anew: few processes play many, as long as nothing is left behind."""
    hopeful: list[int] = []

    def report(index: int, said: Any, ended: str) -> None:
        if not ended and said == "":
            hopeful.append(index)
        else:
            emit({"result": {"candidate": index, "cured": 0, "broke": False, "message": ended or said}})

    batch.in_batches(task["candidates"], judge.screened, report, limits, wall_s)
    return hopeful


def _judged(task: dict[str, Any], judge: _Judge, indices: Sequence[int], limits: dict[str, Any], wall_s: float, emit: Emit) -> None:
    """Each of these in a process of its own, by all tests, until enough have cured all."""
    cured_all = 0

    def report(position: int, said: Any, ended: str) -> None:
        nonlocal cured_all
        found = {"cured": 0, "broke": True, "message": ended} if ended else said
        emit({"result": {"candidate": indices[position], **found}})
        cured_all += not found["broke"] and found["cured"] == max(1, len(task["failing"]))
        if cured_all >= task["enough"]:
            raise _Enough

    with contextlib.suppress(_Enough):
        batch.in_batches([task["candidates"][index] for index in indices], judge.judged, report, limits, wall_s)


class _Played:
    """A test and what was found out about it."""

    def __init__(self, test: Test) -> None:
        self.test = test
        self.said: dict[str, Any] = {"test": test.name, "outcome": "timeout", "message": "", "ms": 0.0, "lines": []}

    def outcome(self, cpu_s: float) -> dict[str, Any]:
        """Run it to be judged."""
        begin = time.process_time()
        outcome, message = with_fuel(self.test, cpu_s)
        return {"outcome": outcome, "message": message, "ms": (time.process_time() - begin) * 1000}

    def lines(self, path: str, cpu_s: float) -> dict[str, Any]:
        """Run it with its lines watched."""
        lines = set[int]()
        sys.settrace(_tracer(path, lines))
        try:
            with_fuel(self.test, cpu_s)
        finally:
            sys.settrace(None)
        return {"lines": sorted(lines)}


class _Judge:
    """Puts a candidate in place and runs the tests on it."""

    def __init__(self, task: dict[str, Any], served: Served) -> None:
        self._task, self._served = task, served
        self.tests: dict[str, Test] = {}

    def screened(self, text: str) -> tuple[str, bool]:
        """Why a text does not cure the target, "" when it does or only a collection can tell; and whether the process is as it was."""
        try:
            if not self._served.swap(text):
                return "", True
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return str(error), True
        modules = [each for each in list(sys.modules.values()) if getattr(each, "__file__", None) == self._task["path"]]
        before = [state.shape(each, scratch=False) for each in modules]
        outcome, message = self._play(self.tests, self._task["failing"][0])
        clean = outcome != "timeout" and before == [state.shape(each, scratch=False) for each in modules]
        return "" if outcome == "passed" else f"{self._task['failing'][0]}: {message or outcome}", clean

    def judged(self, text: str) -> tuple[dict[str, Any], bool]:
        """What the tests say of a text. Its process is not used again."""
        try:
            swapped = bool(self.tests) and self._served.swap(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return _nothing(str(error)), False
        return (self._tried(self.tests) if swapped else self._afresh(text)), False

    def _afresh(self, text: str) -> dict[str, Any]:
        """Everything of the workspace imported and collected again."""
        self._served.text = text
        root = self._task["root"].rstrip(os.sep) + os.sep
        for name, module in list(sys.modules.items()):
            path = getattr(module, "__file__", None) or ""
            if path.startswith(root) and "site-packages" not in path:
                del sys.modules[name]
        said: list[dict[str, Any]] = []
        try:
            collected(
                self._task["tests"], self._task["plugins"], lambda tests: said.append(self._tried({test.name: test for test in tests}))
            )
        except Broken as error:
            return _nothing(str(error))
        return said[0]

    def _tried(self, tests: dict[str, Test]) -> dict[str, Any]:
        failing, passing = self._task["failing"], self._task["passing"]
        if not failing:
            return self._all(tests)
        cured, first = 0, ""
        for name in failing:
            outcome, message = self._play(tests, name)
            cured += outcome == "passed"
            first = first or (f"{name}: {message}" if outcome != "passed" else "")
            if outcome == "timeout" or not cured:
                break
        for name in passing if cured else ():
            outcome, message = self._play(tests, name)
            if outcome != "passed":
                return {"cured": cured, "broke": True, "message": f"{name}: {message}"}
        return {"cured": cured, "broke": False, "message": first}

    def _all(self, tests: dict[str, Test]) -> dict[str, Any]:
        for name in tests:
            outcome, message = self._play(tests, name)
            if outcome not in ("passed", "skipped"):
                return _nothing(f"{name}: {message}")
        return {"cured": 1, "broke": False, "message": ""} if tests else _nothing("no tests")

    def _play(self, tests: dict[str, Test], name: str) -> tuple[Outcome, str]:
        if name not in tests:
            return "failed", "it is not there any more"
        played = with_fuel(tests[name], self._task["cpu_ms"] / 1000)
        batch.step(played[0])
        return played


def _nothing(why: str) -> dict[str, Any]:
    return {"cured": 0, "broke": True, "message": why}


def _ready(task: dict[str, Any]) -> Served:
    sys.path[:0] = [path for path in task["paths"] if path not in sys.path]
    os.chdir(task["root"])
    return Served(task["path"], task["text"])


def _guarded(task: dict[str, Any], use: Callable[[Sequence[Test]], None], emit: Emit) -> None:
    try:
        collected(task["tests"], task["plugins"], use)
    except Broken as error:
        emit({"result": {"broken": str(error)}})
    emit({"warm": [name for name in sys.modules if name.partition(".")[0] in ("pytest", "_pytest", "pluggy")]})


def _tracer(path: str, lines: set[int]) -> Callable[[FrameType, str, Any], Any]:
    def local(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return local

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        return local if frame.f_code.co_filename == path else None

    return trace

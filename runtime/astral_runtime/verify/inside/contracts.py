"""Candidates held against the contracts of their function by CrossHair, each in a process of its own."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from astral_runtime.examples.inside.hook import Hook
from astral_runtime.examples.inside.load import Serving, load
from astral_runtime.sandbox.inside.batch import in_batches

WALL = 2.0
"""How many times the time of its conditions one candidate may take, loading included."""

SHOWN = 300
"""Characters of a message that are told."""


def check(task: dict[str, Any], limits: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> None:
    """One line {"candidate", "said", "ended"} per candidate: `said` is [state, message, line] of each condition, as CrossHair names them,
    or [["UNLOADABLE", why, 0]]. `ended` says how its process was ended, if it was; then `said` means nothing.
    {"missing": why} alone where this interpreter cannot import CrossHair."""
    sys.path += [folder for folder in task["sites"] if folder not in sys.path]
    try:
        import crosshair.core_and_libs  # noqa: F401  # before the forks: its plugins are registered once
    except ImportError as error:
        emit({"result": {"missing": str(error)}})
        return
    Hook().install()

    def look(text: str) -> tuple[list[tuple[str, str, int]], bool]:
        return _said(task, text), False

    def report(index: int, said: Any, ended: str) -> None:
        emit({"result": {"candidate": index, "said": [] if ended else said, "ended": ended}})

    in_batches(task["candidates"], look, report, limits, task["seconds"] * WALL)


def _said(task: dict[str, Any], candidate: str) -> list[tuple[str, str, int]]:
    from crosshair.auditwall import engage_auditwall
    from crosshair.core_and_libs import analyze_function, run_checkables
    from crosshair.options import AnalysisKind, AnalysisOptionSet

    text = f"{task['before']}{candidate}{task['after']}"
    linecache.cache[task["path"]] = (len(text), None, text.splitlines(keepends=True), task["path"])  # no time of change: it is kept
    try:
        module = load(Serving(task["path"], task["module"], text))
        subject = _subject(module, task["names"])
    except BaseException as error:
        return [("UNLOADABLE", f"{type(error).__name__}: {error}"[:SHOWN], 0)]
    engage_auditwall()
    kinds = [AnalysisKind.PEP316, AnalysisKind.icontract]
    if os.path.exists(task["path"]):  # else CrossHair cannot tell an assert that failed from a precondition, and would confirm it
        kinds.append(AnalysisKind.asserts)
    options = AnalysisOptionSet(analysis_kind=kinds, report_all=True, per_condition_timeout=task["seconds"])
    found = run_checkables(analyze_function(subject, options))
    return [(_state(message), message.message[:SHOWN], message.line) for message in found]


def _state(message: Any) -> str:
    """Its state; what CrossHair would not do for its side effects was not decided."""
    return "SIDE_EFFECT" if message.message.startswith("SideEffectDetected") else str(message.state.name)


def _subject(module: ModuleType, names: list[str]) -> Any:
    """The function, as CrossHair wants it: a method knows its class."""
    from crosshair.fnutil import FunctionInfo

    *owners, name = names
    owner: Any = module
    for each in owners:
        owner = getattr(owner, each)
    return FunctionInfo.from_class(owner, name) if owners else FunctionInfo.from_module(owner, name)

"""Example-directed search: what the names at a hole hold in each example, and expressions of them that give what is wanted."""

from __future__ import annotations

import ast
import copy
import time
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

from astral_runtime.examples.inside.judge import Emit, Stage, Unloadable
from astral_runtime.sandbox.inside.batch import in_batches
from astral_runtime.values.inside.bank import Fuel
from astral_runtime.values.inside.goal import Wanted, solutions
from astral_runtime.values.inside.snapshot import names_of
from astral_runtime.values.inside.terms import ATOM, Term
from astral_runtime.values.inside.wanted import Return, returned, wanted

CONSTANTS: tuple[Any, ...] = (0, 1, 2, -1, "", " ", True, False, None)
"""Always tried, besides the constants of the function itself."""

MOST_CONSTANTS = 16


def search(task: dict[str, Any], limits: dict[str, Any], emit: Emit) -> None:
    """One line {"text", "size", "examples"} per expression that is what the hole should be in every example whose wanted value is known.

    {"unknown"} says why there is none to be sought; {"unloadable"} is as in `judge`. `task` has `steps`, `seconds` and `limit`."""
    try:
        stage = Stage(task, limits, emit)
    except Unloadable as error:
        emit({"result": {"unloadable": str(error)}})
        return
    text = f"{task['before']}{task['stop']}{task['after']}"
    about = returned(text) if stage.module is not None and task["hooked"] else None
    if about is None:
        emit({"result": {"unknown": "the hole's value is not its function's result"}})
        return

    def seek(_item: int) -> tuple[list[dict[str, Any]], bool]:
        return _seek(stage, about, _constants(text, about.function), task), False

    def report(_index: int, found: list[dict[str, Any]], ended: str) -> None:
        for line in [{"unknown": f"the search was ended: {ended}"}] if ended else found:
            emit({"result": line})

    in_batches([0], seek, report, {**limits, "batch_s": int(task["seconds"]) + 2}, float(task["seconds"]) + limits["run_wall_s"])


def _seek(stage: Stage, about: Return, constants: Sequence[Any], task: dict[str, Any]) -> list[dict[str, Any]]:
    until = time.monotonic() + float(task["seconds"])
    seen = [each for index in range(len(stage.player.examples)) for each in _frame(stage, about, index)]
    if not seen:
        return [{"unknown": "no example says what the hole should be"}]
    names = [name for name in seen[0][0] if all(name in each for each, _ in seen)]
    leaves = [Term(name, tuple(each[name] for each, _ in seen), 1) for name in names]
    leaves += [_constant(value, len(seen)) for value in constants]
    goal, fuel = Wanted(tuple(value for _, value in seen)), Fuel(int(task["steps"]), until)
    terms = solutions(leaves, goal, int(task["largest"]), fuel)[: int(task["limit"])]
    lead = "return " if about.gives == "body" else ""
    return [{"text": lead + term.text, "size": term.size, "examples": len(seen)} for term in terms]


def _constant(value: Any, examples: int) -> Term:
    """Small whole numbers, what indices and steps are made of, are as likely as names."""
    small = type(value) is int and -1 <= value <= 2
    return Term(repr(value), (value,) * examples, 1 if small else 2, ATOM, 1.0 if small else 1.5, constant=True)


def _frame(stage: Stage, about: Return, index: int) -> list[tuple[dict[str, Any], Any]]:
    """The values of an example at the hole and the value that it should have; nothing when that is not known."""
    example, caught = stage.player.examples[index], []
    assert stage.module is not None
    module = stage.module

    def take(frame: FrameType) -> None:
        text = wanted(about, frame, example)
        if text is not None:
            value = eval(compile(text, "<example>", "eval", dont_inherit=True), dict(module.__dict__))
            caught.append(({name: _copied(each) for name, each in names_of(frame)}, value))

    def ready(_index: int) -> None:
        stage.hook.seen = take

    stage.player.play(module, [index], ready)
    return caught


def _copied(value: Any) -> Any:
    """As it is at the hole, whatever happens to it behind."""
    try:
        return copy.deepcopy(value)
    except Exception:  # not everything can be copied
        return value


def _constants(text: str, function: str) -> list[Any]:
    """Constants of the function, its docstring left out, then those that are always tried."""
    nodes = (
        node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function
    )
    found = [value for node in nodes for value in _literals(node)][:MOST_CONSTANTS]
    return [value for _, value in dict.fromkeys((repr(each), each) for each in (*found, *CONSTANTS))]


def _literals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Any]:
    docstrings = {node.value for node in ast.walk(function) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node not in docstrings and isinstance(node.value, (int, float, str, bytes)):
            yield node.value

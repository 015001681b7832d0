"""What expressions at a hole are made of: the names there, what the module holds for good, constants, and calls of given functions."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from types import BuiltinFunctionType, FrameType, FunctionType
from typing import Any

from astral_runtime.examples.inside.play import OutOfFuel, fuel
from astral_runtime.examples.inside.swap import tree_of
from astral_runtime.values.inside.snapshot import names_of
from astral_runtime.values.inside.terms import ATOM, COMPARE, Term

CONSTANTS: tuple[Any, ...] = (0, 1, 2, -1, "", " ", True, False, None)
"""Always tried, besides the constants of the function itself."""

MOST_CONSTANTS = 16
MOST_GLOBALS = 8
MOST_CALLS = 24

CALL_S = 0.02
"""CPU time of one call of a function that was passed in."""

Names = dict[str, Any]
"""Values by the text that stands for them: names, attributes of `self`, `key is None`-like comparisons with the module's markers."""


def names_at(frame: FrameType) -> Names:
    """The values at a visit, as they are then. Functions that were passed in are among them."""
    found = {name: copied(value) for name, value in names_of(frame)}
    own = dict(frame.f_locals)
    found |= {
        name: value for name, value in own.items() if isinstance(value, (FunctionType, BuiltinFunctionType, type)) and name not in found
    }
    kept = {name: value for name, value in frame.f_globals.items() if name not in own and _is_kept(name, value)}
    markers = {name: value for name, value in kept.items() if type(value) is object}
    found |= {f"{name} is {marker}": value is kept[marker] for marker in markers for name, value in own.items() if name.isidentifier()}
    return found | dict(list(kept.items())[:MOST_GLOBALS])


def leaves_of(seen: Sequence[Names], constants: Sequence[Any]) -> list[Term]:
    """Terms of the names that every visit has, then the constants."""
    names = [name for name in seen[0] if all(name in each for each in seen)]
    found = [_leaf(name, tuple(each[name] for each in seen)) for name in names]
    return [*found, *(_constant(value, len(seen)) for value in constants), *_calls(found)]


def constants_of(text: str, function: str) -> list[Any]:
    """Constants of the function, its docstring left out, then those that are always tried."""
    nodes = (
        node for node in ast.walk(tree_of(text)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == function
    )
    found = [value for node in nodes for value in _literals(node)][:MOST_CONSTANTS]
    return [value for _, value in dict.fromkeys((repr(each), each) for each in (*found, *CONSTANTS))]


def copied(value: Any) -> Any:
    """As it is at the hole, whatever happens to it behind."""
    if type(value) is object:
        return value  # a marker is known by its identity
    try:
        return copy.deepcopy(value)
    except Exception:  # not everything can be copied
        return value


def _is_kept(name: str, value: object) -> bool:
    """Whether a global is a constant by its looks: a marker, or a plain value in capitals."""
    if name.startswith("__"):
        return False
    return type(value) is object or (name.isupper() and isinstance(value, (int, float, str, bytes, tuple, frozenset, Mapping)))


def _leaf(text: str, values: tuple[Any, ...]) -> Term:
    return Term(text, values, 1) if " " not in text else Term(text, values, 3, COMPARE, 2.0)


def _constant(value: Any, examples: int) -> Term:
    """Small whole numbers, what indices and steps are made of, are as likely as names."""
    small = type(value) is int and -1 <= value <= 2
    return Term(repr(value), (value,) * examples, 1 if small else 2, ATOM, 1.0 if small else 1.5, constant=True)


def _calls(names: Sequence[Term]) -> Iterator[Term]:
    """Calls with one argument of functions that were passed in: `key(item)`."""
    functions = [each for each in names if all(isinstance(value, (FunctionType, BuiltinFunctionType, type)) for value in each.values)]
    others = [each for each in names if each not in functions and " " not in each.text]
    pairs = [(function, other) for function in functions for other in others][:MOST_CALLS]
    for function, other in pairs:
        try:
            with fuel(CALL_S):
                values = tuple(call(copied(value)) for call, value in zip(function.values, other.values, strict=True))
        except (Exception, OutOfFuel):  # it may raise whatever it likes, or not end
            continue
        yield Term(f"{function.text}({other.text})", values, 3, ATOM, 2.0)


def _literals(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Any]:
    docstrings = {node.value for node in ast.walk(function) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and node not in docstrings and isinstance(node.value, (int, float, str, bytes)):
            yield node.value

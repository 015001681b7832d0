"""What might have been meant in a place: names that are taken for one another, names in sight, other expressions of the function."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from astral_runtime.holes import Span
from astral_runtime.repair.code import FUNCTIONS, Code
from astral_runtime.repair.values import Proposal

TWINS = tuple(
    frozenset(group.split(" "))
    for group in (
        "min max", "any all", "append extend", "append insert", "append appendleft", "pop popleft", "add discard remove",
        "add append update", "lower upper title", "strip lstrip rstrip", "startswith endswith", "find rfind index", "keys values items",
        "split rsplit splitlines", "union intersection difference symmetric_difference", "floor ceil round trunc", "sorted reversed list",
        "int float round", "len sum max", "sin cos tan", "get setdefault pop", "issubset issuperset isdisjoint", "isalpha isalnum isdigit",
        "sum prod", "repr str",
    )
)  # fmt: skip
"""Names that are taken for one another."""

MOST_DONORS, LONGEST_DONOR = 16, 60
"""How many other expressions of a function, and of how many characters, are tried in one place."""


def other_names(code: Code, node: ast.Name) -> Iterator[Proposal]:
    """What else the function knows by name; where a function is called, what else the file defines."""
    yield from (Proposal(code.span(node), name, 0.6) for name in twins(node.id))
    parent = code.parents.get(node)
    known = _functions(code) if isinstance(parent, ast.Call) and parent.func is node else _locals(code, node)
    yield from (Proposal(code.span(node), name, 0.5) for name in known if name != node.id)


def twins(name: str) -> list[str]:
    """Names that this one is taken for."""
    return sorted({other for group in TWINS if name in group for other in group} - {name})


def siblings(code: Code, node: ast.Attribute) -> list[str]:
    """Other attributes that the file reads or sets of a name like this one's owner."""
    owner = ast.dump(node.value)
    found = (each.attr for each in code.nodes if isinstance(each, ast.Attribute) and ast.dump(each.value) == owner)
    return [name for name in dict.fromkeys(found) if name != node.attr][:MOST_DONORS]


def _locals(code: Code, node: ast.AST) -> list[str]:
    function = code.function(code.span(node).start)
    if function is None:
        return []
    arguments = function.args
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    stored = (each.id for each in ast.walk(function) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
    return [*dict.fromkeys([*names, *stored])]


def _functions(code: Code) -> list[str]:
    return [each.name for each in (code.tree.body if code.tree is not None else []) if isinstance(each, FUNCTIONS)]


def donors(code: Code, node: ast.expr) -> list[str]:
    """Other expressions of the same function: what is meant often stands near by."""
    function = code.function(code.span(node).start)
    if function is None:
        return []
    own, found = code.source(node), dict[str, int]()
    for each in _expressions(code, code.span(function)):
        text = code.source(each)
        if text != own and "\n" not in text and len(text) <= LONGEST_DONOR:
            found[text] = min(found.get(text, 1 << 30), abs(each.lineno - node.lineno))
    return sorted(found, key=lambda text: (found[text], len(text)))[:MOST_DONORS]


def _expressions(code: Code, span: Span) -> Iterator[ast.expr]:
    skipped = (ast.Constant, ast.Name, ast.Starred, ast.Slice, ast.FormattedValue, ast.JoinedStr)
    for each in code.nodes:
        if not isinstance(each, ast.expr) or isinstance(each, skipped) or not isinstance(getattr(each, "ctx", ast.Load()), ast.Load):
            continue
        if span.start <= code.span(each).start and code.span(each).end <= span.end:
            yield each

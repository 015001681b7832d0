"""Which token ranges of a file could be holes: expressions, runs of statements, annotations, each with the type it is known to want.

A statement span ends behind its NEWLINE and the DEDENTs of the blocks it opened, so that INDENT and DEDENT balance inside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from astral_runtime.context.reading import DEDENT, INDENT, LAYOUT_IDS, NEWLINE
from astral_runtime.context.tokens import Tokens

EXPRESSION, STATEMENTS, ANNOTATION, REGION = 1, 2, 3, 4
MAX_TOKENS = 160
MAX_TYPE_TOKENS = 7
BOOLEAN = -1
"""Stands for the type `bool`, which the file need not spell."""
MAX_RUN = 4
"""Longest run of statements that counts as one span."""
COMMENT_ID = 11


@dataclass(frozen=True, slots=True)
class Spans:
    """Token ranges of one file, by start: `typed` and `type_length` locate the tokens of the expected type, `typed` −1 is `bool`."""

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    kind: NDArray[np.int64]
    typed: NDArray[np.int64]
    type_length: NDArray[np.int64]


def hole_spans(text: str, tree: ast.Module, encoding: Tokens) -> Spans:
    """Every range that a hole could take, none longer than MAX_TOKENS."""
    places = _Places(text, encoding)
    rows = [row for row in _rows(tree, places) if 0 < row[1] <= MAX_TOKENS]
    table = np.asarray(sorted(set(rows)), np.int64).reshape(-1, 5)
    return Spans(*(np.ascontiguousarray(column) for column in table.T))


Row = tuple[int, int, int, int, int]


class _Places:
    """From nodes of the syntax tree to token ranges."""

    def __init__(self, text: str, encoding: Tokens) -> None:
        lines = text.encode("utf-8").split(b"\n")
        self.offsets = np.cumsum([0, *(len(line) + 1 for line in lines)]).tolist()
        self.first = {start: i for i, start in reversed(list(enumerate(encoding.start.tolist()))) if encoding.end[i] > start}
        self.last = {end: i for i, end in enumerate(encoding.end.tolist()) if encoding.start[i] < end or encoding.ids[i] > COMMENT_ID}
        self.ids = encoding.ids.tolist()

    def of(self, node: ast.expr | ast.stmt) -> tuple[int, int] | None:
        """First and last token of a node, or None when it does not start and end at tokens."""
        if node.end_lineno is None or node.end_col_offset is None:
            return None
        first = self.first.get(self.offsets[node.lineno - 1] + node.col_offset)
        last = self.last.get(self.offsets[node.end_lineno - 1] + node.end_col_offset)
        return (first, last) if first is not None and last is not None and first <= last else None

    def line(self, first: int, last: int) -> int | None:
        """One past the NEWLINE and DEDENTs that belong to statements from `first` to `last`; None when something else follows."""
        newline, indent, dedent = LAYOUT_IDS[NEWLINE], LAYOUT_IDS[INDENT], LAYOUT_IDS[DEDENT]
        end = last + 1
        if end >= len(self.ids) or self.ids[end] != newline:
            return None
        end += 1
        inside = self.ids[first:end]
        for _ in range(inside.count(indent) - inside.count(dedent)):
            if end >= len(self.ids) or self.ids[end] != dedent:
                return None
            end += 1
        return end


def _rows(tree: ast.Module, places: _Places) -> Iterator[Row]:
    todo: list[tuple[ast.AST, ast.expr | None]] = [(tree, None)]
    while todo:
        node, returns = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            returns = node.returns
        yield from _typed(node, returns, places)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield from _runs(block, places)
        if not isinstance(node, ast.JoinedStr):
            todo.extend((child, returns) for child in ast.iter_child_nodes(node))


def _typed(node: ast.AST, returns: ast.expr | None, places: _Places) -> Iterator[Row]:
    """The node itself as an expression hole, and what it makes known about its children."""
    if isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        yield from _expression(node, EXPRESSION, None, places)
    if isinstance(node, ast.Return) and node.value is not None and returns is not None:
        yield from _expression(node.value, EXPRESSION, returns, places)
    if isinstance(node, ast.AnnAssign):
        yield from _expression(node.annotation, ANNOTATION, None, places)
        if node.value is not None:
            yield from _expression(node.value, EXPRESSION, node.annotation, places)
    if isinstance(node, ast.arg) and node.annotation is not None:
        yield from _expression(node.annotation, ANNOTATION, None, places)
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        yield from _expression(node.test, EXPRESSION, True, places)
    if isinstance(node, ast.arguments):
        yield from _defaults(node, places)


def _defaults(node: ast.arguments, places: _Places) -> Iterator[Row]:
    positional = [*node.posonlyargs, *node.args]
    with_default = [*zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)]
    for argument, default in [*with_default, *zip(node.kwonlyargs, node.kw_defaults, strict=True)]:
        if default is not None and argument.annotation is not None:
            yield from _expression(default, EXPRESSION, argument.annotation, places)


def _expression(node: ast.expr, kind: int, wanted: ast.expr | bool | None, places: _Places) -> Iterator[Row]:
    found = places.of(node)
    if found is None or isinstance(node, ast.Starred):
        return
    first, last = found
    if wanted is True:
        yield first, last + 1 - first, kind, BOOLEAN, 1
    elif isinstance(wanted, ast.expr):
        typed = places.of(wanted)
        if typed is not None and typed[1] + 1 - typed[0] <= MAX_TYPE_TOKENS:
            yield first, last + 1 - first, kind, typed[0], typed[1] + 1 - typed[0]
    else:
        yield first, last + 1 - first, kind, 0, 0


def _runs(block: list[ast.stmt], places: _Places) -> Iterator[Row]:
    found = [places.of(statement) for statement in block]
    for i, first in enumerate(found):
        for last in found[i : i + MAX_RUN]:
            if first is None or last is None or last[1] - first[0] > MAX_TOKENS:
                break
            end = places.line(first[0], last[1])
            if end is not None:
                yield first[0], end - first[0], STATEMENTS, 0, 0

"""Holes cut from functions that bring their own doctests: a return, a condition, a loop's iterable, an assignment, an argument, a line."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from holes_cut import MOST_TOKENS, tokens_of
from model_cases import LONGEST, STAND_IN, File, files

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import own_examples
from astral_runtime.examples.example import Example
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span
from astral_runtime.region import Judged, judged, readings

Form = Literal["return", "condition", "loop", "assignment", "argument", "line"]
FORMS: tuple[Form, ...] = ("return", "condition", "loop", "assignment", "argument", "line")
JUDGING_MS = 20_000
TRIED = 12
"""Cuts that are tried for each hole that is asked for; most have no two examples that come to them."""

FEWEST = 2
"""Examples that must come to a hole: one for the tool, one that only the grader sees."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A hole: `span` counts bytes of the file, `truth` stood there. `annotated`: its function has annotations of its own."""

    form: Form
    file: File = field(repr=False)
    span: tuple[int, int]
    annotated: bool

    @property
    def key(self) -> str:
        """What names it in results."""
        return f"{self.file.module}:{self.line}:{self.span[0]}:{self.form}"

    @property
    def line(self) -> int:
        """The line it begins on, 1-based."""
        return self.file.data.count(b"\n", 0, self.span[0]) + 1

    @property
    def truth(self) -> str:
        """What stood there."""
        return self.file.data[slice(*self.span)].decode()

    def document(self, root: Path) -> tuple[DocumentSnapshot, Hole]:
        """The file as the tool sees it, and the hole in it."""
        stand_in = "" if self.form == "line" else STAND_IN
        data = self.file.data[: self.span[0]] + stand_in.encode() + self.file.data[self.span[1] :]
        hole = Hole("h1", "region" if self.form == "line" else "expression", Span(self.span[0], self.span[0] + len(stand_in)))
        return DocumentSnapshot(self.file.path, Snapshot(data.decode()), 0, root), hole


@dataclass(frozen=True, slots=True)
class Case:
    """A cut whose truth holds in at least FEWEST examples that come to it: every other one is shown to the tool, `every` to the grader."""

    cut: Cut
    document: DocumentSnapshot
    hole: Hole
    place: Judged
    every: tuple[Example, ...]

    @property
    def shown(self) -> tuple[Example, ...]:
        """What the tool may run."""
        return self.every[::2]


def cases(root: Path, package: str, form: Form, many: int, seed: int, runner: Runner) -> Iterator[Case]:
    """`many` cases of a form, in an order that does not depend on `many`."""
    every = [cut for file in files(root, package) for cut in _cuts(file) if cut.form == form]
    random.Random(f"{seed}:{package}:{form}").shuffle(every)
    found = 0
    functions: set[tuple[str, int]] = set()
    for cut in every[: 20 + TRIED * many]:
        function = (cut.file.module, _function_line(cut))
        if found == many:
            return
        if function not in functions and (case := _case(root, cut, runner)) is not None:
            functions.add(function)  # one hole of a form for each function
            found += 1
            yield case


def _case(root: Path, cut: Cut, runner: Runner) -> Case | None:
    document, hole = cut.document(root)
    place = judged(document, hole, readings(document, hole))
    examples = own_examples(place.document, place.hole)
    if len(examples) < FEWEST:
        return None
    told = runner.tested(place.document, place.hole, [cut.truth], examples, CancelToken(), JUDGING_MS)[0]
    every = tuple(result.example for result in told.results)
    return Case(cut, document, hole, place, every) if told.verdict.outcome == "pass" and len(every) >= FEWEST else None


def _function_line(cut: Cut) -> int:
    """Line of the innermost function around a cut."""
    return max((first for first, last in _functions(cut.file.data) if first <= cut.line <= last), default=0)


@lru_cache(4)
def _functions(data: bytes) -> tuple[tuple[int, int], ...]:
    """First and last lines of the functions of a file."""
    found = [node for node in ast.walk(ast.parse(data)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return tuple((node.lineno, node.end_lineno or 0) for node in found)


def _cuts(file: File) -> Iterator[Cut]:
    """Every cut of a file, once, in functions that have doctests or whose class has."""
    found: dict[tuple[Form, tuple[int, int]], Cut] = {}
    for owner in ast.walk(ast.parse(file.data)):
        if isinstance(owner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ">>>" in (ast.get_docstring(owner) or ""):
            for function in ast.walk(owner):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    for cut in _in_function(file, function):
                        found.setdefault((cut.form, cut.span), cut)
    yield from found.values()


def _in_function(file: File, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Cut]:
    given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    annotated = function.returns is not None or any(each.annotation is not None for each in given)
    for statement in function.body:
        for node in ast.walk(statement):
            for form, value in _values(node):
                span = _span(file, value)
                if tokens_of(file.data[slice(*span)].decode()) <= MOST_TOKENS:
                    yield Cut(form, file, span, annotated)
            if isinstance(node, ast.stmt) and not _is_words(node) and (line := _line(file, node)) is not None:
                yield Cut("line", file, line, annotated)


def _values(node: ast.AST) -> Iterator[tuple[Form, ast.expr]]:
    match node:
        case ast.Return(value=ast.expr() as value):
            yield "return", value
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield "condition", test
        case ast.For(iter=iterable):
            yield "loop", iterable
        case ast.Assign(targets=[ast.Name()], value=value) | ast.AugAssign(target=ast.Name(), value=value):
            yield "assignment", value
        case ast.Call(args=arguments, keywords=keywords):
            given = [*arguments, *(each.value for each in keywords if each.arg)]
            yield from (("argument", each) for each in given if not isinstance(each, ast.Starred | ast.GeneratorExp))


def _line(file: File, node: ast.stmt) -> tuple[int, int] | None:
    """The line of a simple statement that has it for itself, or of a header that ends on it."""
    start, end = file.starts[node.lineno - 1], file.starts[node.lineno] if node.lineno < len(file.starts) else len(file.data)
    body = getattr(node, "body", None)
    ends = node.lineno == node.end_lineno if not body else body[0].lineno > node.lineno and file.data[start:end].rstrip().endswith(b":")
    alone = not file.data[start : start + node.col_offset].strip() and b";" not in file.data[start:end]
    return (start, end) if ends and alone and end - start <= LONGEST and not isinstance(node, _OUTER) else None


_OUTER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Pass)


def _is_words(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _span(file: File, node: ast.expr) -> tuple[int, int]:
    return file.at(node.lineno, node.col_offset), file.at(node.end_lineno or node.lineno, node.end_col_offset or 0)

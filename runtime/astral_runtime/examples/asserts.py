"""Examples in tests: `assert f(2) == 3`, and the rows of `pytest.mark.parametrize`. Only tests whose every step is plain count.

In the subject's own file, asserts outside of every function count as well: scripts and notebooks have their examples there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from astral_runtime.examples.example import Example, Origin
from astral_runtime.examples.plain import is_plain, tree_of

MOST_ROWS = 50
"""Rows of one parametrize that are read."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Subject:
    """What examples are sought for: the function `name` of the module `module` (dotted), a method when `owner` names its class.

    `names`: what the module binds, and so what an example may speak of.
    """

    module: str
    name: str
    owner: str | None
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Reader:
    """One test file: `aliases` maps its names to those of the subject's module, `modules` are its names of that module itself."""

    subject: Subject
    path: Path
    aliases: Mapping[str, str]
    modules: frozenset[str]
    found: list[Example] = field(default_factory=list)


def asserted(text: str, path: Path, subject: Subject, *, same_file: bool = False) -> tuple[Example, ...]:
    """Examples of the subject in the file `text`; none when it does not parse or never imports the subject's module."""
    tree = tree_of(text)
    if tree is None:
        return ()
    aliases, modules = _imports(tree, subject)
    if same_file:
        aliases = {name: name for name in subject.names}
    if not aliases and not modules:
        return ()
    reader = _Reader(subject, path, aliases, frozenset(modules))
    for test in _tests(tree):
        _read_test(reader, test)
    for step in tree.body if same_file else []:
        if isinstance(step, ast.Assert):
            reader.found.extend(_examples(reader, [step], {}, None, "assert"))
    return tuple(reader.found)


def _imports(tree: ast.Module, subject: Subject) -> tuple[dict[str, str], set[str]]:
    aliases: dict[str, str] = {}
    modules: set[str] = set()
    package, _, last = subject.module.rpartition(".")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            for alias in node.names:
                if node.module == subject.module or (subject.module.startswith(f"{node.module}.") and alias.name in subject.names):
                    aliases[alias.asname or alias.name] = alias.name
                elif node.module == package and alias.name == last:
                    modules.add(alias.asname or alias.name)
        elif isinstance(node, ast.Import):
            modules |= {
                alias.asname or alias.name for alias in node.names if alias.name == subject.module and (alias.asname or not package)
            }
    return aliases, modules


def _tests(tree: ast.Module) -> Iterator[Function]:
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) and node.name.startswith("Test") else [node]
        yield from (each for each in inner if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)) and each.name.startswith("test"))


def _read_test(reader: _Reader, test: Function) -> None:
    rows = _rows(test)
    arguments = {each.arg for each in test.args.args} - {"self"}
    for row, line in rows:
        if set(row) == arguments:
            form = "parametrize" if row else "assert"
            reader.found.extend(_examples(reader, test.body, row, line, form))


def _rows(test: Function) -> list[tuple[dict[str, ast.expr], int | None]]:
    """The values of the test's parameters, row by row, with the row's line; one empty row for a test without parameters."""
    marks = [each for each in test.decorator_list if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("mark.parametrize")]
    if not marks:
        return [({}, None)]
    if len(marks) > 1 or len(marks) != len(test.decorator_list) or len(marks[0].args) < 2:
        return []
    names, values = _names(marks[0].args[0]), marks[0].args[1]
    if not isinstance(values, (ast.List, ast.Tuple)):
        return []
    rows = [(_cells(row, len(names)), row.lineno - 1) for row in values.elts[:MOST_ROWS]]
    return [(dict(zip(names, cells, strict=True)), line) for cells, line in rows if len(cells) == len(names)]


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",")]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [each.value for each in node.elts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return []


def _cells(row: ast.expr, count: int) -> list[ast.expr]:
    if isinstance(row, ast.Call) and ast.unparse(row.func).endswith("pytest.param"):
        return [] if any(each.arg == "marks" for each in row.keywords) else row.args
    return row.elts if count > 1 and isinstance(row, (ast.Tuple, ast.List)) else [row]


def _examples(reader: _Reader, body: Sequence[ast.stmt], row: dict[str, ast.expr], line: int | None, form: str) -> Iterator[Example]:
    """Straight-line steps: plain assignments are setup, asserted equalities of calls are examples; anything else ends the reading."""
    setup: list[str] = []
    bound: set[str] = set()
    for original in body:
        if isinstance(original, ast.Expr) and isinstance(original.value, ast.Constant):
            continue
        step = _Renamed(reader, row, bound).visit(copy.deepcopy(original))
        if (
            isinstance(step, ast.Assign)
            and len(step.targets) == 1
            and isinstance(step.targets[0], ast.Name)
            and _plain(reader, step.value, bound)
        ):
            bound.add(step.targets[0].id)
            setup.append(ast.unparse(step))
        elif isinstance(step, ast.Assert) and (sides := _equality(step.test)) and all(_plain(reader, side, bound) for side in sides):
            if _reaches(reader.subject, sides[0], setup):
                origin = Origin(reader.path, original.lineno - 1 if line is None else line, ast.unparse(step.test))
                known: tuple[str, str] = ast.unparse(sides[0]), ast.unparse(sides[1])
                yield Example(*known, "parametrize" if form == "parametrize" else "assert", origin, tuple(setup))
        else:
            return


def _equality(test: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and _equals(test):
        return test.left, test.comparators[0]
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Call):
        return ast.Call(ast.Name("bool"), [test.operand], []), ast.Constant(False)
    return (ast.Call(ast.Name("bool"), [test], []), ast.Constant(True)) if isinstance(test, ast.Call) else None


def _equals(test: ast.Compare) -> bool:
    """`==`, and `is None`, which says the same."""
    right = test.comparators[0]
    return isinstance(test.ops[0], ast.Eq) or (isinstance(test.ops[0], ast.Is) and isinstance(right, ast.Constant) and right.value is None)


def _plain(reader: _Reader, node: ast.expr, bound: set[str]) -> bool:
    known = bound | reader.subject.names
    return is_plain(node, known) and not any(isinstance(each, ast.Name) and each.id == "approx" for each in ast.walk(node))


def _reaches(subject: Subject, call: ast.expr, setup: Sequence[str]) -> bool:
    """Whether an expression, or what was set up for it, speaks of the subject by name. The run tells whether it comes to the hole."""
    trees: list[ast.AST] = [call, *(ast.parse(source) for source in setup)]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    spoken = {node.id for node in nodes if isinstance(node, ast.Name)} | {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    wanted = subject.owner if subject.name.startswith("__") and subject.owner else subject.name
    return wanted in spoken


class _Renamed(ast.NodeTransformer):
    """A test's step in the names of the subject's module: parameters become their values, imports what they name."""

    def __init__(self, reader: _Reader, row: Mapping[str, ast.expr], bound: set[str]) -> None:
        self._reader, self._row, self._bound = reader, row, bound

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A parameter's value, or the module's own name for an import."""
        if node.id in self._row and isinstance(node.ctx, ast.Load):
            return copy.deepcopy(self._row[node.id])
        if node.id in self._bound or isinstance(node.ctx, ast.Store):
            return node
        alias = self._reader.aliases.get(node.id)
        known = alias is not None or node.id not in self._reader.subject.names
        return ast.copy_location(ast.Name(alias or (node.id if known else f"{node.id}?"), node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`cart.total` is the module's `total`."""
        if ast.unparse(node.value) in self._reader.modules:
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        self.generic_visit(node)
        return node


def plain_names(text: str) -> frozenset[str]:
    """What a module binds at its top level; empty when it does not parse."""
    tree = tree_of(text)
    return frozenset(_bound(tree.body)) if tree is not None else frozenset()


def _bound(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _bound([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)])
        else:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            yield from (each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name))

"""Single-fault mutants of typed real code: one small mistake of a kind that people make, put in at a random place."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TYPED = 0.6
"""A module counts as typed if at least this share of its functions is annotated."""

MOST_LINES = 2200
OPERATORS = ("+", "-", "*", "/", "//", "%", "<", "<=", ">", ">=", "==", "in")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A mistake: `new` in the place of the bytes `span` of the module's text."""

    kind: str
    package: str
    path: Path
    span: tuple[int, int]
    new: str

    def text(self, data: bytes) -> str:
        """The module with the mistake in it."""
        return (data[: self.span[0]] + self.new.encode() + data[self.span[1] :]).decode()


def typed_modules(root: Path, package: str) -> list[Path]:
    """Modules of a package that are annotated and of moderate size; tests, vendored code and those with stubs left out."""
    found = []
    for path in sorted((root / package).rglob("*.py")):
        text = path.read_text()
        if {"tests", "_vendor"} & set(path.relative_to(root).parts) or path.with_suffix(".pyi").exists() or text.count("\n") > MOST_LINES:
            continue
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        annotated = sum(node.returns is not None or any(each.annotation for each in node.args.args) for node in functions)
        if len(functions) >= 3 and annotated / len(functions) >= TYPED:
            found.append(path)
    return found


class Source:
    """A module's text, tree and byte offsets, and a source of chance."""

    def __init__(self, package: str, path: Path, chance: random.Random) -> None:
        self.package, self.path, self.chance = package, path, chance
        self.data = path.read_bytes()
        self.tree = ast.parse(self.data)
        self._starts = [0]
        for line in self.data.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.functions = [node for node in _nodes(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        self.inside = [node for function in self.functions for statement in function.body for node in _nodes(statement)]
        self.words = sorted({node.attr for node in self.inside if isinstance(node, ast.Attribute)})

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Bytes of a node."""
        start = self._starts[getattr(node, "lineno") - 1] + getattr(node, "col_offset")  # noqa: B009  # any node with a place
        end = self._starts[getattr(node, "end_lineno") - 1] + getattr(node, "end_col_offset")  # noqa: B009  # as above
        return start, end

    def line(self, node: ast.stmt) -> tuple[int, int]:
        """Bytes of the whole lines of a statement."""
        assert node.end_lineno is not None
        return self._starts[node.lineno - 1], self._starts[node.end_lineno]

    def slice(self, start: int, end: int) -> str:
        """Their text."""
        return self.data[start:end].decode()

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.slice(*self.span(node))


Change = tuple[tuple[int, int], str]
Mutation = Callable[[Source], Iterator[Change]]


def misspelt_name(source: Source) -> Iterator[Change]:
    """A slip of the fingers in a name."""
    for node in source.inside:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and len(node.id) >= 4:
            yield source.span(node), _slip(node.id, source.chance)


def misspelt_attribute(source: Source) -> Iterator[Change]:
    """A slip of the fingers in a member's name."""
    for node in _members(source):
        _, end = source.span(node)
        if len(node.attr) >= 4:
            yield (end - len(node.attr.encode()), end), _slip(node.attr, source.chance)


def wrong_member(source: Source) -> Iterator[Change]:
    """A member that other objects in the file have."""
    for node in _members(source):
        _, end = source.span(node)
        yield (end - len(node.attr.encode()), end), source.chance.choice(source.words)


def wrong_argument(source: Source) -> Iterator[Change]:
    """An argument of another type: another name of the function, or a constant."""
    for function in source.functions:
        names = sorted({each.id for each in ast.walk(function) if isinstance(each, ast.Name)} | {"None", "0", '""'})
        for node in _nodes(function):
            for argument in node.args if isinstance(node, ast.Call) else ():
                if isinstance(argument, ast.Name | ast.Constant | ast.Attribute):
                    yield source.span(argument), source.chance.choice(names)


def dropped_import(source: Source) -> Iterator[Change]:
    """An import, or one name of it, left out."""
    for node in source.tree.body:
        if isinstance(node, ast.Import) and len(node.names) == 1:
            yield source.line(node), ""
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__" and all(alias.name != "*" for alias in node.names):
            if len(node.names) == 1:
                yield source.line(node), ""
            else:
                yield _without_alias(source, node, source.chance.randrange(len(node.names)))


def dropped_word(source: Source) -> Iterator[Change]:
    """`await`, `return` or `self.` left out."""
    for node in source.inside:
        value = node.value if isinstance(node, ast.Await | ast.Return) else None
        if value is not None:
            yield source.span(node), source.source(value)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            yield source.span(node), node.attr


def unguarded(source: Source) -> Iterator[Change]:
    """The test for None left out."""
    for node in source.inside:
        if isinstance(node, ast.Assert) and "None" in source.source(node.test):
            yield source.line(node), ""
        elif isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and _tests_for_none(node.test):
            if isinstance(node.body[0], ast.Return | ast.Raise | ast.Continue):
                yield source.line(node), ""
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
            first = node.values[0]
            yield (source.span(first)[0], source.span(node.values[1])[0]), ""


def swapped_arguments(source: Source) -> Iterator[Change]:
    """Two positional arguments that changed places."""
    for node in source.inside:
        if isinstance(node, ast.Call) and len(node.args) >= 2 and not any(isinstance(each, ast.Starred) for each in node.args):
            first = source.chance.randrange(len(node.args) - 1)
            (a, b), (c, d) = source.span(node.args[first]), source.span(node.args[first + 1])
            yield (a, d), source.slice(c, d) + source.slice(b, c) + source.slice(a, b)


def wrong_operator(source: Source) -> Iterator[Change]:
    """Another operator."""
    for node in source.inside:
        pairs = [(node.left, node.right)] if isinstance(node, ast.BinOp) else []
        pairs += [(node.left, node.comparators[0])] if isinstance(node, ast.Compare) else []
        for left, right in pairs:
            start, end = source.span(left)[1], source.span(right)[0]
            written = source.slice(start, end)
            if written.strip() in OPERATORS:
                at = start + len(written) - len(written.lstrip())
                others = [each for each in OPERATORS if each != written.strip()]
                yield (at, at + len(written.strip())), source.chance.choice(others)


def wrong_constant(source: Source) -> Iterator[Change]:
    """A constant of another type."""
    for node in source.inside:
        if isinstance(node, ast.Constant) and not isinstance(node.value, type(...)):
            written = source.source(node)
            if isinstance(node.value, str) and written[:1] in "\"'" and "\n" not in written and not written.startswith(('"""', "'''")):
                yield source.span(node), source.chance.choice((f"b{written}" if node.value.isascii() else "0", "0", "None"))
            elif isinstance(node.value, bool | int | float):
                yield source.span(node), source.chance.choice((f'"{written}"', "None"))
            elif isinstance(node.value, bytes) and written.startswith(("b'", 'b"')):
                yield source.span(node), written[1:]


KINDS: dict[str, Mutation] = {
    "Optional member use": unguarded,
    "misspelt name": misspelt_name,
    "misspelt attribute": misspelt_attribute,
    "wrong member": wrong_member,
    "wrong argument type": wrong_argument,
    "dropped import": dropped_import,
    "dropped await, return or self": dropped_word,
    "swapped arguments": swapped_arguments,
    "wrong operator": wrong_operator,
    "wrong constant type": wrong_constant,
}


def mutants(root: Path, packages: list[str], kind: str, seed: int) -> Iterator[Mutant]:
    """Every possible mutant of one kind, in an order that the seed decides; most are still to be rejected by mypy."""
    found = []
    for package in packages:
        for path in typed_modules(root, package):
            source = Source(package, path, random.Random(f"{seed}:{kind}:{path.relative_to(root)}"))
            found += [Mutant(kind, package, path, span, new) for span, new in KINDS[kind](source) if source.slice(*span) != new]
    random.Random(f"{seed}:{kind}").shuffle(found)
    yield from found


def _nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Without annotations, docstrings and f-strings."""
    yield root
    if isinstance(root, ast.JoinedStr):
        return
    for name, value in ast.iter_fields(root):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                yield from _nodes(child)


def _members(source: Source) -> Iterator[ast.Attribute]:
    return (node for node in source.inside if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load))


def _slip(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        (name[:at] + name[at + 1] + name[at] + name[at + 2 :], name[:at] + name[at + 1 :], name[:at] + name[at] + name[at:], name[:-1])
    )


def _tests_for_none(test: ast.expr) -> bool:
    if isinstance(test, ast.Compare):
        return isinstance(test.ops[0], ast.Is) and isinstance(test.comparators[0], ast.Constant) and test.comparators[0].value is None
    return isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) and isinstance(test.operand, ast.Name | ast.Attribute)


def _without_alias(source: Source, node: ast.ImportFrom, which: int) -> Change:
    spans = [source.span(alias) for alias in node.names]
    if which:
        return (spans[which - 1][1], spans[which][1]), ""
    return (spans[0][0], spans[1][0]), ""

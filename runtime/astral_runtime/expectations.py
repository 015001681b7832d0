"""semantics → types (§2.2): what a function's examples pass and want stands in for the annotations that it has not.

Search then knows σ and Γ of an untyped function. What it finds is verified in the text as it is: nothing is claimed of these types.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from astral_native import Definition
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.example import Example
from astral_runtime.examples.plain import parsed, tree_of
from astral_runtime.frames import Frame
from astral_runtime.holes import Hole, Span

MOST_MEMBERS = 3
"""A union of more types says too little to be an annotation."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def annotated(document: DocumentSnapshot, hole: Hole, examples: Sequence[Example]) -> tuple[DocumentSnapshot, Hole]:
    """The document with annotations for what its examples tell of the module's function around the hole, and the hole where it lies then.

    As it is where nothing is told or everything is annotated already.
    """
    function, definition = _function(document, hole)
    if function is None or definition is None or hole.kind not in ("expression", "block"):
        return document, hole
    calls = [(call, example) for example in examples if (call := _call(example, function.name)) is not None]
    insertions = sorted(_insertions(document, definition, function, calls))
    if not insertions:
        return document, hole
    native = document.native.replaced([(at, at, text) for at, text in insertions])
    by = sum(len(text.encode()) for at, text in insertions if at <= hole.span.start)
    return replace(document, native=native), replace(hole, span=Span(hole.span.start + by, hole.span.end + by))


def told(frame: Frame, examples: Sequence[Example]) -> Frame:
    """A frame to search in whose function knows what its examples tell."""
    if frame.hole is None or not examples:
        return frame
    document, hole = annotated(frame.document, frame.hole, examples)
    return replace(frame, document=document, hole=hole)


def type_of(values: Iterable[ast.expr]) -> str | None:
    """The narrowest type as text that has all these values written out; None when one of them says too little, or they say too much."""
    kinds = [_kind(value) for value in values]
    return _united(kinds) if kinds else None


def _insertions(
    document: DocumentSnapshot, definition: Definition, function: _Function, calls: Sequence[tuple[ast.Call, Example]]
) -> Iterator[tuple[int, str]]:
    parameters = [*function.args.posonlyargs, *function.args.args]
    passed: dict[str, list[ast.expr]] = defaultdict(list)
    for call, _ in calls:
        for parameter, value in zip(parameters, call.args, strict=False):
            passed[parameter.arg].append(value)
        for keyword in call.keywords:
            passed[str(keyword.arg)].append(keyword.value)
    for parameter in parameters:
        told = type_of(passed[parameter.arg]) if parameter.annotation is None else None
        if told is not None:
            yield _end(document, parameter), f": {told}"
    wants = [want for _, example in calls if example.exception is None and (want := parsed(example.want)) is not None]
    told = type_of(wants) if function.returns is None and len(wants) == len(calls) else None
    colon = _colon(document, definition)
    if told is not None and colon is not None:
        yield colon, f" -> {told}"


def _function(document: DocumentSnapshot, hole: Hole) -> tuple[_Function | None, Definition | None]:
    """The function of the module whose body is around the hole, if that is all that is around it."""
    around, tree = document.native.enclosing(hole.span.start), tree_of(document.text)
    definition = document.native.definitions()[around[0]] if len(around) == 1 else None
    if definition is None or tree is None or definition.kind != "function" or hole.span.start < definition.body_start:
        return None, None
    same = (node for node in tree.body if isinstance(node, _Function) and node.name == definition.name)
    return next((node for node in same if node.end_lineno and _line(document, definition.end) == node.end_lineno), None), definition


def _call(example: Example, name: str) -> ast.Call | None:
    """An example's own line, if it is a call of the function with nothing spread."""
    node = parsed(example.source)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != name:
        return None
    spread = any(isinstance(each, ast.Starred) for each in node.args) or any(each.arg is None for each in node.keywords)
    return None if spread else node


def _kind(value: ast.expr) -> str | None:
    match value:
        case ast.Constant():
            return None if value.value is Ellipsis else "None" if value.value is None else type(value.value).__name__
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            return _kind(value.operand)
        case ast.List() | ast.Set():
            member = _united([_kind(each) for each in value.elts])
            return member and f"{'list' if isinstance(value, ast.List) else 'set'}[{member}]"
        case ast.Tuple():
            members = [_kind(each) for each in value.elts]
            return f"tuple[{', '.join(map(str, members))}]" if members and None not in members else None
        case ast.Dict() if None not in value.keys:
            key = _united([_kind(each) for each in value.keys if each is not None])
            member = _united([_kind(each) for each in value.values])
            return f"dict[{key}, {member}]" if key and member else None
    return None


def _united(kinds: Sequence[str | None]) -> str | None:
    """One type for several values. An empty list says nothing of its own; whoever is beside it may."""
    found = [*dict.fromkeys(kind for kind in kinds if kind is not None)]
    if not found or len(found) > MOST_MEMBERS or (any(kind is None for kind in kinds) and not all(map(_is_container, found))):
        return None
    if {"int", "float"} <= {*found}:
        found.remove("int")
    if {"bool", "int"} <= {*found}:
        found.remove("bool")
    return " | ".join(sorted(found, key=lambda kind: kind == "None"))


def _is_container(kind: str) -> bool:
    return "[" in kind


def _end(document: DocumentSnapshot, parameter: ast.arg) -> int:
    """Where a parameter's name ends. `ast` counts lines from 1 and bytes within them."""
    start = document.native.offset(parameter.lineno - 1, parameter.col_offset, "utf-8")
    return start + len(parameter.arg.encode())


def _colon(document: DocumentSnapshot, definition: Definition) -> int | None:
    """Where the header's colon stands."""
    native = document.native
    lexemes = native.lexemes()
    depth = 0
    for index in range(*lexemes.at(definition.start, definition.body_start)):
        start, end = lexemes.span(index, index + 1)
        text = native.slice(start, end)
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if text == ":" and not depth:
            return start
    return None


def _line(document: DocumentSnapshot, offset: int) -> int:
    return document.native.position(offset, "utf-8")[0] + 1

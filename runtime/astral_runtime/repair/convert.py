"""Values of one type where another is wanted: await, call, convert, wrap, write the literal as it was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from astral_runtime.holes import Span
from astral_runtime.repair.near import nearest
from astral_runtime.repair.site import BUILTINS, Site
from astral_runtime.repair.spelling import arguments, head, incompatible, is_awaitable, members
from astral_runtime.repair.values import Proposal

_CONSTRUCTORS = frozenset(
    {"int", "float", "list", "tuple", "set", "frozenset", "dict", "bytes", "complex", "Path", "Decimal", "Fraction", "UUID"}
)
_SCALARS = frozenset({
    "int", "float", "bool", "complex", "Path", "PurePath", "PosixPath", "UUID", "Decimal", "Fraction", "date", "datetime", "time",
    "timedelta", "URL",
})  # fmt: skip
_CONTAINERS = {"list": "[{}]", "Sequence": "[{}]", "Iterable": "[{}]", "Collection": "[{}]", "tuple": "({},)", "set": "{{{}}}"}
_BOXES = {"Iterator": "iter({})", "Sequence": "list({})"}


def converted(site: Site) -> Iterator[Proposal]:
    """The blamed expression, made into what is expected of it."""
    types = incompatible(site.message)
    node = site.node
    if types is None or node is None:
        return
    got, wanted = types
    if is_awaitable(got):
        yield from _awaited(site, node)
    for name in members(wanted):
        yield from _made(site, node, got, name)


def called(site: Site) -> Iterator[Proposal]:
    """A function where its result is wanted, or the reverse."""
    types = incompatible(site.message)
    node = site.node
    if types is None or node is None:
        return
    got, wanted = types
    if re.match(r"Callable\[|def |overloaded|type\[", got) and not wanted.startswith("Callable"):
        yield Proposal(Span(site.span.end, site.span.end), "()", 1.5)
    if re.match(r"Callable\[|def ", wanted) and isinstance(node, ast.Call):
        if not node.args and not node.keywords:
            yield site.instead(site.code.source(node.func), 1.5)
        yield site.instead(f"lambda: {site.text}", 0.4)
    if isinstance(node, ast.Name) and wanted.startswith("type["):
        yield site.instead(f"type({node.id})", 0.5)
    if isinstance(node, ast.Call) and not node.args:
        yield site.instead(site.code.source(node.func), 0.3)


def literal(site: Site) -> Iterator[Proposal]:
    """A constant written as one of another type."""
    types = incompatible(site.message)
    node = site.node
    if types is None or not isinstance(node, ast.Constant):
        return
    for name in members(types[1]):
        yield from _literal_as(site, node.value, head(name))


def literal_arguments(site: Site) -> Iterator[Proposal]:
    """A constant argument written as one of another type, of a call that fits no overload."""
    if not isinstance(site.node, ast.Call):
        return
    for argument in site.node.args:
        if isinstance(argument, ast.Constant):
            inner = replace(site, span=site.code.span(argument))
            for kind in ("str", "bytes", "int", "float"):
                yield from _literal_as(inner, argument.value, kind)


def similar(site: Site) -> Iterator[Proposal]:
    """Another name in sight that looks like the one that was given."""
    node = site.node
    if isinstance(node, ast.Name):
        own = [each.name for each in site.bindings if each.kind in ("local", "parameter", "self", "enclosing")]
        yield from (site.instead(name, likeness - 0.2) for name, likeness in nearest(node.id, own, limit=4))
    if isinstance(node, ast.Attribute):
        place = site.code.last_name(site.span)
        if place is not None:
            siblings = [name.rpartition(".")[2] for name in site.members] + re.findall(r"\.\s*([A-Za-z_]\w*)", site.code.text)
            yield from (Proposal(place, name, likeness - 0.2) for name, likeness in nearest(node.attr, siblings, limit=5))


def default_none(site: Site) -> Iterator[Proposal]:
    """`n: int = None` says less than it means."""
    types = incompatible(site.message)
    function = site.code.parents.get(site.node) if site.node is not None else None
    if types is None or types[0] != "None":
        return
    if isinstance(function, ast.AnnAssign):
        end = site.code.span(function.annotation).end
        yield Proposal(Span(end, end), " | None", 3.0)
    if not isinstance(function, ast.arguments):
        return
    named = [*function.posonlyargs, *function.args]
    pairs = [
        *zip(named[len(named) - len(function.defaults) :], function.defaults, strict=True),
        *zip(function.kwonlyargs, function.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None and site.code.span(default) == site.span and argument.annotation is not None:
            end = site.code.span(argument.annotation).end
            yield Proposal(Span(end, end), " | None", 3.0)


def declared_otherwise(site: Site) -> Iterator[Proposal]:
    """A return annotation that the returned None contradicts."""
    types = incompatible(site.message)
    function = site.function
    if types is None or types[0] != "None" or function is None or function.returns is None or not site.says("return value"):
        return
    end = site.code.span(function.returns).end
    yield Proposal(Span(end, end), " | None", -0.5)


def not_awaitable(site: Site) -> Iterator[Proposal]:
    """`await` on what is a value already."""
    if not site.says(r'Incompatible types in "await"'):
        return
    node = site.node or site.code.around(site.span)
    for each in [node, *site.code.ancestors(node)] if node is not None else []:
        if isinstance(each, ast.Await):
            yield Proposal(site.code.span(each), site.code.source(each.value), 2.0)
            return


def unawaited(site: Site) -> Iterator[Proposal]:
    """A coroutine that is thrown away, or used as a value, iterated or indexed."""
    node = site.node or site.code.around(site.span)
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if not isinstance(node, ast.Call):
        node = next((each for each in site.code.ancestors(node) if isinstance(each, ast.Call)), None) if node is not None else None
    if isinstance(node, ast.Call) and site.is_async and re.search(r"Coroutine|Awaitable", site.message):
        yield from _await(site, node, 2.5)


def _is_scalar(type: str) -> bool:
    """Whether text made of a value of it is likely to be meant: numbers, paths, dates, errors; no containers."""
    return all(head(each) in _SCALARS or head(each).endswith(("Error", "Exception")) for each in members(type))


def _awaited(site: Site, node: ast.expr) -> Iterator[Proposal]:
    if site.is_async:
        yield from _await(site, node, 3.0)


def _await(site: Site, node: ast.expr, score: float) -> Iterator[Proposal]:
    span = site.code.span(node)
    parent = site.code.parents.get(node)
    bare = (
        isinstance(parent, ast.stmt | ast.Call | ast.keyword | ast.withitem | ast.List | ast.Tuple | ast.BinOp | ast.Compare)
        and getattr(parent, "func", None) is not node
    )
    text = site.code.slice(span)
    yield Proposal(span, f"await {text}" if bare else f"(await {text})", score, says="add `await`")


def _made(site: Site, node: ast.expr, got: str, wanted: str) -> Iterator[Proposal]:
    text, kind = site.text, head(wanted)
    loose = (
        f"({text})" if isinstance(node, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda | ast.Await | ast.UnaryOp) else text
    )
    if kind == "str" and head(got) in ("bytes", "bytearray"):
        yield site.instead(f"{loose}.decode()", 2.0)
    elif kind == "bytes" and head(got) == "str":
        yield site.instead(f"{loose}.encode()", 2.0)
    elif kind == "str" and _is_scalar(got) and not isinstance(node, ast.Constant):
        yield site.instead(f"str({text})", 1.2)
    elif kind in _CONSTRUCTORS and kind != head(got) and not isinstance(node, ast.Constant):
        yield site.instead(
            f"{kind}({text})", 1.2, imports=("from pathlib import Path",) if kind == "Path" and "Path" not in site.names else ()
        )
    inner = [head(each) for argument in arguments(wanted) for each in members(argument)]
    if kind in _CONTAINERS and (head(got) in inner or "Any" in inner) and kind != head(got):
        yield site.instead(_CONTAINERS[kind].format(text), 1.4)
    if kind in _BOXES and kind != head(got) and kind != "str":
        yield site.instead(_BOXES[kind].format(text), 0.6)
    if wanted in arguments(got):
        yield site.instead(f"{loose}[0]", 0.8)
        yield site.instead(f"next(iter({text}))", -0.2)
    if kind in site.names and kind not in BUILTINS and kind not in _CONSTRUCTORS:
        yield site.instead(f"{kind}({text})", 0.5)
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Name):
        yield site.instead(site.code.source(node.args[0]), 0.7)  # a conversion too many
    if head(got) == "dict" or "Mapping" in head(got):
        yield from (site.instead(f"{loose}.{member}()", 0.5) for member in ("items", "values", "keys"))


def _literal_as(site: Site, value: object, kind: str) -> Iterator[Proposal]:
    text = site.text
    if isinstance(value, str):
        if kind in ("int", "float") and re.fullmatch(r"-?\d+" if kind == "int" else r"-?\d+(\.\d+)?", value):
            yield site.instead(value, 3.0)
        if kind == "bytes" and value.isascii() and text[:1] in "'\"":
            yield site.instead("b" + text, 2.5)
        if kind == "bool" and value.lower() in ("true", "false", ""):
            yield site.instead("True" if value.lower() == "true" else "False", 2.0)
        if kind == "None" and value in ("", "None"):
            yield site.instead("None", 1.0)
    elif isinstance(value, bytes) and kind == "str":
        yield site.instead(text[1:], 2.5)
    elif isinstance(value, int | float) and kind == "str" and not isinstance(value, bool):
        yield site.instead(f'"{text}"', 2.5)
    elif isinstance(value, float) and kind == "int" and value.is_integer():
        yield site.instead(str(int(value)), 2.5)
    if isinstance(value, bool | int) and kind == "bool":
        yield site.instead(str(bool(value)), 1.5)

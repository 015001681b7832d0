"""From syntax trees to terms: one maker per kind of expression. None when a name is not in Γ, or a type forbids it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from astral_runtime.search.precedence import BINARY, COMPARE, Binding
from astral_runtime.search.terms import Term, term
from astral_runtime.search.types import T

if TYPE_CHECKING:
    from astral_runtime.search.builder import Builder


def _attribute(builder: Builder[T], node: ast.Attribute) -> Term[T] | None:
    base = builder.build(node.value)
    return builder.attribute(base, node.attr) if base is not None else None


def _call(builder: Builder[T], node: ast.Call) -> Term[T] | None:
    callee = builder.build(node.func)
    if callee is None:
        return None
    values = builder.all([*node.args, *(keyword.value for keyword in node.keywords)])
    if values is None:
        return None
    keys = [*(None for _ in node.args), *(keyword.arg for keyword in node.keywords)]
    if any(isinstance(each, ast.Starred) for each in node.args) or any(keyword.arg is None for keyword in node.keywords):
        return _opaque(builder, node, "call", (callee, *values))
    return builder.call(callee, list(zip(keys, values, strict=True)))


def _opaque(builder: Builder[T], node: ast.expr, kind: str, parts: tuple[Term[T], ...], binding: Binding = Binding.ATOM) -> Term[T]:
    """Source kept as it is, of unknown type."""
    return term(builder.source(node), None, kind, (("call" if kind == "call" else "display", 1.0),), parts, binding)


def _subscript(builder: Builder[T], node: ast.Subscript) -> Term[T] | None:
    base = builder.build(node.value)
    if base is None:
        return None
    if isinstance(node.slice, ast.Slice):
        parts = builder.all([part for part in (node.slice.lower, node.slice.upper, node.slice.step) if part is not None])
        return None if parts is None else _sliced(builder, base, node, tuple(parts))
    index = builder.build(node.slice)
    return builder.subscript(base, index) if index is not None else None


def _sliced(builder: Builder[T], base: Term[T], node: ast.Subscript, parts: tuple[Term[T], ...]) -> Term[T]:
    return term(builder.source(node), base.type, "slice", (("subscript", 1.0),), (base, *parts))


def _binary(builder: Builder[T], node: ast.BinOp) -> Term[T] | None:
    parts = builder.all([node.left, node.right])
    return builder.binary(BINARY[type(node.op)][0], *parts) if parts is not None else None


def _unary(builder: Builder[T], node: ast.UnaryOp) -> Term[T] | None:
    part = builder.build(node.operand)
    if part is None or isinstance(node.op, ast.Not):
        return builder.negation(part) if part is not None else None
    sign = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]
    return term(sign + part.at_least(Binding.UNARY), part.type, "unary", (("operator", 1.0),), (part,), Binding.UNARY)


def _compare(builder: Builder[T], node: ast.Compare) -> Term[T] | None:
    parts = builder.all([node.left, *node.comparators])
    if parts is None:
        return None
    if len(parts) > 2:
        return _opaque(builder, node, "compare", tuple(parts), Binding.COMPARE)
    return builder.compare(COMPARE[type(node.ops[0])], *parts)


def _boolean(builder: Builder[T], node: ast.BoolOp) -> Term[T] | None:
    parts = builder.all(node.values)
    return builder.boolean("and" if isinstance(node.op, ast.And) else "or", parts) if parts is not None else None


def _conditional(builder: Builder[T], node: ast.IfExp) -> Term[T] | None:
    parts = builder.all([node.body, node.test, node.orelse])
    if parts is None:
        return None
    type = parts[0].type if str(parts[0].type) == str(parts[2].type) else None
    text = f"{parts[0].at_least(Binding.OR)} if {parts[1].at_least(Binding.OR)} else {parts[2].text}"
    return term(text, type, "conditional", (("operator", 1.0),), tuple(parts), Binding.TEST)


def _display(builder: Builder[T], node: ast.Tuple | ast.List | ast.Set) -> Term[T] | None:
    parts = builder.all([each.value if isinstance(each, ast.Starred) else each for each in node.elts])
    if parts is None:
        return None
    if not parts:
        return builder.literal(ast.unparse(node))
    kind = type(node).__name__.lower()
    made = _opaque(builder, node, kind, tuple(parts))
    return term(made.text, builder.types.instance(kind, None), kind, made.own, made.parts)


def _dict(builder: Builder[T], node: ast.Dict) -> Term[T] | None:
    parts = builder.all([*(key for key in node.keys if key is not None), *node.values])
    if parts is None:
        return None
    if not parts:
        return builder.literal("{}")
    made = _opaque(builder, node, "dict", tuple(parts))
    return term(made.text, builder.types.instance("dict", None, None), "dict", made.own, made.parts)


def _await(builder: Builder[T], node: ast.Await) -> Term[T] | None:
    part = builder.build(node.value)
    return builder.awaiting(part) if part is not None else None


MAKERS: dict[type[ast.expr], Callable[..., Term[Any] | None]] = {
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.Tuple: _display,
    ast.List: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.Await: _await,
}

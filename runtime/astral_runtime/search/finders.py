"""The places in each kind of node: which role its subexpressions have, and under which keys they meet their like."""

from __future__ import annotations

import ast
from collections.abc import Callable

from astral_runtime.search.finders_statements import STATEMENTS
from astral_runtime.search.places import Found, chain, key_of, last, place, siblings
from astral_runtime.search.precedence import BINARY, COMPARE, Binding, binding_of


def places(parent: ast.AST, function: str | None) -> Found:
    """The places of a node's direct subexpressions; `function` is the name of the function around it."""
    finder = FINDERS.get(type(parent))
    if finder is not None:
        yield from finder(parent, function)


def _call(node: ast.Call, function: str | None) -> Found:
    callee = chain(node.func)
    name = last(callee)
    yield node.func, place("callee", binding=Binding.ATOM)
    every = [*node.args, *(keyword.value for keyword in node.keywords)]
    for n, argument in enumerate(node.args):
        if not isinstance(argument, ast.Starred):
            keys = (key_of("", callee, f"({n}"), key_of("", name, f"({n}"), key_of("", callee, "("))
            yield argument, place("argument", *keys, callee=node.func, position=n, beside=siblings(every, argument))
    for keyword in node.keywords:
        if keyword.arg is not None:
            keys = (key_of("", callee, f"({keyword.arg}="), key_of("", name, f"({keyword.arg}="), f"{keyword.arg}=")
            yield keyword.value, place("keyword", *keys, target=keyword.arg, callee=node.func, beside=siblings(every, keyword.value))


def _compare(node: ast.Compare, function: str | None) -> Found:
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        sign = COMPARE[type(op)]
        ours, theirs = chain(left), chain(right)
        keys = (key_of("", ours, f" {sign}"), key_of("", last(ours), f" {sign}"), f"{sign} ▢")
        yield right, place("compare", *keys, operator=sign, peer=left, binding=Binding.BIT_OR)
        if left is node.left:
            keys = (key_of(f"{sign} ", theirs), key_of(f"{sign} ", last(theirs)), f"▢ {sign}")
            yield left, place("compare", *keys, operator=f"▢ {sign}", peer=right, binding=Binding.BIT_OR)
        left = right


def _binary(node: ast.BinOp, function: str | None) -> Found:
    (sign, binding), left, right = BINARY[type(node.op)], chain(node.left), chain(node.right)
    keys = (key_of("", left, f" {sign}"), key_of("", last(left), f" {sign}"), f"{sign} ▢")
    yield node.right, place("operand", *keys, operator=sign, peer=node.left, binding=Binding.UNARY if sign == "**" else binding.tighter)
    keys = (key_of(f"{sign} ", right), key_of(f"{sign} ", last(right)), f"▢ {sign}")
    yield node.left, place("operand", *keys, operator=f"▢ {sign}", peer=node.right, binding=binding.tighter if sign == "**" else binding)


def _boolean(node: ast.BoolOp, function: str | None) -> Found:
    sign = "and" if isinstance(node.op, ast.And) else "or"
    for n, value in enumerate(node.values):
        others = siblings(node.values, value)
        side = "▢ " + sign if n == 0 else sign + " ▢"
        yield (
            value,
            place("boolean", side, operator=sign, peer=others[0] if others else None, beside=others, binding=binding_of(node).tighter),
        )


def _unary(node: ast.UnaryOp, function: str | None) -> Found:
    role = "not" if isinstance(node.op, ast.Not) else "operand"
    yield node.operand, place(role, operator=type(node.op).__name__, binding=binding_of(node))


def _subscript(node: ast.Subscript, function: str | None) -> Found:
    value = chain(node.value)
    yield node.value, place("receiver", "[", binding=Binding.ATOM)
    if not isinstance(node.slice, ast.Slice):
        yield node.slice, place("index", key_of("", value, "["), key_of("", last(value), "["), peer=node.value)


def _slice(node: ast.Slice, function: str | None) -> Found:
    for part in ("lower", "upper", "step"):
        value = getattr(node, part)
        if value is not None:
            yield value, place("slice", part, operator=part)


def _attribute(node: ast.Attribute, function: str | None) -> Found:
    yield node.value, place("receiver", f".{node.attr}", target=node.attr, binding=Binding.ATOM)


def _conditional(node: ast.IfExp, function: str | None) -> Found:
    yield node.test, place("test", "IfExp", beside=(node.body, node.orelse), binding=Binding.OR)
    yield node.body, place("branch", "body", peer=node.orelse, beside=(node.test,), binding=Binding.OR)
    yield node.orelse, place("branch", "orelse", peer=node.body, beside=(node.test,))


def _comprehension(node: ast.comprehension, function: str | None) -> Found:
    target = chain(node.target)
    yield node.iter, place("iterable", key_of("for ", target), target=target, binding=Binding.OR)
    for test in node.ifs:
        yield test, place("test", "comprehension", binding=Binding.OR)


def _elements(node: ast.Tuple | ast.List | ast.Set, function: str | None) -> Found:
    for n, element in enumerate(node.elts):
        kind = type(node).__name__
        yield element, place("element", f"{kind} {n}", kind, beside=siblings(node.elts, element))


def _dict(node: ast.Dict, function: str | None) -> Found:
    keys = [key for key in node.keys if key is not None]
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            yield key, place("key", beside=siblings(keys, key))
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else chain(key)
            yield value, place("value", key_of("", chain(key), ":"), target=name, beside=siblings(node.values, value))


def _formatted(node: ast.FormattedValue, function: str | None) -> Found:
    yield node.value, place("format")


def _await(node: ast.Await, function: str | None) -> Found:
    yield node.value, place("await", binding=Binding.ATOM)


def _starred(node: ast.Starred, function: str | None) -> Found:
    yield node.value, place("starred", binding=Binding.BIT_OR)


def _element(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, function: str | None) -> Found:
    yield node.elt, place("element", "comprehension", target=chain(node.generators[0].target))


def _pair(node: ast.DictComp, function: str | None) -> Found:
    yield node.key, place("key", "comprehension")
    if node.value is not None:
        yield node.value, place("value", "comprehension")


def _lambda(node: ast.Lambda, function: str | None) -> Found:
    yield node.body, place("return", "lambda")


FINDERS: dict[type[ast.AST], Callable[..., Found]] = {
    **STATEMENTS,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Attribute: _attribute,
    ast.IfExp: _conditional,
    ast.comprehension: _comprehension,
    ast.Tuple: _elements,
    ast.List: _elements,
    ast.Set: _elements,
    ast.Dict: _dict,
    ast.FormattedValue: _formatted,
    ast.Await: _await,
    ast.Starred: _starred,
    ast.ListComp: _element,
    ast.SetComp: _element,
    ast.GeneratorExp: _element,
    ast.DictComp: _pair,
    ast.Lambda: _lambda,
}

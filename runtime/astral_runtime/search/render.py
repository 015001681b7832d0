"""Small expressions as canonical text and as shape, bottom-up, once per node.

The shape has ▢ for every local name, so `len(rows)` and `len(names)` share `len(▢)`. What is too long or too rare
to be of use in a fill renders as None, and so does everything that holds it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import NamedTuple

from astral_runtime.holes import SUBHOLE
from astral_runtime.search.precedence import BINARY, COMPARE, Binding, wrapped

HOLE = "__hole__"
"""What stands for the hole while its file is parsed; nothing that holds it is an example of anything."""
MOST_LEAVES = 12
LONGEST_STRING = 60


class Rendered(NamedTuple):
    """`leaves` counts names, attributes and constants; `binding` is the top operator's strength."""

    text: str
    shape: str
    leaves: int
    binding: Binding


def render(node: ast.expr, parts: Callable[[ast.expr], Rendered | None], local: frozenset[str], quote: str) -> Rendered | None:
    """`parts` gives the children's rendering; `local` are the names that count as local."""
    writer = _WRITERS.get(type(node))
    done = writer(node, parts, local, quote) if writer is not None else None
    return done if done is not None and done.leaves <= MOST_LEAVES else None


def string(value: str, quote: str) -> str:
    """A string literal with the file's usual quote, where that needs no escapes."""
    plain = repr(value)
    return f"{quote}{plain[1:-1]}{quote}" if "'" not in value and '"' not in value else plain


_Parts = Callable[[ast.expr], Rendered | None]


def _join(template: str, parts: Iterable[Rendered | None], binding: Binding = Binding.ATOM, extra: int = 0) -> Rendered | None:
    """`template` with {} for each part."""
    done = list(parts)
    if any(part is None for part in done):
        return None
    whole = [part for part in done if part is not None]
    text = template.format(*(part.text for part in whole))
    return Rendered(text, template.format(*(part.shape for part in whole)), sum(part.leaves for part in whole) + extra, binding)


def _at_least(part: Rendered | None, binding: Binding) -> Rendered | None:
    """In parentheses where the surrounding operator binds tighter."""
    if part is None or part.binding >= binding:
        return part
    return Rendered(wrapped(part.text), wrapped(part.shape), part.leaves, Binding.ATOM)


def _name(node: ast.Name, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    if node.id in {HOLE, "hole"}:
        return None
    return Rendered(node.id, SUBHOLE if node.id in local else node.id, 1, Binding.ATOM)


def _constant(node: ast.Constant, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    if node.value is ... or (isinstance(node.value, (str, bytes)) and len(node.value) > LONGEST_STRING):
        return None
    text = string(node.value, quote) if isinstance(node.value, str) else repr(node.value)
    return Rendered(text, text, 1, Binding.ATOM)


def _attribute(node: ast.Attribute, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
        return None
    return _join("{}." + node.attr, [_at_least(parts(node.value), Binding.ATOM)], extra=1)


def _subscript(node: ast.Subscript, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    return _join("{}[{}]", [_at_least(parts(node.value), Binding.ATOM), parts(node.slice)])


def _slice(node: ast.Slice, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    given = [parts(part) for part in (node.lower, node.upper, node.step) if part is not None]
    template = ("{}" if node.lower else "") + ":" + ("{}" if node.upper else "") + (":{}" if node.step else "")
    return _join(template, given, Binding.TEST)


def _call(node: ast.Call, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    pieces = [_at_least(parts(node.func), Binding.ATOM)]
    pieces += [_at_least(parts(argument), Binding.TEST) for argument in node.args]
    pieces += [_at_least(parts(keyword.value), Binding.TEST) for keyword in node.keywords]
    names = [f"{keyword.arg}={{}}" if keyword.arg else "**{}" for keyword in node.keywords]
    return _join("{}(" + ", ".join(["{}"] * len(node.args) + names) + ")", pieces)


def _starred(node: ast.Starred, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    return _join("*{}", [_at_least(parts(node.value), Binding.BIT_OR)], Binding.TEST)


def _binary(node: ast.BinOp, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    sign, binding = BINARY[type(node.op)]
    power = isinstance(node.op, ast.Pow)
    left = _at_least(parts(node.left), binding.tighter if power else binding)
    right = _at_least(parts(node.right), Binding.UNARY if power else binding.tighter)
    return _join(f"{{}} {sign} {{}}", [left, right], binding)


def _unary(node: ast.UnaryOp, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    if isinstance(node.op, ast.Not):
        return _join("not {}", [_at_least(parts(node.operand), Binding.NOT)], Binding.NOT)
    sign = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~"}[type(node.op)]
    return _join(sign + "{}", [_at_least(parts(node.operand), Binding.UNARY)], Binding.UNARY)


def _compare(node: ast.Compare, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    template = "{}" + "".join(f" {COMPARE[type(op)]} {{}}" for op in node.ops)
    return _join(template, [_at_least(parts(side), Binding.BIT_OR) for side in (node.left, *node.comparators)], Binding.COMPARE)


def _boolean(node: ast.BoolOp, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    sign, binding = ("and", Binding.AND) if isinstance(node.op, ast.And) else ("or", Binding.OR)
    return _join(f" {sign} ".join(["{}"] * len(node.values)), [_at_least(parts(each), binding.tighter) for each in node.values], binding)


def _conditional(node: ast.IfExp, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    pieces = [_at_least(parts(node.body), Binding.OR), _at_least(parts(node.test), Binding.OR), parts(node.orelse)]
    return _join("{} if {} else {}", pieces, Binding.TEST)


def _sequence(node: ast.Tuple | ast.List | ast.Set, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    opening, closing = {ast.Tuple: "()", ast.List: "[]", ast.Set: ("{{", "}}")}[type(node)]
    inner = ", ".join(["{}"] * len(node.elts)) + ("," if isinstance(node, ast.Tuple) and len(node.elts) == 1 else "")
    return _join(opening + inner + closing, [parts(each) for each in node.elts], extra=0 if node.elts else 1)


def _dict(node: ast.Dict, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    if None in node.keys:
        return None
    pairs = [piece for key, value in zip(node.keys, node.values, strict=True) if key is not None for piece in (parts(key), parts(value))]
    return _join("{{" + ", ".join(["{}: {}"] * len(node.values)) + "}}", pairs, extra=0 if pairs else 1)


def _await(node: ast.Await, parts: _Parts, local: frozenset[str], quote: str) -> Rendered | None:
    return _join("await {}", [_at_least(parts(node.value), Binding.ATOM)], Binding.AWAIT)


_WRITERS: dict[type[ast.expr], Callable[..., Rendered | None]] = {
    ast.Name: _name,
    ast.Constant: _constant,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Call: _call,
    ast.Starred: _starred,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.Tuple: _sequence,
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.Await: _await,
}

"""The places in each kind of node: which role its subexpressions have, and under which keys they meet their like."""

from __future__ import annotations

import ast
from collections.abc import Callable

from astral_runtime.search.places import Found, Place, chain, last
from astral_runtime.search.precedence import BINARY, COMPARE, Binding, binding_of


def places(parent: ast.AST, function: str | None) -> Found:
    """The places of a node's direct subexpressions; `function` is the name of the function around it."""
    finder = _FINDERS.get(type(parent))
    if finder is not None:
        yield from finder(parent, function)


def _place(role: str, *keys: str | None, **more: object) -> Place:
    distinct = dict.fromkeys(key for key in keys if key is not None)
    return Place(role, (*distinct, role), **more)  # type: ignore[arg-type]  # the callers below name Place's own fields


def _key(head: str, dotted: str | None, tail: str = "") -> str | None:
    return f"{head}{dotted}{tail}" if dotted else None


def _return(node: ast.Return, function: str | None) -> Found:
    if node.value is not None:
        yield node.value, _place("return", _key("return ", function), target=function)


def _yield(node: ast.Yield | ast.YieldFrom, function: str | None) -> Found:
    if node.value is not None:
        yield node.value, _place("yield", _key("yield ", function), target=function)


def _assign(node: ast.Assign, function: str | None) -> Found:
    yield from _assigned(node.targets[0], node.value)


def _single_assign(node: ast.AnnAssign | ast.NamedExpr, function: str | None) -> Found:
    if node.value is not None:
        yield from _assigned(node.target, node.value)
    if isinstance(node, ast.AnnAssign):
        yield node.annotation, _place("annotation", _key("", last(chain(node.target)), ":"), target=last(chain(node.target)))


def _assigned(target: ast.expr, value: ast.expr) -> Found:
    name = chain(target)
    yield value, _place("assign", _key("= ", name), _key("= ", last(name)), target=last(name))
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for part, given in zip(target.elts, value.elts, strict=True):
            yield given, _place("assign", _key("= ", chain(part)), target=last(chain(part)), beside=_others(value.elts, given))


def _augmented(node: ast.AugAssign, function: str | None) -> Found:
    sign, name = BINARY[type(node.op)][0], chain(node.target)
    yield node.value, _place("operand", _key(f"{sign}= ", name), f"{sign}=", operator=f"{sign}=", target=last(name), peer=node.target)


def _call(node: ast.Call, function: str | None) -> Found:
    callee = chain(node.func)
    name = last(callee)
    yield node.func, _place("callee", binding=Binding.ATOM)
    every = [*node.args, *(keyword.value for keyword in node.keywords)]
    for n, argument in enumerate(node.args):
        if not isinstance(argument, ast.Starred):
            keys = (_key("", callee, f"({n}"), _key("", name, f"({n}"), _key("", callee, "("))
            yield argument, _place("argument", *keys, callee=node.func, position=n, beside=_others(every, argument))
    for keyword in node.keywords:
        if keyword.arg is not None:
            keys = (_key("", callee, f"({keyword.arg}="), _key("", name, f"({keyword.arg}="), f"{keyword.arg}=")
            yield keyword.value, _place("keyword", *keys, target=keyword.arg, callee=node.func, beside=_others(every, keyword.value))


def _compare(node: ast.Compare, function: str | None) -> Found:
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        sign = COMPARE[type(op)]
        ours, theirs = chain(left), chain(right)
        keys = (_key("", ours, f" {sign}"), _key("", last(ours), f" {sign}"), f"{sign} ▢")
        yield right, _place("compare", *keys, operator=sign, peer=left, binding=Binding.BIT_OR)
        if left is node.left:
            keys = (_key(f"{sign} ", theirs), _key(f"{sign} ", last(theirs)), f"▢ {sign}")
            yield left, _place("compare", *keys, operator=f"▢ {sign}", peer=right, binding=Binding.BIT_OR)
        left = right


def _binary(node: ast.BinOp, function: str | None) -> Found:
    (sign, binding), left, right = BINARY[type(node.op)], chain(node.left), chain(node.right)
    keys = (_key("", left, f" {sign}"), _key("", last(left), f" {sign}"), f"{sign} ▢")
    yield node.right, _place("operand", *keys, operator=sign, peer=node.left, binding=Binding.UNARY if sign == "**" else binding.tighter)
    keys = (_key(f"{sign} ", right), _key(f"{sign} ", last(right)), f"▢ {sign}")
    yield node.left, _place("operand", *keys, operator=f"▢ {sign}", peer=node.right, binding=binding.tighter if sign == "**" else binding)


def _boolean(node: ast.BoolOp, function: str | None) -> Found:
    sign = "and" if isinstance(node.op, ast.And) else "or"
    for n, value in enumerate(node.values):
        others = _others(node.values, value)
        side = "▢ " + sign if n == 0 else sign + " ▢"
        yield (
            value,
            _place("boolean", side, operator=sign, peer=others[0] if others else None, beside=others, binding=binding_of(node).tighter),
        )


def _unary(node: ast.UnaryOp, function: str | None) -> Found:
    role = "not" if isinstance(node.op, ast.Not) else "operand"
    yield node.operand, _place(role, operator=type(node.op).__name__, binding=binding_of(node))


def _subscript(node: ast.Subscript, function: str | None) -> Found:
    value = chain(node.value)
    yield node.value, _place("receiver", "[", binding=Binding.ATOM)
    if not isinstance(node.slice, ast.Slice):
        yield node.slice, _place("index", _key("", value, "["), _key("", last(value), "["), peer=node.value)


def _slice(node: ast.Slice, function: str | None) -> Found:
    for part in ("lower", "upper", "step"):
        value = getattr(node, part)
        if value is not None:
            yield value, _place("slice", part, operator=part)


def _attribute(node: ast.Attribute, function: str | None) -> Found:
    yield node.value, _place("receiver", f".{node.attr}", target=node.attr, binding=Binding.ATOM)


def _test(node: ast.If | ast.While | ast.Assert, function: str | None) -> Found:
    yield node.test, _place("test", type(node).__name__)


def _conditional(node: ast.IfExp, function: str | None) -> Found:
    yield node.test, _place("test", "IfExp", beside=(node.body, node.orelse), binding=Binding.OR)
    yield node.body, _place("branch", "body", peer=node.orelse, beside=(node.test,), binding=Binding.OR)
    yield node.orelse, _place("branch", "orelse", peer=node.body, beside=(node.test,))


def _for(node: ast.For | ast.AsyncFor, function: str | None) -> Found:
    target = chain(node.target)
    yield node.iter, _place("iterable", _key("for ", target), target=target)


def _comprehension(node: ast.comprehension, function: str | None) -> Found:
    target = chain(node.target)
    yield node.iter, _place("iterable", _key("for ", target), target=target, binding=Binding.OR)
    for test in node.ifs:
        yield test, _place("test", "comprehension", binding=Binding.OR)


def _elements(node: ast.Tuple | ast.List | ast.Set, function: str | None) -> Found:
    for n, element in enumerate(node.elts):
        kind = type(node).__name__
        yield element, _place("element", f"{kind} {n}", kind, beside=_others(node.elts, element))


def _dict(node: ast.Dict, function: str | None) -> Found:
    keys = [key for key in node.keys if key is not None]
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            yield key, _place("key", beside=_others(keys, key))
            name = key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else chain(key)
            yield value, _place("value", _key("", chain(key), ":"), target=name, beside=_others(node.values, value))


def _formatted(node: ast.FormattedValue, function: str | None) -> Found:
    yield node.value, _place("format")


def _with(node: ast.withitem, function: str | None) -> Found:
    target = chain(node.optional_vars)
    yield node.context_expr, _place("with", _key("with ", target), target=target)


def _raise(node: ast.Raise, function: str | None) -> Found:
    if node.exc is not None:
        yield node.exc, _place("raise", "exc")
    if node.cause is not None:
        yield node.cause, _place("raise", "cause", operator="from")


def _await(node: ast.Await, function: str | None) -> Found:
    yield node.value, _place("await", binding=Binding.ATOM)


def _starred(node: ast.Starred, function: str | None) -> Found:
    yield node.value, _place("starred", binding=Binding.BIT_OR)


def _statement(node: ast.Expr, function: str | None) -> Found:
    yield node.value, _place("statement")


def _element(node: ast.ListComp | ast.SetComp | ast.GeneratorExp, function: str | None) -> Found:
    yield node.elt, _place("element", "comprehension", target=chain(node.generators[0].target))


def _pair(node: ast.DictComp, function: str | None) -> Found:
    yield node.key, _place("key", "comprehension")
    if node.value is not None:
        yield node.value, _place("value", "comprehension")


def _lambda(node: ast.Lambda, function: str | None) -> Found:
    yield node.body, _place("return", "lambda")


def _defaults(node: ast.arguments, function: str | None) -> Found:
    positional = [*node.posonlyargs, *node.args]
    pairs = [*zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)]
    pairs += [(argument, value) for argument, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value is not None]
    for argument, value in pairs:
        yield value, _place("default", f"default {argument.arg}", target=argument.arg)


def _annotated(node: ast.arg, function: str | None) -> Found:
    if node.annotation is not None:
        yield node.annotation, _place("annotation", f"{node.arg}:", target=node.arg)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, function: str | None) -> Found:
    if node.returns is not None:
        yield node.returns, _place("annotation", f"-> {node.name}", "->", target=node.name)


def _others(every: list[ast.expr], one: ast.expr) -> tuple[ast.expr, ...]:
    return tuple(each for each in every if each is not one)


_FINDERS: dict[type[ast.AST], Callable[..., Found]] = {
    ast.Return: _return,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Assign: _assign,
    ast.AnnAssign: _single_assign,
    ast.NamedExpr: _single_assign,
    ast.AugAssign: _augmented,
    ast.Call: _call,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.BoolOp: _boolean,
    ast.UnaryOp: _unary,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Attribute: _attribute,
    ast.If: _test,
    ast.While: _test,
    ast.Assert: _test,
    ast.IfExp: _conditional,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.comprehension: _comprehension,
    ast.Tuple: _elements,
    ast.List: _elements,
    ast.Set: _elements,
    ast.Dict: _dict,
    ast.FormattedValue: _formatted,
    ast.withitem: _with,
    ast.Raise: _raise,
    ast.Await: _await,
    ast.Starred: _starred,
    ast.Expr: _statement,
    ast.ListComp: _element,
    ast.SetComp: _element,
    ast.GeneratorExp: _element,
    ast.DictComp: _pair,
    ast.Lambda: _lambda,
    ast.arguments: _defaults,
    ast.arg: _annotated,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
}

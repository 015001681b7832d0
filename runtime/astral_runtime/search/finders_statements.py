"""The places in statements and signatures."""

from __future__ import annotations

import ast
from collections.abc import Callable

from astral_runtime.search.places import Found, chain, key_of, last, place, siblings
from astral_runtime.search.precedence import BINARY


def _return(node: ast.Return, function: str | None) -> Found:
    if node.value is not None:
        yield node.value, place("return", key_of("return ", function), target=function)


def _yield(node: ast.Yield | ast.YieldFrom, function: str | None) -> Found:
    if node.value is not None:
        yield node.value, place("yield", key_of("yield ", function), target=function)


def _assign(node: ast.Assign, function: str | None) -> Found:
    yield from _assigned(node.targets[0], node.value)


def _single_assign(node: ast.AnnAssign | ast.NamedExpr, function: str | None) -> Found:
    if node.value is not None:
        yield from _assigned(node.target, node.value)
    if isinstance(node, ast.AnnAssign):
        yield node.annotation, place("annotation", key_of("", last(chain(node.target)), ":"), target=last(chain(node.target)))


def _assigned(target: ast.expr, value: ast.expr) -> Found:
    name = chain(target)
    yield value, place("assign", key_of("= ", name), key_of("= ", last(name)), target=last(name))
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for part, given in zip(target.elts, value.elts, strict=True):
            yield given, place("assign", key_of("= ", chain(part)), target=last(chain(part)), beside=siblings(value.elts, given))


def _augmented(node: ast.AugAssign, function: str | None) -> Found:
    sign, name = BINARY[type(node.op)][0], chain(node.target)
    yield node.value, place("operand", key_of(f"{sign}= ", name), f"{sign}=", operator=f"{sign}=", target=last(name), peer=node.target)


def _test(node: ast.If | ast.While | ast.Assert, function: str | None) -> Found:
    yield node.test, place("test", type(node).__name__)


def _for(node: ast.For | ast.AsyncFor, function: str | None) -> Found:
    target = chain(node.target)
    yield node.iter, place("iterable", key_of("for ", target), target=target)


def _with(node: ast.withitem, function: str | None) -> Found:
    target = chain(node.optional_vars)
    yield node.context_expr, place("with", key_of("with ", target), target=target)


def _raise(node: ast.Raise, function: str | None) -> Found:
    if node.exc is not None:
        yield node.exc, place("raise", "exc")
    if node.cause is not None:
        yield node.cause, place("raise", "cause", operator="from")


def _statement(node: ast.Expr, function: str | None) -> Found:
    yield node.value, place("statement")


def _defaults(node: ast.arguments, function: str | None) -> Found:
    positional = [*node.posonlyargs, *node.args]
    pairs = [*zip(positional[len(positional) - len(node.defaults) :], node.defaults, strict=True)]
    pairs += [(argument, value) for argument, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value is not None]
    for argument, value in pairs:
        yield value, place("default", f"default {argument.arg}", target=argument.arg)


def _annotated(node: ast.arg, function: str | None) -> Found:
    if node.annotation is not None:
        yield node.annotation, place("annotation", f"{node.arg}:", target=node.arg)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, function: str | None) -> Found:
    if node.returns is not None:
        yield node.returns, place("annotation", f"-> {node.name}", "->", target=node.name)


STATEMENTS: dict[type[ast.AST], Callable[..., Found]] = {
    ast.Return: _return,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Assign: _assign,
    ast.AnnAssign: _single_assign,
    ast.NamedExpr: _single_assign,
    ast.AugAssign: _augmented,
    ast.If: _test,
    ast.While: _test,
    ast.Assert: _test,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.withitem: _with,
    ast.Raise: _raise,
    ast.Expr: _statement,
    ast.arguments: _defaults,
    ast.arg: _annotated,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
}

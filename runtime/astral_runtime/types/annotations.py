"""Holes in annotations: σ is "type", and what mypy inferred of the value says which type it may be."""

from __future__ import annotations

from collections.abc import Iterator

from mypy.argmap import map_actuals_to_formals
from mypy.checker import TypeChecker
from mypy.nodes import (
    Argument,
    AssignmentStmt,
    CallExpr,
    ClassDef,
    Decorator,
    Expression,
    FuncDef,
    LambdaExpr,
    NameExpr,
    Node,
    OverloadedFuncDef,
    ReturnStmt,
    SymbolNode,
)
from mypy.types import AnyType, CallableType, FunctionLike, Instance, NoneType, ProperType, Type, TypeOfAny, UnboundType, get_proper_type

from astral_runtime.types.children import walk
from astral_runtime.types.expected import Expected, either, plain
from astral_runtime.types.masked import TYPE
from astral_runtime.types.place import written
from astral_runtime.types.show import show

WORD = "type"
UNKNOWN = Expected(None, "annotation", text=WORD)


def annotations_on(root: Node, line: int, checker: TypeChecker) -> list[Expected]:
    """The annotation holes on a line of a tree whose bodies were just checked, from left to right."""
    found = [each for node in walk(root) for each in _holes(node) if each[0].line == line]
    return [_expected(node, part, checker) for _, node, part in sorted(found, key=lambda each: each[0].column)]


def _holes(node: Node) -> Iterator[tuple[UnboundType, Node, Argument | None]]:
    if isinstance(node, AssignmentStmt):
        yield from _if_hole(node.unanalyzed_type, node, None)
    elif isinstance(node, FuncDef) and isinstance(node.unanalyzed_type, CallableType):
        for argument, type in zip(node.arguments, node.unanalyzed_type.arg_types, strict=False):
            yield from _if_hole(type, node, argument)
        yield from _if_hole(node.unanalyzed_type.ret_type, node, None)


def _if_hole(type: Type | None, node: Node, part: Argument | None) -> Iterator[tuple[UnboundType, Node, Argument | None]]:
    if isinstance(type, UnboundType) and type.name == TYPE:
        yield type, node, part


def _expected(node: Node, part: Argument | None, checker: TypeChecker) -> Expected:
    if isinstance(node, AssignmentStmt):
        return _told(f"annotation of {written(node.lvalues[0])}", "its value is", _free_type(node.rvalue, checker))
    assert isinstance(node, FuncDef)
    return _of_return(node, checker) if part is None else _of_parameter(node, part, checker)


def _of_return(function: FuncDef, checker: TypeChecker) -> Expected:
    returned = [node for node in _own(function.body) if isinstance(node, ReturnStmt)]
    types = [_free_type(node.expr, checker) if node.expr is not None else NoneType() for node in returned]
    known = either(types) if returned else NoneType()
    return _told(f"return annotation of {function.name}", "it returns", known)


def _of_parameter(function: FuncDef, argument: Argument, checker: TypeChecker) -> Expected:
    calls = [node for node in _own(function.body) if isinstance(node, CallExpr)]
    uses = [type for call in calls for type in _passed(call, argument.variable, checker)]
    default = _free_type(argument.initializer, checker) if argument.initializer is not None else None
    told = [type for type in uses if not (isinstance(type, Instance) and type.type.fullname == "builtins.object")]
    what = f"annotation of parameter '{argument.variable.name}'"
    return _told(what, "its default is" if default else "it is used as", either([default, *told]))


def _free_type(value: Expression, checker: TypeChecker) -> ProperType | None:
    """Type of a value for its own sake: beside a hole for an annotation mypy has inferred it as if it were for Any."""
    try:
        with checker.msg.filter_errors():
            found = plain(checker.expr_checker.accept(value))
    except (AssertionError, KeyError, IndexError):  # some expressions need the scope that they stand in
        found = None
    return found if found is not None else plain(checker.lookup_type_or_none(value))


def _told(what: str, verb: str, known: Type | None) -> Expected:
    return Expected(known, f"{what}; {verb} {show(known)}" if known is not None else what, soft=True, text=WORD)


def _own(body: Node) -> list[Node]:
    """Nodes of a function's own code."""
    return walk(body, lambda node: not isinstance(node, (FuncDef, Decorator, OverloadedFuncDef, LambdaExpr, ClassDef)))


def _passed(call: CallExpr, variable: SymbolNode, checker: TypeChecker) -> Iterator[Type]:
    """Types of the parameters that a variable is passed to in a call."""
    positions = {n for n, each in enumerate(call.args) if isinstance(each, NameExpr) and each.node is variable}
    called = get_proper_type(checker.lookup_type_or_none(call.callee)) if positions else None
    if not isinstance(called, FunctionLike):
        return
    item = called.items[0]
    unknown = AnyType(TypeOfAny.special_form)
    taken = map_actuals_to_formals(call.arg_kinds, call.arg_names, item.arg_kinds, item.arg_names, lambda _: unknown)
    for type, actuals in zip(item.arg_types, taken, strict=True):
        if positions & set(actuals) and (found := plain(type)) is not None:
            yield found

"""σ of operands, compared values, indices and slice bounds: what the operator's method on the other side takes."""

from __future__ import annotations

from mypy.nodes import AssignmentStmt, ComparisonExpr, IndexExpr, OperatorAssignmentStmt, OpExpr, StrExpr, UnaryExpr
from mypy.operators import op_methods, reverse_op_methods
from mypy.subtypes import is_subtype
from mypy.types import FunctionLike, Instance, LiteralType, NoneType, Type, TypedDictType, UnionType
from mypy.types_utils import is_overlapping_none, remove_optional

from astral_runtime.types.expected import Expected, alternatives_of, either
from astral_runtime.types.place import Place, written
from astral_runtime.types.show import show

ORDERINGS = frozenset({"<", ">", "<=", ">="})


def operand(place: Place) -> Expected:
    """Of a binary operator. Only soft: the other side may bring the (reflected) method."""
    node = place.parent
    assert isinstance(node, OpExpr)
    if node.op in ("and", "or"):
        return _boolean(place, node.op)
    if node.op == "%" and isinstance(node.left, StrExpr):
        return Expected(None, "any value: it is formatted into a string")
    is_left = place.field == "left"
    other = place.type_of(node.right if is_left else node.left)
    if other is None:
        return Expected(None, f"type unknown: so is the other operand of {node.op}")
    words = f"{'left' if is_left else 'right'} operand of {node.op} with {show(other)}"
    found = place.parameter(other, reverse_op_methods[op_methods[node.op]] if is_left else op_methods[node.op])
    return Expected(other if is_left and found is None else found, words, soft=True)


def _boolean(place: Place, op: str) -> Expected:
    """The right side of `or` is all that is left when the left one is falsy, so it need not be None where that was."""
    if place.field == "left":
        return Expected(place.named("builtins.bool"), f"left side of {op}: any truthy value", soft=True)
    declared = place.outer()
    if declared is not None:
        return Expected(declared, f"right side of {op}", own=True)
    node = place.parent
    left = place.type_of(node.left) if isinstance(node, OpExpr) else None
    if op == "or" and left is not None and is_overlapping_none(left):
        return Expected(remove_optional(left), f"right side of {op}", soft=True, own=True)
    return Expected(None, f"right side of {op}")


def augmented(place: Place) -> Expected:
    """The right side of `x += ▢`."""
    node = place.parent
    assert isinstance(node, OperatorAssignmentStmt)
    left = place.type_of(node.lvalue)
    if left is None:
        return Expected(None, f"type unknown: so is {written(node.lvalue)}")
    method = op_methods[node.op]
    found = place.parameter(left, f"__i{method[2:]}") or place.parameter(left, method)
    return Expected(found, f"right operand of {node.op}= with {show(left)}", soft=True)


def compared(place: Place) -> Expected:
    """A side of a comparison chain; its neighbour to the left counts, for the first one that to the right."""
    node = place.parent
    assert isinstance(node, ComparisonExpr)
    index = next(n for n, each in enumerate(node.operands) if each is place.hole)
    is_left = index == 0
    sign = node.operators[0 if is_left else index - 1]
    other = place.type_of(node.operands[1 if is_left else index - 1])
    if other is None:
        return Expected(None, f"type unknown: so is the other side of {sign}")
    if sign in ("in", "not in"):
        kind: Type | None = place.item(other) if is_left else place.named("typing.Container", other)
        return Expected(kind, f"looked up in {show(other)}" if is_left else f"container of {show(other)}", soft=is_left)
    if sign in ORDERINGS:
        found = place.parameter(other, reverse_op_methods[op_methods[sign]] if is_left else op_methods[sign])
        return Expected(found, f"compared by {sign} with {show(other)}", soft=True)
    return Expected(other, f"compared by {sign} with {show(other)}: any value may be", soft=True)


def unary(place: Place) -> Expected:
    """`not` takes any value, the others what has their method."""
    node = place.parent
    assert isinstance(node, UnaryExpr)
    if node.op == "not":
        return Expected(place.named("builtins.bool"), "operand of not: any truthy value", soft=True)
    return Expected(place.named("builtins.int"), f"operand of unary {node.op}: any value that has it", soft=True)


def indexed(place: Place) -> Expected:
    """What `__getitem__` takes; of a TypedDict, its keys."""
    node = place.parent
    assert isinstance(node, IndexExpr)
    base = place.type_of(node.base)
    if base is None:
        return Expected(None, f"type unknown: so is {written(node.base)}")
    if isinstance(base, TypedDictType):
        text = place.named("builtins.str")
        keys = [LiteralType(key, text) for key in base.items] if isinstance(text, Instance) else []
        return Expected(UnionType.make_union(keys), f"key of {show(base)}")
    method = "__setitem__" if _is_target(place) else "__getitem__"
    return Expected(place.parameter(base, method), f"index of {written(node.base)}")


def _is_target(place: Place) -> bool:
    return len(place.path) > 1 and isinstance(place.path[-2][0], AssignmentStmt) and place.path[-2][1] == "lvalues"


def stored(place: Place, target: IndexExpr, met: Type) -> Type:
    """Of a value stored under an index, what the overloads of `__setitem__` take that accept that index."""
    base, index = place.type_of(target.base), place.type_of(target.index)
    bound = place.member(base, "__setitem__") if base is not None else None
    items = bound.items if isinstance(bound, FunctionLike) else []
    taken = [item.arg_types[1] for item in items if index is not None and len(item.arg_types) > 1 and is_subtype(index, item.arg_types[0])]
    kept = [each for each in alternatives_of(met) if any(is_subtype(each, type) for type in taken)]
    return UnionType.make_union(kept) if kept else met


def bound(place: Place) -> Expected:
    """Any object with `__index__` would do."""
    return Expected(either([place.named("builtins.int"), NoneType()]), "bound of a slice", soft=True)

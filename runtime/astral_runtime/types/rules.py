"""What a hole's place says about σ: in words ("return type of total") where mypy expects a type there, and a type taken
from the neighbours (Iterable, Awaitable, an operator's method) where it expects none."""

from __future__ import annotations

from collections.abc import Callable

from mypy.nodes import (
    ARG_POS,
    Argument,
    AssignmentStmt,
    AwaitExpr,
    DictExpr,
    Expression,
    ForStmt,
    GeneratorExpr,
    IndexExpr,
    LambdaExpr,
    MemberExpr,
    NameExpr,
    RefExpr,
    StrExpr,
    TupleExpr,
    Var,
    WithStmt,
)
from mypy.subtypes import is_subtype
from mypy.types import CallableType, Instance, NoneType, TupleType, Type, TypedDictType, TypeType, UnionType, get_proper_type

from astral_runtime.types.expected import Expected, Met, anys, either, plain
from astral_runtime.types.place import Place, written
from astral_runtime.types.rules_calls import argument, callee, viable
from astral_runtime.types.rules_operators import augmented, bound, compared, indexed, operand, stored, unary
from astral_runtime.types.show import show

Rule = Callable[[Place], Expected]


def expect(place: Place, met: Met) -> Expected:
    """σ in this place, given what mypy met there."""
    key = (type(place.parent).__name__, place.field)
    rule = _RULES.get(key)
    found = rule(place) if rule is not None else Expected(None, "any value")
    if met.type is not None and not found.own and not (found.type is not None and _is_vague(met.type, found.type)):
        because = f"{found.because}; values of other types are accepted, too" if met.open else found.because
        return Expected(_possible(place, met.type), because, soft=met.open or key in _SOFT)
    if met.open and found.type is None and not found.because.startswith("type unknown"):
        return Expected(None, f"{found.because}: any type is accepted")
    return found


def _possible(place: Place, met: Type) -> Type:
    """Of several alternatives, those that the rest of the call or assignment allows."""
    target = place.parent.lvalues[0] if isinstance(place.parent, AssignmentStmt) else None
    return stored(place, target, met) if isinstance(target, IndexExpr) else viable(place, met)


def _is_vague(met: Type, found: Type) -> bool:
    """Whether what mypy expects says less than the place does."""
    proper = get_proper_type(met)
    is_object = isinstance(proper, Instance) and proper.type.fullname == "builtins.object"
    return is_object or (anys(met) > anys(found) and is_subtype(found, met))


def _returned(place: Place) -> Expected:
    if any(isinstance(node, LambdaExpr) for node, _ in place.path[-3:-1]):
        return Expected(None, "result of the lambda")
    function = place.function()
    return Expected(None, f"return type of {function.name}" if function else "returned")


def _assigned(place: Place) -> Expected:
    node = place.parent
    assert isinstance(node, AssignmentStmt)
    target = node.lvalues[0]
    name = written(target)
    if isinstance(target, TupleExpr):
        parts: list[Type] = [place.type_of(item) or place.unknown for item in target.items]
        return Expected(TupleType(parts, place.checker.named_generic_type("builtins.tuple", [place.unknown])), f"unpacked into {name}")
    if node.unanalyzed_type is not None:
        return Expected(None, f"declared type of {name}")
    fresh = isinstance(target, (NameExpr, MemberExpr)) and target.is_inferred_def
    return Expected(None, f"type unknown: {name} has no declared type" if fresh else f"type of {name}")


def _bound_by_walrus(place: Place) -> Expected:
    return Expected(None, "type unknown: a name bound by := has the type of its value")


def condition(place: Place) -> Expected:
    """Any value has a truth value; bool is only the likeliest."""
    what = {"IfStmt": "if", "WhileStmt": "while", "AssertStmt": "assert", "ConditionalExpr": "if … else"}
    words = f"condition of {what[name]}" if (name := type(place.parent).__name__) in what else "condition"
    return Expected(place.named("builtins.bool"), f"{words}: any truthy value", soft=True)


def _branch(place: Place) -> Expected:
    declared = place.outer()
    return Expected(declared, "branch of if … else", own=declared is not None)


def _iterated(place: Place) -> Expected:
    node = place.parent
    assert isinstance(node, ForStmt)
    found = place.named("typing.AsyncIterable" if node.is_async else "typing.Iterable", _declared(node.index) or place.unknown)
    return Expected(found, f"iterated by {'async ' * node.is_async}for {written(node.index)}")


def _iterated_inside(place: Place) -> Expected:
    node = place.parent
    assert isinstance(node, GeneratorExpr)
    which = next(n for n, sequence in enumerate(node.sequences) if sequence is place.hole)
    found = place.named("typing.AsyncIterable" if node.is_async[which] else "typing.Iterable", place.unknown)
    return Expected(found, f"iterated by for {written(node.indices[which])}")


def _declared(index: Expression) -> Type | None:
    """Type of a loop variable that was bound before the loop."""
    if isinstance(index, RefExpr) and isinstance(index.node, Var) and not index.is_inferred_def:
        return plain(index.node.type)
    return None


def _entered(place: Place) -> Expected:
    node = place.parent
    assert isinstance(node, WithStmt)
    kind = "AbstractAsyncContextManager" if node.is_async else "AbstractContextManager"
    exits = either([place.named("builtins.bool"), NoneType()]) or place.unknown
    return Expected(place.named(f"contextlib.{kind}", place.unknown, exits), f"entered by {'async ' * node.is_async}with")


def _awaited(place: Place) -> Expected:
    assert isinstance(place.parent, AwaitExpr)
    return Expected(place.named("typing.Awaitable"), "awaited")


def _yielded(place: Place) -> Expected:
    function = place.function()
    return Expected(None, f"item yielded by {function.name}" if function else "yielded")


def _yielded_from(place: Place) -> Expected:
    function = place.function()
    declared = get_proper_type(function.type) if function is not None else None
    returns = declared.ret_type if isinstance(declared, CallableType) else place.unknown
    item = plain(place.checker.get_generator_yield_type(returns, False))
    name = function.name if function else "the generator"
    return Expected(place.named("typing.Iterable", item or place.unknown), f"items yielded by {name}")


def _raised(place: Place) -> Expected:
    base = place.named("builtins.BaseException")
    if base is None:
        return Expected(None, "raised")
    cause = place.field == "from_expr"
    parts: list[Type] = [base, TypeType.make_normalized(base), *([NoneType()] if cause else [])]
    return Expected(UnionType.make_union(parts), "cause of the exception" if cause else "raised")


def _caught(place: Place) -> Expected:
    base = place.named("builtins.BaseException")
    kind = TypeType.make_normalized(base) if base is not None else place.unknown
    return Expected(either([kind, place.named("builtins.tuple", kind)]), "caught by except")


def _element(place: Place) -> Expected:
    kind = {"ListExpr": "list", "SetExpr": "set", "TupleExpr": "tuple"}[type(place.parent).__name__]
    return Expected(None, f"element of the {kind}")


def _entry(place: Place) -> Expected:
    node = place.parent
    assert isinstance(node, DictExpr)
    key, value = next((key, value) for key, value in node.items if place.hole in (key, value))
    owner = place.type_of(node)
    if key is None:
        return Expected(place.named("typing.Mapping"), "unpacked into the dict")
    if value is place.hole and isinstance(key, StrExpr) and isinstance(owner, TypedDictType):
        return Expected(None, f"value of key '{key.value}' of {show(owner)}")
    return Expected(None, f"{'key' if key is place.hole else 'value'} of the dict")


def _default(place: Place) -> Expected:
    assert isinstance(place.parent, Argument)
    return Expected(None, f"default of parameter '{place.parent.variable.name}'")


def _receiver(place: Place) -> Expected:
    assert isinstance(place.parent, MemberExpr)
    return Expected(None, f"type unknown: any object with the attribute '{place.parent.name}'")


def _decorator(place: Place) -> Expected:
    function = place.checker.named_type("builtins.function")
    return Expected(CallableType([place.unknown], [ARG_POS], [None], place.unknown, function), "decorator", soft=True)


def _words(because: str) -> Rule:
    return lambda place: Expected(None, because)


def _iterable(place: Place) -> Expected:
    return Expected(place.named("typing.Iterable"), "unpacked by *")


_RULES: dict[tuple[str, str], Rule] = {
    ("ReturnStmt", "expr"): _returned,
    ("AssignmentStmt", "rvalue"): _assigned,
    ("AssignmentExpr", "value"): _bound_by_walrus,
    ("OperatorAssignmentStmt", "rvalue"): augmented,
    ("CallExpr", "args"): argument,
    ("CallExpr", "callee"): callee,
    ("OpExpr", "left"): operand,
    ("OpExpr", "right"): operand,
    ("ComparisonExpr", "operands"): compared,
    ("UnaryExpr", "expr"): unary,
    ("IndexExpr", "index"): indexed,
    ("IndexExpr", "base"): _words("type unknown: any object that can be indexed"),
    ("SliceExpr", "begin_index"): bound,
    ("SliceExpr", "end_index"): bound,
    ("SliceExpr", "stride"): bound,
    ("MemberExpr", "expr"): _receiver,
    ("ConditionalExpr", "cond"): condition,
    ("ConditionalExpr", "if_expr"): _branch,
    ("ConditionalExpr", "else_expr"): _branch,
    ("IfStmt", "expr"): condition,
    ("WhileStmt", "expr"): condition,
    ("AssertStmt", "expr"): condition,
    ("AssertStmt", "msg"): _words("message of the assertion: any value"),
    ("GeneratorExpr", "condlists"): condition,
    ("DictionaryComprehension", "condlists"): condition,
    ("MatchStmt", "guards"): condition,
    ("MatchStmt", "subject"): _words("matched: any value"),
    ("ForStmt", "expr"): _iterated,
    ("GeneratorExpr", "sequences"): _iterated_inside,
    ("GeneratorExpr", "left_expr"): _words("element of the comprehension"),
    ("DictionaryComprehension", "sequences"): _iterable,
    ("DictionaryComprehension", "key"): _words("key of the comprehension"),
    ("DictionaryComprehension", "value"): _words("value of the comprehension"),
    ("WithStmt", "expr"): _entered,
    ("AwaitExpr", "expr"): _awaited,
    ("YieldExpr", "expr"): _yielded,
    ("YieldFromExpr", "expr"): _yielded_from,
    ("RaiseStmt", "expr"): _raised,
    ("RaiseStmt", "from_expr"): _raised,
    ("TryStmt", "types"): _caught,
    ("ListExpr", "items"): _element,
    ("SetExpr", "items"): _element,
    ("TupleExpr", "items"): _element,
    ("DictExpr", "items"): _entry,
    ("StarExpr", "expr"): _iterable,
    ("Argument", "initializer"): _default,
    ("Decorator", "decorators"): _decorator,
    ("ClassDef", "decorators"): _decorator,
    ("ClassDef", "base_type_exprs"): _words("base class"),
    ("ClassDef", "metaclass"): _words("metaclass"),
    ("ExpressionStmt", "expr"): _words("its value is not used: any statement"),
    ("DelStmt", "expr"): _words("deleted: a name, attribute or item"),
}

_SOFT = frozenset({("OpExpr", "right"), ("OpExpr", "left"), ("ComparisonExpr", "operands")})
"""Places where mypy's expectation is only its first try."""

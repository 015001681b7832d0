"""σ in a call: which argument of what the hole is."""

from __future__ import annotations

from mypy.argmap import map_actuals_to_formals
from mypy.erasetype import erase_typevars
from mypy.expandtype import expand_type
from mypy.infer import infer_type_arguments
from mypy.nodes import ARG_STAR, ARG_STAR2, CallExpr, FuncDef, MemberExpr, StrExpr
from mypy.subtypes import is_subtype
from mypy.types import AnyType, CallableType, FunctionLike, Overloaded, ProperType, Type, TypeOfAny, UnionType, get_proper_type

from astral_runtime.types.expected import Expected, alternatives_of, either, plain
from astral_runtime.types.place import Place, written


def argument(place: Place) -> Expected:
    """By position, keyword or star."""
    call = place.parent
    assert isinstance(call, CallExpr)
    index = next(n for n, each in enumerate(call.args) if each is place.hole)
    kind, name = call.arg_kinds[index], written(call.callee)
    if isinstance(call.callee, MemberExpr) and isinstance(call.callee.expr, StrExpr) and call.callee.name == "format":
        return Expected(None, "any value: it is formatted into a string")
    called = get_proper_type(place.checker.lookup_type_or_none(call.callee))
    if kind in (ARG_STAR, ARG_STAR2):
        return _unpacked(place, called, name, "typing.Mapping" if kind == ARG_STAR2 else "typing.Iterable")
    if not isinstance(called, FunctionLike):
        return Expected(None, f"type unknown: so is {name}, which is called")
    formal = call.arg_names[index] or _formal(call, index, called)
    words = f"argument '{formal}' of {name}" if formal else f"argument {index + 1} of {name}"
    return Expected(_from_result(place, call, index, called), words, soft=True)


def _from_result(place: Place, call: CallExpr, index: int, called: FunctionLike) -> Type | None:
    """What a generic call must be given to give what is declared for its result."""
    wanted = place.outer()
    found: list[Type | None] = []
    for item in map(_generic, called.items) if wanted is not None else ():
        solved = infer_type_arguments(item.variables, item.ret_type, wanted, is_supertype=True) if wanted is not None else []
        chosen = {
            variable.id: type
            for variable, type in zip(item.variables, solved, strict=True)
            if plain(type) is not None and type is not None and is_subtype(type, variable.upper_bound)
        }
        formals = [type for type, actuals in zip(item.arg_types, _taken(call, item), strict=True) if index in actuals]
        if chosen and formals and _formal_type(place, call, index, item) is not None:
            found.append(plain(erase_typevars(expand_type(formals[0], chosen), {variable.id for variable in item.variables})))
    return either(found)


def _generic(item: CallableType) -> CallableType:
    """A plain function's type before mypy solved it for this call."""
    definition = item.definition
    declared = definition.type if isinstance(definition, FuncDef) and not definition.info else None
    return declared if isinstance(declared, CallableType) else item


def viable(place: Place, met: Type) -> Type:
    """Of an overloaded call, only what those alternatives expect that the other arguments leave possible."""
    call = place.parent
    called = get_proper_type(place.checker.lookup_type_or_none(call.callee)) if isinstance(call, CallExpr) else None
    if not isinstance(call, CallExpr) or not isinstance(called, Overloaded) or place.field != "args":
        return met
    index = next(n for n, each in enumerate(call.args) if each is place.hole)
    formals = [formal for item in called.items if (formal := _formal_type(place, call, index, item)) is not None]
    kept = [each for each in alternatives_of(met) if any(is_subtype(each, formal) for formal in formals)]
    return UnionType.make_union(kept) if kept else met


def _formal_type(place: Place, call: CallExpr, index: int, item: CallableType) -> Type | None:
    """The parameter that the hole goes to; None if this alternative cannot take the call."""
    taken = _taken(call, item)
    if any(kind.is_required() and not actuals for kind, actuals in zip(item.arg_kinds, taken, strict=True)):
        return None
    wanted = [get_proper_type(erase_typevars(type, {variable.id for variable in item.variables})) for type in item.arg_types]
    for want, actuals in zip(wanted, taken, strict=True):
        given = [place.type_of(call.args[actual]) for actual in actuals if actual != index and not call.arg_kinds[actual].is_star()]
        if any(have is not None and not is_subtype(have, want) for have in given):
            return None
    return next((want for want, actuals in zip(wanted, taken, strict=True) if index in actuals), None)


def _taken(call: CallExpr, item: CallableType) -> list[list[int]]:
    """For each parameter, which arguments go to it."""
    unknown = AnyType(TypeOfAny.special_form)
    return map_actuals_to_formals(call.arg_kinds, call.arg_names, item.arg_kinds, item.arg_names, lambda _: unknown)


def callee(place: Place) -> Expected:
    """`▢(…)`: something that takes these arguments."""
    call = place.parent
    assert isinstance(call, CallExpr)
    given = [place.type_of(each) or place.unknown for each in call.args]
    function = place.checker.named_type("builtins.function")
    found = CallableType(given, call.arg_kinds, call.arg_names, place.unknown, function)
    return Expected(found, f"called with {len(given)} argument{'s' * (len(given) != 1)}", soft=True)


def _unpacked(place: Place, called: ProperType | None, name: str, container: str) -> Expected:
    items = called.items if isinstance(called, FunctionLike) else []
    inner = either([plain(type) for item in items for type in item.arg_types]) or place.unknown
    before = [place.named("builtins.str") or place.unknown] if container == "typing.Mapping" else []
    return Expected(place.named(container, *before, inner), f"unpacked into the arguments of {name}", soft=True)


def _formal(call: CallExpr, index: int, called: FunctionLike) -> str | None:
    """Name of the parameter, when all overloads agree on it."""
    names = {_formal_of(call, index, item) for item in called.items}
    return names.pop() if len(names) == 1 else None


def _formal_of(call: CallExpr, index: int, item: CallableType) -> str | None:
    found = next((name for name, actuals in zip(item.arg_names, _taken(call, item), strict=True) if index in actuals), None)
    return None if found is None or found.startswith("__") else found

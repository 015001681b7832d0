"""σ of a hole from what mypy expected there (§2.3): one type over all of its visits.

A *hard* type is required of the fill. A *soft* one is only what most fills have (`if ▢`: bool, `x + ▢`: what
`x.__add__` takes): values of other types are not excluded by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mypy.erasetype import erase_typevars, remove_instance_last_known_values
from mypy.subtypes import is_same_type, is_subtype
from mypy.typeops import get_all_type_vars
from mypy.types import (
    AnyType,
    DeletedType,
    Instance,
    LiteralType,
    NoneType,
    ParamSpecType,
    PartialType,
    ProperType,
    Type,
    TypeVarId,
    TypeVarLikeType,
    TypeVarType,
    UnboundType,
    UninhabitedType,
    UnionType,
    UnpackType,
    get_proper_type,
    has_recursive_types,
)


@dataclass(frozen=True, slots=True)
class Expected:
    """σ. `type` is None for "no type mask"; `text` overrides how it is shown ("statement", "type"). `own`: the place knows
    better than mypy's first guess there."""

    type: Type | None
    because: str
    soft: bool = False
    text: str | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """What was expected over all visits: a type that covers every alternative in the order of declaration, None when
    there was none. `open`: some alternative takes any value. `generic`: only unsolved type variables were met."""

    type: Type | None
    open: bool
    generic: bool


def united(contexts: Sequence[Type | None]) -> Met:
    """One type from all visits. What has unsolved type variables is dropped if another visit solves them."""
    told = [get_proper_type(each) for each in contexts if each is not None]
    free = [_free(context) for context in told]
    kept: list[ProperType] = []
    open = False
    for n, context in enumerate(told):
        if isinstance(context, TypeVarLikeType) and context.id in free[n]:
            allowed = _allowed(context)
            kept += allowed
            open = open or (not allowed and isinstance(context, TypeVarType))
            continue
        erased = get_proper_type(erase_typevars(context, free[n])) if free[n] else context
        if isinstance(erased, (AnyType, ParamSpecType, UninhabitedType, UnpackType)) or _sentinel(erased):
            open = open or (isinstance(erased, (AnyType, UnpackType)) and not any(free))
        elif not (free[n] and any(_solves(other, erased) for m, other in enumerate(told) if m != n and not free[m])):
            kept.append(erased)
    alternatives = _distinct(kept)
    return Met(UnionType.make_union(alternatives) if alternatives else None, open, any(free) and not alternatives)


def _free(type: Type) -> set[TypeVarId]:
    """Type variables of a call that is not solved yet; those of the enclosing function or class are types of their own."""
    return {variable.id for variable in get_all_type_vars(type) if variable.id.is_meta_var()}


def _allowed(variable: TypeVarLikeType) -> list[ProperType]:
    """What a type variable must be: one of its values, or within its bound. Nothing for a plain one."""
    if isinstance(variable, TypeVarType) and variable.values:
        return [get_proper_type(value) for value in variable.values]
    bound = get_proper_type(variable.upper_bound)
    plain_bound = isinstance(bound, Instance) and bound.type.fullname in ("builtins.object", "builtins.tuple", "builtins.dict")
    return [] if plain_bound or not isinstance(variable, TypeVarType) else [bound]


def plain(type: Type | None) -> ProperType | None:
    """A type that says something, None for Any, Never and the like. The values of literals are forgotten."""
    proper = get_proper_type(type)
    if proper is None or isinstance(proper, (AnyType, UninhabitedType, PartialType, UnboundType, DeletedType)):
        return None
    if isinstance(proper, LiteralType):
        return proper.fallback
    return proper if has_recursive_types(proper) else get_proper_type(remove_instance_last_known_values(proper))


def accepts(want: Type, have: Type) -> bool:
    """Whether a value of type `have` may stand where `want` is expected. Never fits nothing here: no value has it."""
    return not isinstance(get_proper_type(have), UninhabitedType) and is_subtype(have, want)


def alternatives_of(type: Type) -> list[ProperType]:
    """The members of a union, or the type itself."""
    proper = get_proper_type(type)
    return [get_proper_type(item) for item in proper.items] if isinstance(proper, UnionType) else [proper]


def either(types: Sequence[Type | None]) -> Type | None:
    """A union in the given order without repetitions; None if there is nothing in it."""
    kept = _distinct([get_proper_type(each) for each in types if each is not None])
    return UnionType.make_union(kept) if kept else None


def _solves(later: ProperType, erased: ProperType) -> bool:
    return type(later) is type(erased) and is_subtype(later, erased)


def _sentinel(type: ProperType) -> bool:
    """Private markers such as the default of `dataclasses.field`."""
    return isinstance(type, LiteralType) and type.is_enum_literal() and type.fallback.type.name.startswith("_")


def _distinct(types: Sequence[ProperType]) -> list[Type]:
    """Without repetitions and without what another alternative covers; order kept."""
    kept: list[ProperType] = []
    for each in (item for type in types for item in alternatives_of(type)):
        if not any(is_same_type(each, other) for other in kept):
            kept.append(each)
    return [each for each in kept if not any(other is not each and _covers(other, each) for other in kept)]


def _covers(wide: ProperType, narrow: ProperType) -> bool:
    """Only `list[Any]` over `list[int]` and the like: a class and its base are both worth telling."""
    if isinstance(narrow, (NoneType, LiteralType)) or type(wide) is not type(narrow):
        return False
    if isinstance(wide, Instance) and isinstance(narrow, Instance) and wide.type is not narrow.type:
        return False
    return is_subtype(narrow, wide) and (not is_subtype(wide, narrow) or anys(wide) > anys(narrow))


def anys(type: Type) -> int:
    """How many parts of a type are Any."""
    return str(type).count("Any")

"""Callables of mypy as signatures: bound, generic ones solved for the result that is wanted."""

from __future__ import annotations

from mypy.expandtype import expand_type
from mypy.infer import infer_type_arguments
from mypy.nodes import ARG_NAMED, ARG_NAMED_OPT, ARG_POS, ARG_STAR, ARG_STAR2
from mypy.subtypes import is_subtype
from mypy.typeops import get_all_type_vars
from mypy.types import AnyType, CallableType, Type, TypeOfAny, TypeVarId, TypeVarLikeType, UninhabitedType, get_proper_type

from astral_runtime.search.types import Parameter, Signature


def call_of(callable: CallableType, want: Type | None) -> Signature[Type]:
    """One signature. A result that still depends on the arguments after solving counts as unknown."""
    solved = _solve(callable, want) if callable.variables else callable
    free = {variable.id for variable in get_all_type_vars(solved.ret_type)} & {variable.id for variable in callable.variables}
    unknown = {each: AnyType(TypeOfAny.special_form) for each in free}
    returns = None if isinstance(get_proper_type(solved.ret_type), TypeVarLikeType) and free else expand_type(solved.ret_type, unknown)
    bounds = {variable.id: _bound(variable) for variable in callable.variables}
    return Signature(tuple(_parameters(solved, bounds)), returns)


def _solve(callable: CallableType, want: Type | None) -> CallableType:
    """Type variables taken from the wanted result, where that is possible and their bounds allow it."""
    if want is None or isinstance(get_proper_type(want), AnyType):
        return callable
    found = infer_type_arguments(callable.variables, callable.ret_type, want, is_supertype=True)
    chosen = {
        variable.id: type
        for variable, type in zip(callable.variables, found, strict=False)
        if type is not None and not isinstance(get_proper_type(type), UninhabitedType) and is_subtype(type, variable.upper_bound)
    }
    expanded = expand_type(callable, chosen)
    return expanded if isinstance(expanded, CallableType) else callable


def _bound(variable: TypeVarLikeType) -> Type:
    """What may stand for a variable that nothing decided: anything within its bound, so unknown under a plain one."""
    bound = get_proper_type(variable.upper_bound)
    return AnyType(TypeOfAny.special_form) if getattr(getattr(bound, "type", None), "fullname", "") == "builtins.object" else bound


def _parameters(callable: CallableType, bounds: dict[TypeVarId, Type]) -> list[Parameter[Type]]:
    rows = zip(callable.arg_names, callable.arg_types, callable.arg_kinds, strict=True)
    return [
        Parameter(
            name if kind not in (ARG_STAR, ARG_STAR2) and name is not None and not name.startswith("__") else None,
            expand_type(type, bounds) if bounds else type,
            required=kind in (ARG_POS, ARG_NAMED),
            keyword_only=kind in (ARG_NAMED, ARG_NAMED_OPT),
        )
        for name, type, kind in rows
        if kind not in (ARG_STAR, ARG_STAR2)
    ]

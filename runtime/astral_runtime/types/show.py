"""mypy's types as people write them: `list[Item]`, `str | None`, `Callable[[int], str]`; names unqualified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from mypy.nodes import ARG_NAMED, ARG_OPT, ARG_POS, ARG_STAR, ARG_STAR2
from mypy.types import (
    AnyType,
    CallableType,
    Instance,
    LiteralType,
    NoneType,
    Overloaded,
    Parameters,
    ParamSpecType,
    PartialType,
    TupleType,
    Type,
    TypeAliasType,
    TypedDictType,
    TypeType,
    TypeVarTupleType,
    TypeVarType,
    UninhabitedType,
    UnionType,
    UnpackType,
    get_proper_type,
)

DEEPEST = 6
"""Types nested deeper are cut off with an ellipsis."""

SHOWN_ARGUMENTS = {"builtins.slice": 0, "contextlib.AbstractContextManager": 1, "contextlib.AbstractAsyncContextManager": 1}
"""Classes whose further arguments have defaults that say nothing to a reader."""


def show(type: Type, depth: int = 0) -> str:
    """The type as source text. Never fails: what has no spelling is shown as mypy shows it."""
    if depth > DEEPEST:
        return "..."
    if isinstance(type, TypeAliasType) and type.alias is not None and type.is_recursive:
        return type.alias.name
    proper = get_proper_type(type)
    shown = _SHOWN.get(proper.__class__)
    return shown(proper, depth) if shown is not None else str(proper)


def _typed_dict(type: TypedDictType, depth: int) -> str:
    return f"dict[str, {_joined(type.items.values(), depth)}]" if type.is_anonymous() else type.fallback.type.name


def _partial(type: PartialType, depth: int) -> str:
    return f"{type.type.name}[Any]" if type.type is not None else "None"


def _joined(types: Iterable[Type], depth: int) -> str:
    return " | ".join(dict.fromkeys(show(each, depth + 1) for each in types))


def _instance(type: Instance, depth: int) -> str:
    name = type.type.name
    if name == "ModuleType" and type.extra_attrs is not None and type.extra_attrs.mod_name:
        return f"module {type.extra_attrs.mod_name}"
    arguments = type.args[: SHOWN_ARGUMENTS.get(type.type.fullname, len(type.args))]
    if not arguments:
        return name
    if type.type.fullname == "builtins.tuple":
        return f"tuple[{show(type.args[0], depth + 1)}, ...]"
    return f"{name}[{', '.join(show(each, depth + 1) for each in arguments)}]"


def _union(type: UnionType, depth: int) -> str:
    """None last; literals of one union together."""
    parts = [get_proper_type(item) for item in type.items]
    literals = [part for part in parts if isinstance(part, LiteralType)]
    words: dict[str, None] = {}
    for part in parts:
        if isinstance(part, LiteralType):
            words[f"Literal[{', '.join(map(_literal, literals))}]"] = None
        elif not isinstance(part, NoneType):
            words[show(part, depth + 1)] = None
    if any(isinstance(part, NoneType) for part in parts):
        words["None"] = None
    return " | ".join(words)


def _literal(type: LiteralType) -> str:
    if type.is_enum_literal():
        return f"{type.fallback.type.name}.{type.value}"
    return ("b" if type.fallback.type.fullname == "builtins.bytes" else "") + repr(type.value)


def _callable(type: CallableType, depth: int) -> str:
    if type.is_type_obj():
        return f"type[{show(type.ret_type, depth + 1)}]"
    returns = show(type.ret_type, depth + 1)
    if type.type_guard is not None:
        returns = f"TypeGuard[{show(type.type_guard, depth + 1)}]"
    elif type.type_is is not None:
        returns = f"TypeIs[{show(type.type_is, depth + 1)}]"
    return f"Callable[{_parameters(type, depth)}, {returns}]"


def _parameters(type: CallableType | Parameters, depth: int) -> str:
    """Positional parameters; an ellipsis where a call needs more than those."""
    if any(kind == ARG_NAMED for kind in type.arg_kinds) or type.is_ellipsis_args:
        return "..."
    if isinstance(type, CallableType) and (variables := type.param_spec()) is not None:
        return variables.name if len(type.arg_kinds) == 2 else "..."
    shown = [show(each, depth + 1) for each, kind in zip(type.arg_types, type.arg_kinds, strict=True) if kind in (ARG_POS, ARG_OPT)]
    if not shown and any(kind in (ARG_STAR, ARG_STAR2) for kind in type.arg_kinds):
        return "..."
    return f"[{', '.join(shown)}]"


def _overloaded(type: Overloaded, depth: int) -> str:
    if type.is_type_obj():
        return f"type[{show(type.items[0].ret_type, depth + 1)}]"
    return _joined(type.items[:3], depth) + (" | ..." if len(type.items) > 3 else "")


def _tuple(type: TupleType, depth: int) -> str:
    if type.partial_fallback.type.fullname != "builtins.tuple":
        return type.partial_fallback.type.name
    return f"tuple[{', '.join(show(item, depth + 1) for item in type.items) or '()'}]"


_SHOWN: dict[type, Callable[[Any, int], str]] = {
    Instance: _instance,
    UnionType: _union,
    CallableType: _callable,
    Overloaded: _overloaded,
    TupleType: _tuple,
    TypedDictType: _typed_dict,
    PartialType: _partial,
    AnyType: lambda it, depth: "Any",
    NoneType: lambda it, depth: "None",
    UninhabitedType: lambda it, depth: "Never",
    LiteralType: lambda it, depth: f"Literal[{_literal(it)}]",
    TypeType: lambda it, depth: f"type[{show(it.item, depth + 1)}]",
    TypeVarType: lambda it, depth: str(it.name),
    TypeVarTupleType: lambda it, depth: str(it.name),
    ParamSpecType: lambda it, depth: str(it.name),
    UnpackType: lambda it, depth: f"*{show(it.type, depth + 1)}",
}

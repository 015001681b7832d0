"""Which attributes a mypy type has, by name."""

from __future__ import annotations

from collections.abc import Iterator

from mypy.nodes import Decorator, OverloadedFuncDef, SymbolNode, TypeInfo, Var
from mypy.types import (
    FunctionLike,
    Instance,
    LiteralType,
    NoneType,
    ProperType,
    TupleType,
    TypedDictType,
    TypeType,
    TypeVarLikeType,
    UnionType,
    get_proper_type,
)


def has_none(type: ProperType) -> bool:
    """Whether it is an Optional."""
    return isinstance(type, UnionType) and any(isinstance(get_proper_type(item), NoneType) for item in type.items)


def may_have(type: ProperType, name: str) -> bool:
    """Looked up first, because mypy spends long on the spelling of attributes that are missing."""
    if isinstance(type, UnionType):
        return all(may_have(get_proper_type(item), name) for item in type.items)
    if isinstance(type, (LiteralType, TypedDictType)):
        return may_have(type.fallback, name)
    if isinstance(type, TupleType):
        return may_have(type.partial_fallback, name)
    if not isinstance(type, Instance):
        return True
    given = type.extra_attrs is not None and name in type.extra_attrs.attrs
    return given or type.type.fallback_to_any or any(type.type.get(each) is not None for each in (name, "__getattr__"))


def names_of(type: ProperType) -> Iterator[str]:
    """Attribute names along the MRO; of a class those that it has itself."""
    if isinstance(type, Instance):
        yield from type.extra_attrs.attrs if type.extra_attrs and type.extra_attrs.mod_name else _instance_names(type.type)
    elif isinstance(type, FunctionLike) and type.is_type_obj():
        yield from _class_names(type.type_object())
    elif isinstance(type, TypeType) and isinstance(type.item, Instance):
        yield from _class_names(type.item.type)
    elif isinstance(type, TypeVarLikeType):
        yield from names_of(get_proper_type(type.upper_bound))
    elif isinstance(type, TupleType):
        yield from _instance_names(type.partial_fallback.type)
    elif isinstance(type, (LiteralType, TypedDictType)):
        yield from _instance_names(type.fallback.type)


def _instance_names(info: TypeInfo) -> Iterator[str]:
    for base in info.mro:
        if base.fullname != "builtins.object":
            yield from (name for name, symbol in base.names.items() if _visible(name) and symbol.node is not None)


def _class_names(info: TypeInfo) -> Iterator[str]:
    for base in info.mro:
        yield from (name for name, symbol in base.names.items() if _visible(name) and _on_class(symbol.node))


def _visible(name: str) -> bool:
    return not name.startswith("__") and "-" not in name


def _on_class(node: SymbolNode | None) -> bool:
    if isinstance(node, Var):
        return node.has_explicit_value or node.is_classvar
    if isinstance(node, OverloadedFuncDef):
        return node.is_class or node.is_static
    return isinstance(node, TypeInfo) or (isinstance(node, Decorator) and (node.func.is_class or node.func.is_static))

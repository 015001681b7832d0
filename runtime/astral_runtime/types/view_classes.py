"""What can be said of mypy's plain classes without asking mypy, which takes longer."""

from __future__ import annotations

from typing import TypeGuard

from mypy.types import Instance, ProperType, Type


def identity(type: Type | None) -> int:
    """The same for types that are alike at first sight: plain classes by their definition, all else by the object."""
    if isinstance(type, Instance) and not type.args and type.last_known_value is None and type.extra_attrs is None:
        return id(type.type)
    return id(type)


def plain_class(type: ProperType) -> TypeGuard[Instance]:
    """A class of one kind only, whose subtypes are those that inherit from it: what mypy would find out at some length."""
    if not isinstance(type, Instance) or type.args or type.last_known_value is not None or type.extra_attrs is not None:
        return False
    info = type.type
    promoted = any(base._promote or base.alt_promote is not None for base in info.mro)
    return not (promoted or info.is_protocol or info.fallback_to_any or info.is_newtype or not info.mro)

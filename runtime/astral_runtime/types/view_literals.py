"""Constants and empty displays of a mypy type, as source text."""

from __future__ import annotations

from mypy.types import Instance, LiteralType, NoneType, ProperType, TupleType, UnionType, get_proper_type

BY_CLASS: dict[str, tuple[str, ...]] = {
    "builtins.bool": ("True", "False"),
    "builtins.int": ("0", "1"),
    "builtins.float": ("0.0", "1.0"),
    "builtins.complex": ("0j",),
    "builtins.str": ('""',),
    "builtins.bytes": ('b""',),
    "builtins.list": ("[]",),
    "builtins.dict": ("{}",),
    "builtins.set": ("set()",),
    "builtins.frozenset": ("frozenset()",),
    "builtins.tuple": ("()",),
    "typing.Sequence": ("()", "[]"),
    "typing.Iterable": ("()", "[]"),
    "typing.Collection": ("()", "[]"),
    "typing.MutableSequence": ("[]",),
    "typing.Mapping": ("{}",),
    "typing.MutableMapping": ("{}",),
    "typing.AbstractSet": ("set()",),
    "typing.MutableSet": ("set()",),
}


def literals_of(type: ProperType) -> tuple[str, ...]:
    """Likeliest first; empty for a type that has no constants."""
    if isinstance(type, UnionType):
        parts = sorted((get_proper_type(item) for item in type.items), key=lambda part: isinstance(part, NoneType))
        return tuple(dict.fromkeys(text for part in parts for text in literals_of(part)))
    if isinstance(type, NoneType):
        return ("None",)
    if isinstance(type, LiteralType):
        return (f"{type.fallback.type.name}.{type.value}" if type.fallback.type.is_enum else repr(type.value),)
    if isinstance(type, TupleType):
        return () if type.items else ("()",)
    return BY_CLASS.get(type.type.fullname, ()) if isinstance(type, Instance) else ()

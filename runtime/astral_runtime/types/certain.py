"""What mypy knows for certain of the names at a hole, for hard masks: members, keyword arguments, TypedDict keys, wanted literals.

A receiver or callee of which anything is in doubt (Any, `__getattr__`, `**kwargs`, a base that mypy could not follow) is left out.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from mypy.checker import TypeChecker
from mypy.nodes import ARG_STAR, ARG_STAR2, MypyFile, TypeInfo
from mypy.types import (
    AnyType,
    CallableType,
    FunctionLike,
    Instance,
    LiteralType,
    NoneType,
    Overloaded,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    TypeType,
    TypeVarType,
    UnionType,
    get_proper_type,
)

from astral_runtime.types.expected import Expected
from astral_runtime.types.facts import asking
from astral_runtime.types.live import Live
from astral_runtime.types.masked import Piece
from astral_runtime.types.scope import Binding, Scope

MOST_MEMBERS = 300
"""Members of a module or of the own object whose signatures are looked at."""

DYNAMIC = ("__getattr__", "__getattribute__")
LOCAL = ("local", "parameter", "enclosing")
PLAIN_METACLASSES = ("builtins.type", "abc.ABCMeta")

NOTHING_CERTAIN: Mapping[str, Any] = {"attributes": {}, "keywords": {}, "keys": {}, "strings": None}

Names = set[str] | None
"""None in doubt."""


def certain_of(live: Live, piece: Piece, bindings: Sequence[Binding]) -> dict[str, Any]:
    """Tables by receiver or callee as it is written, as JSON. Empty where mypy never came."""
    facts = live.facts(piece)
    checker = live.engine.checker_of(live.module)
    if not facts.reachable:
        return dict(NOTHING_CERTAIN)
    with asking(checker):
        scope = Scope(checker, facts)
        sure = [each for each in bindings if each.origin not in LOCAL or each.name in facts.names]
        types = {entry.binding.name: get_proper_type(entry.type) for entry in scope.entries(sure) if entry.type is not None}
        types |= dict(_methods(types, checker, scope.member))
        return {
            "attributes": _table(types, partial(members, checker=checker)),
            "keywords": _table(types, keywords),
            "keys": {name: sorted(type.items) for name, type in types.items() if isinstance(type, TypedDictType)},
            "strings": _strings(facts.expected),
        }


def _table(types: dict[str, ProperType], read: Callable[[ProperType], Names]) -> dict[str, list[str]]:
    found = {name: read(type) for name, type in types.items()}
    return {name: sorted(names) for name, names in found.items() if names is not None}


def _methods(
    types: dict[str, ProperType], checker: TypeChecker, member: Callable[[Type, str], Type | None]
) -> Iterator[tuple[str, ProperType]]:
    """What modules and the method's own object can be asked to do: `self.method`, `module.function`.

    mypy is not asked for a name that a module has no type for: it would look for similar ones to complain about.
    """
    for name, type in types.items():
        if _module(type) is not None or name in ("self", "cls"):
            for each in sorted(members(type, checker) or ())[:MOST_MEMBERS]:
                if f"{name}.{each}" in types or each.startswith("__"):
                    continue
                attributes = type.extra_attrs if isinstance(type, Instance) else None
                found = get_proper_type(member(type, each) if attributes is None else attributes.attrs.get(each))
                if isinstance(found, FunctionLike):
                    yield f"{name}.{each}", found


def members(type: ProperType, checker: TypeChecker) -> Names:
    """Every attribute that a value of the type has. Of a union, those of any item: it may be narrowed further on."""
    if isinstance(type, UnionType):
        return _any(members(get_proper_type(item), checker) for item in type.items)
    if isinstance(type, NoneType):
        return set(dir(None))
    if isinstance(type, (TypeType, FunctionLike)):
        info = _class_of(type)
        return members_of_class(info) if info is not None else None
    own = _instance_of(type)
    if own is None or own.type.fullname == "builtins.object":
        return None
    module = _module(own)
    return _names(own.type) if module is None else _module_names(checker.modules.get(module))


def _class_of(type: TypeType | FunctionLike) -> TypeInfo | None:
    if isinstance(type, TypeType):
        return type.item.type if isinstance(type.item, Instance) else None
    return type.type_object() if type.is_type_obj() else None


def _instance_of(type: ProperType) -> Instance | None:
    """The class that a value is seen as: of a tuple, a literal, a TypedDict, a type variable that of its fallback or bound."""
    if isinstance(type, (LiteralType, TypedDictType)):
        return type.fallback
    if isinstance(type, TupleType):
        return type.partial_fallback
    found = get_proper_type(type.upper_bound) if isinstance(type, TypeVarType) else type
    return found if isinstance(found, Instance) else None


def _any(found: Iterable[Names]) -> Names:
    every = list(found)
    return None if any(names is None for names in every) else {name for names in every if names is not None for name in names}


def members_of_class(info: TypeInfo) -> Names:
    """Of the class itself: what it and its metaclass define."""
    meta = info.metaclass_type
    return _any([_names(info), set(dir(type)) if meta is None else _names(meta.type)])


def _names(info: TypeInfo) -> Names:
    dynamic = info.fallback_to_any or any(base.names.keys() & set(DYNAMIC) for base in info.mro if base.fullname != "builtins.object")
    if dynamic or not info.mro:
        return None
    return {name for base in info.mro for name in base.names} | set(dir(object)) | {"__dict__", "__annotations__", "__slots__"}


def _module(type: ProperType) -> str | None:
    """The module that a type is that of."""
    return type.extra_attrs.mod_name if isinstance(type, Instance) and type.extra_attrs is not None else None


def _module_names(tree: MypyFile | None) -> Names:
    """Names of any branch of its source, for whatever platform, and modules beside it."""
    if tree is None or "__getattr__" in tree.names:
        return None
    read = _bound_in(tree.path)
    beside = {each.stem for each in Path(tree.path).parent.iterdir()} if tree.is_package_init_file() else set[str]()
    return None if read is None else {*tree.names, *read, *beside, *dir(type(ast)), "__file__", "__path__", "__version__"}


@lru_cache(maxsize=512)
def _bound_in(path: str) -> frozenset[str] | None:
    """Every name that a file binds or imports anywhere; None when it cannot be read, or makes names at run time."""
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            if node.id in ("globals", "setattr", "exec"):
                return None
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return None if "__getattr__" in found else frozenset(found)


def keywords(type: ProperType) -> Names:
    """Keyword arguments that some alternative of a callee takes; None in doubt, with `**kwargs` among it."""
    if isinstance(type, Overloaded):
        return _any(keywords(item) for item in type.items)
    if not isinstance(type, CallableType) or type.is_ellipsis_args or type.param_spec() is not None:
        return None
    if type.is_type_obj():
        info = type.type_object()
        meta = info.metaclass_type
        if info.fallback_to_any or (meta is not None and meta.type.fullname not in PLAIN_METACLASSES):
            return None
    if ARG_STAR2 in type.arg_kinds or (ARG_STAR in type.arg_kinds and all(isinstance(get_proper_type(t), AnyType) for t in type.arg_types)):
        return None
    return {name for name in type.arg_names if name is not None and not name.startswith("__")}


def _strings(expected: Expected) -> list[str] | None:
    """What a literal may be that is the whole fill: only where nothing but literals is expected."""
    type = get_proper_type(expected.type)
    if type is None or expected.soft or expected.text is not None:
        return None
    items = [get_proper_type(item) for item in type.items] if isinstance(type, UnionType) else [type]
    texts = [item.value for item in items if isinstance(item, LiteralType)]
    plain = all(isinstance(item, (LiteralType, NoneType)) for item in items)
    strings = [text for text in texts if isinstance(text, str)]
    return sorted(strings) if plain and strings else None

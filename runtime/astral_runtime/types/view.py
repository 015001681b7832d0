"""mypy's own types, as search asks about them (`search.types.Types`). Lives in the oracle process only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from mypy.checker import TypeChecker
from mypy.checker_state import checker_state
from mypy.checkmember import analyze_member_access
from mypy.erasetype import erase_typevars
from mypy.maptype import map_instance_to_supertype
from mypy.messages import format_type_bare
from mypy.nodes import GDEF, Context, NameExpr
from mypy.subtypes import is_subtype
from mypy.typeops import get_all_type_vars, make_simplified_union, tuple_fallback
from mypy.types import (
    AnyType,
    CallableType,
    DeletedType,
    FunctionLike,
    Instance,
    NoneType,
    Overloaded,
    PartialType,
    ProperType,
    TupleType,
    Type,
    TypedDictType,
    TypeOfAny,
    TypeType,
    UnboundType,
    UninhabitedType,
    UnionType,
    get_proper_type,
)

from astral_runtime.search.types import Signature, Sort
from astral_runtime.types.view_calls import call_of
from astral_runtime.types.view_classes import identity, plain_class
from astral_runtime.types.view_literals import literals_of
from astral_runtime.types.view_members import has_none, may_have, names_of

P = ParamSpec("P")
R = TypeVar("R")
MISSING = AnyType(TypeOfAny.from_error)


def _tolerant(default: object) -> Callable[[Callable[Concatenate[MypyTypes, P], R]], Callable[Concatenate[MypyTypes, P], R]]:
    """Answers `default` when mypy stumbles over an odd type."""

    def decorate(question: Callable[Concatenate[MypyTypes, P], R]) -> Callable[Concatenate[MypyTypes, P], R]:
        @wraps(question)
        def ask(self: MypyTypes, /, *args: P.args, **kwargs: P.kwargs) -> R:
            saved, checker_state.type_checker = checker_state.type_checker, self.checker
            try:
                return question(self, *args, **kwargs)
            except Exception:  # mypy asserts its invariants, and lacks attributes, on types that it has not finished
                return default  # type: ignore[return-value]  # every use below gives a default of its question's own type
            finally:
                checker_state.type_checker = saved

        return ask

    return decorate


class MypyTypes:
    """`checker` is the TypeChecker of the hole's module, during or after its run."""

    def __init__(self, checker: TypeChecker) -> None:
        self.checker = checker
        self._members: dict[tuple[int, str], Type | None] = {}
        self._names: dict[int, tuple[str, ...]] = {}
        self._signatures: dict[tuple[int, int], Sequence[Signature[Type]]] = {}
        self._fits: dict[tuple[int, int], bool] = {}
        self._instances: dict[tuple[str, tuple[int, ...]], Type | None] = {}
        self._kept: list[Type | None] = []
        """Answers are kept by identity, as hashing a mypy type costs more than most of them; so no identity may be reused."""

    def fits(self, have: Type, want: Type) -> bool:
        """Subtyping, where Any on either side agrees. Never (a value that cannot be) fits nothing."""
        key = (identity(have), identity(want))
        found = self._fits.get(key)
        if found is None:
            self._kept += (have, want)
            found = self._fits[key] = self._subtype(have, want)
        return found

    @_tolerant(default=True)
    def _subtype(self, have: Type, want: Type) -> bool:
        proper = get_proper_type(have)
        if isinstance(proper, UninhabitedType):
            return False
        if self.unknown(proper) or self.unknown(want):
            return True
        if plain_class(proper) and plain_class(goal := get_proper_type(want)):
            return goal.type in proper.type.mro
        if is_subtype(have, want):
            return True
        return bool(get_all_type_vars(want)) and is_subtype(have, erase_typevars(want))  # variables that a call would solve

    def unknown(self, type: Type) -> bool:
        """Any, or what mypy has not inferred yet."""
        return isinstance(get_proper_type(type), (AnyType, PartialType, DeletedType, UnboundType))

    @_tolerant(default="?")
    def show(self, type: Type) -> str:
        """As mypy's messages write it."""
        return format_type_bare(type, self.checker.options)

    @_tolerant(default="value")
    def sort(self, type: Type) -> Sort:
        """Bound methods and functions are functions; a class object is a class even where it is called."""
        proper = get_proper_type(type)
        if isinstance(proper, FunctionLike):
            return "class" if proper.is_type_obj() else "function"
        if isinstance(proper, Instance) and proper.extra_attrs is not None and proper.extra_attrs.mod_name is not None:
            return "module"
        special = isinstance(proper, Instance) and proper.type.fullname in SPECIAL
        return "class" if isinstance(proper, TypeType) or special else "value"

    def nothing(self, type: Type) -> bool:
        """None and Never."""
        return isinstance(get_proper_type(type), (NoneType, UninhabitedType))

    def present(self, type: Type) -> Type | None:
        """What narrowing by `is not None` leaves."""
        proper = get_proper_type(type)
        if not isinstance(proper, UnionType) or not has_none(proper):
            return None
        return UnionType.make_union([item for item in proper.items if not isinstance(get_proper_type(item), NoneType)])

    def members(self, type: Type) -> Sequence[str]:
        """Attribute names along the MRO; none for an Optional, which needs narrowing first."""
        key = identity(type)
        if key not in self._names:
            self._kept.append(type)
            self._names[key] = self._member_names(type)
        return self._names[key]

    @_tolerant(default=())
    def _member_names(self, type: Type) -> tuple[str, ...]:
        proper = get_proper_type(type)
        if isinstance(proper, UnionType):
            shared = [self.members(item) for item in proper.items]
            return tuple(name for name in shared[0] if all(name in names for names in shared[1:]))
        return tuple(dict.fromkeys(names_of(proper)))

    def member(self, type: Type, name: str) -> Type | None:
        """Bound and expanded, as an attribute access reads it."""
        key = (identity(type), name)
        if key not in self._members:
            self._kept.append(type)
            self._members[key] = self._access(type, name)
        return self._members[key]

    @_tolerant(default=None)
    def _access(self, type: Type, name: str) -> Type | None:
        proper = get_proper_type(type)
        if isinstance(proper, AnyType):
            return proper
        if isinstance(proper, Instance) and proper.extra_attrs is not None and proper.extra_attrs.mod_name is not None:
            return proper.extra_attrs.attrs.get(name)
        if isinstance(proper, (NoneType, PartialType)) or has_none(proper) or not may_have(proper, name):
            return None
        with self.checker.msg.filter_errors() as errors:
            found = analyze_member_access(
                name, proper, Context(), is_lvalue=False, is_super=False, is_operator=False,
                original_type=proper, chk=self.checker, no_deferral=True, suppress_errors=True,
            )  # fmt: skip
        return None if errors.has_new_errors() else found

    def signatures(self, type: Type, want: Type | None) -> Sequence[Signature[Type]]:
        """Of functions, classes, overloads and objects with __call__."""
        key = (identity(type), identity(want))
        if key not in self._signatures:
            self._kept += (type, want)
            self._signatures[key] = self._ways(type, want)
        return self._signatures[key]

    @_tolerant(default=())
    def _ways(self, type: Type, want: Type | None) -> Sequence[Signature[Type]]:
        return tuple(call_of(item, want) for item in self._callables(get_proper_type(type)))

    def _callables(self, type: ProperType) -> Iterator[CallableType]:
        if isinstance(type, FunctionLike) and type.is_type_obj() and (type.type_object().is_abstract or type.type_object().is_protocol):
            return  # they make no instances
        if isinstance(type, CallableType):
            yield type
        elif isinstance(type, Overloaded):
            yield from type.items
        elif isinstance(type, Instance) and (call := self.member(type, "__call__")) is not None:
            bound = get_proper_type(call)
            yield from bound.items if isinstance(bound, FunctionLike) else ()
        elif isinstance(type, TypeType) and isinstance(type.item, Instance):
            constructor = self.checker.expr_checker.analyze_type_type_callee(type.item, Context())
            yield from self._callables(get_proper_type(constructor))

    @_tolerant(default=None)
    def item(self, type: Type) -> Type | None:
        """Through Iterable; of a union when every part is iterable; the members of an enum class."""
        proper = get_proper_type(type)
        if isinstance(proper, UnionType):
            items = [self.item(part) for part in proper.items]
            return None if None in items else make_simplified_union([part for part in items if part is not None])
        if isinstance(proper, TupleType):
            return tuple_fallback(proper).args[0] if proper.partial_fallback.type.fullname == "builtins.tuple" else self._iterated(proper)
        if isinstance(proper, FunctionLike):
            return Instance(proper.type_object(), []) if proper.is_type_obj() and proper.type_object().is_enum else None
        return self._iterated(proper)

    def _iterated(self, type: ProperType) -> Type | None:
        iterator = self._returned(type, "__iter__")
        found = iterator and self._returned(iterator, "__next__")
        return found or None

    def _returned(self, type: Type, method: str) -> Type | None:
        bound = self.member(type, method)
        proper = get_proper_type(bound) if bound is not None else None
        return proper.ret_type if isinstance(proper, CallableType) else None

    @_tolerant(default=None)
    def awaited(self, type: Type) -> Type | None:
        """The result of a coroutine or other Awaitable."""
        proper = get_proper_type(type)
        if not isinstance(proper, Instance):
            return None
        awaitable = self.checker.lookup_typeinfo("typing.Awaitable")
        return map_instance_to_supertype(proper, awaitable).args[0] if proper.type.has_base(awaitable.fullname) else None

    @_tolerant(default=())
    def keys(self, type: Type) -> Sequence[tuple[str, Type]]:
        """Keys of a TypedDict, positions of a tuple of known length."""
        proper = get_proper_type(type)
        if isinstance(proper, TypedDictType):
            return tuple((repr(key), value) for key, value in proper.items.items())
        if isinstance(proper, TupleType) and len(proper.items) <= LONGEST_TUPLE:
            return tuple((str(n), item) for n, item in enumerate(proper.items))
        return ()

    @_tolerant(default=())
    def literals(self, type: Type) -> Sequence[str]:
        """Of a union, those of its parts in turn, None last."""
        return literals_of(get_proper_type(type))

    @_tolerant(default=None)
    def builtin(self, name: str) -> Type | None:
        """As a reference to it reads."""
        symbol = self.checker.modules["builtins"].names.get(name)
        if symbol is None or symbol.node is None:
            return None
        reference = NameExpr(name)
        reference.node, reference.kind, reference.fullname = symbol.node, GDEF, symbol.node.fullname
        with self.checker.msg.filter_errors():
            return self.checker.expr_checker.analyze_ref_expr(reference)

    def instance(self, name: str, *arguments: Type | None) -> Type | None:
        """From builtins."""
        key = (name, tuple(map(identity, arguments)))
        if key not in self._instances:
            self._kept += arguments
            self._instances[key] = self._builtin(name, *arguments)
        return self._instances[key]

    @_tolerant(default=None)
    def _builtin(self, name: str, *arguments: Type | None) -> Type | None:
        if name == "None":
            return NoneType()
        unknown = AnyType(TypeOfAny.special_form)
        return self.checker.named_generic_type(f"builtins.{name}", [argument or unknown for argument in arguments])


SPECIAL = frozenset({"typing._SpecialForm", "typing.TypeVar", "typing.ParamSpec", "__future__._Feature"})
"""What only annotations and imports speak of."""
LONGEST_TUPLE = 6
"""Longer tuples are rows to iterate rather than records to index."""


def type_view(checker: Any) -> MypyTypes:
    """The view for whatever checker a plugin hook was handed (`ctx.api`)."""
    if not isinstance(checker, TypeChecker):
        raise TypeError(f"not a mypy TypeChecker: {type(checker).__name__}")
    return MypyTypes(checker)

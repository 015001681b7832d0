"""What search asks of a type system. `T` is opaque here: mypy's types in the oracle process, a toy in the tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from astral_runtime.holes import Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """One parameter of a callable; `required` is False for defaults, *args and **kwargs."""

    name: str | None
    type: T
    required: bool
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Signature(Generic[T]):
    """One way to call something (an overload item counts as one), its own type variables already replaced."""

    parameters: tuple[Parameter[T], ...]
    returns: T


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """A public attribute or bound method of a type."""

    name: str
    type: T


@dataclass(frozen=True, slots=True)
class Name(Generic[T]):
    """A name of Γ with its real type. `uses`: how often the enclosing function (else the file) reads it before or
    after the hole; `distance`: lines between its binding and the hole."""

    name: str
    type: T
    origin: Origin
    distance: int
    uses: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What the hole's surroundings say beyond types: the name it is assigned to or passed as, the enclosing
    function's name, the intent, and how often each identifier occurs in the file."""

    target: str | None = None
    function: str | None = None
    intent: str | None = None
    frequency: dict[str, int] | None = None


class Types(Protocol[T]):
    """The questions search asks. Every answer may be empty; none may raise for an odd type."""

    def fits(self, have: T, want: T) -> bool: ...
    def show(self, type: T) -> str: ...
    def members(self, type: T) -> Iterable[Member[T]]: ...
    def signatures(self, type: T, want: T | None) -> Iterable[Signature[T]]: ...
    def item(self, type: T) -> T | None: ...
    def literals(self, type: T) -> Iterable[str]: ...

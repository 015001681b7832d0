"""What search asks of a type system, and what it is told of a hole. `T` is opaque here: mypy's types in the oracle
process, a toy in the tests. None in place of a type always means "unknown", which never excludes anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from astral_runtime.holes import Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """One parameter of a callable; `required` is False for defaults, *args and **kwargs.
    `name` is None when it can only be given by position."""

    name: str | None
    type: T | None
    required: bool
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Signature(Generic[T]):
    """One way to call something (an overload item counts as one), its own type variables already replaced.
    `returns` is None when it depends on the arguments."""

    parameters: tuple[Parameter[T], ...]
    returns: T | None


@dataclass(frozen=True, slots=True)
class Member(Generic[T]):
    """An attribute or bound method of a type. Names with a single leading underscore count, dunders do not."""

    name: str
    type: T


@dataclass(frozen=True, slots=True)
class Name(Generic[T]):
    """A name of Γ with its real type, None when unknown. `uses`: how often the enclosing function (else the file)
    reads it before or after the hole; `distance`: lines between its binding and the hole."""

    name: str
    type: T | None
    origin: Origin
    distance: int = 0
    uses: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """An expression that stands elsewhere in the file where the hole stands here.

    `level` says how alike the two places are: 0 the same callee and argument, left operand, target or key; then
    more general; the last level only shares the role. `lines` is the distance to the nearest one."""

    text: str
    level: int
    count: int
    lines: int


@dataclass(frozen=True, slots=True)
class Shape:
    """An expression of the file with its local names replaced by ▢, e.g. `len(▢)` or `self.rows[▢]`.
    `here` counts the places with the hole's own role, `anywhere` all of them."""

    text: str
    here: int
    anywhere: int


@dataclass(frozen=True, slots=True)
class Hints:
    """What the hole's surroundings say beyond types. All of it is read from the user's own file; all offsets are gone,
    so that `to_json` and `from_json` carry it to the oracle process."""

    target: str | None = None
    """The name it is assigned to or passed as."""
    function: str | None = None
    """The enclosing function's name."""
    intent: str | None = None
    frequency: dict[str, int] | None = None
    """How often each identifier occurs in the file."""
    role: str = "value"
    """Where the hole stands: one of `astral_runtime.search.places.ROLES`."""
    operator: str | None = None
    """`+`, `==`, `in`, `and`, … of an operand hole."""
    peer: str | None = None
    """Source of the other operand, of the subscripted value, or of the receiver."""
    callee: str | None = None
    """Source of the callee that the hole is an argument of."""
    tight: bool = False
    """Whether the hole binds tighter than any operator, so that a fill with one needs parentheses."""
    beside: tuple[str, ...] = ()
    """Sources of the sibling expressions: the call's other arguments, the display's other elements."""
    statement: tuple[str, ...] = ()
    """Identifiers of the hole's own statement."""
    bound: tuple[str, ...] = ()
    """Names that the hole's own statement binds; they have no value yet, or an old one."""
    before: dict[str, int] = field(default_factory=dict)
    """Lines back to the nearest mention of each name or attribute chain in the enclosing function."""
    after: dict[str, int] = field(default_factory=dict)
    """Lines on to the nearest mention."""
    seen: tuple[Seen, ...] = ()
    shapes: tuple[Shape, ...] = ()
    attributes: dict[str, dict[str, int]] = field(default_factory=dict)
    """What the file reads from each receiver, keyed by the receiver's last identifier."""
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the file passes where: `callee:0`, `callee:key` → sources, most frequent first."""
    quote: str = '"'
    """The file's usual string quote."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Hints:
        """The inverse of `to_json`, also after a trip through JSON text."""
        tuples = ("beside", "statement", "bound")
        return cls(
            **{name: tuple(value) if name in tuples else value for name, value in data.items() if name not in _NESTED},
            seen=tuple(Seen(**each) for each in data.get("seen", ())),
            shapes=tuple(Shape(**each) for each in data.get("shapes", ())),
            arguments={key: tuple(texts) for key, texts in data.get("arguments", {}).items()},
        )


_NESTED = frozenset({"seen", "shapes", "arguments"})


class Types(Protocol[T]):
    """The questions search asks. Every answer may be empty; none may raise for an odd type."""

    def fits(self, have: T, want: T) -> bool:
        """Whether a value of `have` may stand where `want` is expected. True when either is unknown."""
        ...

    def unknown(self, type: T) -> bool:
        """Whether the type says nothing (Any, not inferred)."""
        ...

    def show(self, type: T) -> str:
        """The type as a reader writes it."""
        ...

    def members(self, type: T) -> Sequence[str]:
        """Names of the attributes, own class first; of a union, those that all its items have."""
        ...

    def member(self, type: T, name: str) -> T | None:
        """Type of one attribute (dunders too), None when there is none."""
        ...

    def signatures(self, type: T, want: T | None) -> Sequence[Signature[T]]:
        """The ways to call a value of this type, generic ones solved for a result that fits `want`."""
        ...

    def item(self, type: T) -> T | None:
        """What iterating gives, None when it is no iterable."""
        ...

    def awaited(self, type: T) -> T | None:
        """What awaiting gives, None when it is no awaitable."""
        ...

    def keys(self, type: T) -> Sequence[tuple[str, T]]:
        """Indices that the type itself knows (TypedDict keys, tuple positions) as source, each with its value's type."""
        ...

    def literals(self, type: T) -> Sequence[str]:
        """Constants and empty displays of this type as source, likeliest first."""
        ...

    def instance(self, name: str, *arguments: T | None) -> T | None:
        """A builtin class by name, e.g. instance("list", item)."""
        ...


def known(types: Types[T], candidates: Iterable[T | None]) -> list[T]:
    """Those types that say something."""
    return [type for type in candidates if type is not None and not types.unknown(type)]

"""What search asks of a type system, and what it is told of a hole. `T` is opaque here: mypy's types in the oracle
process, a toy in the tests. None in place of a type always means "unknown", which never excludes anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeVar

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
    reads it before or after the hole; `distance`: lines between its binding and the hole. A dotted name
    (`self.items`) is an attribute whose type is narrowed at the hole."""

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
    purpose: str | None = None
    """The target, else that of the assignment or keyword that the hole is part of."""
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
    position: int | None = None
    """Which positional argument of `callee` the hole is."""
    binding: int = 0
    """`precedence.Binding` of the place: what binds looser needs parentheses there."""
    beside: tuple[str, ...] = ()
    """Sources of the sibling expressions: the call's other arguments, the display's other elements."""
    statement: tuple[str, ...] = ()
    """Identifiers of the hole's own statement."""
    bound: tuple[str, ...] = ()
    """Names that the hole's own statement binds anew."""
    owed: tuple[str, ...] = ()
    """Variables of the comprehensions and lambdas around the hole: bound only so that something in them is read."""
    unbound: tuple[str, ...] = ()
    """Those of them that nothing binds before: they have no value at the hole."""
    reads: dict[str, int] | None = None
    """How often the enclosing function, else the statement, reads each name; None when the file does not parse."""
    before: dict[str, int] = field(default_factory=dict)
    """Lines back to the nearest mention of each name or attribute chain in the enclosing function."""
    after: dict[str, int] = field(default_factory=dict)
    """Lines on to the nearest mention."""
    stored: dict[str, int] = field(default_factory=dict)
    """Lines back to where each local name was last bound."""
    seen: tuple[Seen, ...] = ()
    shapes: tuple[Shape, ...] = ()
    analogies: tuple[Seen, ...] = ()
    """What other targets of this role hold, with their name replaced by the hole's: `path=row["path"]` says
    `host=row["host"]`."""
    asynchronous: bool = False
    """Whether the enclosing function is async."""
    parameters: tuple[str, ...] = ()
    """The enclosing function's own parameters in order, `self` left out."""
    attributes: dict[str, dict[str, int]] = field(default_factory=dict)
    """What the file reads from each receiver, keyed by the receiver's last identifier."""
    calls: dict[str, int] = field(default_factory=dict)
    """How often the file calls each callee, by its source and by its last identifier."""
    fresh: tuple[str, ...] = ()
    """Local names that have a value but were not read before the hole."""
    arguments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the file passes where: `callee:0`, `callee:key` → sources, most frequent first. Constants that it compares with
    what: `kind ==` → sources."""
    strings: tuple[str, ...] = ()
    """The file's short strings as source, nearest first."""
    quote: str = '"'
    """The file's usual string quote."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Hints:
        """The inverse of `to_json`, also after a trip through JSON text."""
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, (list, tuple)) else value for name, value in data.items()}
        values["seen"] = tuple(Seen(**each) for each in data.get("seen", ()))
        values["shapes"] = tuple(Shape(**each) for each in data.get("shapes", ()))
        values["analogies"] = tuple(Seen(**each) for each in data.get("analogies", ()))
        values["arguments"] = {key: tuple(texts) for key, texts in data.get("arguments", {}).items()}
        return cls(**values)


Sort = Literal["value", "function", "class", "module"]


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

    def sort(self, type: T) -> Sort:
        """What such a value is to a reader: most holes want values rather than functions, classes or modules."""
        ...

    def nothing(self, type: T) -> bool:
        """Whether the only value is None, or there is none at all: a call made for its effect."""
        ...

    def present(self, type: T) -> T | None:
        """An Optional's type without None; None for any other."""
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

    def builtin(self, name: str) -> T | None:
        """The type of a function or class of builtins; None when there is none of that name."""
        ...

    def instance(self, name: str, *arguments: T | None) -> T | None:
        """A builtin class by name, e.g. instance("list", item)."""
        ...


def known(types: Types[T], candidates: Iterable[T | None]) -> list[T]:
    """Those types that say something."""
    return [type for type in candidates if type is not None and not types.unknown(type)]

"""mypy's types as search sees them: every question over every kind of type, odd ones included."""

from __future__ import annotations

import pytest
from mypy.nodes import Var
from mypy.types import AnyType, DeletedType, NoneType, PartialType, Type, TypeOfAny, UnboundType, UninhabitedType

from astral_runtime.types.view import MypyTypes, type_view

from .conftest import Ask

SOURCE = """
import enum, os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Awaitable, Generic, Literal, NamedTuple, Optional, Protocol, TypedDict, TypeVar, overload

T = TypeVar("T")

class Color(enum.Enum):
    RED = 1
    BLUE = 2

@dataclass
class Item:
    name: str
    price: float
    quantity: int = 1
    @property
    def total(self) -> float: ...
    @classmethod
    def parse(cls, text: str) -> "Item": ...
    def _secret(self) -> None: ...

class Point(NamedTuple):
    x: int
    y: float

class Row(TypedDict):
    host: str
    port: int

class Box(Generic[T]):
    def __init__(self, value: T) -> None: ...
    def get(self) -> T: ...

class Shape(Protocol):
    area: float

class Caller:
    def __call__(self, n: int) -> str: ...

@overload
def pick(key: int) -> str: ...
@overload
def pick(key: str) -> bytes: ...
def pick(key): ...

def first(items: list[T]) -> T: ...
async def load(path: str) -> Item: ...

class Odd:
    def __getattr__(self, name: str) -> int: ...

def f(item: Item, items: list[Item], maybe: Optional[Item], either: Item | Point, point: Point, row: Row, box: Box[int], caller: Caller,
      prices: Mapping[str, float], mode: Literal["r", "w"], flag: bool, color: Color, untyped, kind: type[Item], pair: tuple[int, str],
      lines: Iterator[str], text: str, shape: Shape, odd: Odd, action: Callable[[int], str], value: T) -> T:
    print(HOLE)
    return value
"""


@pytest.fixture(scope="module")
def view(ask: Ask) -> tuple[MypyTypes, dict[str, Type | None]]:
    """The view, and Γ's types by name."""
    asked = ask(SOURCE)
    return type_view(asked.checker), {name.name: name.type for name in asked.names}


View = tuple[MypyTypes, dict[str, Type]]

MEMBERS = [
    ("item", {"name", "price", "quantity", "total", "parse", "_secret"}, {"__init__", "__eq__"}),
    ("maybe", set(), {"name"}),
    ("either", set(), {"name", "x"}),
    ("point", {"x", "y", "_replace"}, set()),
    ("row", {"get", "keys"}, set()),
    ("box", {"get"}, set()),
    ("Item", {"parse"}, {"name", "_secret"}),
    ("Color", {"RED", "BLUE"}, {"name"}),
    ("os", {"path", "getcwd"}, set()),
    ("untyped", set(), set()),
    ("shape", {"area"}, set()),
    ("mode", {"upper"}, set()),
]


@pytest.mark.parametrize(("name", "there", "absent"), MEMBERS, ids=[row[0] for row in MEMBERS])
def test_members(view: View, name: str, there: set[str], absent: set[str]) -> None:
    """Names along the MRO; an Optional or mixed union shows none that it might lack."""
    types, names = view
    found = set(types.members(names[name]))
    assert there <= found
    assert not absent & found


MEMBER_TYPES = [
    ("item", "total", "float"),
    ("item", "parse", "Callable[[str], Item]"),
    ("item", "missing", None),
    ("maybe", "name", None),
    ("either", "x", None),
    ("point", "y", "float"),
    ("box", "get", "Callable[[], int]"),
    ("Color", "RED", "Color"),
    ("odd", "anything", "int"),
    ("untyped", "x", "Any"),
    ("prices", "__getitem__", "Callable[[str], float]"),
    ("os", "sep", "str"),
    ("os", "nothing", None),
    ("color", "value", "int"),
]


@pytest.mark.parametrize(("name", "member", "expected"), MEMBER_TYPES, ids=[f"{row[0]}.{row[1]}" for row in MEMBER_TYPES])
def test_member(view: View, name: str, member: str, expected: str | None) -> None:
    """Bound, generic arguments filled in; None for what is not there."""
    types, names = view
    found = types.member(names[name], member)
    assert (found and types.show(found).replace("Literal[Color.RED]?", "Color").replace("int | Any", "int")) == expected


ITEMS = [
    ("items", "Item"),
    ("prices", "str"),
    ("pair", "int | str"),
    ("point", "int | float"),
    ("lines", "str"),
    ("text", "str"),
    ("Color", "Color"),
    ("row", "str"),
    ("item", None),
    ("Item", None),
    ("first", None),
    ("untyped", None),
    ("maybe", None),
    ("flag", None),
]


@pytest.mark.parametrize(("name", "expected"), ITEMS, ids=[row[0] for row in ITEMS])
def test_item(view: View, name: str, expected: str | None) -> None:
    """What a for loop over it would bind."""
    types, names = view
    found = types.item(names[name])
    assert found is None if expected is None else (found is not None and types.show(found) in {expected, "object", "float"})


SIGNATURES = [
    ("Item", None, [("name str", "price float", "quantity? int")], ["Item"]),
    ("pick", None, [("key int",), ("key str",)], ["str", "bytes"]),
    ("first", "str", [("items list[str]",)], ["str"]),
    ("first", None, [("items list[Any]",)], [None]),
    ("caller", None, [("n int",)], ["str"]),
    ("load", None, [("path str",)], ["Coroutine[Any, Any, Item]"]),
    ("kind", None, [("name str", "price float", "quantity? int")], ["Item"]),
    ("action", None, [("- int",)], ["str"]),
    ("item", None, [], []),
    ("untyped", None, [], []),
]


@pytest.mark.parametrize(("name", "want", "parameters", "returns"), SIGNATURES, ids=[f"{row[0]}-{row[1]}" for row in SIGNATURES])
def test_signatures(view: View, name: str, want: str | None, parameters: list[tuple[str, ...]], returns: list[str | None]) -> None:
    """Overloads, constructors and callable objects; a generic function is solved for the wanted result."""
    types, names = view
    found = types.signatures(names[name], types.instance(want) if want else None)
    shown = [
        tuple(
            f"{each.name or '-'}{'' if each.required else '?'} {types.show(each.type)}"
            for each in signature.parameters
            if each.type is not None
        )
        for signature in found
    ]
    assert shown == parameters
    assert [types.show(each.returns) if each.returns is not None else None for each in found] == returns


def test_fits(view: View) -> None:
    """Subtyping; unknown agrees with all; Never fits nothing."""
    types, names = view
    table = [
        ("flag", "int", True),
        ("text", "int", False),
        ("untyped", "int", True),
        ("mode", "str", True),
        ("item", "str", False),
        ("point", "tuple", True),
    ]
    for name, want, expected in table:
        wanted = types.instance(want)
        assert wanted is not None
        assert types.fits(names[name], wanted) is expected, (name, want)
    assert not types.fits(UninhabitedType(), names["item"])
    assert types.fits(names["item"], names["maybe"])
    assert not types.fits(names["maybe"], names["item"])


LITERALS = [
    ("flag", ("True", "False")),
    ("mode", ("'r'", "'w'")),
    ("maybe", ("None",)),
    ("text", ('""',)),
    ("items", ("[]",)),
    ("prices", ("{}",)),
    ("item", ()),
]


@pytest.mark.parametrize(("name", "expected"), LITERALS, ids=[row[0] for row in LITERALS])
def test_literals(view: View, name: str, expected: tuple[str, ...]) -> None:
    """Constants of the type as source."""
    types, names = view
    assert types.literals(names[name]) == expected


def test_keys_awaited_and_sorts(view: View) -> None:
    """TypedDict keys and tuple positions; what await gives; what a value is to a reader."""
    types, names = view
    assert [key for key, _ in types.keys(names["row"])] == ["'host'", "'port'"]
    assert [key for key, _ in types.keys(names["pair"])] == ["0", "1"]
    loaded = types.signatures(names["load"], None)[0].returns
    assert loaded is not None
    awaited = types.awaited(loaded)
    assert awaited is not None
    assert types.show(awaited) == "Item"
    assert types.awaited(names["item"]) is None
    assert [types.sort(names[name]) for name in ("item", "first", "Item", "kind", "os", "caller")] == [
        "value",
        "function",
        "class",
        "class",
        "module",
        "value",
    ]


ODD = [AnyType(TypeOfAny.special_form), NoneType(), UninhabitedType(), DeletedType(), UnboundType("x"), PartialType(None, Var("x"))]


@pytest.mark.parametrize("odd", ODD, ids=[type(each).__name__ for each in ODD])
def test_odd_types_never_raise(view: View, odd: Type) -> None:
    """Every question over what is hardly a type has an answer."""
    types, names = view
    assert not types.members(odd)
    assert types.member(odd, "x") is None or types.unknown(odd) or isinstance(odd, UninhabitedType)
    assert not types.signatures(odd, names["item"])
    assert types.item(odd) is None or isinstance(odd, UninhabitedType)
    assert types.awaited(odd) is None
    assert not types.keys(odd)
    assert isinstance(types.fits(odd, names["item"]), bool)
    assert isinstance(types.show(odd), str)
    assert isinstance(types.literals(odd), tuple)
    assert types.sort(odd) == "value"

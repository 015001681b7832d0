"""Γ: names with their types as they are narrowed at the hole, whether they fit, where they come from, and their order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from patience import DEADLINE_MS

from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import ScopeEntry
from astral_runtime.types.client import Oracle, Unavailable

MakeDocument = Callable[..., DocumentSnapshot]

HEADER = """
from __future__ import annotations
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")
LIMIT = 10
RATES: dict[str, float] = {}

@dataclass
class Item:
    name: str
    price: float = 0.0

class Base:
    rate: float = 0.5
    @property
    def doubled(self) -> float:
        return self.rate * 2

class Cart(Base):
    def __init__(self, items: list[Item], note: str | None = None) -> None:
        self.items = items
        self.note = note
        self._hidden = 1

def helper(x: int) -> str:
    return str(x)

"""


def scope_of(oracle: Oracle, document: DocumentSnapshot) -> dict[str, ScopeEntry]:
    """Γ of the only hole."""
    (context,) = oracle.contexts(document, document.holes(), DEADLINE_MS)
    return {entry.name: entry for entry in context.scope}


CASES: dict[str, tuple[str, dict[str, tuple[str, bool | None, str]]]] = {
    "parameter": ("def f(a: int, b: str) -> int:\n    return ...\n", {"a": ("int", True, "parameter"), "b": ("str", False, "parameter")}),
    "optional narrowed": (
        "def f(a: int | None) -> int:\n    if a is None:\n        return 0\n    return ...\n",
        {"a": ("int", True, "parameter")},
    ),
    "optional not narrowed": ("def f(a: int | None) -> int:\n    return ...\n", {"a": ("int | None", False, "parameter")}),
    "narrowed by isinstance": (
        "def f(a: int | str) -> str:\n    if isinstance(a, int):\n        return ''\n    return ...\n",
        {"a": ("str", True, "parameter")},
    ),
    "narrowed in the condition": ("def f(a: str | None) -> bool:\n    return a is not None and a == ...\n", {"a": ("str", True, "parameter")}),
    "narrowed by assert": ("def f(a: object) -> int:\n    assert isinstance(a, int)\n    return ...\n", {"a": ("int", True, "parameter")}),
    "narrowed in match": (
        "def f(a: int | str) -> str:\n    match a:\n        case str():\n            return ...\n    return ''\n",
        {"a": ("str", True, "parameter")},
    ),
    "narrowed attribute": (
        "class Shop(Cart):\n    def f(self) -> str:\n        if self.note is None:\n            return ''\n        return ...\n",
        {"self.note": ("str", True, "self")},
    ),
    "union of branches": (
        "def f(flag: bool) -> int:\n    if flag:\n        x: int | str = 1\n    else:\n        x = 'a'\n    return ...\n",
        {"x": ("int | str", False, "local")},
    ),
    "inferred local": ("def f(c: Cart) -> Item:\n    first = c.items[0]\n    return ...\n", {"first": ("Item", True, "local")}),
    "loop variable": ("def f(c: Cart) -> str:\n    for item in c.items:\n        return ...\n    return ''\n", {"item": ("Item", False, "local")}),
    "with target": ("def f() -> str:\n    with open('a') as handle:\n        return ...\n", {"handle": ("TextIOWrapper[_WrappedBuffer]", False, "local")}),
    "exception": ("def f() -> str:\n    try:\n        return ''\n    except ValueError as error:\n        return ...\n", {"error": ("ValueError", False, "local")}),
    "walrus": ("def f(r: dict[str, int]) -> int:\n    if (n := r.get('a')) is not None:\n        return ...\n    return 0\n", {"n": ("int", True, "local")}),
    "comprehension variable": ("def f(c: Cart) -> list[str]:\n    return [... for item in c.items]\n", {"item": ("Item", False, "local")}),
    "shadowed by a comprehension": (
        "def f(item: int, c: Cart) -> list[Item]:\n    return [... for item in c.items]\n",
        {"item": ("Item", True, "local")},
    ),
    "lambda parameter": ("def f() -> Callable[[int], int]:\n    return lambda n: ...\n", {"n": ("int", True, "parameter")}),
    "enclosing function": (
        "def f(a: int) -> int:\n    b = 'x'\n    def g() -> int:\n        return ...\n    return g()\n",
        {"a": ("int", True, "enclosing"), "b": ("str", False, "enclosing")},
    ),
    "nested function itself": ("def f() -> Callable[[], int]:\n    def g() -> int:\n        return 1\n    return ...\n", {"g": ("Callable[[], int]", True, "local")}),
    "own attributes": (
        "class Shop(Cart):\n    def f(self) -> float:\n        return ...\n",
        {"self.rate": ("float", True, "self"), "self.doubled": ("float", True, "self"), "self.items": ("list[Item]", False, "self")},
    ),
    "private attribute": ("class Shop(Cart):\n    def f(self) -> int:\n        return ...\n", {"self._hidden": ("int", True, "self")}),
    "module variable": ("def f() -> int:\n    return ...\n", {"LIMIT": ("int", True, "module"), "RATES": ("dict[str, float]", False, "module")}),
    "class and function": (
        "def f() -> Callable[[int], str]:\n    return ...\n",
        {"helper": ("Callable[[int], str]", True, "module"), "Item": ("type[Item]", False, "module")},
    ),
    "class object": ("def f() -> type[Base]:\n    return ...\n", {"Cart": ("type[Cart]", True, "module"), "Item": ("type[Item]", False, "module")}),
    "imported class": ("def f() -> type[Decimal]:\n    return ...\n", {"Decimal": ("type[Decimal]", True, "import")}),
    "imported module": ("def f() -> int:\n    return ...\n", {"json": ("module json", False, "import")}),
    "subclass fits": ("def f(c: Cart) -> Base:\n    return ...\n", {"c": ("Cart", True, "parameter")}),
    "invariant container": ("def f(a: list[int], b: list[float]) -> list[float]:\n    return ...\n", {"a": ("list[int]", False, "parameter"), "b": ("list[float]", True, "parameter")}),
    "any never excludes": ("def f(a, b: int) -> int:\n    return ...\n", {"a": ("Any", None, "parameter"), "b": ("int", True, "parameter")}),
    "soft type excludes nothing": ("def f(a: int, b: bool) -> None:\n    if ...:\n        pass\n", {"a": ("int", None, "parameter"), "b": ("bool", True, "parameter")}),
    "unknown type": ("def f(a: int) -> None:\n    fresh = ...\n", {"a": ("int", None, "parameter")}),
    "optional takes none": ("def f(a: None, b: int) -> int | None:\n    return ...\n", {"a": ("None", True, "parameter"), "b": ("int", True, "parameter")}),
    "type variable": ("def f(a: T, b: int) -> T:\n    return ...\n", {"a": ("T", True, "parameter"), "b": ("int", False, "parameter")}),
    "empty list so far": ("def f() -> list[int]:\n    found = []\n    found.append(1)\n    return ...\n", {"found": ("list[int]", True, "local")}),
    "class body": ("class C:\n    size: int = 1\n    other: int = ...\n", {"size": ("int", True, "class")}),
    "module level": ("n: int = ...\n", {"LIMIT": ("int", True, "module")}),
    "builtin function": ("def f(words: list[str]) -> None:\n    sorted(words, key=...)\n", {"len": ("Callable[[Sized], int]", True, "builtin")}),
    "self of a classmethod": ("class C(Base):\n    @classmethod\n    def make(cls) -> type[Base]:\n        return ...\n", {"cls": ("type[C]", True, "parameter")}),
    "generator": ("def f(n: int) -> Iterator[int]:\n    yield ...\n", {"n": ("int", True, "parameter")}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_names_at_a_hole(oracle: Oracle, document: MakeDocument, name: str) -> None:
    """Each name has its narrowed type, its fit and its origin."""
    code, expected = CASES[name]
    scope = scope_of(oracle, document(HEADER + code))
    assert {each: (scope[each].type, scope[each].fits, scope[each].origin) for each in expected} == expected


def test_best_first(oracle: Oracle, document: MakeDocument) -> None:
    """What fits comes before what may fit, that before what does not; nearer before farther."""
    code = "def f(a: int, b, c: str) -> int:\n    d = 1\n    e = 'x'\n    return ...\n"
    names = [*scope_of(oracle, document(HEADER + code))]
    order = [names.index(name) for name in ("d", "a", "LIMIT", "b", "e", "c", "helper")]
    assert order == sorted(order)


def test_lines_of_bindings(oracle: Oracle, document: MakeDocument) -> None:
    """Lines are 0-based in this document, None for what is bound elsewhere."""
    code = "import os\nLIMIT = 1\nclass A(Exception):\n    def f(self, a: int) -> int:\n        return ...\n"
    scope = scope_of(oracle, document(code))
    assert {name: scope[name].line for name in ("os", "LIMIT", "a")} == {"os": 0, "LIMIT": 1, "a": 3}
    assert scope["self.args"].line is None


@pytest.mark.parametrize(
    ("code", "constraints"),
    [
        ("def f() -> int:\n    return ...\n", {("syntax", "an expression"), ("types", "must be int")}),
        ("def f() -> int:\n    ...\n", {("syntax", "one or more statements"), ("types", "must be int"), ("control_flow", "must return a value on every path")}),
        ("def f() -> None:\n    ...\n", {("syntax", "one or more statements")}),
        ("def f(x: ...) -> None:\n    pass\n", {("syntax", "an annotation")}),
        ("if ...:\n    pass\n", {("syntax", "an expression"), ("types", "preferably bool")}),
        ("import sys\ndef f() -> int:\n    sys.exit()\n    return ...\n", {("syntax", "an expression"), ("control_flow", "unreachable here: types are not checked")}),
        ("import decimal\ndef f() -> decimal.Decimal:\n    return ...\n", {("syntax", "an expression"), ("types", "must be Decimal"), ("imports", "from decimal import Decimal")}),
    ],
)  # fmt: skip
def test_constraints(oracle: Oracle, document: MakeDocument, code: str, constraints: set[tuple[str, str]]) -> None:
    """Syntax, types, control flow and imports are each said of the hole."""
    made = document(code)
    (context,) = oracle.contexts(made, made.holes(), DEADLINE_MS)
    assert {(each.domain, each.text) for each in context.constraints} == constraints


NESTED = """
def f(values: list[int], name: str) -> object:
    def inner(line: str, word: str) -> None:
        print(line, word)
    class Local:
        size: int = 0
    one = Local()
    return {"a": 1, ...: name}
"""


def test_nested_definitions_beside_a_generic_hole(oracle: Oracle, document: MakeDocument) -> None:
    """A hole that is asked about twice (a generic display takes it) sees functions and classes of the body that stands."""
    made = document(NESTED)
    (context,) = oracle.contexts(made, made.holes(), DEADLINE_MS)
    assert context.expected_type == "str"
    scope = {entry.name: (entry.type, entry.fits) for entry in context.scope}
    assert scope["inner"] == ("Callable[[str, str], None]", None)
    assert scope["one"] == ("Local", None)
    found = oracle.search(made, made.holes()[0], 50, DEADLINE_MS)
    assert not isinstance(found, Unavailable), found.why
    assert {"name", "repr(one.size)"} <= {fit.text for fit in found}

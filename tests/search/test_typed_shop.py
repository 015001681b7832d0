"""Search over mypy's own types: a small typed shop, one hole at a time."""

from __future__ import annotations

import pytest

from astral_runtime.holes import Span
from astral_runtime.search import search
from astral_runtime.search.hints import hints_of
from astral_runtime.types.view import type_view

from .conftest import MARK, Ask

SHOP = """
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field


@dataclass
class Item:
    name: str
    price: float
    quantity: int = 1
    tags: list[str] = field(default_factory=list)

    def total(self) -> float:
        return self.price * self.quantity


@dataclass
class Customer:
    name: str
    email: str | None = None


class Cart:
    def __init__(self, customer: Customer, rates: dict[str, float]) -> None:
        self.customer = customer
        self.rates = rates
        self.items: list[Item] = []

    def add(self, item: Item) -> None:
        self.items.append(item)

    def find(self, name: str) -> Item | None:
        for item in self.items:
            if item.name == name:
                return item
        return None

    async def charge(self, amount: float) -> bool:
        return amount > 0

BODY
"""

TABLE = [
    ("    def total(self) -> float:\n        return HOLE", "sum(item.price * item.quantity for item in self.items)", 20),
    ("    def total(self) -> float:\n        return HOLE", "sum(item.total() for item in self.items)", 8),
    ("    def names(self) -> list[str]:\n        return HOLE", "[item.name for item in self.items]", 3),
    ("    def count(self) -> int:\n        return HOLE", "len(self.items)", 5),
    ("    def remember(self, item: Item) -> None:\n        self.items.append(HOLE)", "item", 1),
    ("    def named(self, name: str) -> Item | None:\n        return HOLE", "self.find(name)", 3),
    ("    def rate(self, country: str) -> float:\n        return HOLE", "self.rates[country]", 6),
    ("    def owner(self) -> str:\n        return HOLE", "self.customer.name", 6),
    ("    def empty(self) -> bool:\n        return HOLE", "not self.items", 8),
    ("    async def pay(self, amount: float) -> bool:\n        return HOLE", "await self.charge(amount)", 4),
    ("    def label(self) -> str:\n        return HOLE", '", ".join(item.name for item in self.items)', 8),
    ("    def cheapest(self) -> Item:\n        return HOLE", "min(self.items, key=lambda item: item.price)", 6),
    ("    def copy(self) -> Cart:\n        return HOLE", "Cart(self.customer, self.rates)", 3),
    ("    def any_tags(self, item: Item) -> bool:\n        if HOLE:\n            return True\n        return False", "item.tags", 16),
    ("def order(name: str, price: float) -> Item:\n    return HOLE", "Item(name, price)", 1),
    ("def each(items: Iterable[Item]) -> Iterator[str]:\n    for item in HOLE:\n        yield item.name", "items", 1),
    ("def f(item: Item | str) -> int:\n    if HOLE:\n        return 0\n    return 1", "isinstance(item, Item)", 20),
    ("def f(item: Item | str) -> int:\n    if HOLE:\n        return 0\n    return 1", "isinstance(item, str)", 20),
    ("def f(name: str, ending: str) -> str:\n    if HOLE:\n        return name\n    return ending", "name.endswith(ending)", 40),
    ("def f(name: str, ending: str) -> str:\n    if HOLE:\n        return name\n    return ending", "not name.endswith(ending)", 70),
    ("def f(size: int) -> str:\n    if HOLE:\n        return ''\n    return 'x' * size", "size == 0", 20),
    ("def f(small: bool, cheap: bool) -> int:\n    if HOLE:\n        return 1\n    return 0", "cheap and small", 12),
    (
        "def f(kind: str) -> int:\n    if kind == 'dozen':\n        return 12\n    elif HOLE:\n        return 13\n    return 1",
        "kind != 'dozen'",
        30,
    ),
    ("def f(given: str | None, default: str) -> str:\n    return HOLE", "given or default", 8),
    ("def f(given: str | None, default: str) -> str:\n    return HOLE", "given if given is not None else default", 12),
    ("def f(index: int) -> int:\n    return HOLE", "index + 1", 12),
    ("def f(low: int, high: int):\n    middle = HOLE\n    return middle", "low + high", 30),
    ("def f(row: dict[str, str]) -> str:\n    first = row['host']\n    return print(HOLE)", "'host'", 45),
    ("def sorter() -> Callable[[Item], float]:\n    return HOLE", "lambda item: item.price", 6),
]


@pytest.mark.parametrize(("body", "expected", "within"), TABLE, ids=[row[1] for row in TABLE])
def test_finds(ask: Ask, body: str, expected: str, within: int) -> None:
    """The fill that the types, names and neighbours call for is among the first."""
    source = SHOP.replace("BODY", body)
    asked = ask(source)
    start = source.encode().index(MARK.encode())
    hints = hints_of(source, Span(start, start + len(MARK)))
    texts = [fit.text for fit in search(asked.goal, asked.names, type_view(asked.checker), hints, limit=60)]
    assert expected in texts[:within], texts[: within + 10]


NEVER = [
    ("    def owner(self) -> str:\n        return HOLE", "self.customer.email"),
    ("    def count(self) -> int:\n        return HOLE", "self.items"),
    ("def f(item: Item) -> int:\n    if HOLE:\n        return 0\n    return 1", "isinstance(item, Item)"),
    ("def f(item: Item) -> int:\n    if HOLE:\n        return 0\n    return 1", "isinstance(item, str)"),
    ("def f(given: str | None, default: float) -> float:\n    return HOLE", "given or default"),
    ("def f(name: str):\n    later = HOLE\n    return later", "name - 1"),
    ("def f(made: list[int]) -> Iterable[int]:\n    return HOLE", "Iterable()"),
    ("def order(name: str) -> Item:\n    return HOLE", "Item(name)"),
    ("def first(items: list[Item]) -> str:\n    later = HOLE\n    return later", "later"),
]


@pytest.mark.parametrize(("body", "wrong"), NEVER, ids=[row[1] for row in NEVER])
def test_never_proposes(ask: Ask, body: str, wrong: str) -> None:
    """What mypy would reject, or what has no value yet, does not come up."""
    source = SHOP.replace("BODY", body)
    asked = ask(source)
    start = source.encode().index(MARK.encode())
    hints = hints_of(source, Span(start, start + len(MARK)))
    assert wrong not in [fit.text for fit in search(asked.goal, asked.names, type_view(asked.checker), hints, limit=500)]

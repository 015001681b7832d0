"""Fits of search through the oracle: mypy's types, and the form that each kind of hole needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from patience import DEADLINE_MS

from astral_runtime.document import DocumentSnapshot
from astral_runtime.types.client import Oracle

HEADER = """
from dataclasses import dataclass

@dataclass
class Item:
    name: str
    price: float

"""


@pytest.mark.parametrize(
    ("code", "wanted", "unwanted"),
    [
        ("def f(item: Item, note: str) -> float:\n    return ...\n", "item.price", "note"),
        ("def f(item: Item | None) -> str:\n    if item is None:\n        return ''\n    return ...\n", "item.name", "item.price"),
        ("def f(items: list[Item]) -> None:\n    items.append(...)\n", "items[0]", "items"),
        ("def f(items: list[Item]) -> int:\n    ...\n", "return len(items)", "return items"),
        ("def f(items: list[Item], item: Item) -> None:\n    ...\n", "items.append(item)", "None"),
        ("def f(item: Item) -> ...:\n    return item.name\n", "str", "item"),
        ("def f(item: ...) -> None:\n    print(len(item))\n", "Item", "item"),
        ("class A:\n    def f(self, b: int) -> int: return b\nclass B(A):\n    def f(self, b: str, n: int = 0) -> int:\n        return ...\n", "n", "b"),
        ("class Cart:\n    def __init__(self, items: list[Item]) -> None:\n        self.items = items\n    def f(self) -> int:\n        return ...\n", "len(self.items)", "self.items"),
    ],
)  # fmt: skip
def test_fits(oracle: Oracle, document: Callable[..., DocumentSnapshot], code: str, wanted: str, unwanted: str) -> None:
    """What fits is among the fits, what does not is not."""
    made = document(HEADER + code)
    (hole,) = made.holes()
    found = [fit.text for fit in oracle.search(made, hole, 40, DEADLINE_MS)]
    assert wanted in found
    assert unwanted not in found


def test_pass_is_the_last_resort(oracle: Oracle, document: Callable[..., DocumentSnapshot]) -> None:
    """A body of a function that returns nothing may always be `pass`, after everything else."""
    made = document(HEADER + "def f(items: list[Item]) -> None:\n    ...\n")
    (hole,) = made.holes()
    found = oracle.search(made, hole, 1000, DEADLINE_MS)
    assert found[-1].text == "pass"
    assert [fit.cost for fit in found] == sorted(fit.cost for fit in found)


def test_no_more_than_asked_for(oracle: Oracle, document: Callable[..., DocumentSnapshot]) -> None:
    """`limit` limits."""
    made = document("def f(a: int, b: int, c: int) -> int:\n    return ...\n")
    (hole,) = made.holes()
    assert len(oracle.search(made, hole, 2, DEADLINE_MS)) == 2

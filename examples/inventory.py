"""What the shop has: items, and how many of each are in stock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Category(Enum):
    BOOKS = "books"
    FOOD = "food"
    TOYS = "toys"


@dataclass(frozen=True)
class Item:
    """Something that can be bought. Prices are in euros."""

    name: str
    price: float
    category: Category = Category.TOYS
    weight_kg: float = 0.0

    def label(self) -> str:
        """
        >>> Item("kite", 12.5).label()
        'kite: 12.50 EUR'
        """
        return f"{self.name}: {self.price:.2f} EUR"


class OutOfStockError(Exception):
    """Nobody can buy what is not there."""


@dataclass
class Inventory:
    """Items by name, and a count for each."""

    items: dict[str, Item] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, item: Item, count: int = 1) -> None:
        """
        >>> inventory = Inventory()
        >>> inventory.add(Item("kite", 12.5), 3)
        >>> inventory.counts
        {'kite': 3}
        """
        self.items[item.name] = ...
        self.counts[item.name] = self.counts.get(item.name, 0) + ...

    def find(self, name: str) -> Item | None:
        """The item of that name, or None.

        >>> Inventory().find("kite") is None
        True
        """
        return ...

    def available(self, name: str) -> bool:
        """
        >>> Inventory(counts={"kite": 2}).available("kite")
        True
        """
        return self.counts.get(name, 0) > ...

    def take(self, name: str, count: int) -> Item:
        """Remove `count` pieces from stock."""
        if self.counts.get(name, 0) < ...:
            raise OutOfStockError(name)
        self.counts[name] -= count
        return self.items[...]

    def by_category(self, category: Category) -> list[Item]:
        """
        >>> shop = Inventory()
        >>> shop.add(Item("kite", 12.5))
        >>> [item.name for item in shop.by_category(Category.TOYS)]
        ['kite']
        """
        return [item for item in self.items.values() if ...]

    def total_count(self) -> int:
        """
        >>> Inventory(counts={"kite": 2, "ball": 3}).total_count()
        5
        """
        ...

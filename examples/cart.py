"""A shopping cart with holes in it. Try: astral-lsp fill examples/cart.py"""

from __future__ import annotations

from dataclasses import dataclass, field

from astral_lsp import hole
from inventory import Category, Item

FREE_SHIPPING_FROM = 50.0


@dataclass
class Line:
    """So many pieces of one item."""

    item: Item
    quantity: int = 1

    def subtotal(self) -> float:
        """
        >>> Line(Item("kite", 12.5), 2).subtotal()
        25.0
        """
        return self.item.price * ...


@dataclass
class Cart:
    """What one customer is about to buy."""

    lines: list[Line] = field(default_factory=list)
    coupon: str | None = None

    def add(self, item: Item, quantity: int = 1) -> None:
        """
        >>> cart = Cart()
        >>> cart.add(Item("kite", 12.5), 2)
        >>> cart.lines[0].quantity
        2
        """
        self.lines.append(...)

    def total(self) -> float:
        """
        >>> Cart([Line(Item("kite", 12.5), 2), Line(Item("ball", 5.0))]).total()
        30.0
        """
        return hole("sum of the subtotals of all lines")

    def count(self) -> int:
        """
        >>> Cart([Line(Item("kite", 12.5), 2), Line(Item("ball", 5.0))]).count()
        3
        """
        return sum(... for line in self.lines)

    def names(self) -> list[str]:
        """
        >>> Cart([Line(Item("kite", 12.5))]).names()
        ['kite']
        """
        return [... for line in self.lines]

    def of_category(self, category: Category) -> list[Line]:
        return [line for line in self.lines if line.item.category == ...]

    def is_empty(self) -> bool:
        # no lines
        return ...

    def ships_free(self) -> bool:
        """
        >>> Cart([Line(Item("kite", 60.0))]).ships_free()
        True
        """
        return self.total() >= ...  # the shop's limit

    def discount(self, rates: dict[str, float]) -> float:
        """The discount in euros that the coupon gives, 0 without one."""
        if self.coupon is None:
            return 0.0
        return self.total() * rates.get(..., 0.0)

    def heaviest(self) -> Line:
        return max(self.lines, key=lambda line: ...)


def cheapest(items: list[Item]) -> Item:
    """
    >>> cheapest([Item("kite", 12.5), Item("ball", 5.0)]).name
    'ball'
    """
    ...


def greeting(cart: Cart, customer: str) -> ...:
    return f"{customer}, you have {cart.count()} pieces in your cart."

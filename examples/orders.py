"""From a cart to an order: reserve the stock, print a receipt, keep a log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypedDict

from cart import Cart, Line
from inventory import Inventory, OutOfStockError

from astral_lsp import hole


class Receipt(TypedDict):
    customer: str
    total: float
    lines: list[str]


@dataclass(frozen=True)
class Order:
    customer: str
    cart: Cart
    number: int

    def receipt(self) -> Receipt:
        return {"customer": self.customer, "total": ..., "lines": self.describe()}

    def describe(self) -> list[str]:
        """
        >>> from inventory import Item
        >>> Order("Ada", Cart([Line(Item("kite", 12.5), 2)]), 1).describe()
        ['2 x kite']
        """
        return [f"{...} x {line.item.name}" for line in self.cart.lines]


class OrderBook:
    """All orders of the day, numbered from one."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.orders: list[Order] = []

    def place(self, customer: str, cart: Cart) -> Order:
        for line in cart.lines:
            self.inventory.take(line.item.name, ...)
        order = Order(customer, cart, number=...)
        self.orders.append(order)
        return hole()

    def revenue(self) -> float:
        """The sum over all orders."""
        ...

    def of_customer(self, customer: str) -> Iterator[Order]:
        for order in self.orders:
            if order.customer == customer:
                yield ...

    @contextmanager
    def attempt(self, customer: str) -> Iterator[list[str]]:
        """Collect what went wrong instead of failing."""
        problems: list[str] = []
        try:
            yield ...
        except OutOfStockError as error:
            problems.append(f"{customer}: {error}")

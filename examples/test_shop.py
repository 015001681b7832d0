"""The shop's own tests. They pass once the holes are filled."""

from __future__ import annotations

import pytest
from cart import Cart, Line
from inventory import Category, Inventory, Item, OutOfStockError
from orders import OrderBook

KITE = Item("kite", 12.5, Category.TOYS, 0.4)
BALL = Item("ball", 5.0, Category.TOYS, 0.6)


def test_total_adds_up_the_lines() -> None:
    assert Cart([Line(KITE, 2), Line(BALL)]).total() == 30.0


def test_an_empty_cart_says_so() -> None:
    assert Cart().is_empty()
    assert not Cart([Line(KITE)]).is_empty()


def test_the_heaviest_line_wins() -> None:
    assert Cart([Line(KITE), Line(BALL)]).heaviest().item == BALL


def test_nobody_buys_what_is_not_there() -> None:
    inventory = Inventory()
    inventory.add(KITE)
    with pytest.raises(OutOfStockError):
        inventory.take("kite", 2)


def test_orders_are_numbered_and_counted() -> None:
    inventory = Inventory()
    inventory.add(KITE, 5)
    book = OrderBook(inventory)
    order = book.place("Ada", Cart([Line(KITE, 2)]))
    assert inventory.counts["kite"] == 3
    assert list(book.of_customer("Ada")) == [order]
    assert book.revenue() == 25.0

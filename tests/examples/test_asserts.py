"""Examples in test files: only plain steps count, and only of the function that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_runtime.examples.asserts import Subject, asserted, plain_names

SUBJECT = Subject("shop.cart", "total", None, frozenset({"total", "Cart", "RATE", "Decimal"}))
METHOD = Subject("shop.cart", "size", "Cart", frozenset({"total", "Cart"}))
MADE = Subject("shop.cart", "__init__", "Cart", frozenset({"total", "Cart"}))

BY_NAME = "from shop.cart import total, Cart\n"

ROWS = [
    ("by name", SUBJECT, BY_NAME + "def test_it():\n    assert total([1]) == 1", [("total([1])", "1", 2)]),
    ("by another name", SUBJECT, "from shop.cart import total as t\ndef test_it():\n    assert t([1]) == 1", [("total([1])", "1", 2)]),
    ("from the package", SUBJECT, "from shop import cart\ndef test_it():\n    assert cart.total([1]) == 1", [("total([1])", "1", 2)]),
    ("by module", SUBJECT, "import shop.cart as c\ndef test_it():\n    assert c.total([1]) == 1", [("total([1])", "1", 2)]),
    ("passed on by the package", SUBJECT, "from shop import total\ndef test_it():\n    assert total([1]) == 1", [("total([1])", "1", 2)]),
    ("in a class", SUBJECT, BY_NAME + "class TestIt:\n    def test_it(self):\n        assert total([1]) == 1", [("total([1])", "1", 3)]),
    ("is None", SUBJECT, BY_NAME + "def test_it():\n    assert total([]) is None", [("total([])", "None", 2)]),
    ("a call alone", SUBJECT, BY_NAME + "def test_it():\n    assert total([1])", [("bool(total([1]))", "True", 2)]),
    ("not", SUBJECT, BY_NAME + "def test_it():\n    assert not total([])", [("bool(total([]))", "False", 2)]),
    ("with setup", SUBJECT, BY_NAME + "def test_it():\n    x = [1]\n    assert total(x) == 1", [("total(x)", "1", 3)]),
    ("result in a name", SUBJECT, BY_NAME + "def test_it():\n    x = total([1])\n    assert x == 1", [("x", "1", 3)]),
    ("rows", SUBJECT, BY_NAME + "@pytest.mark.parametrize('a, b', [([1], 1),\n  ([2, 3], 5)])\ndef test_it(a, b):\n    assert total(a) == b",
     [("total([1])", "1", 1), ("total([2, 3])", "5", 2)]),
    ("rows of one", SUBJECT, BY_NAME + "@pytest.mark.parametrize('a', [[1], [2]])\ndef test_it(a):\n    assert total(a) == a[0]",
     [("total([1])", "[1][0]", 1), ("total([2])", "[2][0]", 1)]),
    ("rows with ids", SUBJECT, BY_NAME + "@pytest.mark.parametrize(['a', 'b'], [pytest.param([1], 1, id='x')])\ndef test_it(a, b):\n    assert total(a) == b",
     [("total([1])", "1", 1)]),
    ("a method", METHOD, BY_NAME + "def test_it():\n    c = Cart()\n    assert c.size == 0", [("c.size", "0", 3)]),
    ("construction", MADE, BY_NAME + "def test_it():\n    assert Cart([1]).size == 1", [("Cart([1]).size", "1", 2)]),
    ("steps up to the first that is not plain", SUBJECT, BY_NAME + "def test_it():\n    assert total([]) == 0\n    print()\n    assert total([1]) == 1",
     [("total([])", "0", 2)]),
    ("another function", SUBJECT, BY_NAME + "def test_it():\n    assert other([1]) == 1", []),
    ("not imported", SUBJECT, "def test_it():\n    assert total([1]) == 1", []),
    ("of another module", SUBJECT, "from shop.other import total\ndef test_it():\n    assert total([1]) == 1", []),
    ("a name that the test file has of its own", SUBJECT, "from shop.cart import total\nRATE = 2\ndef test_it():\n    assert total([RATE]) == 1", []),
    ("a fixture", SUBJECT, BY_NAME + "def test_it(cart):\n    assert total(cart) == 1", []),
    ("a fixture beside rows", SUBJECT, BY_NAME + "@pytest.mark.parametrize('a', [1])\ndef test_it(a, cart):\n    assert total([a]) == 1", []),
    ("a patched test", SUBJECT, BY_NAME + "@mock.patch('x')\n@pytest.mark.parametrize('a', [1])\ndef test_it(a):\n    assert total([a]) == 1", []),
    ("side effects", SUBJECT, BY_NAME + "def test_it():\n    assert total(open('x')) == 1", []),
    ("approximately", SUBJECT, BY_NAME + "def test_it():\n    assert total([1]) == pytest.approx(1)", []),
    ("not a test", SUBJECT, BY_NAME + "def helper():\n    assert total([1]) == 1", []),
    ("in a loop", SUBJECT, BY_NAME + "def test_it():\n    for x in range(3):\n        assert total([x]) == x", []),
    ("within with", SUBJECT, BY_NAME + "def test_it():\n    with pytest.raises(ValueError):\n        assert total([1]) == 1", []),
    ("less", SUBJECT, BY_NAME + "def test_it():\n    assert total([1]) < 3", []),
    ("broken", SUBJECT, BY_NAME + "def test_it(:\n", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "subject", "text", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_asserted(name: str, subject: Subject, text: str, expected: list[tuple[str, str, int]]) -> None:
    """Source and want in the names of the subject's own module, and the line; a doubt is no example."""
    assert [(each.source, each.want, each.origin.line) for each in asserted(text, Path("test_cart.py"), subject)] == expected


def test_names_of_a_module() -> None:
    """What a module binds at its top level, conditions and all."""
    text = "import a.b, c as d\nfrom e import f\nX: int = 1\ny, (z, _) = 1, (2, 3)\nif X:\n    def g(): h = 1\ntry:\n    class K: m = 1\nexcept E:\n    pass\n"
    assert plain_names(text) == {"a", "d", "f", "X", "y", "z", "_", "g", "K"}
    assert plain_names("def (") == frozenset()

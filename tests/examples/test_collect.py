"""Which examples a hole has, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of, own_examples

MODULE = '''"""Shop.

>>> total([9])
9
>>> other()
"""

RATE = 2


def total(prices):
    """total([5]) == 5

    >>> total([1, 2])
    3
    """
    return ...


def receipt(prices):
    """
    >>> receipt([4])
    '4'
    """
    return str(total(prices))


def other():
    """
    >>> other()
    """


class Cart:
    """
    >>> Cart().size
    0
    """

    @property
    def size(self):
        """
        >>> Cart().size == 0
        True
        """
        return ...


def test_total():
    assert total([7]) == 7
'''

TESTS = "from shop.cart import total\n\ndef test_total():\n    assert total([6]) == 6\n"


@pytest.fixture
def document(tmp_path: Path) -> DocumentSnapshot:
    """A package with tests in three places, of which one is not the workspace's own."""
    for folder in ("shop", "tests", ".hidden", "venv"):
        (tmp_path / folder).mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "cart.py").write_text(MODULE)
    for path in ("tests/test_cart.py", ".hidden/test_cart.py", "venv/test_cart.py", "tests/helper.py"):
        (tmp_path / path).write_text(TESTS)
    return DocumentSnapshot(tmp_path / "shop" / "cart.py", Snapshot(MODULE), root=tmp_path)


def test_examples_of_a_function(document: DocumentSnapshot) -> None:
    """Its own, its callers', the module's, those of tests in the file, and of the workspace's tests."""
    found = [(each.form, each.source.strip(), each.origin.place) for each in examples_of(document, document.holes()[0])]
    assert found == [
        ("doctest", "total([1, 2])", "cart.py line 14"),
        ("prose", "total([5])", "cart.py line 12"),
        ("doctest", "receipt([4])", "cart.py line 22"),
        ("doctest", "total([9])", "cart.py line 3"),
        ("assert", "total([7])", "cart.py line 50"),
        ("assert", "total([6])", "test_cart.py line 4"),
    ]


def test_examples_of_a_method(document: DocumentSnapshot) -> None:
    """Its own, then its class's."""
    found = [each.source.strip() for each in examples_of(document, document.holes()[1])]
    assert found == ["Cart().size == 0", "Cart().size"]


def test_a_hole_without_examples(tmp_path: Path) -> None:
    """At module level, and in a function that nobody gave any."""
    for text in ("x = ...\n", "def f():\n    return ...\n", "def f():\n    '''>>> f(1'''\n    return ...\n"):
        document = DocumentSnapshot(tmp_path / "m.py", Snapshot(text), root=tmp_path)
        assert examples_of(document, document.holes()[0]) == ()


def test_own_examples_are_those_of_the_document(document: DocumentSnapshot) -> None:
    """The same ones, without what stands in other files."""
    hole = document.holes()[0]
    every, own = examples_of(document, hole), own_examples(document, hole)
    assert own == tuple(example for example in every if example.origin.path == document.path)
    assert 0 < len(own) < len(every)


def test_asserts_outside_of_functions_are_examples_of_their_own_file(tmp_path: Path) -> None:
    """Those that speak of the function, in front of it or behind; one that is not plain is passed over, the next is read."""
    text = """def double(x):
    return ...

assert double(2) == 4
assert double(open("x")) == 1
assert triple(2) == 6
if True:
    assert double(5) == 10
assert double(3) == 6
"""
    opened = DocumentSnapshot(tmp_path / "m.py", Snapshot(text), 0, tmp_path)
    found = own_examples(opened, opened.holes()[0])
    assert [(each.source, each.want, each.origin.line) for each in found] == [("double(2)", "4", 3), ("double(3)", "6", 8)]


def test_asserts_outside_of_functions_of_another_file_are_none(tmp_path: Path) -> None:
    """A test file is read by its tests alone."""
    (tmp_path / "test_m.py").write_text("from m import double\n\nassert double(2) == 4\n")
    (tmp_path / "m.py").write_text("def double(x):\n    return ...\n")
    opened = DocumentSnapshot(tmp_path / "m.py", Snapshot("def double(x):\n    return ...\n"), 0, tmp_path)
    assert examples_of(opened, opened.holes()[0]) == ()

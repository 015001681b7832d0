"""Identifiers as stems, and how alike they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.search.words import alike, words, words_of

TABLE = [
    ("total_prices", {"total", "price"}),
    ("TotalPrice", {"total", "price"}),
    ("HTTPStatus", {"http", "statu"}),
    ("getURL", {"url"}),
    ("entries", {"entry"}),
    ("parsing", {"pars"}),
    ("parsed", {"pars"}),
    ("is_empty", {"empty"}),
    ("self", {"self"}),
    ("item2", {"item", "2"}),
    ("address", {"address"}),
]


@pytest.mark.parametrize(("name", "stems"), TABLE, ids=[row[0] for row in TABLE])
def test_words(name: str, stems: set[str]) -> None:
    """Snake and camel case split; plurals and verb forms meet; glue words say nothing."""
    assert words(name) == stems


def test_words_of_text() -> None:
    """Every identifier counts, strings' too, `self` does not."""
    assert words_of('self.prices["net_total"]') == {"price", "net", "total"}


@given(st.text(max_size=12), st.text(max_size=12))
def test_alike_is_a_similarity(left: str, right: str) -> None:
    """Symmetric, between 0 and 1, and 1 for the same words."""
    a, b = words(left), words(right)
    assert alike(a, b) == alike(b, a)
    assert 0.0 <= alike(a, b) <= 1.0
    assert not a or alike(a, a) == 1.0

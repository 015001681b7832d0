"""What holds for every search: fuel, limit, order, determinism, and that fills are Python."""

from __future__ import annotations

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from astral_runtime.holes import SUBHOLE
from astral_runtime.search import search
from astral_runtime.search.fuel import Fuel
from astral_runtime.search.places import ROLES
from astral_runtime.search.types import Hints, Name, Seen, Shape

from .toy import CLASSES, ToyTypes

TYPES = st.sampled_from(
    [None, "Any", "int", "float", "str", "bool", "list[Item]", "list[str]", "dict[str, float]", *CLASSES, "(x: int) -> str"]
)
ORIGINS = st.sampled_from(["local", "parameter", "enclosing", "module", "import", "builtin"])
IDENTIFIERS = st.sampled_from(["a", "item", "items", "price", "total", "order", "rows", "key", "value", "self", "len"])
NAMES = st.lists(
    st.builds(Name, IDENTIFIERS, TYPES, ORIGINS, st.integers(0, 50), st.integers(0, 3)), max_size=8, unique_by=lambda each: each.name
)
TEXTS = st.sampled_from(
    ["items", "item.name", "rows[0]", "len(items)", "None", "'x'", "a + price", "not key", "f(", "item.name.upper()", "[a, b]", "-1"]
)
SHAPES = st.sampled_from(["len(▢)", "▢.name", "▢[▢]", "▢ is None", "(▢", "▢ + ▢ + ▢", "max(▢, 0)", 'item["▢"]'])
HINTS = st.builds(
    Hints,
    target=st.none() | IDENTIFIERS,
    function=st.none() | IDENTIFIERS,
    intent=st.none() | st.text(max_size=20),
    role=st.sampled_from(ROLES),
    operator=st.sampled_from([None, "+", "==", "▢ ==", "in", "is", "and"]),
    peer=st.none() | TEXTS,
    callee=st.none() | TEXTS,
    position=st.none() | st.integers(0, 3),
    binding=st.integers(0, 14),
    beside=st.lists(TEXTS, max_size=2).map(tuple),
    seen=st.lists(st.builds(Seen, TEXTS, st.integers(0, 3), st.integers(1, 5), st.integers(0, 99)), max_size=5).map(tuple),
    shapes=st.lists(st.builds(Shape, SHAPES, st.integers(0, 5), st.integers(1, 9)), max_size=5).map(tuple),
    analogies=st.lists(st.builds(Seen, TEXTS, st.just(0), st.integers(1, 5), st.integers(0, 99)), max_size=3).map(tuple),
    asynchronous=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(goal=TYPES, names=NAMES, hints=HINTS, limit=st.integers(0, 40), fuel=st.integers(0, 400))
def test_every_search_keeps_its_promises(goal: str | None, names: list[Name[str]], hints: Hints, limit: int, fuel: int) -> None:
    """At most `limit` distinct fits, cheapest first, the same each time; the complete ones parse, the open ones parse once closed."""
    fits = search(goal, names, ToyTypes(), hints, limit=limit, fuel=fuel)
    assert len(fits) <= limit
    assert len({fit.text for fit in fits}) == len(fits)
    assert [fit.cost for fit in fits] == sorted(fit.cost for fit in fits)
    assert fits == search(goal, names, ToyTypes(), hints, limit=limit, fuel=fuel)
    for fit in fits:
        assert fit.complete == (SUBHOLE not in fit.text)
        ast.parse(fit.text.replace(SUBHOLE, "x"), mode="eval")


@given(amount=st.integers(-5, 50), part=st.floats(0, 1), spends=st.integers(0, 80))
def test_fuel_is_never_overdrawn(amount: int, part: float, spends: int) -> None:
    """Shares come out of the whole and go back to it; nothing is spent twice."""
    fuel = Fuel(amount)
    share = fuel.share(part)
    given = share.left
    taken = sum(share.spend() for _ in range(spends))
    fuel.refund(share)
    assert taken == min(given, spends)
    assert fuel.left == max(amount, 0) - taken
    assert sum(fuel.spend() for _ in range(200)) == max(amount, 0) - taken


@given(hints=HINTS)
def test_hints_survive_json(hints: Hints) -> None:
    """What the client computes is what the oracle process reads."""
    import json

    assert Hints.from_json(json.loads(json.dumps(hints.to_json()))) == hints

"""What search proposes over the toy types: what must be among the first, and what must not be there at all."""

from __future__ import annotations

import pytest

from astral_runtime.holes import SUBHOLE, Fit, Origin
from astral_runtime.search import search
from astral_runtime.search.types import Hints, Name, Seen, Shape

from .toy import ToyTypes


def name(text: str, type: str | None, origin: Origin = "local", distance: int = 2, uses: int = 1) -> Name[str]:
    return Name(text, type, origin, distance, uses)


SELF = name("self", "Cart", "parameter")
BUILTINS = [name("len", "(obj: Any) -> int", "builtin"), name("sum", "(xs: Any) -> Any", "builtin")]


def found(goal: str | None, names: list[Name[str]], hints: Hints, limit: int = 60) -> list[Fit]:
    return search(goal, names, ToyTypes(), hints, limit=limit, fuel=1500)


USED = Hints(
    role="return", function="total", reads={}, frequency={"items": 3, "price": 2, "quantity": 2}, attributes={"self": {"items": 3}}
)

ACCEPTED = [
    ("float", [SELF], USED, "sum(item.price * item.quantity for item in self.items)", 16),
    ("int", [SELF], Hints(role="return", function="size"), "self.count()", 6),
    ("int", [name("items", "list[Item]"), *BUILTINS], Hints(role="return", function="size"), "len(items)", 5),
    ("list[str]", [name("items", "list[Item]")], Hints(role="return", function="names"), "[item.name for item in items]", 5),
    ("str", [name("items", "list[Item]")], Hints(role="return", function="names"), '", ".join(item.name for item in items)', 8),
    ("Item", [name("items", "list[Item]")], Hints(role="return"), f"max(items, key={SUBHOLE})", 30),
    ("float", [name("price", "float"), name("rate", "float")], Hints(role="return", function="taxed"), "price * rate", 12),
    ("str", [name("item", "Item", "parameter")], Hints(role="return", function="label"), "item.name", 3),
    ("Item", [name("Item", "type[Item]", "module"), name("price", "float"), name("n", "int"), name("tag", "str"), name("tags", "list[str]")],
     Hints(role="return"), "Item(tag, price, n, tags)", 9),
    ("float", [name("price", "float", uses=3), name("discount", "float", "parameter", uses=0)], Hints(role="return"), "discount", 1),
    ("str", [name("first", "str"), name("owner", "str")], Hints(role="keyword", target="owner"), "owner", 1),
    ("str", [name("first", "str"), name("city", "str")], Hints(role="return", intent="the city in upper case"), "city", 1),
    (None, [name("a", None), name("rows", None)], Hints(role="iterable", target="row", seen=(Seen("rows", 0, 3, 5),)), "rows", 1),
    (None, [name("rows", None)], Hints(role="argument", shapes=(Shape("len(▢)", 4, 9),)), "len(rows)", 40),
    (None, [name("x", "Item")], Hints(role="test"), "x is None", 40),
    ("float", [name("title", "str")], Hints(role="assign"), "0.0", 8),
    ("float | None", [name("prices", "dict[str, float]"), name("key", "str")], Hints(role="return"), "prices.get(key)", 5),
    (None, [name("row", None), name("host", "str")],
     Hints(role="keyword", target="host", analogies=(Seen('row["host"]', 0, 3, 1),)), 'row["host"]', 3),
]  # fmt: skip

REJECTED = [
    ("float", [name("title", "str")], Hints(role="return"), "title"),
    ("int", [SELF], Hints(role="return"), "self.owner"),
    ("str", [name("item", "Item")], Hints(role="return"), "item.price"),
    ("float", [name("employee", "Employee")], Hints(role="return"), "employee.boss.salary"),
    (None, [name("rows", None)], Hints(role="argument", seen=(Seen("gone", 0, 5, 1), Seen("gone.rows", 0, 5, 1))), "gone"),
    (None, [name("item", "Item")], Hints(role="argument", seen=(Seen("item.colour", 0, 5, 1),)), "item.colour"),
    (None, [name("price", "float")], Hints(role="iterable"), "price"),
]


@pytest.mark.parametrize(("goal", "names", "hints", "text", "within"), ACCEPTED, ids=[row[3] for row in ACCEPTED])
def test_is_among_the_first(goal: str | None, names: list[Name[str]], hints: Hints, text: str, within: int) -> None:
    """The fit that a programmer would expect is found, and early."""
    texts = [fit.text for fit in found(goal, names, hints)]
    assert text in texts[:within], texts[: within + 10]


@pytest.mark.parametrize(("goal", "names", "hints", "text"), REJECTED, ids=[row[3] for row in REJECTED])
def test_is_never_proposed(goal: str | None, names: list[Name[str]], hints: Hints, text: str) -> None:
    """What a type, Γ or the place forbids does not come up, however often the file has it."""
    assert text not in [fit.text for fit in found(goal, names, hints, limit=500)]


def test_open_fits_rank_after_the_same_fit_complete() -> None:
    """A sub-hole costs more than a name that fits."""
    names = [SELF, name("item", "Item", "parameter", uses=0)]
    texts = [fit.text for fit in found(None, names, Hints(role="statement", calls={"add": 2}, arguments={"add:0": ("item",)}))]
    with_open = [n for n, text in enumerate(texts) if SUBHOLE in text]
    assert "item" in texts[:3]
    assert not with_open or with_open[0] > texts.index("item")


def test_parentheses_only_where_the_place_needs_them() -> None:
    """An operator fill is wrapped exactly when the operator around the hole binds tighter."""
    names = [name("a", "float"), name("b", "float")]
    loose = [fit.text for fit in found("float", names, Hints(role="operand", operator="+", binding=9))]
    tight = [fit.text for fit in found("float", names, Hints(role="operand", operator="*", binding=11))]
    assert "a + b" in loose
    assert "(a + b)" in tight
    assert "a + b" not in tight

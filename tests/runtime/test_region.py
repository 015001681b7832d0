"""Regions: how a gap or a range is read, which statements are tried in it, and that every text is judged where it will stand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.frames import frames_of
from astral_runtime.holes import SUBHOLE, Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.region import readings
from astral_runtime.types.client import Oracle, OracleSettings

TOTAL = "def total(prices: list[float], rate: float) -> float:\n"
CLASS = "class Cart:\n    def __init__(self, owner, size):\n        self.size = size\n‹›\n    def name(self):\n        return self.label + self.owner\n"


def region(text: str) -> tuple[DocumentSnapshot, Hole]:
    """‹ and › mark the region; what stands between them is replaced."""
    before, _, rest = text.partition("‹")
    inside, _, after = rest.partition("›")
    start = len(before.encode())
    document = DocumentSnapshot(Path("region.py"), Snapshot(before + inside + after))
    return document, Hole("r1", "region", Span(start, start + len(inside.encode())))


READ = {
    "a whole line that is gone": (f"{TOTAL}    subtotal = sum(prices)\n‹›    return subtotal\n", ["    pass\n"]),
    "a line that a fill has to end": (f"{TOTAL}‹    subtotal = sum(prices)\n›    return subtotal\n", ["    pass\n"]),
    "a line whose end stays": (f"{TOTAL}‹    subtotal = sum(prices)›\n    return subtotal\n", ["    pass"]),
    "behind the indentation": (f"{TOTAL}    ‹subtotal = 1›\n    return subtotal\n", ["pass"]),
    "an empty line at the end of a body": (f"{TOTAL}    x = 1\n‹›\n\ny = 2\n", ["    pass", "pass"]),
    "the header of a loop": (f"{TOTAL}‹›        rate += price\n    return rate\n", ["    if True:\n"]),
    "an else": ("if x:\n    a()\nelif y:\n    b()\n‹›    c()\n", ["    pass\n", "if True:\n"]),
    "an except": ("try:\n    a()\n‹›    b()\n", ["except Exception:\n"]),
    "an expression": ("x = f(‹a + b›, 2)\n", ["None"]),
    "an operand that is gone": ("x = f(a ‹› 2)\n", [","]),
    "the rest of a line": ("for x in ‹›\n    pass\n", ["None:"]),
    "the header behind a colon and a comment": ("try:\n    a()\nexcept E:  # for now\n‹›        raise\n", ["    if True:\n"]),
    "the body behind a colon and a comment": ("def f():  # for now\n‹›\n\ny = 2\n", ["    pass"]),
    "behind a text with a colon and a hash": ("def f():\n    x = ':#'\n‹›    return x\n", ["    pass\n"]),
    "tabs": ("def f():\n\tx = 1\n‹›\treturn x\n", ["\tpass\n"]),
    "an argument between arguments": ("f(\n    a,\n‹›    b,\n)\n", ["    None,\n"]),
    "the first argument": ("f(\n‹›    b=1,\n)\n", ["    None,\n"]),
    "a keyword argument": ("f(\n    a=1,\n‹›    b=2,\n)\n", ["    _=None,\n"]),
    "an item of a dict": ("x = {\n    'a': 1,\n‹›    'b': 2,\n}\n", ["    None: None,\n"]),
    "the next part of a condition": ("x = (\n    a\n‹›    or b\n)\n", ["    and None\n"]),
    "the for of a comprehension": ("x = [\n    y\n‹›    if y\n]\n", ["    for _ in _\n"]),
    "the end of a list": ("def f():\n    x = [\n        1,\n‹›    return x\n", ["    ]\n", "        ]\n"]),
    "the end of a call in a header": ("if f(\n    a,\n‹›    b()\n", ["):\n", "    ):\n"]),
    "the beginning of a dict": ("def f():\n‹›        'a': 1,\n    }\n    return x\n", ["    _ = {\n"]),
    "the beginning of an argument": ("f(\n    a,\n‹›        1,\n    ],\n)\n", ["    None, [\n"]),
    "nothing that is tried parses": ("x = ((‹›\n", []),
    "broken elsewhere": ("x = = 1\n‹›y = 2\n", []),
}


@pytest.mark.parametrize(("text", "stand_ins"), READ.values(), ids=READ)
def test_readings(text: str, stand_ins: list[str]) -> None:
    """A reading parses; the likeliest indentation comes first."""
    document, hole = region(text)
    found = readings(document, hole)
    assert [each.stand_in for each in found][: max(1, len(stand_ins))] == stand_ins
    for each in found:
        ast.parse(each.document.text)
        assert each.document.slice(each.hole.span) == each.stand_in


FORMS = {
    "what the code below reads": (f"{TOTAL}‹›    return subtotal * rate\n", "    subtotal = ▢\n", ["    return ▢\n"]),
    "the variable of the loop": (f"{TOTAL}    s = 0.0\n‹›        s += price\n    return s\n", "    for price in ▢:\n", ["    else:\n"]),
    "the end of a function": (f"{TOTAL}    subtotal = sum(prices)\n‹›\n", "    return ▢", []),
    "two names": ("def f(pair):\n‹›    return left + right\n", "    left = ▢\n", []),
    "a constructor": (CLASS, "        self.owner = owner", []),
    "an attribute that is read": (CLASS.replace("self.owner\n", "owner\n"), "        self.owner = owner", []),
    "a running total": ("def f(xs):\n    n = 0\n    for x in xs:\n‹›    return n\n", "        n += ▢\n", ["        n = ▢\n"]),
    "not at the top level": ("x = 1\n‹›\ny = 2\n", "▢", ["return ▢", "return"]),
    "not outside of a loop": (f"{TOTAL}‹›\n", "    return ▢", ["    continue", "    break"]),
    "an expression": ("x = f(‹a + b›, 2)\n", "▢", []),
    "a condition": ("def f(a):\n‹›        return 1\n    return 2\n", "    if ▢:\n", ["    else:\n", "    elif ▢:\n"]),
    "an else behind an elif": ("if a:\n    b = 1\nelif c:\n    b = 2\n‹›    b = 3\nprint(b)\n", "    ▢\n", ["    else:\n"]),
    "a keyword argument that others give": (
        "f(1, a=1, b=2)\nf(\n    1,\n    a=1,\n‹›    c=3,\n)\n",
        "    b=▢,\n",
        ["    c=▢,\n", "    a=▢,\n"],
    ),
    "a keyword argument of the definition": ("def f(a, b, c): ...\nf(\n    a=1,\n‹›    c=3,\n)\n", "    b=▢,\n", ["    a=▢,\n"]),
    "an argument": ("f(\n    a,\n‹›    b,\n)\n", "    ▢,\n", ["    ▢\n"]),
    "the end of a display": ("x = [\n    1,\n‹›y = 2\n", "]\n", []),
    "the beginning of a display": ("def f():\n‹›        'a': 1,\n    }\n    return x\n", "    x = {\n", ["    x = ▢\n"]),
    "one more statement, or an else": ("def f(a):\n    if a:\n        b = 1\n‹›        b = 2\n    return b\n", "        ▢\n", ["else:\n"]),
}


@pytest.mark.parametrize(("text", "first", "never"), FORMS.values(), ids=FORMS)
def test_forms(text: str, first: str, never: list[str]) -> None:
    """The likeliest form, and some that make no sense there."""
    document, hole = region(text)
    found = [frame.text(SUBHOLE) if frame.hole else frame.head for frame in frames_of(document, hole, readings(document, hole))]
    assert found[0] == first
    assert not set(never) & set(found)


def test_an_else_goes_with_the_last_elif() -> None:
    """The chain counts as one statement."""
    document, hole = region("if a:\n    b = 1\nelif c:\n    b = 2\n‹›    b = 3\nprint(b)\n")
    assert "else:\n" in [frame.head for frame in frames_of(document, hole, readings(document, hole)) if frame.hole is None]


EFFECTS = {
    "f(x)": False,
    "x.append(1)": False,
    "await x": False,
    "yield": False,
    "isinstance(x, int)": True,
    "x.y": True,
    "x == 1": True,
    "▢ +": False,
}


@pytest.mark.parametrize(("fill", "lost"), EFFECTS.items())
def test_a_statement_is_there_for_its_effect(fill: str, lost: bool) -> None:
    """An expression whose value is lost costs more where it is a statement of its own, and only there."""
    document, hole = region("def f(x):\n    g()\n‹›    h()\n")
    alone = next(frame for frame in frames_of(document, hole, readings(document, hole)) if frame.text("") == "    \n")
    assert (alone.cost_of(fill) > alone.cost) == lost
    (inside,) = frames_of(*region("x = f(‹a›, 2)\n"), readings(*region("x = f(‹a›, 2)\n")))
    assert inside.cost_of(fill) == inside.cost


def test_a_region_that_cannot_be_read_is_searched_as_it_is() -> None:
    """Doubt means allow."""
    document, hole = region("x = ((‹›\n")
    (frame,) = frames_of(document, hole, readings(document, hole))
    assert (frame.document, frame.hole, frame.text("1")) == (document, hole, "1")


FILLED = {
    "loop": (f"{TOTAL}    amount = 0.0\n‹›        amount += price\n    return amount * rate\n", "    for price in prices:\n"),
    "return": ("def first(names: list[str]) -> str:\n    name = names[0]\n‹›\n", "    return name"),
    "part": ("def area(width: int, height: int) -> int:\n    return width * ‹›\n", "height"),
}


@pytest.mark.parametrize(("text", "expected"), FILLED.values(), ids=FILLED)
def test_regions_are_filled_and_verified(tmp_path: Path, text: str, expected: str) -> None:
    """The text goes verbatim into the region, indentation and line end included, and mypy has seen it there."""
    found, hole = region(text)
    document = DocumentSnapshot(tmp_path / "region.py", found.native, root=tmp_path)
    oracle = Oracle(OracleSettings(root=tmp_path))
    try:
        fill = Pipeline(oracle).fill(document, hole, FillOptions(3, 60_000), CancelToken(), lambda step: None)
    finally:
        oracle.close()
    assert fill.status == "accepted", fill.why
    assert fill.candidates[0].text == expected
    assert [verdict.outcome for verdict in fill.candidates[0].verdicts[:2]] == ["pass", "pass"]
    ast.parse(text.replace("‹›", fill.candidates[0].text))

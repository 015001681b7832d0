"""Hints: what the user's own file says about the place of a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_runtime.holes import Span
from astral_runtime.search.hints import hints_of
from astral_runtime.search.types import Hints

FILE = """\
import os
from shop import Cart


def load(path, mode="r"):
    with open(path, mode=mode) as stream:
        rows = stream.read()
    return parse(rows, strict=True)


def save(path, rows):
    handle = open(path, "w")
    host = rows["host"]
    port = {hole}
    if port is None and rows:
        handle.write(rows)
    return handle


class Store:
    def total(self, items, rate):
        net = sum(items)
        return net * rate
"""


def at(text: str, intent: str | None = None) -> Hints:
    """Hints for the place marked by «»."""
    start = text.encode().index("«".encode())
    end = text.encode().index("»".encode()) - 2
    return hints_of(text.replace("«", "").replace("»", ""), Span(start, end), intent)


def place(statement: str) -> Hints:
    return at(FILE.replace("{hole}", statement))


ROLES = [
    ("«x»", "assign", None, 0),
    ("open(«x», 'r')", "argument", None, 0),
    ("open(rows, mode=«x»)", "keyword", None, 0),
    ("rows == «x»", "compare", "==", 5),
    ("«x» + rows", "operand", "▢ +", 9),
    ("rows * «x»", "operand", "*", 11),
    ("rows and «x»", "boolean", "and", 3),
    ("not «x»", "not", "Not", 3),
    ("rows[«x»]", "index", None, 0),
    ("rows[«x»:]", "slice", "lower", 0),
    ("[«x», rows]", "element", None, 0),
    ("{'host': «x»}", "value", None, 0),
    ("{«x»: rows}", "key", None, 0),
    ("1 if «x» else 2", "test", None, 1),
    ("1 if rows else «x»", "branch", None, 0),
    ("[row for row in «x»]", "iterable", None, 1),
    ("f(*«x»)", "starred", None, 5),
    ("«x».strip", "receiver", None, 14),
    ("«x»(rows)", "callee", None, 14),
    ("lambda: «x»", "return", None, 0),
    ("(port := «x»)", "assign", None, 0),
]


@pytest.mark.parametrize(("statement", "role", "operator", "binding"), ROLES, ids=[row[0] for row in ROLES])
def test_role(statement: str, role: str, operator: str | None, binding: int) -> None:
    """Where the hole stands, the operator beside it, and how tightly a fill must bind."""
    found = place(statement)
    assert (found.role, found.operator, found.binding) == (role, operator, binding)


def test_place_of_an_argument() -> None:
    """Callee, position, siblings, and what the file passes there elsewhere; nothing of the hole's own text."""
    found = place("open(rows, «secret(1)»)")
    assert (found.callee, found.position, found.beside) == ("open", 1, ("rows",))
    assert '"w"' in [seen.text for seen in found.seen if seen.level == 0]
    assert found.arguments["open:0"][:1] == ("path",)
    assert "secret" not in (found.frequency or {})
    assert all("secret" not in seen.text for seen in found.seen)


def test_neighbours_of_an_assignment() -> None:
    """Target, function, what it binds, what is read near it, and what its neighbour suggests for it."""
    found = place("«x»")
    assert (found.target, found.function, found.bound, found.unbound) == ("port", "save", ("port",), ("port",))
    assert found.analogies[0].text == 'rows["port"]'
    assert found.before["rows"] == 1
    assert found.after["rows"] == 1
    assert found.parameters == ("path", "rows")
    assert "host" in found.fresh
    assert "path" not in found.fresh
    assert found.quote == '"'


def test_shapes_open_local_names_only() -> None:
    """`sum(items)` of another method is `sum(▢)`; `self` and globals stay."""
    assert "sum(▢)" in [shape.text for shape in place("«x»").shapes]


BROKEN = [
    ("def f(:\n    pass\n\n\nprice = 1\ntotal = «x» + price\n", "operand"),
    ("def f(a):\n    return «»\n", "return"),
    ("x = («»\n", "value"),
    ("", None),
]


@pytest.mark.parametrize(("text", "role"), BROKEN[:3], ids=["broken line elsewhere", "gap", "broken here"])
def test_files_that_do_not_parse(text: str, role: str | None) -> None:
    """Broken lines elsewhere are left out; a broken place still gives the file's words."""
    found = at(text)
    assert found.role == role
    assert found.frequency is not None


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\n\f"])
def test_any_line_ending(newline: str) -> None:
    """Form feeds and carriage returns do not shift the units."""
    source = (
        FILE.replace("{hole}", "«x»").replace("\n\n\n", f"\n\n{newline}\n")
        if "\f" in newline
        else FILE.replace("{hole}", "«x»").replace("\n", newline)
    )
    found = at(source)
    assert (found.target, found.function, found.before["rows"]) == ("port", "save", 1)


def test_intent_and_empty_file() -> None:
    """The user's words travel along; an empty file has nothing to say."""
    found = hints_of("...", Span(0, 3), "make it so")
    assert (found.intent, found.seen, found.role) == ("make it so", (), "statement")


def test_real_file_twice_gives_the_same(tmp_path: Path) -> None:
    """Units are remembered between calls; that changes nothing."""
    text = Path(__file__).read_text()
    start = text.encode().index(b'place("')
    first = hints_of(text, Span(start, start + 5))
    assert first == hints_of(text, Span(start, start + 5))
    assert Hints.from_json(first.to_json()) == first

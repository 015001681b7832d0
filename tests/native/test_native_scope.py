"""Γ as the syntax knows it, definitions, what encloses an offset, and the symbol graph's edges."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scope_cases import CASES

from astral_native import Binding, Definition, Snapshot


def described(binding: Binding) -> str:
    """`kind name`, with `: annotation` if there is one."""
    return f"{binding.kind} {binding.name}" + (f": {binding.annotation}" if binding.annotation else "")


def at_cursor(marked: str) -> tuple[Snapshot, int]:
    """The source without its ‸, and the byte offset of it."""
    before, after = marked.split("‸")
    return Snapshot(before + after), len(before.encode())


@pytest.mark.parametrize(("marked", "expected"), CASES.values(), ids=CASES)
def test_names_visible_at_the_cursor(marked: str, expected: list[str]) -> None:
    """Exactly these names, in this order, by Python's rules of scope."""
    snapshot, offset = at_cursor(marked)
    assert [described(binding) for binding in snapshot.scope(offset)] == expected


@pytest.mark.parametrize(("marked", "expected"), CASES.values(), ids=CASES)
def test_bindings_span_their_identifier(marked: str, expected: list[str]) -> None:
    """The span of a binding is where its name is written; for an attribute, its last part."""
    snapshot, offset = at_cursor(marked)
    for binding in snapshot.scope(offset):
        assert snapshot.slice(binding.start, binding.end) == binding.name.rpartition(".")[2]
    assert len(snapshot.scope(offset)) == len(expected)


SOURCE = '''\
import functools

class A(Base):
    """Doc of A."""
    x: int = 1

    @functools.cache
    @staticmethod
    async def f(self, n: int = 0) -> int:
        # comment
        """Doc of f."""
        def g():
            self.x = n
            yield n
        return await g()

    def h(this):
        this.y, z = 1, 2
        w = lambda: (yield)

    def i(self): return other.x

def j(a: "A", *b): a.b[0] = 1
def k(): k.x += 1; yield
'''


def row(definition: Definition) -> tuple[object, ...]:
    """What a definition says, spans left out."""
    d = definition
    return (d.kind, d.name, d.parent, d.is_async, d.has_yield, d.binds_attributes, d.has_return_annotation, d.decorators)


def test_definitions() -> None:
    """Functions and classes in document order with their parents and flags."""
    assert [row(definition) for definition in Snapshot(SOURCE).definitions()] == [
        ("class", "A", -1, False, False, False, False, []),
        ("function", "f", 0, True, False, True, True, ["functools.cache", "staticmethod"]),
        ("function", "g", 1, False, True, False, False, []),
        ("function", "h", 0, False, False, True, False, []),
        ("function", "i", 0, False, False, False, False, []),
        ("function", "j", -1, False, False, False, False, []),
        ("function", "k", -1, False, True, False, False, []),
    ]


def test_spans_of_definitions() -> None:
    """A definition runs from its first decorator to its last statement; body and docstring lie in it."""
    snapshot = Snapshot(SOURCE)
    a, f, g, _, i, j, _ = snapshot.definitions()
    assert snapshot.slice(f.start, f.end).startswith("@functools.cache")
    assert snapshot.slice(f.start, f.end).endswith("return await g()")
    assert snapshot.slice(g.body_start, g.body_end) == "self.x = n\n            yield n"
    assert snapshot.slice(i.body_start, i.body_end) == "return other.x"
    assert snapshot.slice(a.start, a.end).startswith("class A")
    assert [d.docstring and snapshot.slice(*d.docstring) for d in (a, f, g, j)] == ['"""Doc of A."""', '"""Doc of f."""', None, None]


@pytest.mark.parametrize(
    ("marked", "names"),
    [
        ("class A:\n    def f(self):\n        ‸x\n", ["A", "f"]),
        ("class A:\n    def f(self):\n        x‸", ["A", "f"]),
        ("class A:\n    def f(self):\n        x\n        ‸\n    y = 1\n", ["A", "f"]),
        ("class A:\n    def f(self):\n        x\n    ‸\n    y = 1\n", ["A"]),
        ("class A:\n    def f(self):\n        x\n‸\n", []),
        ("class A:\n    @d(‸)\n    def f(self): pass\n", ["A"]),
        ("def f(x=‸1): pass\n", ["f"]),
        ("def f():\n    pass\n\n# ‸\ndef g(): pass\n", []),
        ("def f():\n    pass\n    # ‸\n\ndef g(): pass\n", ["f"]),
        ("‸", []),
    ],
)
def test_enclosing(marked: str, names: list[str]) -> None:
    """What an offset belongs to, outermost first; on a blank line the indentation decides."""
    snapshot, offset = at_cursor(marked)
    definitions = snapshot.definitions()
    assert [definitions[index].name for index in snapshot.enclosing(offset)] == names


def test_edges() -> None:
    """Imports, calls of dotted names, and names in annotations (quoted too) and bases."""
    source = (
        "from __future__ import annotations\n"
        "import a.b, c as d\n"
        "from .e import f as g, h\n"
        "from .. import i\n"
        "from j import *\n"
        "class K(L, m.N[O], metaclass=P):\n"
        "    q: dict[str, 'R | s.T'] = u(v.w(1)(2), x)\n"
        "def y(z: a.b.C | None) -> list[D]: e()().f()\n"
    )
    snapshot = Snapshot(source)
    edges = [(edge.kind, edge.target) for edge in snapshot.edges()]
    assert edges == [
        ("import", "__future__.annotations"),
        ("import", "a.b"),
        ("import", "c"),
        ("import", ".e.f"),
        ("import", ".e.h"),
        ("import", "..i"),
        ("import", "j.*"),
        ("type", "L"),
        ("type", "m.N"),
        ("type", "dict"),
        ("type", "str"),
        ("type", "R"),
        ("type", "s.T"),
        ("call", "u"),
        ("call", "v.w"),
        ("type", "a.b.C"),
        ("type", "list"),
        ("type", "D"),
        ("call", "e"),
    ]
    for edge in snapshot.edges():
        assert edge.target.endswith(snapshot.slice(edge.start, edge.end))


PIECES = [*"ab.:=()[]{}'\"\n ,#\\\r\t@*", "def ", "class ", "for ", " in ", "lambda ", "\n    ", "...", "é"]


@settings(deadline=None)
@given(source=st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_question_fails_on_any_text(source: str) -> None:
    """Every analysis answers at every offset of whatever text."""
    snapshot = Snapshot(source)
    snapshot.holes(), snapshot.edges(), snapshot.definitions(), snapshot.lexemes().depths()
    for offset in (len(source[:index].encode()) for index in range(len(source) + 1)):
        snapshot.scope(offset)
        snapshot.implicit_hole(offset)
        assert all(index < len(snapshot.definitions()) for index in snapshot.enclosing(offset))
        start, end = snapshot.statement(offset)
        assert start <= offset <= end

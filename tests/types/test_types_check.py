"""Verdicts of mypy on candidates: accepted and rejected side by side, compared with the document whose hole is Any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from patience import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Fit, Span
from astral_runtime.types.client import Oracle
from astral_runtime.verify.spec import Verdict

MakeDocument = Callable[..., DocumentSnapshot]

HEADER = """
from __future__ import annotations
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypedDict, overload

@dataclass
class Item:
    name: str
    price: float = 0.0

class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...

def untyped(x):
    return x.missing

broken: int = "already wrong"

"""

CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "used before it is bound": ("def f(n: int) -> int:\n    x: int = ...\n    y = n\n    return x + y\n", ["n"], ["y"]),
    "return": ("def f(a: int, b: str) -> int:\n    return ...\n", ["a", "len(b)", "a + 1", "f(a, b)"], ["b", "None", "a.missing", "unbound", "f(b, a)"]),
    "method": (
        "class C:\n    def __init__(self, n: int) -> None:\n        self.n = n\n    def f(self) -> int:\n        return ...\n",
        ["self.n", "self.f() + 1"],
        ["self", "self.m", "self.f"],
    ),
    "override": ("class Square(Shape):\n    def area(self) -> float:\n        return ...\n", ["1.0", "super().__hash__()"], ["'a'", "super().area()"]),
    "name mangling": ("class C:\n    __secret = 1\n    def f(self) -> int:\n        return ...\n", ["self.__secret"], ["self.secret"]),
    "decorated": ("class C:\n    @property\n    def f(self) -> int:\n        return ...\n", ["1"], ["self.f()", "''"]),
    "setter": (
        "class C:\n    @property\n    def f(self) -> int: return 1\n    @f.setter\n    def f(self, v: int) -> None:\n        x: int = ...\n",
        ["v", "self.f"],
        ["str(v)"],
    ),
    "overload implementation": (
        "@overload\ndef f(a: int) -> int: ...\n@overload\ndef f(a: str) -> str: ...\ndef f(a: int | str) -> int | str:\n    return ...\n",
        ["a", "f(1)", "1"],
        ["b''"],
    ),
    "nested function": ("def f(a: int) -> str:\n    def g(b: str) -> str:\n        return ...\n    return g('')\n", ["b", "str(a)", "g(b)"], ["a"]),
    "narrowed": ("def f(a: int | None) -> int:\n    if a is None:\n        return 0\n    return ...\n", ["a"], ["a.missing", "str(a)"]),
    "argument": ("def f(items: list[Item]) -> None:\n    items.append(...)\n", ["Item('a')", "items[0]"], ["Item()", "items", "'a'"]),
    "keyword": ("def f() -> Item:\n    return Item(name='a', price=...)\n", ["1", "2.5"], ["'1'", "1, 2"]),
    "lambda": ("def f(items: list[Item]) -> None:\n    items.sort(key=lambda i: ...)\n", ["i.price", "i.name"], ["i", "i.missing"]),
    "comprehension": ("def f(items: list[Item]) -> list[str]:\n    return [... for i in items]\n", ["i.name"], ["i", "i.price"]),
    "condition": ("def f(a: int) -> None:\n    if ...:\n        print(a)\n", ["a", "a > 1", "[]"], ["a > ''", "b"]),
    "await": ("async def g() -> int: return 1\nasync def f() -> int:\n    return await ...\n", ["g()"], ["g", "1"]),
    "yield": ("def f() -> Iterator[int]:\n    yield ...\n", ["1", "True"], ["''", "None"]),
    "async generator": ("async def f() -> AsyncIterator[int]:\n    yield ...\n", ["1"], ["''"]),
    "typed dict": ("class M(TypedDict):\n    a: int\ndef f(m: M) -> int:\n    return ...\n", ["m['a']", "m.get('a', 1)"], ["m['b']", "m"]),
    "module level": ("total: int = ...\n", ["1", "len('')"], ["''", "untyped"]),
    "module level, used below": ("total = ...\ndef f() -> int:\n    return total\n", ["1"], ["''"]),
    "class body": ("class C:\n    size: int = ...\n", ["1"], ["''"]),
    "dataclass default": ("@dataclass\nclass C:\n    tags: list[str] = ...\n", ["field(default_factory=list)"], ["field(default_factory=dict)", "1"]),
    "default": ("def f(a: int = ...) -> None: pass\n", ["1"], ["None", "''"]),
    "attribute, used elsewhere": (
        "class C:\n    def __init__(self) -> None:\n        self.n = ...\n    def f(self) -> int:\n        return self.n\n",
        ["1", "len('')"],
        ["''", "None"],
    ),
    "annotation": ("def f(a: ...) -> int:\n    return a + 1\n", ["int"], ["str", "Missing", "1"]),
    "return annotation": ("def f() -> ...:\n    return 'a'\n", ["str", "object", "str | None"], ["int", "None"]),
    "block": ("def f(a: int) -> int:\n    ...\n", ["return a", "b = a\n    return b", "raise ValueError"], ["pass", "return ''", "return None"]),
    "block of nothing": ("def f(items: list[int]) -> None:\n    ...\n", ["pass", "items.append(1)", "return None"], ["return 1", "items.append('')"]),
    "protocol": (
        "class Named(Protocol):\n    name: str\ndef g(n: Named) -> None: pass\ndef f(i: Item) -> None:\n    g(...)\n",
        ["i", "Item('a')"],
        ["1", "i.name"],
    ),
    "existing errors do not count": ("def f(a: int) -> int:\n    a.nonsense\n    x: str = a\n    return ...\n", ["a"], ["x"]),
    "the same error again counts": ("def f(a: int) -> int:\n    a.nonsense; return ...\n", ["a"], ["a.nonsense; a.nonsense"]),
    "errors below the hole": ("def f(a: int) -> str:\n    n = ...\n    return n.upper()\n", ["'a'", "str(a)"], ["a", "None"]),
    "several lines": ("def f(a: int) -> int:\n    return ...\n", ["(\n        a +\n        1\n    )"], ["(\n        a +\n        ''\n    )"]),
    "silenced": ("def f(a: int) -> int:\n    return ...\n", ["a"], ["a.b  # type: ignore", "a.b  #type:ignore[attr-defined]"]),
    "type parameters": ("def f[T](a: T, b: list[T]) -> T:\n    return ...\n", ["a", "b[0]"], ["b", "1"]),
    "generic class": ("class C[T]:\n    def f(self, a: T) -> list[T]:\n        return ...\n", ["[a]", "[]"], ["a", "[1]"]),
    "conditional function": ("import sys\nif len(sys.argv) > 1:\n    def f(a: int) -> int:\n        return 1\nelse:\n    def f(a: int) -> int:\n        return ...\n", ["a"], ["''"]),
    "function in a try": ("try:\n    def f(a: int) -> int:\n        return ...\nexcept ImportError:\n    pass\n", ["a"], ["''"]),
    "class in a function": ("def g() -> None:\n    @dataclass\n    class C:\n        n: int\n        def f(self) -> int:\n            return ...\n", ["self.n", "C(1).n"], ["C()", "self"]),
    "nested class": ("class A:\n    class B:\n        n: int = 1\n        def f(self) -> int:\n            return ...\n", ["self.n", "A.B().n"], ["A().n"]),
    "generator": ("def f(a: int) -> Iterator[int]:\n    yield 1\n    x: str = ...\n", ["''"], ["a", "(yield '')"]),
    "becomes a generator": ("def f(a: int) -> int:\n    b = ...\n    return a\n", ["1"], ["(yield 1)"]),
    "global": ("n = None\ndef f() -> None:\n    global n\n    n = ...\ndef g() -> int:\n    return n or 1\n", ["1"], ["''"]),
    "static and class methods": ("class C:\n    n: int = 1\n    @classmethod\n    def f(cls) -> int:\n        return ...\n", ["cls.n", "cls().n"], ["self.n", "cls"]),
    "syntax": ("def f(a: int) -> int:\n    return ...\n", ["a"], ["a +", "a)", "1\ndef g() -> None:"]),
}  # fmt: skip

ROWS = [(name, text, True) for name, (_, good, _) in CASES.items() for text in good]
ROWS += [(name, text, False) for name, (_, _, bad) in CASES.items() for text in bad]


def verdicts(oracle: Oracle, document: DocumentSnapshot, texts: list[str]) -> tuple[Verdict, ...]:
    """Verdicts on texts put into the document's only hole."""
    (hole,) = document.holes()
    return oracle.check(document, hole.span, [Fit(text, 0.0) for text in texts], DEADLINE_MS)


@pytest.mark.parametrize("name", CASES)
def test_accepts_and_rejects(oracle: Oracle, document: MakeDocument, name: str) -> None:
    """All candidates of a hole in one question; each passes or fails as the table says."""
    code, good, bad = CASES[name]
    found = verdicts(oracle, document(HEADER + code), [*good, *bad])
    said = {text: verdict.outcome for text, verdict in zip([*good, *bad], found, strict=True)}
    assert said == {**dict.fromkeys(good, "pass"), **dict.fromkeys(bad, "fail")}


def test_there_are_enough_rows() -> None:
    """The table stays as large as it is."""
    assert len(ROWS) >= 100


def test_order_does_not_matter(oracle: Oracle, document: MakeDocument) -> None:
    """A candidate leaves nothing behind for the next one."""
    code, good, bad = CASES["method"]
    texts = [*good, *bad]
    made = document(HEADER + code)
    forward = verdicts(oracle, made, texts)
    assert verdicts(oracle, made, texts[::-1]) == forward[::-1]
    assert [verdicts(oracle, made, [text])[0] for text in texts] == [*forward]


@pytest.mark.parametrize(
    ("code", "text", "blamed"),
    [
        ("def f(a: int) -> int:\n    return ...\n", "len(a)", "a"),
        ("def f(a: int) -> int:\n    return ...\n", "a.missing + 1", "a.missing"),
        ("def f(ä: int) -> int:\n    x = 'ö'; return ...\n", "len('ü', ä.nein)", "ä.nein"),
        ("def f(a: int) -> int:\n    return ...\n", "(\n  a +\n  ''\n)", "''"),
        ("def f(a: int) -> int:\n    ...\n", "b = a\n    return b.c", "b.c"),
        ("def f(a: int) -> int:\n    return ...\n", "max(▢, a.c)", "a.c"),
        ("n: int = ...\n", "len(1)", "1"),
    ],
)
def test_faults_name_their_place(oracle: Oracle, document: MakeDocument, code: str, text: str, blamed: str) -> None:
    """The span of a fault lies in the candidate's own text, in bytes."""
    (verdict,) = verdicts(oracle, document(code), [text])
    spans = [fault.span for fault in verdict.faults if fault.span is not None]
    assert blamed in [text.encode()[span.start : span.end].decode() for span in spans]


def test_faults_elsewhere_have_no_place(oracle: Oracle, document: MakeDocument) -> None:
    """An error that the candidate causes below it is told without a span."""
    (verdict,) = verdicts(oracle, document("def f(a: int) -> str:\n    n = ...\n    return n.upper()\n"), ["a"])
    assert verdict.outcome == "fail"
    assert [(fault.span, fault.code) for fault in verdict.faults] == [(None, "attr-defined")]


@pytest.mark.parametrize(
    ("text", "imports", "outcome"),
    [
        ("Decimal(1)", ("from decimal import Decimal",), "pass"),
        ("Decimal(1)", (), "fail"),
        ("decimal.Decimal(1)", ("import decimal",), "pass"),
        ("Fraction(1)", ("from fractions import Fraction",), "fail"),
        ("nowhere.x", ("import nowhere",), "fail"),
    ],
)
@pytest.mark.parametrize(
    "code", ['"""Doc."""\nfrom __future__ import annotations\nimport decimal as d\ndef f() -> d.Decimal:\n    return ...\n']
)
def test_imports_come_with_the_fill(
    oracle: Oracle, document: MakeDocument, code: str, text: str, imports: tuple[str, ...], outcome: str
) -> None:
    """Imports that the fill brings are there when it is checked, and only then."""
    made = document(code)
    (verdict,) = oracle.check(made, made.holes()[0].span, [Fit(text, 0.0, imports)], DEADLINE_MS)
    assert verdict.outcome == outcome, verdict


def test_a_final_may_be_set_by_every_candidate(oracle: Oracle, document: MakeDocument) -> None:
    """One that an `__init__` sets is set once in each version of it, however many were checked before; twice in one is an error."""
    line = "        self.n = n\n"
    code = f"from typing import Final\nclass C:\n    n: Final[int]\n    def __init__(self, n: int) -> None:\n        m = n\n{line}"
    span = Span(code.index(line), len(code))
    texts = [
        line,
        "        self.n = m\n",
        "        self.n = n\n        self.n = m\n",
        "        self.n = str(n)\n",
        "        self.n = n + 1\n",
    ]
    found = oracle.check(document(code), span, [Fit(text, 0.0) for text in texts], DEADLINE_MS)
    assert [verdict.outcome for verdict in found] == ["pass", "pass", "fail", "fail", "pass"], found


@pytest.mark.parametrize(
    ("selected", "text", "outcome"),
    [
        ("    total = sum(numbers)\n", "    total = len(numbers)\n", "pass"),
        ("    total = sum(numbers)\n", "    total = 'a'\n", "fail"),
        ("    total = sum(numbers)\n", "    other = 1\n", "fail"),
        ("sum(numbers)", "max(numbers)", "pass"),
        ("sum(numbers)", "str(numbers)", "fail"),
        ("    total = sum(numbers)\n    return total\n", "    return 1\n", "pass"),
        ("    total = sum(numbers)\n    return total\n", "    print(1)\n", "fail"),
        ("    return total", "    return total + 1", "pass"),
        ("    return total", "    pass", "fail"),
    ],
)
def test_regions(oracle: Oracle, document: MakeDocument, selected: str, text: str, outcome: str) -> None:
    """A selection of statements may be replaced by what binds and returns what the rest needs."""
    code = "def f(numbers: list[int]) -> int:\n    total = sum(numbers)\n    return total\n"
    start = len(code[: code.index(selected)].encode())
    (verdict,) = oracle.check(document(code), Span(start, start + len(selected.encode())), [Fit(text, 0.0)], DEADLINE_MS)
    assert verdict.outcome == outcome, verdict


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("import sys\nif sys.platform == 'nowhere':\n    def f() -> int:\n        return ...\n", "unreachable"),
        ("def f() -> int:\n    return 1\n    x = ...\n", "unreachable"),
        ("def f() -> int:\n    return (...\n", "does not parse"),
    ],
)
def test_no_verdict_without_a_check(oracle: Oracle, document: MakeDocument, code: str, why: str) -> None:
    """What mypy does not look at is not said to pass."""
    text = "'anything'"
    made = document(code)
    start = code.index("...")
    (verdict,) = oracle.check(made, Span(start, start + 3), [Fit(text, 0.0)], DEADLINE_MS)
    assert (verdict.outcome, why in verdict.why) == ("skipped", True), verdict


def test_a_file_that_ignores_errors(oracle: Oracle, document: MakeDocument) -> None:
    """Where mypy was told to say nothing, its silence is no verdict."""
    (verdict,) = verdicts(oracle, document("# mypy: ignore-errors\ndef f() -> int:\n    return ...\n"), ["''"])
    assert (verdict.outcome, verdict.why) == ("skipped", "the file tells mypy to ignore its errors")


def test_open_subholes_count_as_any(oracle: Oracle, document: MakeDocument) -> None:
    """A partly open candidate passes as far as it can be judged, and says so."""
    good, bad = verdicts(oracle, document("def f(a: int) -> int:\n    return ...\n"), ["max(a, ▢)", "str(▢)"])
    assert (good.outcome, good.why) == ("pass", "open sub-holes count as Any")
    assert bad.outcome == "fail"


def test_the_document_is_unharmed(oracle: Oracle, tmp_path: Path) -> None:
    """After a check the document has the types that it had before."""
    code = "class C:\n    def __init__(self) -> None:\n        self.n = ...\n    def f(self) -> int:\n        return ...\n"
    document = DocumentSnapshot(tmp_path / "unharmed.py", Snapshot(code), 1, tmp_path)
    before = oracle.contexts(document, document.holes(), DEADLINE_MS)
    for hole in document.holes():
        oracle.check(document, hole.span, [Fit("1", 0.0), Fit("''", 0.0)], DEADLINE_MS)
    assert oracle.contexts(document, document.holes(), DEADLINE_MS) == before

"""The syntax verifier: accepted and rejected fills in one table."""

from __future__ import annotations

import pytest

from astral_native import Snapshot
from astral_runtime.holes import Span
from astral_runtime.verify.localise import localise
from astral_runtime.verify.spec import Fault
from astral_runtime.verify.syntax import SYNTAX, check_syntax

CASES = [
    ("x = □\n", "1", "pass"),
    ("x = □\n", "1 +", "fail"),
    ("x = □\n", "(1", "fail"),
    ("x = □\n", "1)", "fail"),
    ("x = □\n", "y := 1", "fail"),
    ("f(□)\n", "y := 1", "pass"),
    ("f(□)\n", "a, *b", "pass"),
    ("f(□)\n", "a for", "fail"),
    ("f(a, □)\n", "k=1, *c", "pass"),
    ("f(□, b)\n", "k=1, *c", "fail"),
    ("f(□, b)\n", "k=1", "fail"),
    ("def f():\n    □\n", "return 1", "pass"),
    ("□\n", "return 1", "fail"),
    ("def f():\n    □\n", "for x in y:\n        pass", "pass"),
    ("def f():\n    □\n", "for x in y:\n    pass", "fail"),
    ("def f():\n    x = □\n", "await g()", "fail"),
    ("async def f():\n    x = □\n", "await g()", "pass"),
    ("class A:\n    def f(self) -> □:\n        return 1\n", "int", "pass"),
    ("class A:\n    def f(self) -> □:\n        return 1\n", "int: pass\n    def g(self)", "pass"),
    ("class A:\n    def f(self):\n        □\n", "pass\n    return 1", "fail"),
    ("class A:\n    def f(self):\n        □\n", "pass\n    x = 1", "pass"),
    ("class A:\n    def f(self):\n        x = □\n    y = 1\n", "await g()", "fail"),
    ("class A:\n    async def f(self):\n        x = □\n    y = 1\n", "await g()", "pass"),
    ("class A:\n    return 1\n    def f(self):\n        x = □\n", "(yield)", "pass"),
    ("class A:\n    return 1\n    def f(self):\n        x = □\n", "await g()", "fail"),
    ("class A:\n    class B:\n        @c\n        def f(self):\n            def g():\n                x = □\n", "await g()", "fail"),
    ("class A:\n    class B:\n        @c\n        def f(self):\n            async def g():\n                x = □\n", "await g()", "pass"),
    ("class A:\n    def f(self):\n        y = 1\n        def g():\n            nonlocal y\n            □\n", "y = 2", "pass"),
    ("class A:\n    def f(self):\n        y = 1\n        def g():\n            □\n", "nonlocal z", "fail"),
    ("for x in □:\n    pass\n", "range(3)", "pass"),
    ("for x in □:\n    pass\n", "range(3):", "fail"),
    ("x = [□ for a in b]\n", "a.c", "pass"),
    ("x = [□ for a in b]\n", "*a", "fail"),
    ("x = □\ny = (\n", "1", "pass"),
    ("x = □\ny = (\n", "1)", "fail"),
    ("x = f'{□}'\n", "a.b", "pass"),
    ("x = f'{□}'\n", "a b", "fail"),
    ("nonlocal_ = □\n", "yield 1", "fail"),
]


@pytest.mark.parametrize(("marked", "text", "outcome"), CASES)
def test_syntax_of_a_fill(marked: str, text: str, outcome: str) -> None:
    """□ marks the hole; a fill passes when the document around it still means something to CPython."""
    start = len(marked[: marked.index("□")].encode())
    verdict = check_syntax(Snapshot(marked.replace("□", "...")), Span(start, start + 3), text)
    assert (verdict.domain, verdict.outcome) == ("syntax", outcome), verdict.why


def test_a_syntax_fault_names_its_tokens() -> None:
    """The localiser maps a fault inside the fill to lexeme indices of the fill."""
    verdict = check_syntax(Snapshot("x = ...\n"), Span(4, 7), "1 + + )")
    assert verdict.faults
    assert SYNTAX.error_localizer("1 + + )", verdict.faults[0]) is not None
    assert localise("a + b", Fault("m", Span(4, 5))) == (2, 3)
    assert localise("a + b", Fault("m", None)) is None

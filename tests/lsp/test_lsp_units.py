"""Small pieces with tables of their own: badges, rendering, line breaks, kinds of clients, living processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from astral_lsp import parent
from astral_lsp.badges import badge, is_verified, reasons, title, whys
from astral_lsp.capabilities import ClientFeatures, read_features
from astral_lsp.documents import OpenDocument
from astral_lsp.edits import in_line_breaks, line_break
from astral_lsp.positions import MAX_UNIT, choose_encoding, clamp, to_span
from astral_lsp.render import Markdown, Plain, hover_text
from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Fill
from astral_runtime.holes import Constraint, Hole, HoleContext, ScopeEntry, Span
from astral_runtime.verify.spec import Domain, Outcome, Verdict

Verdicts = list[tuple[Domain, Outcome]]


def candidate(verdicts: Verdicts, text: str = "x") -> Candidate:
    """A candidate with these verdicts."""
    return Candidate(text, 0.0, "search", tuple(Verdict(domain, outcome, "because") for domain, outcome in verdicts))


BADGES: list[tuple[Verdicts, str, bool]] = [
    ([("syntax", "pass"), ("types", "pass")], "✓ types", True),
    ([("syntax", "pass"), ("types", "pass"), ("tests", "pass")], "✓ types ✓ because", True),
    ([("syntax", "pass"), ("types", "pass"), ("tests", "skipped"), ("spec", "skipped")], "✓ types", True),
    ([("syntax", "pass"), ("types", "pass"), ("tests", "fail")], "✓ types ✗ tests", False),
    ([("syntax", "pass"), ("types", "skipped")], "types not checked", False),
    ([("syntax", "pass"), ("types", "fail")], "✗ types", False),
    ([("syntax", "fail"), ("types", "skipped")], "✗ syntax types not checked", False),
    ([("syntax", "pass")], "types not checked", False),
    ([], "syntax not checked types not checked", False),
]


@pytest.mark.parametrize(("verdicts", "expected", "verified"), BADGES)
def test_badges(verdicts: Verdicts, expected: str, verified: bool) -> None:
    """Only what was obtained is claimed, and what is missing is said of the required ones."""
    assert badge(candidate(verdicts)) == expected
    assert is_verified(candidate(verdicts)) == verified
    assert bool(reasons(candidate(verdicts))) == any(v[1] == "fail" or (v[1] != "pass" and v[0] in ("syntax", "types")) for v in verdicts)


def test_what_stands_beside_verdicts() -> None:
    """Why one is not `pass`; of a passed `tests`, how many examples it speaks of: editors put that in the badge."""
    given = candidate([("syntax", "pass"), ("types", "fail"), ("tests", "pass"), ("spec", "skipped")])
    assert whys(given.verdicts) == {"types": "because", "tests": "because", "spec": "because"}


TITLES = [("a", "Fill with a  ✓ types"), ("a\n    b", "Fill with a b  ✓ types"), ("x" * 90, "Fill with " + "x" * 59 + "…  ✓ types")]


@pytest.mark.parametrize(("text", "expected"), TITLES)
def test_titles(text: str, expected: str) -> None:
    """One line of bounded length."""
    assert title(candidate([("syntax", "pass"), ("types", "pass")], text)) == expected


BREAKS = [
    ("", "\n"),
    ("a", "\n"),
    ("a\n", "\n"),
    ("a\r\nb\n", "\r\n"),
    ("a\rb\r\n", "\r"),
    ("\nb\r\n", "\n"),
    ("\r\n", "\r\n"),
    ("\r", "\r"),
    ("é\r\n", "\r\n"),
]


@pytest.mark.parametrize(("text", "expected"), BREAKS)
def test_line_breaks(text: str, expected: str) -> None:
    """The first line's break is the document's."""
    snapshot = DocumentSnapshot(Path("a.py"), Snapshot(text))
    assert line_break(OpenDocument("a", True, snapshot, "utf-16")) == expected
    assert in_line_breaks("a\nb\r\nc\r", expected) == expected.join(["a", "b", "c", ""])


ENCODINGS: list[tuple[list[str] | None, str]] = [
    (None, "utf-16"),
    ([], "utf-16"),
    (["utf-8"], "utf-8"),
    (["utf-32", "utf-8"], "utf-32"),
    (["utf-7", "utf-8", "utf-16"], "utf-8"),
    (["utf-7"], "utf-16"),
]


@pytest.mark.parametrize(("offered", "expected"), ENCODINGS)
def test_encodings(offered: list[str] | None, expected: str) -> None:
    """The client's first that we know."""
    assert choose_encoding(offered) == expected


@pytest.mark.parametrize(("unit", "expected"), [(-1, 0), (0, 0), (7, 7), (2**40, MAX_UNIT)])
def test_clamp(unit: int, expected: int) -> None:
    """Into LSP's uinteger."""
    assert clamp(unit) == expected


def test_a_reversed_range_is_the_same_range() -> None:
    """Its ends may come in either order, and nothing is written to them."""
    start, end = types.Position(0, 1), types.Position(1, 1)
    native = Snapshot("abc\ndef")
    assert to_span(native, types.Range(end, start), "utf-16") == to_span(native, types.Range(start, end), "utf-16") == Span(1, 5)
    assert (start, end) == (types.Position(0, 1), types.Position(1, 1))


def test_a_client_that_says_nothing_can_nothing() -> None:
    """Every fact of empty capabilities is False."""
    assert read_features(types.ClientCapabilities()) == ClientFeatures()


CODE = [("x", "`x`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("``", "``` `` ```")]


@pytest.mark.parametrize(("text", "expected"), CODE)
def test_markdown_code(text: str, expected: str) -> None:
    """User text cannot end the code it stands in."""
    assert Markdown().code(text) == expected


def test_markdown_blocks() -> None:
    """A fence is longer than any in the text."""
    assert Markdown().block("'''\n```\n'''") == "````python\n'''\n```\n'''\n````"


HOLE = Hole("h1", "expression", Span(0, 3), "the sum")
SCOPE = (ScopeEntry("a", "int", True, "local", 4), ScopeEntry("b", None, None, "module"), ScopeEntry("c", "str", False, "parameter"))
HOVERS: list[tuple[HoleContext, Fill | None, bool, list[str], list[str]]] = [
    (
        HoleContext(HOLE, "int", "return type of f", SCOPE),
        None,
        True,
        ["▢: int", "return type of f", "the sum", "a: int · local, line 5", "being computed"],
        ["b ·", "c: str"],
    ),
    (
        HoleContext(HOLE, None, "type unknown (no oracle)", SCOPE[1:]),
        None,
        False,
        ["no oracle", "May fit", "b · module"],
        ["▢:", "c: str", "computed"],
    ),
    (HoleContext(HOLE, "int", "x", SCOPE[2:]), None, False, ["none fits by itself", "c: str · parameter"], ["Fits", "May fit"]),
    (
        HoleContext(HOLE, "int", "x", (), (Constraint("syntax", "an expression"),)),
        Fill(HOLE, "rejected", (), 1, "nothing fits"),
        False,
        ["Constraints", "- syntax: an expression", "No candidate nothing fits"],
        ["Fits"],
    ),
    (
        HoleContext(HOLE, "int", "x"),
        Fill(HOLE, "degraded", (candidate([("syntax", "pass"), ("types", "skipped")]),), 1, "types not checked: because"),
        False,
        ["Best candidate (degraded)", "types not checked: because"],
        ["✓ types"],
    ),
]


@pytest.mark.parametrize(("context", "fill", "computing", "said", "unsaid"), HOVERS)
def test_hover_text(context: HoleContext, fill: Fill | None, computing: bool, said: list[str], unsaid: list[str]) -> None:
    """What is known is said, what is not known is named, what does not fit is left out."""
    text = hover_text(context, fill, 8, computing, Plain())
    assert [piece for piece in said if piece not in text] == []
    assert [piece for piece in unsaid if piece in text] == []


def test_hover_names_are_bounded() -> None:
    """The rest is counted."""
    scope = tuple(ScopeEntry(f"n{n}", "int", True, "local") for n in range(20))
    text = hover_text(HoleContext(HOLE, "int", "x", scope), None, 3, False, Plain())
    assert "n2: int" in text
    assert "n3: int" not in text
    assert "… 17 more" in text


def test_living_processes() -> None:
    """We live; a collected child does not, nor does a zombie."""
    assert parent.alive(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", ""])
    while parent.alive(child.pid):
        continue  # a zombie from here on: nobody has waited for it
    child.wait()
    assert not parent.alive(child.pid)


async def test_watching_without_pidfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system cannot tell of a death we look for it."""

    def unsupported(process_id: int) -> int:
        raise OSError("not here")

    monkeypatch.setattr(os, "pidfd_open", unsupported, raising=False)
    monkeypatch.setattr(parent, "POLL_S", 0.01)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # noqa: ASYNC220  # begins at once, awaited below
    died = asyncio.Event()
    parent.watch(child.pid, died.set)
    await asyncio.sleep(0.1)
    assert not died.is_set()
    child.kill()
    await asyncio.wait_for(died.wait(), 10)
    child.wait()

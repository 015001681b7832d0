"""What repair is made of: likeness of names, least change, composed edits, errors compared across an edit, regions, cycles."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mending import Diagnosed

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, Edit
from astral_runtime.holes import Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair import PipelineVerifiers, RepairOptions, diagnose, repairs
from astral_runtime.repair.change import title, tokens_changed, trimmed
from astral_runtime.repair.code import Code
from astral_runtime.repair.library import Library
from astral_runtime.repair.near import distance, looks_meant
from astral_runtime.repair.remask import regions
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal
from astral_runtime.repair.wholefile import composed
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.faults import added
from astral_runtime.verify.spec import Fault

SHORT = st.text("abc", max_size=6)


@given(SHORT, SHORT)
def test_distance_is_a_distance(left: str, right: str) -> None:
    """Symmetric, zero for equal words only, never more than the longer word or less than the difference in length."""
    found = distance(left, right)
    assert found == distance(right, left)
    assert (found == 0) == (left == right)
    assert abs(len(left) - len(right)) <= found <= max(len(left), len(right))


LOOKS = [
    ("itme", "item", True),
    ("lenght", "length", True),
    ("userName", "user_name", True),
    ("items", "item", True),
    ("get_value", "get_item_value", True),
    ("x", "y", False),
    ("ab", "xy", False),
    ("price", "total", False),
    ("item", "item", False),
    ("print", "items", False),
]


@pytest.mark.parametrize(("wrong", "right", "meant"), LOOKS)
def test_looks_meant(wrong: str, right: str, meant: bool) -> None:
    """Slips of the fingers, other cases, a word more or less; no names that are merely short."""
    assert looks_meant(wrong, right) == meant


def code_of(text: str) -> Code:
    return Code(DocumentSnapshot(Path("x.py"), Snapshot(text), 1))


CHANGES = [
    ("f(itme.a, 2)", "f(item.a, 2)", "itme", "item", 1, "`itme` → `item`"),
    ("f(1, b)", "f(b, 1)", "1, b", "b, 1", 2, "`1, b` → `b, 1`"),
    ("x + y", "str(x) + y", "x", "str(x)", 1, "`x` → `str(x)`"),
    ("g(x)", "g(x, y)", "", ", y", 1, "add `, y`"),
    ("g(x, y)", "g(x)", ", y", "", 1, "remove `, y`"),
    ("größ + 1", "größe + 1", "größ", "größe", 1, "`größ` → `größe`"),
]


@pytest.mark.parametrize(("old", "new", "span_text", "text", "many", "said"), CHANGES)
def test_the_least_change_is_announced(old: str, new: str, span_text: str, text: str, many: int, said: str) -> None:
    """Whole tokens, brackets in pairs; counted without punctuation; said on one line."""
    code = code_of(old)
    proposal = trimmed(code, Proposal(Span(0, len(old.encode())), new))
    assert (code.slice(proposal.span), proposal.text) == (span_text, text)
    assert tokens_changed(code, proposal) == many
    assert title(code, proposal) == said


@given(st.text("ab (),.\nß", max_size=12), st.text("ab (),.\nß", max_size=12), st.text("xß ", max_size=4), st.text("xß ", max_size=4))
def test_trimming_changes_nothing_but_the_span(old: str, new: str, before: str, after: str) -> None:
    """The trimmed proposal makes the same text."""
    code = code_of(before + old + after)
    whole = Proposal(Span(len(before.encode()), len((before + old).encode())), new)
    small = trimmed(code, whole)
    made = (code.data[: each.span.start] + each.text.encode() + code.data[each.span.end :] for each in (whole, small))
    assert len(set(made)) == 1
    assert whole.span.start <= small.span.start <= small.span.end <= whole.span.end


@st.composite
def edits_in_turn(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text, and edits each of the text that the ones before it left."""
    text = draw(st.text("abcß", max_size=10))
    length, edits = len(text), []
    current = text
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, length))
        end = draw(st.integers(start, length))
        new = draw(st.text("xyß", max_size=3))
        edits.append(Edit(Span(len(current[:start].encode()), len(current[:end].encode())), new))
        current = current[:start] + new + current[end:]
        length = len(current)
    return text, edits


@given(edits_in_turn())
def test_edits_are_composed(case: tuple[str, list[Edit]]) -> None:
    """Edits made one after the other, and the composed ones made at once, give the same text; the latter are in order and apart."""
    text, edits = case
    document = DocumentSnapshot(Path("x.py"), Snapshot(text), 1)
    one_by_one, together = text.encode(), []
    for edit in edits:
        one_by_one = one_by_one[: edit.span.start] + edit.new_text.encode() + one_by_one[edit.span.end :]
        together = composed(document, together, edit)
    assert all(a.span.end <= b.span.start for a, b in pairwise(together))
    at_once = text.encode()
    for edit in reversed(together):
        at_once = at_once[: edit.span.start] + edit.new_text.encode() + at_once[edit.span.end :]
    assert at_once == one_by_one


ADDED = [
    ("the target is gone", [Fault("a", Span(2, 3))], [], []),
    ("the target stays where it was", [Fault("a", Span(2, 3))], [Fault("a", Span(2, 3))], ["a"]),
    ("another error has moved", [Fault("a", Span(2, 3)), Fault("b", Span(9, 10))], [Fault("b", Span(11, 12))], []),
    ("another error is new", [Fault("a", Span(2, 3))], [Fault("b", Span(11, 12))], ["b"]),
    ("one that was elsewhere", [Fault("a", Span(2, 3)), Fault("b", Span(20, 21))], [Fault("b", Span(11, 12))], ["b"]),
    (
        "lines in messages count for nothing",
        [Fault("a", Span(2, 3)), Fault("x on line 3", Span(9, 10))],
        [Fault("x on line 4", Span(11, 12))],
        [],
    ),
    ("one for one", [Fault("a", Span(2, 3)), Fault("b", Span(9, 10))], [Fault("b", Span(11, 12)), Fault("b", Span(11, 12))], ["b"]),
]


@pytest.mark.parametrize(("before", "after", "new"), [case[1:] for case in ADDED], ids=[case[0] for case in ADDED])
def test_errors_are_compared_across_an_edit(before: list[Fault], after: list[Fault], new: list[str]) -> None:
    """The edit replaces two bytes at 4 by four."""
    assert [fault.message for fault in added(before, before[0], after, [Edit(Span(4, 6), "wxyz")])] == new


def test_regions_grow_from_the_error_to_its_statement(diagnosed: Diagnosed) -> None:
    """Each is the syntactic parent of the one before; callees and receivers are passed over."""
    text = "def f(n: int) -> int:\n    return abs(n) + len(n)\n"
    diagnosis = diagnosed(text)
    fault = diagnosis.faults[0]
    assert fault.span is not None
    site = Site(diagnosis, fault, fault.span, Library(diagnosis.code))
    assert [diagnosis.document.slice(region.span) for region in regions(site)] == ["n", "len(n)", "abs(n) + len(n)"]


def test_a_remasked_region_is_refilled(diagnosed: Diagnosed, verifiers: PipelineVerifiers) -> None:
    """No rule knows which other name is meant; the second cycle finds the one of the right type."""
    text = "def f(flags: list[bool], sizes: dict[str, int]) -> dict[str, int]:\n    print(flags)\n    return flags\n"
    diagnosis = diagnosed(text)
    found = repairs(verifiers, diagnosis, diagnosis.faults[0], RepairOptions(3, 4, 60_000), CancelToken())
    assert [(repair.title, repair.cycles, repair.origin) for repair in found[:1]] == [("`flags` → `sizes`", 2, "search")]
    assert repairs(verifiers, diagnosis, diagnosis.faults[0], RepairOptions(3, 1, 60_000), CancelToken()) == ()


def test_a_cancelled_search_ends(diagnosed: Diagnosed, verifiers: PipelineVerifiers) -> None:
    """The token is asked before every look at the document."""
    diagnosis = diagnosed("x: int = itme\nitem = 1\n")
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        repairs(verifiers, diagnosis, diagnosis.faults[0], RepairOptions(), token)


def test_without_types_only_syntax_is_repaired(diagnosed: Diagnosed, tmp_path: Path) -> None:
    """A closed oracle: the bracket is closed all the same, and the verdict says that types were not checked."""
    oracle = Oracle(OracleSettings(root=tmp_path))
    oracle.close()
    closed = PipelineVerifiers(Pipeline(oracle))
    diagnosis = diagnose(closed, DocumentSnapshot(tmp_path / "x.py", Snapshot("print((1)\n"), 1, tmp_path), 1000)
    assert diagnosis.unchecked == "the oracle is closed"
    (first, *_) = repairs(closed, diagnosis, diagnosis.faults[0], RepairOptions(), CancelToken())
    assert first.title == "add `)`"
    assert [(v.outcome, v.why) for v in first.verdicts] == [("pass", ""), ("skipped", "the oracle is closed")]

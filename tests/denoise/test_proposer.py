"""From a hole to tokens, from tokens to text that may stand there, and the whole way with a tiny model."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from astral_native import Snapshot
from astral_runtime.backends.onnx import Model
from astral_runtime.constraints.compiler import Specification
from astral_runtime.context.state import ContextState
from astral_runtime.context.vocabulary import ID, MASK, TYPE
from astral_runtime.denoise.bounds import bounds, fill_text
from astral_runtime.denoise.order import Ranked
from astral_runtime.denoise.place import hole_position, place
from astral_runtime.denoise.proposer import Climb, Grow, Proposer, Wish
from astral_runtime.denoise.sampler import Sampling
from astral_runtime.denoise.skeleton import SLOTS, skeleton
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, Progress
from astral_runtime.holes import Hole, Span

TEXT = '''import os


class Shelf:
    def total(self, xs: list[int]) -> int:
        """Sum."""
        for x in xs:
            if x:
                ...
        return ...


y = max(..., 1)  # intent
'''


def document(text: str) -> DocumentSnapshot:
    """A version of a file that is nowhere."""
    return DocumentSnapshot(Path("shelf.py"), Snapshot(text, 4), 4)


def cut(text: str) -> tuple[str, Hole]:
    """The hole between two ‖ marks (a region unless the document itself has a hole there); the document is the text without them."""
    start, end = text.index("‖"), text.rindex("‖") - len("‖")
    plain = text.replace("‖", "")
    span = Span(len(plain[:start].encode()), len(plain[:end].encode()))
    return plain, next((hole for hole in document(plain).holes() if hole.span == span), Hole("h1", "region", span))


FILLED: list[tuple[str, str, str, str]] = [
    ("a value", "x = ‖...‖\n", "foo(1)", "x = foo(1)\n"),
    ("part of a line, a space is missing", "x =‖‖\n", "1", "x = 1\n"),
    ("part of a line, the space is there", "x = ‖‖\n", "1", "x = 1\n"),
    ("between two words", "for x‖‖xs:\n    pass\n", "in", "for x in xs:\n    pass\n"),
    ("inside brackets", "f(a, ‖‖)\n", "b", "f(a, b)\n"),
    ("an attribute", "self.‖‖\n", "items", "self.items\n"),
    ("a whole line", "def f():\n‖    x = 1\n‖    return x\n", "y = 2\n", "def f():\n    y = 2\n    return x\n"),
    ("a whole line that is gone", "def f():\n    a = 1\n‖‖    return x\n", "y = 2\n", "def f():\n    a = 1\n    y = 2\n    return x\n"),
    ("the first line of a block that is gone", "def f():\n‖‖    return x\n", "y = 2\n", "def f():\n    y = 2\n    return x\n"),
    ("the last line of a file that is gone", "def f():\n    a = 1\n‖‖", "y = 2\n", "def f():\n    a = 1\n    y = 2\n"),
    ("the last line of a block that is gone", "if x:\n    a = 1\n‖‖b = 2\n", "y = 2\n", "if x:\n    a = 1\n    y = 2\nb = 2\n"),
    ("a line behind a blank line", "if x:\n    a = 1\n\n‖‖b = 2\n", "y = 2\n", "if x:\n    a = 1\n\ny = 2\nb = 2\n"),
    ("an empty line", "a = 1\n‖‖\nb = 2\n", "y = 2\n", "a = 1\ny = 2\nb = 2\n"),
    ("several lines", "if a:\n‖    b\n    c\n‖d\n", "x = 1\ny = 2\n", "if a:\n    x = 1\n    y = 2\nd\n"),
    ("a block in the file's own indentation", "if a:\n  b\n  ‖c‖\n", "if x:\n    y\n", "if a:\n  b\n  if x:\n    y\n"),
    ("a block behind a colon", "def f(): ‖...‖\n", "if x:\n    y\n", "def f(): \n    if x:\n        y\n"),
    ("a statement behind a colon", "def f(): ‖...‖\n", "return 1\n", "def f(): return 1\n"),
    ("a keyword argument's line", "f(\n    a=1,\n‖    _=None,\n‖    c=3,\n)\n", "b = 2,", "f(\n    a=1,\n    b=2,\n    c=3,\n)\n"),
    ("a line between brackets, its end stays", "f(\n    a,\n    ‖None,‖\n)\n", "b,", "f(\n    a,\n    b,\n)\n"),
    ("what ends a list", "if a:\n    x = [\n        1,\n‖    ]\n‖    b\n", "]\n", "if a:\n    x = [\n        1,\n    ]\n    b\n"),
    ("a header less deep than the block above", "if a:\n    b\n‖else:\n‖    c\n", "elif d:\n", "if a:\n    b\nelif d:\n    c\n"),
    ("with tabs", "if a:\n\tb\n\t‖c‖\n", "if x:\n    y\n", "if a:\n\tb\n\tif x:\n\t\ty\n"),
]


@pytest.mark.parametrize(("marked", "fill", "expected"), [row[1:] for row in FILLED], ids=[row[0] for row in FILLED])
def test_fills_stand_in_their_place(model: Model, marked: str, fill: str, expected: str) -> None:
    """Spacing, indentation and line ends are those of the place; what lies outside the span is untouched."""
    text, hole = cut(marked)
    tokens = model.tokenizer.tokens(Snapshot(text))
    where = bounds(tokens, hole)
    ids = model.tokenizer.tokens(Snapshot(fill)).ids[1:-1].tolist()
    ids = ids if fill.endswith("\n") else [token for token in ids if token != ID["<NEWLINE>"]]
    found = fill_text(ids, where, tokens, model.tokenizer)
    assert found is not None
    data = text.encode()
    assert (data[: hole.span.start] + found.encode() + data[hole.span.end :]).decode() == expected


def test_the_model_is_asked_for_what_it_was_trained_on(model: Model) -> None:
    """A statement hole ends behind its NEWLINE, an expression hole at its last token, neither holds layout of the lines around."""
    tokens = model.tokenizer.tokens(Snapshot(TEXT))
    found = []
    for hole in document(TEXT).holes():
        where = bounds(tokens, hole)
        found.append((where.kind, [model.tokenizer.names[index] for index in tokens.ids[where.first : where.last]], where.base))
    assert found == [
        ("block", ["<kw>...", "<NEWLINE>"], " " * 16),
        ("expression", ["<kw>..."], " " * 8),
        ("expression", ["<kw>..."], ""),
    ]


REFUSED = [
    ("nothing", "x = ‖...‖\n", []),
    ("only layout", "x = ‖...‖\n", [ID["<NEWLINE>"]]),
    ("not the letters that stand there", "x = ab‖c‖\n", [ID["<kw>+"]]),
]


@pytest.mark.parametrize(("marked", "ids"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_cannot_stand_there_is_refused(model: Model, marked: str, ids: list[int]) -> None:
    """Empty fills, and fills that do not begin with the part of a token that the span leaves out."""
    text, hole = cut(marked)
    tokens = model.tokenizer.tokens(Snapshot(text))
    where = replace(bounds(tokens, hole), head="ab") if "ab" in text else bounds(tokens, hole)
    assert fill_text(ids, where, tokens, model.tokenizer) is None


def test_segments_are_laid_out_as_in_training(model: Model) -> None:
    """[TYPE σ | 16 revealed | slots | 16 revealed]: places from the hole's ends, one AST position for all slots, padding marked."""
    tokens, serving = model.tokenizer.tokens(Snapshot(TEXT)), model.denoiser.serving
    first, last = bounds(tokens, document(TEXT).holes()[1]).first, bounds(tokens, document(TEXT).holes()[1]).last
    around = ContextState(model.denoiser).around(tokens, first, last, CancelToken())
    there = place(tokens, around, "expression", [50, 51], serving)
    ids = np.array([[MASK, MASK, 60], [MASK, 0, 0]])
    valid = np.array([[True] * 3, [True, False, False]])
    found = there.segments(ids, valid, np.array([2 / 3, 1.0], np.float32))
    at = 3 + serving.neighbours
    assert found.ids[0, :3].tolist() == [TYPE, 50, 51]
    assert found.ids[0, 3:at].tolist() == tokens.ids[first - serving.neighbours : first].tolist()
    assert found.ids[0, at : at + 3].tolist() == [MASK, MASK, 60]
    assert found.ids[1, at + 1 : at + 3].tolist() == tokens.ids[last : last + 2].tolist()
    assert found.kind[0, at : at + 3].tolist() == [serving.kinds["expression"]] * 3
    assert (found.kind > 0).sum(1).tolist() == [3, 1]
    assert found.from_start[0, at : at + 3].tolist() == [0, 1, 2]
    assert found.to_end[0, at : at + 3].tolist() == [2, 1, 0]
    assert found.take.tolist() == [[at, at + 1, at + 2], [at, 0, 0]]
    assert found.valid.sum(1).tolist() == [found.ids.shape[1], found.ids.shape[1] - 2]
    assert (found.ast[:, 0, at] == [0, tokens.depth[first], 0, tokens.scope[first]]).all()


def test_the_position_of_a_hole_is_its_nodes() -> None:
    """One above its tokens for an expression of several, their own for one; of the neighbour when it is empty."""
    inside = np.array([[4, 5], [7, 9], [0, 1], [2, 2]])
    assert hole_position(inside, inside[:, 0], "expression").tolist() == [0, 6, 0, 2]
    assert hole_position(inside, inside[:, 0], "block").tolist() == [0, 7, 0, 2]
    assert hole_position(inside[:, :1], inside[:, 0], "expression").tolist() == [0, 7, 0, 2]
    assert hole_position(inside[:, :0], inside[:, 1], "expression").tolist() == [0, 9, 0, 2]


SKELETONS = [("sum(▢)", 1), ("▢ + ▢", 2), ("x + 1", 0), ("[▢ for x in xs if ▢]", 2)]


@pytest.mark.parametrize(("text", "open_places"), SKELETONS)
def test_skeletons_keep_their_tokens_and_open_their_places(model: Model, text: str, open_places: int) -> None:
    """Every ▢ becomes a run of masks, the rest stays as it is."""
    ids = skeleton(text, model.tokenizer)
    assert ids.count(MASK) == open_places * SLOTS
    assert ID["<NEWLINE>"] not in ids
    collapsed = [token for i, token in enumerate(ids) if token != MASK or ids[i - 1 : i] != [MASK]]
    assert model.tokenizer.text(collapsed).replace("[M]", "▢") == text


def proposals(model: Model, wish: Wish, steps: list[Progress] | None = None) -> tuple[tuple[str, float], ...]:
    """Texts and energies for the expression hole of TEXT."""
    doc, state = document(TEXT), ContextState(model.denoiser)
    seen = steps if steps is not None else []
    found = Proposer(model).propose(doc, doc.holes()[1], state, wish, CancelToken(), seen.append)
    return tuple((proposal.text, proposal.log_prob) for proposal in found)


WISHES = [
    Wish(),
    Wish(lengths=Climb(longest=12)),
    Wish(lengths=Grow((3,)), sampling=Sampling(steps=5, temperatures=(0.8,), resizes=False, commit=Ranked(0.9))),
    Wish(expected_type="list[int]", skeletons=lambda: ("sum(▢)", "len(▢) + ▢")),
]


@pytest.mark.parametrize("wish", WISHES)
def test_proposals_are_ranked_and_distinct_and_the_same_again(model: Model, wish: Wish) -> None:
    """Likeliest walk first, no text twice, a seed gives the same proposals."""
    found = proposals(model, wish)
    assert found
    assert list(found) == sorted(found, key=lambda pair: -pair[1])
    assert len({text for text, _ in found}) == len(found) <= wish.trajectories
    assert found == proposals(model, wish)


def test_skeletons_come_back_filled(model: Model) -> None:
    """What search has fixed stands in the proposal."""
    found = proposals(model, Wish(skeletons=lambda: ("sum(▢)",), trajectories=1, sampling=Sampling(resizes=False, temperatures=(0.0,))))
    assert len(found) == 1
    assert found[0][0].startswith("sum(")
    assert found[0][0].endswith(")")


@pytest.mark.parametrize("resizes", [True, False])
def test_only_what_parses_is_proposed(model: Model, resizes: bool) -> None:
    """With the grammar on, a net without skill proposes nothing that would break the file."""
    specification = Specification(document(TEXT).native, on=frozenset({"grammar"}))
    sampling = Sampling(temperatures=(1.0,), resizes=resizes)
    found = proposals(model, Wish(lengths=Grow((1, 3)), specification=specification, sampling=sampling))
    assert found
    start, end = document(TEXT).holes()[1].span
    for text, _ in found:
        ast.parse(TEXT[:start] + text + TEXT[end:])


def test_progress_tells_the_forming_fill(model: Model) -> None:
    """▢ for open slots, fewer of them, one confidence per slot, the version of the document."""
    steps: list[Progress] = []
    proposals(model, Wish(lengths=Grow((6,)), sampling=Sampling(steps=6, temperatures=(0.7,), resizes=False)), steps)
    assert [step.step for step in steps] == list(range(1, len(steps) + 1))
    assert steps[0].text.count("▢") > 0
    assert (steps[-1].text.count("▢"), steps[-1].t) == (0, 0)
    assert all(step.version == 4 and len(step.confidence) == 6 and min(step.confidence) >= 0 for step in steps)


def test_a_cancelled_fill_stops(model: Model) -> None:
    """Set from the progress call-back, it ends the walk."""
    doc, cancel, seen = document(TEXT), CancelToken(), []

    def stop(progress: Progress) -> None:
        seen.append(progress.step)
        cancel.cancel()

    with pytest.raises(Cancelled):
        Proposer(model).propose(doc, doc.holes()[0], ContextState(model.denoiser), Wish(), cancel, stop)
    assert seen == [1]


def test_texts_of_any_origin_are_ranked_together(model: Model) -> None:
    """Energies come in the order of the texts, one each, whatever their length, for holes at the very start and end of a file too."""
    proposer = Proposer(model)
    for text in ("...", "...\n", "x = ...", TEXT):
        doc = document(text)
        hole = Hole("h1", "region", Span(text.index("..."), text.index("...") + 3))
        found = proposer.energies(doc, hole, ContextState(model.denoiser), ["a", "f(b, c)", "a"], CancelToken())
        assert found[0] == pytest.approx(found[2], abs=1e-3)
        assert all(np.isfinite(found))


def test_confidence_by_length_is_what_cal_climbs(model: Model) -> None:
    """One value in (0, 1] per length, the same alone and in a batch as far as whole-number arithmetic rounds alike: padding does not show."""
    doc, proposer = document(TEXT), Proposer(model)
    hole, state = doc.holes()[1], ContextState(model.denoiser)
    found = proposer.confidence_at(doc, hole, state, [1, 4, 9], CancelToken())
    alone = [proposer.confidence_at(doc, hole, state, [length], CancelToken())[0] for length in (1, 4, 9)]
    assert all(0 < phi <= 1 for phi in found)
    assert found == pytest.approx(alone, rel=0.02)

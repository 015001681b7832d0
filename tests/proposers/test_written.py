"""Fills of a left-to-right language model: they end where the file goes on, always parse, and the likeliest come first."""

from __future__ import annotations

import ast
import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ngram import END, MIDDLE, NGram

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Progress
from astral_runtime.holes import Hole, HoleKind, Span
from astral_runtime.proposers.beam import Beaming
from astral_runtime.proposers.beams import overlap
from astral_runtime.proposers.gap import gaps_of
from astral_runtime.proposers.lens import Lens, is_one_expression
from astral_runtime.proposers.names import names_in_sight
from astral_runtime.proposers.pieces import Pieces
from astral_runtime.proposers.prompt import prompt_of
from astral_runtime.proposers.proposer import LanguageModelProposer
from astral_runtime.proposers.protocol import Asked

CODE = """
class Shelf:
    kinds = dict(
        short=100,
        longer=300,
        longest=900,
    )

    def __init__(self, books):
        self.books = books

    def count(self):
        total = 0
        for book in self.books:
            if book.read:
                total += book.pages
        return total

    def longest(self):
        best = self.books[0]
        for book in self.books:
            if book.pages > best.pages:
                best = book
        return best

    def titles(self):
        found = []
        for book in self.books:
            if book.read:
                found.append(book.title)
        return found
"""


@pytest.fixture(scope="module")
def proposer() -> LanguageModelProposer:
    """A model that has counted the code above. Its tokens are short and it is seldom sure: it needs wider beams than real models."""
    return LanguageModelProposer(NGram(CODE * 3), Beaming(width=8, following=12, reach=6.0))


def cut(text: str, kind: HoleKind = "region", code: str = CODE) -> tuple[DocumentSnapshot, Hole]:
    """The code without a text that it has once; a hole for an expression is left open by `...`."""
    before, after = code.split(text)
    stand_in = "" if kind == "region" else "..."
    start = len(before.encode())
    return DocumentSnapshot(Path("shelf.py"), Snapshot(before + stand_in + after)), Hole("h1", kind, Span(start, start + len(stand_in)))


def texts(proposer: LanguageModelProposer, document: DocumentSnapshot, hole: Hole, asked: Asked | None = None) -> list[str]:
    """What it proposes, the best first."""
    return [fill.text for fill in proposer.propose(document, hole, asked or Asked(), CancelToken(), lambda step: None)]


def parses(document: DocumentSnapshot, hole: Hole, text: str) -> bool:
    """Whether the file does, with the text in the hole's place."""
    try:
        ast.parse(document.native.replaced([(*hole.span, text)]).text())
    except SyntaxError:
        return False
    return True


HOLES: list[tuple[str, HoleKind]] = [
    ("                total += book.pages\n", "region"),
    ("            if book.pages > best.pages:\n", "region"),
    ("        best = self.books[0]\n", "region"),
    ("        return best\n", "region"),
    ("        longer=300,\n", "region"),
    ("        short=100,\n", "region"),
    ("books[0]", "region"),
    ("pages > best", "region"),
    ("book.title", "expression"),
    ("self.books[0]", "expression"),
]
"""A text of the code, as a hole of a kind: whole lines bring indentation and line break, a header keeps the block below it."""


@pytest.mark.parametrize(("truth", "kind"), HOLES)
def test_what_stood_there_is_written_again(proposer: LanguageModelProposer, truth: str, kind: HoleKind) -> None:
    """The model knows the code by heart, so that the first fill is what was cut out, and every one of them parses."""
    document, hole = cut(truth, kind)
    found = texts(proposer, document, hole)
    assert found[0].rstrip("\n") == truth.rstrip("\n")  # before a blank line a fill need not bring a line break
    assert len(set(found)) == len(found)
    assert all(parses(document, hole, text) for text in found)


def test_nothing_that_does_not_parse_is_written(proposer: LanguageModelProposer) -> None:
    """Holes of any kind of cut, lines or parts of lines: what is proposed always parses."""
    chance, proposed = random.Random(5), 0
    for _ in range(25):
        start = chance.randrange(1, len(CODE) - 10)
        end = start + chance.randrange(1, 10)
        document, hole = DocumentSnapshot(Path("x.py"), Snapshot(CODE[:start] + CODE[end:])), Hole("h1", "region", Span(start, start))
        found = texts(proposer, document, hole)
        proposed += len(found)
        assert all(parses(document, hole, text) for text in found), (CODE[start - 20 : start], CODE[end : end + 20], found)
    assert proposed > 6


def test_without_the_grammar_some_do_not_parse() -> None:
    """The same model without masks: that they are what keeps texts parseable."""
    wrong = 0
    proposer = LanguageModelProposer(NGram("x = (a\ny = b)\n" * 20))
    document, hole = cut("?", code="x = ?\ny = 2\n")
    for constraints, broken in ((frozenset[str](), True), (frozenset({"grammar"}), False)):
        found = texts(proposer, document, hole, Asked(constraints=constraints))  # type: ignore[arg-type]  # names of constraints
        wrong = sum(not parses(document, hole, text) for text in found)
        assert bool(wrong) == broken, found


def test_a_model_of_middles_is_told_the_suffix_and_says_where_it_ends() -> None:
    """Prompt: prefix, suffix, middle, each behind its mark; the end is the model's own token."""
    model = NGram(CODE)
    model.fim = MIDDLE
    document, hole = cut("book.title", "expression")
    gap = gaps_of(document, hole)[0]
    prompt = prompt_of(model, gap)
    assert (prompt[0], prompt[-1]) == (257, 259)
    middle = prompt.index(258, 1)
    assert prompt[1:middle] == model.encode(gap.before)
    assert prompt[middle + 1 : -1] == model.encode(gap.after)
    assert END in model.ends


def test_a_prompt_begins_at_the_same_place_for_a_while() -> None:
    """A window over a long file moves in strides: a line typed below leaves what was read valid."""
    model = NGram("")
    model.window = 400
    gaps = [gaps_of(*cut("?", code="x = 1\n" * lines + "y = ?\n"))[0] for lines in range(200, 232)]
    prompts = [prompt_of(model, gap) for gap in gaps]
    assert all(300 <= len(prompt) <= 400 for prompt in prompts)
    longer = [longer for shorter, longer in pairwise(prompts) if longer[: len(shorter) - 4] == shorter[:-4]]
    assert len(longer) > 20


@given(st.binary(max_size=6), st.binary(max_size=6))
def test_overlap_is_the_longest_end_that_begins_the_suffix(text: bytes, after: bytes) -> None:
    """Against every size, tried."""
    sizes = [size for size in range(len(text) + 1) if size <= len(after) and text[len(text) - size :] == after[:size]]
    assert overlap(text, after) == max(sizes)


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=0, max_size=3), max_size=30), st.binary(min_size=1, max_size=3))
def test_pieces_that_spell_a_text(tokens: list[bytes], owed: bytes) -> None:
    """Those that write a beginning of it, or all of it and more; no others."""
    expected = {id for id, token in enumerate(tokens) if token and (owed.startswith(token) or token.startswith(owed))}
    found = Pieces(tokens).spelling(owed).tolist()
    assert set(found) == expected
    assert len(found) == len(expected)


def test_fills_of_others_are_read_as_its_own(proposer: LanguageModelProposer) -> None:
    """The likeliest first; one that belongs nowhere is left out, and so is what is far from the best; of its own fills it thinks the same."""
    document, hole = cut("        best = self.books[0]\n")
    lines = [f"        best = {value}\n" for value in ("self.books[0]", "self.books[1]", "utterly + unheard")]
    patient = LanguageModelProposer(NGram(CODE * 3), Beaming(reach=1000.0))
    mixed = [lines[1], lines[2], "best = self.books[2]\n", lines[0]]
    assert [fill.text for fill in patient.read(document, hole, mixed, CancelToken())] == lines
    assert [fill.text for fill in proposer.read(document, hole, lines, CancelToken())] == lines[:1]
    written = proposer.propose(document, hole, Asked(), CancelToken(), lambda step: None)[0]
    assert written.log_prob == pytest.approx(proposer.read(document, hole, [written.text], CancelToken())[0].log_prob, abs=1.0)


def test_a_set_token_ends_the_reading(proposer: LanguageModelProposer) -> None:
    """And so does a model that knows middles, which does not read."""
    document, hole = cut("        best = self.books[0]\n")
    token, middles = CancelToken(), NGram(CODE)
    token.cancel()
    assert proposer.read(document, hole, ["        best = book\n"], token) == ()
    middles.fim = MIDDLE
    assert LanguageModelProposer(middles).read(document, hole, ["        best = book\n"], CancelToken()) == ()


NAMES = [
    ("total + book.pages", True, 0.0),
    ("total + shelves", True, 3.0),
    ("total + boo", False, 0.0),
    ("total + boo", True, 3.0),
    ("[x for x in books]", True, 0.0),
    ("extra = total", True, 0.0),
    ("lambda a, b: a", True, 0.0),
    ("'nowhere'", True, 0.0),
    ("print(len(books))", True, 0.0),
    ("total + ...", True, 8.0),
]
"""A fill, whether it ends, nats."""


@pytest.mark.parametrize(("text", "ends", "energy"), NAMES)
def test_unknown_names_cost(text: str, ends: bool, energy: float) -> None:
    """Names in sight, builtins, attributes, text and names that are being made cost nothing; a word may still become a known one."""
    assert names_in_sight(["def f(books, total): book"], ["pages"]).energy(text, ends) == energy


ONE = [
    ("a", True),
    ("a, b", False),
    ("a), (b", False),
    ("*a", False),
    ("x=1", False),
    ("(a, b)", True),
    ("[a\n]", True),
    ("", False),
    ("x for x in y", True),
]


@pytest.mark.parametrize(("text", "one"), ONE)
def test_one_expression(text: str, one: bool) -> None:
    """Exactly one, whatever brackets stand around it."""
    assert is_one_expression(text.encode()) == one


def test_a_cancelled_search_ends_with_what_it_has() -> None:
    """The token is asked at every step; what has ended by then is returned, and nothing more is asked of the model."""
    model = NGram(CODE * 3)
    proposer, token, steps = LanguageModelProposer(model), CancelToken(), list[Progress]()
    document, hole = cut("        best = self.books[0]\n")

    def watch(step: Progress) -> None:
        steps.append(step)
        if len(steps) == 3:
            token.cancel()
            watch.asked = model.asked  # type: ignore[attr-defined]  # what the model was asked until then

    proposer.propose(document, hole, Asked(), token, watch)
    assert len(steps) == 3
    assert model.asked == watch.asked  # type: ignore[attr-defined]  # as above
    assert proposer.propose(document, hole, Asked(), token, watch) == ()


def test_broken_surroundings_leave_the_grammar_out() -> None:
    """A file that no fill can mend is not masked by: the model writes, and what follows decides."""
    assert Lens().of(gaps_of(*cut("?", code="def f(:\nx = ?\n"))[0]).fills == ()

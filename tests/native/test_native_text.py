"""Text sync against a model that knows nothing of ropes: an array of code points and its code units."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from astral_native import Document, Encoding, Snapshot

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
UNITS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}

PIECES = [
    "a",
    "bc ",
    "é",
    "中",
    "😀",
    "𝒳",
    "\n",
    "\r\n",
    "\r",
    "\f",
    "\v",
    "\x1c",
    "\x85",
    "\u2028",
    "\u2029",
    "\ufeff",
    "\t",
    "x = 1\n",
    "'",
]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
coordinates = st.integers(0, 12) | st.integers(0, 2**31 - 1)


def width(character: str, encoding: Encoding) -> int:
    """Code units of one character."""
    return len(character.encode(CODECS[encoding])) // UNITS[encoding]


@dataclass
class Model:
    """A text as a list of code points; every question is answered by counting from the start."""

    points: list[str]
    encoding: Encoding

    def lines(self) -> list[tuple[int, int]]:
        """Start and end (before the terminator) of each line, in code points."""
        found, start, at = [], 0, 0
        while at < len(self.points):
            if self.points[at] in "\r\n":
                found.append((start, at))
                at += 2 if self.points[at : at + 2] == ["\r", "\n"] else 1
                start = at
            else:
                at += 1
        return [*found, (start, len(self.points))]

    def index(self, line: int, character: int) -> int:
        """Code point index of a position, clamped as LSP says."""
        lines = self.lines()
        if line >= len(lines):
            return len(self.points)
        start, end = lines[line]
        units = 0
        for at in range(start, end):
            units += width(self.points[at], self.encoding)
            if units > character:
                return at
        return end

    def position(self, index: int) -> tuple[int, int]:
        """Position of a code point index."""
        for line, (start, end) in reversed(list(enumerate(self.lines()))):
            if start <= index:
                return line, sum(width(point, self.encoding) for point in self.points[start : min(index, end)])
        raise AssertionError(index)

    def change(self, span: tuple[int, int, int, int] | None, text: str) -> None:
        """Apply one content change."""
        first, last = (0, len(self.points)) if span is None else sorted((self.index(*span[:2]), self.index(*span[2:])))
        self.points[first:last] = list(text)


changes = st.lists(st.tuples(st.none() | st.tuples(coordinates, coordinates, coordinates, coordinates), texts), max_size=6)


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None)
@given(text=texts, edits=changes)
def test_changes_leave_what_the_model_has(encoding: Encoding, text: str, edits: list[tuple[tuple[int, int, int, int] | None, str]]) -> None:
    """Any changes, with positions past ends, reversed or inside a character, give the model's text."""
    document, model = Document(text, 1, encoding), Model(list(text), encoding)
    before = document.snapshot()
    document.apply(list(edits), 2)
    for span, new in edits:
        model.change(span, new)
    after = document.snapshot()
    assert (after.text(), after.version) == ("".join(model.points), 2)
    assert (before.text(), before.version) == (text, 1)


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None)
@given(text=texts, line=coordinates, character=coordinates)
def test_offset_of_a_position(encoding: Encoding, text: str, line: int, character: int) -> None:
    """A position is the byte where the model's characters before it end."""
    index = Model(list(text), encoding).index(line, character)
    assert Snapshot(text).offset(line, character, encoding) == len(text[:index].encode())


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None)
@given(text=texts)
def test_position_of_every_offset(encoding: Encoding, text: str) -> None:
    """Every character boundary has the model's position, and its bytes have that of its start."""
    model, snapshot, offset = Model(list(text), encoding), Snapshot(text), 0
    assert snapshot.line_count == len(model.lines())
    for index, point in enumerate([*text, ""]):
        for inside in range(max(1, len(point.encode()))):
            assert snapshot.position(offset + inside, encoding) == model.position(index)
        offset += len(point.encode())


@settings(deadline=None)
@given(text=texts)
def test_offsets_survive_positions(text: str) -> None:
    """offset(position(o)) is o everywhere but between \\r and \\n, which no position names."""
    snapshot, source = Snapshot(text), text.encode()
    for encoding in ENCODINGS:
        for offset in {len(text[:index].encode()) for index in range(len(text) + 1)}:
            split = source[offset - 1 : offset + 1] == b"\r\n"
            assert snapshot.offset(*snapshot.position(offset, encoding), encoding) == offset - split


@settings(deadline=None)
@given(text=texts, data=st.data())
def test_slices_and_replacements(text: str, data: st.DataObject) -> None:
    """slice() and replaced() are Python's slicing of the UTF-8 bytes; the old snapshot keeps its text."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    a, b, c, d = (len(text[:cut].encode()) for cut in cuts)
    first, second = data.draw(texts), data.draw(texts)
    snapshot, source = Snapshot(text, 7), text.encode()
    assert snapshot.slice(a, b) == source[a:b].decode()
    edited = snapshot.replaced([(c, d, second), (a, b, first)] if b < c else [(a, b, first)])
    expected = source[:a] + first.encode() + (source[b:c] + second.encode() + source[d:] if b < c else source[b:])
    assert (edited.text(), edited.version) == (expected.decode(), 7)
    assert (snapshot.text(), snapshot.byte_len) == (text, len(source))


def test_changes_apply_in_order_to_the_result_of_the_one_before() -> None:
    """The second change counts in the text that the first one left; positions in the UTF-16 of an astral line."""
    document = Document("a = '😀'\nb\n", 1)
    document.apply([((0, 5, 0, 7), "x\ny"), ((1, 1, 1, 2), "!"), ((9, 9, 9, 9), "c")], 2)
    assert document.snapshot().text() == "a = 'x\ny!\nb\nc"


def test_an_empty_batch_only_moves_the_version() -> None:
    """A didChange without changes is legal."""
    document = Document("a\n", 1)
    document.apply([], 2)
    assert (document.snapshot().text(), document.snapshot().version) == ("a\n", 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: s.slice(0, 9), "past the end"),
        (lambda s: s.slice(2, 1), "before its start"),
        (lambda s: s.slice(1, 2), "inside a UTF-8 sequence"),
        (lambda s: s.position(9, "utf-8"), "past the end"),
        (lambda s: s.position(0, "utf-7"), "unknown position encoding"),
        (lambda s: s.offset(0, 0, "UTF-16"), "unknown position encoding"),
        (lambda s: s.replaced([(0, 3, ""), (2, 4, "")]), "inside a UTF-8|overlap"),
        (lambda s: s.replaced([(0, 4, ""), (3, 4, "")]), "overlap"),
        (lambda s: s.scope(9), "past the end"),
        (lambda s: s.enclosing(9), "past the end"),
        (lambda s: s.statement(9), "past the end"),
        (lambda s: s.dilate(3, 9), "past the end"),
        (lambda s: s.implicit_hole(9), "past the end"),
        (lambda s: s.replaced([(0, 1, "\ud800")]), "surrogates not allowed"),
        (lambda _: Snapshot("x = '\ud800'"), "surrogates not allowed"),
        (lambda _: Document("\udfff"), "surrogates not allowed"),
        (lambda _: Document("", 0, "utf-7"), "unknown position encoding"),  # type: ignore[arg-type]  # the mistake under test
    ],
)
def test_mistakes_of_the_caller_are_value_errors(call: object, message: str) -> None:
    """Offsets, spans, encodings and lone surrogates that no document can have are refused by name."""
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call(Snapshot("aé\nb"))


def test_other_threads_run_while_a_text_is_parsed() -> None:
    """A parse holds no lock of the interpreter: this thread counts on while another parses 2 MB."""
    started, finished, counted = threading.Event(), threading.Event(), 0

    def parse() -> None:
        started.set()
        Snapshot("x = f(a, b)\n" * 170_000)
        finished.set()

    thread = threading.Thread(target=parse)
    thread.start()
    started.wait()
    while not finished.is_set():
        counted += 1
    thread.join()
    assert counted > 1000


def test_a_snapshot_is_shared_and_a_document_changed_by_many_threads() -> None:
    """Answers of one snapshot are the same in every thread, and no change of a document is lost."""
    snapshot, document = Snapshot("def f(a):\n    return ...\n" * 200), Document("", 0)

    def work(number: int) -> tuple[object, ...]:
        for version in range(50):
            document.apply([((0, 0, 0, 0), f"{number}")], version)
        lexemes = snapshot.lexemes()
        return snapshot.holes(), snapshot.definitions(), lexemes.kinds(), lexemes.depths(), snapshot.sexp()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert sorted(document.snapshot().text()) == sorted("0123" * 50)

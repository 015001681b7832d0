"""Parts of the oracle that need no mypy: masks and their offsets, lines, frames on the wire, interpreters."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.holes import Fit, Span
from astral_runtime.types import wire
from astral_runtime.types.environment import interpreter
from astral_runtime.types.masked import CALL, TYPE, Lines, Mask, mask, region_form
from astral_runtime.types.overlay import Overlay
from astral_runtime.types.region import names_bound
from astral_runtime.verify.spec import Fault, Verdict

TEXTS = st.text(alphabet=st.sampled_from("ab (=.\n\r\tä€😀\ufeff#'_1"), max_size=60)


@st.composite
def masked_texts(draw: st.DrawFn) -> tuple[str, list[Mask]]:
    """A text with spans in it, on character boundaries, overlapping or not."""
    text = draw(TEXTS)
    kinds = st.sampled_from(["expression", "implicit", "block", "type", "region", "line"])
    cuts = st.integers(0, len(text))
    pairs = draw(st.lists(st.tuples(cuts, cuts, kinds), max_size=5))
    ends = [(len(text[: min(a, b)].encode()), len(text[: max(a, b)].encode()), kind) for a, b, kind in pairs]
    return text, [Mask(Span(a, b), kind) for a, b, kind in ends]


@given(masked_texts())
def test_masks_keep_lines_and_everything_else(case: tuple[str, list[Mask]]) -> None:
    """Outside of the pieces nothing changes, and no line break is lost or made."""
    text, masks = case
    found = mask(text, masks)
    data, masked = text.encode(), found.text.encode()
    kept, kept_masked, at, at_masked = b"", b"", found.dropped, 0
    for piece in found.pieces:
        kept += data[at : piece.span.start]
        kept_masked += masked[at_masked : piece.first]
        at, at_masked = piece.span.end, piece.last
    assert kept + data[at:] == kept_masked + masked[at_masked:]
    assert [masked.count(each) for each in (b"\n", b"\r")] == [data.count(each) for each in (b"\n", b"\r")]


@given(masked_texts())
def test_offsets_go_there_and_back(case: tuple[str, list[Mask]]) -> None:
    """A document offset outside of all holes comes back as itself; one inside comes back as the hole's start."""
    text, masks = case
    found = mask(text, masks)
    for offset in range(found.dropped, len(text.encode()) + 1):
        holder = next((piece for piece in found.pieces if piece.span.start <= offset < piece.span.end), None)
        expected = offset if holder is None else holder.span.start
        assert found.to_document(found.to_masked(offset)) == expected


@given(masked_texts())
def test_pieces_are_where_they_say(case: tuple[str, list[Mask]]) -> None:
    """Line, start and end of a piece are those of its call in the masked text, and no two agree in line and number."""
    text, masks = case
    found = mask(text, masks)
    lines = Lines(found.text)
    for piece in found.holes:
        assert found.text.encode()[piece.start : piece.end].startswith((CALL.encode(), TYPE.encode(), b"return ", b"if "))
        assert lines.line(piece.start) == piece.line
    assert len({(piece.line, piece.ordinal) for piece in found.holes}) == len([*found.holes])


@given(TEXTS)
def test_lines_partition_the_text(text: str) -> None:
    """Lines as mypy counts them, one after another, are the text."""
    lines = Lines(text)
    data = text.encode()
    assert b"".join(lines.lines) == data
    for number, start in enumerate(lines.starts, start=1):
        assert lines.line(start) == number or lines.lines[number - 1] == b""
        assert lines.offset(number, 0) == start
        assert start <= lines.end(number) <= len(data)


@pytest.mark.parametrize(
    ("text", "span", "kind", "masked"),
    [
        ("x = ...\n", (4, 7), "expression", "x = __hole__(1)\n"),
        ("x = (...,\n  1)\n", (4, 14), "expression", "x = __hole__(1\n)\n"),
        ("return\n", (6, 6), "implicit", "return __hole__(1)\n"),
        ("f(a, )\n", (5, 5), "implicit", "f(a, __hole__(1))\n"),
        ("def f(x: ...): pass\n", (9, 12), "type", "def f(x: __Hole__): pass\n"),
        ("def f():\n    ...\n", (13, 16), "block", "def f():\n    return __hole__(1)\n"),
        ("def f():\n    ...\n    g()\n", (13, 16), "block", "def f():\n    __hole__(1)\n    g()\n"),
        ("    a = 1\n    b = 2\n", (0, 20), "region", "    __hole__(1\n)\n"),
        ("f(\n  a,\n  b=1,\n  c=2)\n", (10, 14), "region", "f(\n  a,\n  **__hole__(1),\n  c=2)\n"),
        ("f(\n  a,\n  b,\n  c)\n", (10, 12), "region", "f(\n  a,\n  __hole__(1),\n  c)\n"),
        ("x = {\n  1: 2,\n  3: 4}\n", (8, 13), "region", "x = {\n  **__hole__(1),\n  3: 4}\n"),
        ("x = (a\n  or b)\n", (9, 13), "region", "x = (a\n  or __hole__(1))\n"),
        ("b = 1,\n", (0, 6), "region", "__hole__(1)\n"),
        ("try:\n  a\nexcept B as e:\n  c\n", (9, 23), "region", "try:\n  a\nexcept __hole__(1) as e:\n  c\n"),
        ("if a:\n  b\nelif c:\n  d\n", (10, 17), "region", "if a:\n  b\nelif __hole__(1):\n  d\n"),
        ("def f(:\n    x = 1\n", (0, 7), "line", "if __hole__(1):\n    x = 1\n"),
        ("x = =\ny = 1\n", (0, 5), "line", "__hole__(1)\ny = 1\n"),
        ("\ufeffx = ...", (7, 10), "expression", "x = __hole__(1)"),
    ],
)
def test_how_holes_are_masked(text: str, span: tuple[int, int], kind: str, masked: str) -> None:
    """Each kind of hole becomes what mypy can read in its place."""
    assert mask(text, [Mask(Span(*span), kind)]).text == masked


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("a + 1", "expression"),
        ("a,\n b", "expression"),
        ("x for x in y", "expression"),
        ("a = 1", "statement"),
        ("    a = 1\n    return a\n", "statement"),
        ("a = 1\n    return a", "statement"),
        ("for x in y:\n    pass\n", "statement"),
        ("+ 1)", "expression"),
        ("", "expression"),
    ],
)
def test_forms_of_regions(text: str, form: str) -> None:
    """A selection is statements only if it is not an expression and parses as such."""
    assert region_form(text) == form


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("    a = b = 1\n    c += 1\n", {"a", "b", "c"}),
        ("for i, (j, *k) in x:\n    pass\n", {"i", "j", "k"}),
        ("import os.path as p, sys\nfrom a import b as c, d\n", {"p", "sys", "c", "d"}),
        ("def f(): pass\nclass C: pass\n", {"f", "C"}),
        ("with x as y: (z := 1)\n", {"y", "z"}),
        ("a =", set()),
    ],
)
def test_names_that_statements_bind(text: str, names: set[str]) -> None:
    """What a selection binds is what the code below may miss when it is masked."""
    assert names_bound(text) == names


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)))
def test_frames(value: object) -> None:
    """What is written is what is read, however odd its text; then the stream ends."""
    stream = io.BytesIO(wire.encode({"value": value}) * 2)
    assert [wire.read(stream), wire.read(stream), wire.read(stream)] == [{"value": value}, {"value": value}, None]


@pytest.mark.parametrize("noise", [b"\xff" * 8, b"\x00\x00\x00\x04{{{{", b"\x00\x00\x00\x02[]"])
def test_noise_on_the_wire(noise: bytes) -> None:
    """What is no frame is said to be none."""
    with pytest.raises(wire.Garbled):
        wire.read(io.BytesIO(noise))


def test_a_cut_frame_is_an_end() -> None:
    """A process that dies while writing leaves nothing to read."""
    frame = wire.encode({"a": "text"})
    assert [wire.read(io.BytesIO(frame[:length])) for length in range(len(frame))] == [None] * len(frame)


def test_values_on_the_wire() -> None:
    """Fits, faults and verdicts survive the trip."""
    fit = Fit("a ▢", 1.5, ("import a",))
    fault = Fault("no", Span(1, 2), "code")
    verdict = Verdict("types", "fail", "no", (fault, Fault("elsewhere")))
    assert wire.fit_from(wire.fit_row(fit)) == fit
    assert wire.fault_from(wire.fault_row(fault)) == fault
    assert wire.verdict_from(wire.verdict_message(verdict)) == verdict


def test_our_own_interpreter(tmp_path: Path) -> None:
    """Without a virtual environment, packages are those that we run with."""
    found = interpreter(tmp_path, None)
    assert found.version == sys.version_info[:2]
    assert any(Path(entry, "mypy").is_dir() for entry in found.packages)


@pytest.mark.parametrize(
    ("config", "lines", "version"),
    [
        ("version = 3.12.4\n", "", (3, 12)),
        ("version_info = 3.13.0.final.0\nhome = /usr/bin\n", "# a remark\nimport os\n\n../nowhere\n", (3, 13)),
        ("", "", (3, 11)),
    ],
)
def test_environments_are_read_not_run(tmp_path: Path, config: str, lines: str, version: tuple[int, int]) -> None:
    """Version and directories come from files alone."""
    site = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(config)
    (site / "more.pth").write_text(lines)
    found = interpreter(tmp_path, None)
    assert (found.version, found.packages) == (version, (str(site),))
    assert interpreter(None, str(tmp_path / ".venv" / "bin" / "python")) == found


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("x = 1\n", b"x = 1\n"),
        ("# -*- coding: latin-1 -*-\nx = 'ä'\n", "# -*- c0ding: latin-1 -*-\nx = 'ä'\n".encode()),
        ("#!/bin/python\n# vim: set fileencoding=latin-1 :\n", b"#!/bin/python\n# vim: set fileenc0ding=latin-1 :\n"),
        ("x = 1\ny = 2\n# coding: latin-1\n", b"x = 1\ny = 2\n# coding: latin-1\n"),
    ],
)
def test_buffers_over_files(tmp_path: Path, text: str, seen: bytes) -> None:
    """A buffer hides the file, is UTF-8 whatever it says of itself, and gives the file back when it is dropped."""
    path = str(tmp_path / "a.py")
    overlay = Overlay()
    assert not overlay.isfile(path)
    overlay.flush()
    overlay.put(path, text)
    assert (overlay.read(path), overlay.isfile(path), overlay.exists(path, real_only=True)) == (seen, True, False)
    assert "a.py" in overlay.listdir(str(tmp_path))
    overlay.drop(path)
    overlay.flush()
    assert not overlay.isfile(path)

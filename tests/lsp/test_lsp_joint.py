"""Joint fills: edits made one after the other are one set of edits of the text as it was."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from editor import HOLE_IMPORT
from hypothesis import given
from hypothesis import strategies as st
from scripted import ScriptedEngine

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit, FillOptions
from astral_runtime.holes import Span
from astral_runtime.joint import Patch, fill_jointly


def document(text: str) -> DocumentSnapshot:
    """A document of that text."""
    return DocumentSnapshot(Path("a.py"), Snapshot(text))


def applied(text: str, edit: Edit) -> str:
    """One edit on text that has one byte a character."""
    return text[: edit.span.start] + edit.new_text + text[edit.span.end :]


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.text("abc", min_size=1, max_size=4), st.booleans()), unique_by=lambda each: each[0], max_size=8
    )
)
def test_a_patch_is_its_edits_in_turn(script: list[tuple[int, str, bool]]) -> None:
    """Replacing holes in any order, with imports inserted at the head between them."""
    text = "HEAD " + " ".join(f"({n})" for n in range(10))
    now, patch = text, Patch()
    for place, new_text, with_import in script:
        at = text.index(f"({place})")
        edit = Edit(patch.forward(Span(at, at + 3)), new_text)
        assert now[edit.span.start : edit.span.end] == f"({place})"
        patch.add(edit)
        now = applied(now, edit)
        if with_import:
            head = Edit(Span(0, 0), "I")
            patch.add(head)
            now = applied(now, head)
    assert patch.apply(document(text)).text == now
    spans = [edit.span for edit in patch.edits]
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_each_hole_is_filled_with_the_earlier_ones_standing() -> None:
    """Holes that fail stay open; imports come once; the edits are of the original text."""
    text = 'a = hole("import abc")\nb = hole("none")\nc = hole("x?types")\nd = hole("é")\ne = hole("a")\n' + HOLE_IMPORT
    seen: list[str] = []
    engine = ScriptedEngine()
    start = document(text)

    def fill(snapshot: DocumentSnapshot, hole: object) -> object:
        seen.append(snapshot.text)
        return engine.fill(snapshot, hole, FillOptions(), CancelToken(), lambda step: None)  # type: ignore[arg-type]  # a Hole

    joint = fill_jointly(start, start.holes(), fill)  # type: ignore[arg-type]  # returns a Fill
    assert [each.status for each in joint.fills] == ["accepted", "rejected", "degraded", "accepted", "accepted"]
    assert joint.filled == 3
    assert seen[1].startswith("import abc\na = abc\n")
    assert seen[4].splitlines()[4] == "d = é"
    patched = start.native.replaced([(edit.span.start, edit.span.end, edit.new_text) for edit in joint.edits])
    assert patched.text() == 'import abc\na = abc\nb = hole("none")\nc = hole("x?types")\nd = é\ne = a\n' + HOLE_IMPORT

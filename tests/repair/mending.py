"""Names that the tests of repair share."""

from __future__ import annotations

from collections.abc import Callable

from astral_runtime.document import DocumentSnapshot
from astral_runtime.repair import Diagnosis, Repair

DEADLINE_MS = 60_000
"""Much longer than any answer takes, also on a busy machine."""

Diagnosed = Callable[..., Diagnosis]
"""`diagnosed(text, name="buffer.py")`: what is wrong with an unsaved buffer."""


def applied(document: DocumentSnapshot, repair: Repair) -> str:
    """The text with a repair in it, its edits made from the last to the first."""
    data = document.text.encode()
    for edit in reversed(repair.all_edits):
        data = data[: edit.span.start] + edit.new_text.encode() + data[edit.span.end :]
    return data.decode()

"""Import edits: where a missing import goes, and when none is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.imports import import_edits

NEEDED = "from decimal import Decimal"

CASES = {
    "empty file": ("", f"{NEEDED}\n\n"),
    "no imports": ("x = 1\n", f"{NEEDED}\n\nx = 1\n"),
    "after a docstring": ('"""Doc."""\nx = 1\n', f'"""Doc."""\n{NEEDED}\nx = 1\n'),
    "after comments and docstring": ('#!/bin/sh\n# c\n"""Doc."""\n\nx = 1\n', f'#!/bin/sh\n# c\n"""Doc."""\n{NEEDED}\n\nx = 1\n'),
    "after the last import": ("import os\nimport re\n\nx = 1\n", f"import os\nimport re\n{NEEDED}\n\nx = 1\n"),
    "after a future import": ("from __future__ import annotations\n", f"from __future__ import annotations\n{NEEDED}\n"),
    "after a bracketed import": ("from os import (\n    path,\n)\nx = 1\n", f"from os import (\n    path,\n)\n{NEEDED}\nx = 1\n"),
    "imports inside functions do not count": ("import os\ndef f():\n    import re\n", f"import os\n{NEEDED}\ndef f():\n    import re\n"),
    "no final newline": ("import os", f"import os\n{NEEDED}\n"),
    "CRLF": ("import os\r\nx = 1\r\n", f"import os\r\n{NEEDED}\r\nx = 1\r\n"),
    "named in text": (f'"""\n{NEEDED}\n"""\nx = 1\n', f'"""\n{NEEDED}\n"""\n{NEEDED}\nx = 1\n'),
    "imported in a function only": (f"def f():\n    {NEEDED}\n", f"{NEEDED}\n\ndef f():\n    {NEEDED}\n"),
    "imported for checking only": (f"if TYPE_CHECKING:\n    {NEEDED}\nx = 1\n", f"{NEEDED}\n\nif TYPE_CHECKING:\n    {NEEDED}\nx = 1\n"),
    "already there": (f"{NEEDED}\nx = 1\n", f"{NEEDED}\nx = 1\n"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_missing_import_goes_below_the_imports(case: str) -> None:
    """The edit keeps docstring, future imports and line breaks, and the result holds the import once."""
    before, after = CASES[case]
    native = Snapshot(before)
    edits = import_edits(DocumentSnapshot(Path("a.py"), native), [NEEDED, NEEDED])
    assert native.replaced([(e.span.start, e.span.end, e.new_text) for e in edits]).text() == after

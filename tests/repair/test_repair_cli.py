"""`astral-lsp repair` as its user runs it."""

from __future__ import annotations

import json
from pathlib import Path

from running import Run

BROKEN = """from dataclasses import dataclass


@dataclass
class Item:
    name: str
    price: float


def total(items: list[Item]) -> float:
    sum(item.price for item in itmes)


def dump(items: list[Item]) -> str:
    return json.dumps([item.nmae for item in items])
"""

MENDED = """from dataclasses import dataclass
import json


@dataclass
class Item:
    name: str
    price: float


def total(items: list[Item]) -> float:
    return sum(item.price for item in items)


def dump(items: list[Item]) -> str:
    return json.dumps([item.name for item in items])
"""


def test_write_repairs_the_file(run: Run, tmp_path: Path) -> None:
    """Several errors, one after the other; encoding, BOM and line breaks stay; the JSON says what was done."""
    path = tmp_path / "shop.py"
    broken, mended = (text.replace("\n", "\r\n") for text in (BROKEN, MENDED))
    path.write_bytes(b"\xef\xbb\xbf" + broken.encode())
    done = run("repair", path, "--write", "--json", "--budget-ms", "60000")
    assert (done.returncode, done.stderr) == (0, "")
    payload = json.loads(done.stdout)
    assert path.read_bytes() == b"\xef\xbb\xbf" + mended.encode()
    assert (payload["status"], payload["left"]) == ("accepted", [])
    (candidate,) = payload["candidates"]
    assert candidate["text"] == mended
    assert candidate["verdicts"] == {"syntax": "pass", "types": "pass", "tests": "skipped", "spec": "skipped"}
    assert [each["title"] for each in payload["repairs"]] == ["add `return`", "`itmes` → `items`", "add `import json`", "`nmae` → `name`"]
    assert _applied(broken, candidate["edits"]) == candidate["text"]


def test_what_cannot_be_repaired_is_left_and_said(run: Run, tmp_path: Path) -> None:
    """Exit 1 while an error is left; without --write nothing is written; the diff shows what would be."""
    path = tmp_path / "shop.py"
    text = "def use(n: complex) -> None: ...\n\n\nuse(object())\nuse(reel)\nreal = 1.0\n"
    path.write_text(text)
    done = run("repair", path, "--cycles", "1")
    assert done.returncode == 1
    assert path.read_text() == text
    assert "no repair passes the verifiers" in done.stdout
    assert "nothing written" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_file_without_errors(run: Run, tmp_path: Path) -> None:
    """Nothing to do is no error."""
    path = tmp_path / "fine.py"
    path.write_text("x: int = 1\n")
    done = run("repair", path)
    assert (done.returncode, done.stdout) == (0, f"{path}: no errors\n")


def test_bad_input(run: Run, tmp_path: Path) -> None:
    """Refused in one line, as by every command."""
    for arguments, reason in (
        (["none.py"], "none.py: no such file"),
        (["."], ".: is a directory"),
        (["x.py", "--cycles", "0"], "--cycles"),
    ):
        done = run("repair", *arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert reason in done.stderr
        assert done.stderr.count("\n") == 1


def _applied(text: str, edits: list[dict[str, object]]) -> str:
    """Edits of the contract, made by an implementation of its own: lines and UTF-16 characters of an ASCII text."""
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
    for edit in reversed(edits):
        place = edit["range"]
        assert isinstance(place, dict)
        start, end = (starts[place[side]["line"]] + place[side]["character"] for side in ("start", "end"))
        text = text[:start] + str(edit["new_text"]) + text[end:]
    return text

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


COUNTING = """def above(values: list[int], limit: int) -> int:
    # é: bytes are no characters
    return len([value for value in values if value >= limit])
"""

ITS_TESTS = """from counting import above


def test_above():
    assert above([1, 4, 9], 4) == 1


def test_none():
    assert above([], 4) == 0
"""


def test_what_tests_reject_is_repaired(run: Run, tmp_path: Path) -> None:
    """The contract's JSON; the candidate is the file with exactly its edits made; --write writes just that, line breaks and all."""
    path, tests = tmp_path / "counting.py", tmp_path / "test_counting.py"
    broken, mended = (text.replace("\n", "\r\n") for text in (COUNTING, COUNTING.replace(">=", ">")))
    path.write_bytes(broken.encode())
    tests.write_text(ITS_TESTS)
    done = run("repair", path, "--tests", tests, "--write", "--json", "--budget-ms", "100000")
    payload = json.loads(done.stdout)
    assert (done.returncode, done.stderr, payload["status"], payload["left"]) == (0, "", "accepted", [])
    assert payload["repairs"][0]["title"] == "`>=` → `>`"
    first = payload["candidates"][0]
    assert (first["text"], path.read_bytes()) == (mended, mended.encode())
    assert first["verdicts"] == {"syntax": "pass", "types": "pass", "tests": "pass", "spec": "skipped"}
    assert first["edits"] == [{"range": {"start": {"line": 2, "character": 52}, "end": {"line": 2, "character": 53}}, "new_text": ""}]
    assert (payload["tests"]["passed"], payload["tests"]["failed"]) == (1, 1)
    assert payload["elapsed_ms"] > 0


def test_tests_that_pass_hold_a_repair_of_types_to_account(run: Run, tmp_path: Path) -> None:
    """What mypy rejects is repaired as ever, and the tests run on it; what they break on is not written."""
    path, tests = tmp_path / "shop.py", tmp_path / "test_shop.py"
    path.write_text(BROKEN)
    tests.write_text("from shop import Item\n\n\ndef test_item():\n    assert Item('a', 1.0).price == 1.0\n")
    payload = json.loads(run("repair", path, "--tests", tests, "--json", "--budget-ms", "60000").stdout)
    assert payload["status"] == "accepted"
    assert payload["candidates"][0]["text"] == MENDED
    assert payload["candidates"][0]["verdicts"]["tests"] == "pass"


def test_what_no_candidate_cures_is_said(run: Run, tmp_path: Path) -> None:
    """Exit 1, nothing written, the failing test named on the terminal."""
    path, tests = tmp_path / "one.py", tmp_path / "test_one.py"
    path.write_text("def one() -> int:\n    return 1\n")
    tests.write_text("from one import one\n\n\ndef test_one():\n    assert one() == 987654321\n")
    done = run("repair", path, "--tests", tests, "--write", "--budget-ms", "3000")
    assert done.returncode == 1
    assert path.read_text() == "def one() -> int:\n    return 1\n"
    assert "test_one.py::test_one: AssertionError: assert 1 == 987654321" in done.stdout
    assert "no repair passes the tests" in done.stdout


def test_bad_input(run: Run, tmp_path: Path) -> None:
    """Refused in one line, as by every command."""
    (tmp_path / "fine.py").write_text("x = 1\n")
    for arguments, reason in (
        (["none.py"], "none.py: no such file"),
        (["."], ".: is a directory"),
        (["x.py", "--cycles", "0"], "--cycles"),
        (["fine.py", "--tests", "none.py"], "none.py: no such file"),
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

"""`holes` and `fill` on the example shop, as their user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from running import Run

MODULES = ("inventory.py", "cart.py", "orders.py")
VERDICTS = {"pass", "fail", "skipped"}


def payload(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1, "exactly one JSON document"
    return json.loads(done.stdout)


def test_every_hole_of_the_shop_is_found_and_typed(run: Run, shop: Path) -> None:
    """The three modules have holes of every kind; what each wants is mypy's word."""
    wanted: dict[str, list[tuple[str, str | None]]] = {}
    for module in MODULES:
        holes = payload(run("holes", shop / module, "--json"))["holes"]
        assert [hole["id"] for hole in holes] == [f"h{n}" for n in range(1, len(holes) + 1)]
        wanted[module] = [(hole["kind"], hole["expected_type"]) for hole in holes]
    assert wanted["cart.py"] == [
        ("expression", "float"),
        ("expression", "Line"),
        ("expression", "float"),
        ("expression", "bool | int"),  # as the first overload of sum() has it
        ("expression", "str"),
        ("expression", "Category"),
        ("expression", "bool"),
        ("expression", "float"),
        ("expression", "str"),
        ("expression", wanted["cart.py"][9][1]),  # max's key: any comparable type, spelt as mypy spells its protocols
        ("block", "Item"),
        ("type", wanted["cart.py"][11][1]),
    ]
    assert sum(len(holes) for holes in wanted.values()) >= 15
    assert {kind for holes in wanted.values() for kind, _ in holes} == {"expression", "block", "type"}


def test_fill_prints_verified_candidates_and_writes_nothing(run: Run, shop: Path) -> None:
    """Without --write the file stays; an accepted fill has passed syntax and types, and no other verdict is claimed."""
    before = (shop / "cart.py").read_bytes()
    fills = payload(run("fill", shop / "cart.py", "--json"))["fills"]
    assert (shop / "cart.py").read_bytes() == before
    assert len(fills) == 12
    for fill in fills:
        for candidate in fill["candidates"]:
            assert set(candidate["verdicts"]) == {"syntax", "types", "tests", "spec"}
            assert set(candidate["verdicts"].values()) <= VERDICTS
            assert candidate["verdicts"]["tests"] == "skipped"
        if fill["status"] == "accepted":
            assert fill["candidates"][0]["verdicts"] | {"tests": "", "spec": ""} == {
                "syntax": "pass",
                "types": "pass",
                "tests": "",
                "spec": "",
            }
    best = {fill["hole"]: fill["candidates"][0]["text"] for fill in fills if fill["status"] == "accepted"}
    assert best["h1"] == "self.quantity"
    assert best["h2"] == "Line(item, quantity)"
    assert "line.quantity" in [candidate["text"] for candidate in next(fill for fill in fills if fill["hole"] == "h4")["candidates"][:2]]
    assert len(best) >= 10


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_write_fills_the_file_so_that_mypy_agrees(run: Run, shop: Path, newline: str) -> None:
    """What --write leaves type-checks by a mypy of its own; every line without a hole is byte for byte the same."""
    path = shop / "cart.py"
    source = path.read_text(encoding="utf-8").replace("\n", newline)
    path.write_bytes(b"\xef\xbb\xbf" + source.encode())
    fills = payload(run("fill", path, "--write", "--json"))["fills"]
    written = path.read_bytes()
    assert written.startswith(b"\xef\xbb\xbf")
    assert all(fill["status"] == "accepted" for fill in fills), [(f["hole"], f["why"]) for f in fills if f["status"] != "accepted"]
    kept = [line for line in source.split(newline) if "..." not in line and "hole(" not in line]
    after = written[3:].decode().split(newline)
    assert [line for line in after if line in set(kept)] == kept
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir=/dev/null", "--follow-imports=silent", "cart.py"],
        cwd=shop,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_one_hole_or_one_range_can_be_filled(run: Run, shop: Path) -> None:
    """--hole and --range (0-based, UTF-16) choose; the answer names the region it replaces."""
    one = payload(run("fill", shop / "cart.py", "--hole", "h4", "--json"))["fills"]
    assert [fill["hole"] for fill in one] == ["h4"]
    place = one[0]["range"]
    spelt = "{start[line]}:{start[character]}-{end[line]}:{end[character]}".format(**place)
    same = payload(run("fill", shop / "cart.py", "--range", spelt, "--json"))["fills"]
    assert same[0]["range"] == place
    assert same[0]["candidates"][0]["text"] == one[0]["candidates"][0]["text"]


def test_a_file_without_holes_is_fine(run: Run, tmp_path: Path) -> None:
    """Nothing to do is not an error."""
    path = tmp_path / "done.py"
    path.write_text("x = 1\n")
    assert payload(run("fill", path, "--json")) == {"fills": []}
    assert payload(run("holes", path, "--json")) == {"holes": []}
    assert "no holes" in run("fill", path).stdout


def test_in_a_pipe_the_output_is_plain_text(run: Run, shop: Path) -> None:
    """No escape codes where nobody draws; badges show only verdicts that were obtained."""
    done = run("fill", shop / "cart.py", "--hole", "h1")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "✓ syntax  ✓ types" in done.stdout
    assert "✓ tests" not in done.stdout

"""`infill`: tasks in, answers out, in order, one line each; bad lines are named."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import Any

import pytest

HEAD = "def total(prices: list[float], rate: float) -> float:\n"
TASKS: list[dict[str, Any]] = [
    {"id": 1, "path": "a.py", "prefix": f"{HEAD}    subtotal = sum(prices)\n    return subtotal * ", "suffix": "\n"},
    {"id": "loop", "path": "b.py", "prefix": f"{HEAD}    subtotal = 0.0\n", "suffix": "        subtotal += price\n    return subtotal\n"},
    {"id": None, "path": "c.py", "prefix": f"{HEAD}    subtotal = sum(prices)\n", "suffix": "\n\nX = 1\n", "candidates": 1},
    {"id": [4], "path": "d.py", "prefix": "x = 'é' + ", "suffix": "\ny = x\n"},
]
FIRST = ["rate", "    for price in prices:\n"]


def infill(lines: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "astral_lsp", "infill", *arguments]
    return subprocess.run(command, input=lines, capture_output=True, text=True, encoding="utf-8", timeout=240, check=False)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_answers_come_in_order_and_fit_verbatim(workers: str) -> None:
    """Prefix, text and suffix make a file that parses; what was verified says so; blank lines ask for nothing."""
    done = infill("\n".join(json.dumps(task) for task in TASKS) + "\n\n", "--workers", workers, "--proposers", "search")
    assert (done.returncode, done.stderr) == (0, "")
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [task["id"] for task in TASKS]
    assert [answer["candidates"][0]["text"] for answer in answers[:2]] == FIRST
    assert len(answers[2]["candidates"]) == 1
    for task, answer in zip(TASKS, answers, strict=True):
        assert answer["elapsed_ms"] > 0
        for candidate in answer["candidates"]:
            assert set(candidate["verdicts"]) == {"syntax", "types", "tests", "spec"}
            if candidate["verdicts"]["syntax"] == "pass":
                ast.parse(task["prefix"] + candidate["text"] + task["suffix"])


BAD = {
    "no JSON": ("{", "line 1 is no JSON"),
    "no object": ("[]", "line 1 is no object with an id"),
    "no id": ('{"path": "a.py", "prefix": "", "suffix": ""}', "line 1 is no object with an id"),
    "no suffix": ('{"id": 1, "path": "a.py", "prefix": ""}', "line 1 has no text 'suffix'"),
    "a root that is a number": ('{"id": 1, "path": "a.py", "prefix": "", "suffix": "", "root": 7}', "'root' that is no text"),
    "no candidates": ('\n{"id": 1, "path": "a.py", "prefix": "", "suffix": "", "candidates": 0}', "line 2 has a 'candidates'"),
    "no budget": ('{"id": 1, "path": "a.py", "prefix": "", "suffix": "", "budget_ms": true}', "line 1 has a 'budget_ms'"),
}


@pytest.mark.parametrize(("lines", "reason"), BAD.values(), ids=BAD)
def test_bad_lines_are_named(lines: str, reason: str) -> None:
    """Exit 2, one line on standard error, nothing on standard output."""
    done = infill(lines + "\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert done.stderr.count("\n") == 1


def test_unknown_proposers_are_named() -> None:
    """Nothing is read before the options are understood."""
    done = infill("", "--proposers", "search,magic")
    assert done.returncode == 2
    assert "'magic' is none of search, values, denoiser" in done.stderr

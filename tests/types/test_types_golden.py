"""Golden files of σ: every hole of `tests/golden/hole_types/*.py` names its expected type and reason on the line beneath.

    return ...
    # σ float  ← return type of total

`ASTRAL_UPDATE_GOLDEN=1 pytest tests/types/test_types_golden.py` (or `pytest --update`, where the option is known) rewrites them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from patience import DEADLINE_MS

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import HoleContext
from astral_runtime.types.client import Oracle

FOLDER = Path(__file__).parents[1] / "golden" / "hole_types"
FILES = sorted(FOLDER.glob("*.py"))
EXPECTED = re.compile(r"^\s*# σ (?P<type>.*?)  ← (?P<because>.*)$")


def told(context: HoleContext) -> str:
    """What a golden line says of a hole."""
    return f"{context.expected_type or '?'}  ← {context.expected_because}"


def contexts_of(oracle: Oracle, path: Path, text: str) -> list[tuple[int, str]]:
    """The 0-based line of each hole with what the oracle says of it."""
    document = DocumentSnapshot(path, Snapshot(text), 1, path.parent)
    found = oracle.contexts(document, document.holes(), DEADLINE_MS)
    return [(document.native.position(each.hole.span.end, "utf-8")[0], told(each)) for each in found]


def expectations(text: str) -> list[tuple[int, str]]:
    """The line above each run of golden lines, with each of them."""
    found: list[tuple[int, str]] = []
    above = 0
    for number, line in enumerate(text.splitlines()):
        match = EXPECTED.match(line)
        if match is None:
            above = number
        else:
            found.append((above, f"{match['type']}  ← {match['because']}"))
    return found


def without_expectations(text: str) -> str:
    """The bare code."""
    return "".join(line for line in text.splitlines(keepends=True) if not EXPECTED.match(line))


def with_expectations(text: str, found: list[tuple[int, str]]) -> str:
    """The bare code with golden lines beneath its holes."""
    out: list[str] = []
    for number, line in enumerate(text.splitlines(keepends=True)):
        out.append(line)
        indent = line[: len(line) - len(line.lstrip())]
        out += [f"{indent}# σ {said}\n" for at, said in found if at == number]
    return "".join(out)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_expected_types(oracle: Oracle, path: Path, request: pytest.FixtureRequest) -> None:
    """σ and its reason are what the golden file says, hole by hole."""
    text = path.read_text(encoding="utf-8")
    if request.config.getoption("--update", default=False) or os.environ.get("ASTRAL_UPDATE_GOLDEN"):
        bare = without_expectations(text)
        path.write_text(with_expectations(bare, contexts_of(oracle, path, bare)), encoding="utf-8")
        return
    assert contexts_of(oracle, path, text) == expectations(text)


def test_there_are_enough_cases() -> None:
    """The bar of the issue is sixty; a golden file that lost its lines would go unnoticed otherwise."""
    assert sum(len(expectations(path.read_text(encoding="utf-8"))) for path in FILES) >= 180

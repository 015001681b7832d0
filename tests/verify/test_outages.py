"""The table of docs/outages.md, row by row: each verifier missing or dying gives an explicit, repeatable verdict and status (§4.3)."""

from __future__ import annotations

import os
import re
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken, Fill, FillOptions
from astral_runtime.pipeline import Pipeline
from astral_runtime.sandbox import level, run
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify import formal
from astral_runtime.verify.contract import REQUIRED
from astral_runtime.verify.spec import Verdict

DOCS = Path(__file__).resolve().parents[2] / "docs" / "outages.md"
ROW = re.compile(r"^\| ([^|]+) \| (\w+) skipped \| ([^|]+) \| (\w+) \|$", re.MULTILINE)

SOURCE = 'def smaller(a: int, b: int) -> int:\n    """\n    >>> smaller(1, 2)\n    1\n    """\n    return ...\n'
CONTRACT = 'def up(a: int) -> int:\n    """\n    post: __return__ >= a\n    """\n    return ...\n'
PLAIN = "def same(a: int) -> int:\n    return ...\n"
UNLOADABLE = SOURCE + "\n\nraise SystemExit(3)\n"

WITHOUT_MYPY = (sys.executable, "-P", "-c", "import sys; sys.modules['mypy'] = None; from astral_runtime.types.process import main; main()")
ENDS = (sys.executable, "-c", "raise SystemExit(3)")
MUTE = (sys.executable, "-c", "import sys; sys.stdin.read()")


@dataclass
class Arranged:
    """One outage: how oracle and sandbox are set up, what is filled, and what is done just before."""

    oracle: dict[str, Any] = field(default_factory=dict)
    sandbox: dict[str, Any] = field(default_factory=dict)
    source: str = SOURCE
    budget_ms: int = 60_000
    before: Callable[[pytest.MonkeyPatch, Oracle], None] = lambda patch, oracle: None


def without_bubblewrap(patch: pytest.MonkeyPatch, _oracle: Oracle) -> None:
    patch.setattr(level, "bubblewrap", lambda: "left out by this test")
    patch.setattr(run, "bubblewrap", lambda: "left out by this test")


def closed(_patch: pytest.MonkeyPatch, oracle: Oracle) -> None:
    oracle.close()


def without_crosshair(patch: pytest.MonkeyPatch, _oracle: Oracle) -> None:
    patch.setattr(formal, "_sites", list)


def broken_python(folder: Path) -> str:
    path = folder / "python-that-ends"
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    return str(path)


def bare_python(folder: Path) -> str:
    venv.create(folder / "bare")
    return str(folder / "bare" / ("Scripts" if os.name == "nt" else "bin") / "python")


def arrangements(folder: Path) -> dict[str, Arranged]:
    """How each row of the table comes about."""
    patient = {"restart_limit": 1000, "backoff_ms": 0}
    untrusted = {"trusted": False}
    return {
        "mypy is not installed": Arranged({"command": WITHOUT_MYPY}),
        "the oracle process ends at once": Arranged({"command": ENDS, **patient}),
        "the oracle process cannot be started": Arranged({"command": ("/nonexistent/python",)}),
        "the oracle does not answer in time": Arranged({"command": MUTE}, budget_ms=400),
        "the oracle was closed": Arranged(before=closed),
        "the workspace is not trusted": Arranged(sandbox=untrusted),
        "no bubblewrap, limits alone not wanted": Arranged(sandbox={"limits_only": False}, before=without_bubblewrap),
        "the workspace's Python is gone": Arranged(sandbox={"python": str(folder / "gone")}, before=without_bubblewrap),
        "the workspace's Python ends at once": Arranged(sandbox={"python": broken_python(folder)}, before=without_bubblewrap),
        "the module does not load": Arranged(source=UNLOADABLE),
        "no example comes to the hole": Arranged(source=PLAIN),
        "no contract checker is installed": Arranged(source=CONTRACT, sandbox={"python": bare_python(folder)}, before=without_crosshair),
        "contracts in a workspace that is not trusted": Arranged(source=CONTRACT, sandbox=untrusted),
        "the function has no contract": Arranged(source=PLAIN),
    }


def filled(arranged: Arranged, folder: Path, patch: pytest.MonkeyPatch) -> Fill:
    """A fill under an outage, with an oracle and a sandbox of its own."""
    oracle = Oracle(OracleSettings(root=folder, **arranged.oracle))
    runner = Runner(SandboxSettings(folder, **{"trusted": True, "limits_only": True, **arranged.sandbox}))
    arranged.before(patch, oracle)
    (folder / "subject.py").write_text(arranged.source)
    document = DocumentSnapshot(folder / "subject.py", Snapshot(arranged.source), root=folder)
    options = FillOptions(3, arranged.budget_ms, ("search",))
    try:
        return Pipeline(oracle, runner=runner).fill(document, document.holes()[0], options, CancelToken(), lambda step: None)
    finally:
        oracle.close()
        runner.close()


def skipped(fill: Fill, domain: str) -> tuple[Verdict, ...]:
    return tuple(verdict for each in fill.candidates for verdict in each.verdicts if verdict.domain == domain)


ROWS = ROW.findall(DOCS.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("outage", "domain", "reason", "status"), ROWS, ids=[row[0] for row in ROWS])
def test_an_outage_is_said_and_says_the_same_again(
    outage: str, domain: str, reason: str, status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every candidate's verdict is `skipped` with the reason; the status follows; a second time gives the same answer."""
    arranged = arrangements(tmp_path)[outage]
    first, second = (filled(arranged, tmp_path, monkeypatch) for _ in range(2))
    said = skipped(first, domain)
    assert said
    assert {verdict.outcome for verdict in said} == {"skipped"}
    assert all(reason in verdict.why for verdict in said), said[0].why
    assert first.status == status
    assert (domain in first.why) == (domain in [spec.domain for spec in REQUIRED])
    assert (first.status, first.why, skipped(first, domain)) == (second.status, second.why, skipped(second, domain))
    assert [each.text for each in first.candidates] == [each.text for each in second.candidates]


def test_every_row_is_arranged_and_told(tmp_path: Path) -> None:
    """The table and the tests name the same outages."""
    assert [row[0] for row in ROWS] == list(arrangements(tmp_path))

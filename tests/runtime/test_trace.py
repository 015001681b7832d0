"""Every state of a forming fill is a holey program that can be printed, parsed and type-checked (Proposition 1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.bundled import Bundled
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, FillOptions, Progress
from astral_runtime.holes import Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.trace import explain, holey
from astral_runtime.types.client import Oracle, OracleSettings

TINY = Path(__file__).resolve().parents[1] / "denoise" / "tiny"

HOLEY = {
    "▢": "▢",
    "▢▢▢": "▢",
    "sum(▢ ▢)": "sum(▢)",
    "▢.▢": "▢.▢",
    "f(▢, ▢▢)": "f(▢, ▢)",
    "x": "x",
}


@pytest.mark.parametrize(("state", "program"), HOLEY.items())
def test_a_run_of_masks_is_one_hole(state: str, program: str) -> None:
    """Committed tokens stay, and stand between holes."""
    assert holey(state) == program


def test_states_are_judged_in_order(tmp_path: Path) -> None:
    """From one hole to a fill, t never rises; what parses was looked at by mypy, what does not says so; the last state is the best fill."""
    source = "def total(prices: list[float], rate: float) -> float:\n    return sum(prices) * ...\n"
    document = DocumentSnapshot(tmp_path / "a.py", Snapshot(source), root=tmp_path)
    oracle, seen = Oracle(OracleSettings(root=tmp_path)), list[Progress]()
    try:
        pipeline = Pipeline(oracle, Bundled(TINY))
        found = explain(pipeline, document, document.holes()[0], FillOptions(3, 60_000), CancelToken(), seen.append)
    finally:
        oracle.close()
    assert found.steps[0].text == "▢"
    assert (found.steps[0].syntax.outcome, found.steps[0].types.outcome) == ("pass", "pass")
    assert found.steps[-1].text == found.fill.candidates[0].text
    assert found.steps[-1].types.outcome == "pass"
    assert [step.t for step in found.steps] == sorted((step.t for step in found.steps), reverse=True)
    assert len({step.text for step in found.steps}) == len(found.steps) >= 3
    for step in found.steps:
        assert (step.types.outcome == "skipped") == (step.syntax.outcome != "pass"), step
        assert step.types.outcome != "skipped" or step.types.why
    assert len(seen) >= len(found.steps)


def test_states_of_a_region_are_judged_where_they_will_stand(tmp_path: Path) -> None:
    """A lost header leaves a file that mypy cannot read; its states are looked at in the reading that parses."""
    before, after = "def total(prices: list[float]) -> float:\n    paid = 0.0\n", "        paid += price\n    return paid\n"
    document = DocumentSnapshot(tmp_path / "a.py", Snapshot(before + after), root=tmp_path)
    oracle, at = Oracle(OracleSettings(root=tmp_path)), len(before)
    try:
        region = Hole("r1", "region", Span(at, at))
        found = explain(Pipeline(oracle), document, region, FillOptions(3, 60_000), CancelToken(), lambda step: None)
    finally:
        oracle.close()
    assert found.steps[-1].text == "    for price in prices:\n"
    assert (found.steps[-1].syntax.outcome, found.steps[-1].types.outcome) == ("pass", "pass")

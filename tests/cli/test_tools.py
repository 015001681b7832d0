"""`doctor`, `bench` and `check`: the commands that look at the tool itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from astral_lsp import UnfilledHoleError, __version__, hole
from astral_runtime.sandbox.level import bubblewrap
from running import Run


def test_doctor_names_what_is_degraded_and_why(run: Run) -> None:
    """Every degradation comes with its reason; versions are those that are installed."""
    diagnosis = json.loads(run("doctor", "--json").stdout)
    assert diagnosis["version"] == __version__
    assert diagnosis["packages"]["mypy"]
    assert ("tests" in {each["what"] for each in diagnosis["degraded"]}) == isinstance(bubblewrap(), str)
    assert diagnosis["sandbox"].startswith("level 0" if isinstance(bubblewrap(), str) else "level 1")
    assert (diagnosis["model"] is None) == ("model" in {each["what"] for each in diagnosis["degraded"]})
    assert all(each["why"] for each in diagnosis["degraded"])
    told = run("doctor").stdout
    assert all(f"degraded: {each['what']}" in told for each in diagnosis["degraded"])


def test_bench_measures_only_what_is_asked(run: Run) -> None:
    """Rows carry unit, median, 95th percentile and count, under their contract names."""
    report = json.loads(run("bench", "--only", "native.span", "--json").stdout)
    assert [row["name"] for row in report["rows"]] == ["native.span_map"]
    row = report["rows"][0]
    assert row["unit"] == "us"
    assert 0 < row["p50"] <= row["p95"]
    assert row["n"] >= 100
    assert report["machine"]["cores"] >= 1


@pytest.mark.parametrize("module", ["cart.py", "unfinished.py"])
def test_check_asks_a_real_server_for_everything(run: Run, shop: Path, module: str) -> None:
    """No feature fails at any hole or identifier of the examples, the unfinished one included."""
    done = run("check", shop / module)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 failed" in done.stdout


def test_a_hole_raises_only_when_it_is_reached() -> None:
    """A program with holes runs until it gets to one; the error carries the intent."""
    with pytest.raises(UnfilledHoleError, match="the total") as reached:
        hole("the total")
    assert reached.value.intent == "the total"
    with pytest.raises(UnfilledHoleError, match="unfilled hole"):
        hole()

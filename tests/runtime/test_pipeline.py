"""The pipeline: what a fill is when everything works, when types cannot be had, and when nobody wants it any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, FillOptions, Progress
from astral_runtime.holes import Fit, Hole, Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.types.client import Oracle, OracleSettings, Unavailable
from astral_runtime.verify.spec import Verdict

SOURCE = """def total(prices: list[float], rate: float) -> float:
    subtotal = sum(prices)
    return subtotal * ...
"""


@pytest.fixture
def oracle(tmp_path: Path) -> Iterator[Oracle]:
    started = Oracle(OracleSettings(root=tmp_path))
    yield started
    started.close()


def document(tmp_path: Path, text: str = SOURCE) -> DocumentSnapshot:
    return DocumentSnapshot(tmp_path / "prices.py", Snapshot(text), version=7, root=tmp_path)


def test_a_fill_is_proposed_verified_and_ranked(tmp_path: Path, oracle: Oracle) -> None:
    """The unused parameter of the right type comes first, with the verdicts that were obtained and no others."""
    opened = document(tmp_path)
    steps: list[Progress] = []
    fill = Pipeline(oracle).fill(opened, opened.holes()[0], FillOptions(5, 60_000), CancelToken(), steps.append)
    assert fill.status == "accepted"
    assert fill.candidates[0].text == "rate"
    assert [(v.domain, v.outcome) for v in fill.candidates[0].verdicts] == [
        ("syntax", "pass"),
        ("types", "pass"),
        ("tests", "skipped"),
        ("spec", "skipped"),
    ]
    assert fill.version == opened.version
    assert [step.t for step in steps] == sorted((step.t for step in steps), reverse=True)
    assert steps[0].text == "▢"
    assert steps[-1].text == "rate"
    assert set(fill.timings_ms) == {"search", "tests", "verify", "total"}


def test_without_types_a_fill_is_degraded_and_says_why(tmp_path: Path, oracle: Oracle) -> None:
    """A closed oracle leaves names and the file itself to go by; nothing is accepted."""
    oracle.close()
    opened = document(tmp_path)
    fill = Pipeline(oracle).fill(opened, opened.holes()[0], FillOptions(5, 5_000), CancelToken(), lambda _: None)
    assert fill.status == "degraded"
    assert "types not checked: the oracle is closed" in fill.why
    assert "rate" in [candidate.text for candidate in fill.candidates]


class CountingOracle(Oracle):
    """Knows how often candidates were checked; search fails where it is told to."""

    checks = 0
    fails = False

    def check(self, document: DocumentSnapshot, span: Span, fits: Sequence[Fit], deadline_ms: int) -> tuple[Verdict, ...]:
        """One check more."""
        self.checks += 1
        return super().check(document, span, fits, deadline_ms)

    def search(self, document: DocumentSnapshot, hole: Hole, limit: int, deadline_ms: int) -> tuple[Fit, ...] | Unavailable:
        """Fits, or what a broken search raises."""
        if self.fails:
            raise RuntimeError("search is broken")
        return super().search(document, hole, limit, deadline_ms)


@pytest.fixture
def counting(tmp_path: Path) -> Iterator[CountingOracle]:
    started = CountingOracle(OracleSettings(root=tmp_path))
    yield started
    started.close()


def test_what_passes_is_shown_before_the_others_are_verified(tmp_path: Path, counting: CountingOracle) -> None:
    """The best candidate is seen after the first of two checks, and only once."""
    opened = document(tmp_path)
    checks: list[int] = []

    def show(progress: Progress) -> None:
        if progress.text == "rate":
            checks.append(counting.checks)

    fill = Pipeline(counting).fill(opened, opened.holes()[0], FillOptions(5, 60_000), CancelToken(), show)
    assert fill.candidates[0].text == "rate"
    assert (checks, counting.checks) == ([1], 2)


def test_an_error_of_search_is_an_error_of_the_fill(tmp_path: Path, counting: CountingOracle) -> None:
    """It comes out of the thread that search runs in, and the thread has ended."""
    opened, counting.fails = document(tmp_path), True
    with pytest.raises(RuntimeError, match="search is broken"):
        Pipeline(counting).fill(opened, opened.holes()[0], FillOptions(5, 5_000), CancelToken(), lambda _: None)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("search")]


def test_a_cancelled_fill_ends_without_a_result(tmp_path: Path, oracle: Oracle) -> None:
    """The token is asked between the stages."""
    opened = document(tmp_path)
    token = CancelToken()

    def cancel_at_once(progress: Progress) -> None:
        token.cancel()

    with pytest.raises(Cancelled):
        Pipeline(oracle).fill(opened, opened.holes()[0], FillOptions(5, 60_000), token, cancel_at_once)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("search")]

"""Acceptance and degradation (§4.3): no verdict is claimed that was not obtained."""

from __future__ import annotations

import itertools

import pytest

from astral_runtime.fill import Candidate
from astral_runtime.verify.contract import REQUIRED, accepted, judge, rank, refuted
from astral_runtime.verify.spec import Outcome, Verdict

STATUS = {
    ("pass", "pass"): "accepted",
    ("pass", "skipped"): "degraded",
    ("skipped", "pass"): "degraded",
    ("skipped", "skipped"): "degraded",
    ("pass", "fail"): "rejected",
    ("fail", "pass"): "rejected",
    ("fail", "fail"): "rejected",
    ("fail", "skipped"): "rejected",
    ("skipped", "fail"): "rejected",
}


def candidate(syntax: Outcome, types: Outcome, score: float = 0.0) -> Candidate:
    verdicts = (Verdict("syntax", syntax, "s"), Verdict("types", types, "t"), Verdict("tests", "skipped", "no sandbox"))
    return Candidate(f"{syntax} {types} {score}", score, "search", verdicts)


@pytest.mark.parametrize("outcomes", STATUS, ids=" ".join)
def test_status_of_a_fill_follows_its_best_candidate(outcomes: tuple[Outcome, Outcome]) -> None:
    """Accepted needs every required pass; an outage is degraded and says which verifier and why."""
    status, why = judge([candidate(*outcomes)], REQUIRED)
    assert status == STATUS[outcomes]
    assert (why == "") == (status == "accepted")
    if status == "degraded":
        assert "not checked" in why


def test_a_missing_verdict_is_an_outage_not_a_pass() -> None:
    """A required verifier that said nothing at all degrades the fill."""
    silent = Candidate("x", 0.0, "search", (Verdict("syntax", "pass"),))
    assert not accepted(silent.verdicts, REQUIRED)
    assert judge([silent], REQUIRED) == ("degraded", "types not checked: mypy did not run")


def test_no_candidate_is_a_rejection_with_a_reason() -> None:
    """An empty fill is not accepted."""
    assert judge([], REQUIRED) == ("rejected", "nothing in scope fits")


def test_rank_puts_verified_first_and_keeps_the_refuted() -> None:
    """Verified, then unjudged, then refuted; by score within each; nothing is lost, whatever the order it came in."""
    best_first = [
        candidate("pass", "pass", 1.0),
        candidate("pass", "pass", -3.0),
        candidate("pass", "skipped", 9.0),
        candidate("pass", "fail", 20.0),
        candidate("fail", "skipped", 10.0),
    ]
    for order in itertools.permutations(best_first):
        assert rank(order, REQUIRED) == best_first
    assert refuted(best_first[-1].verdicts)

"""Acceptance and degradation (§4.3): accepted only if every required verifier passed; an outage is said, never hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from astral_runtime.fill import Candidate, Status
from astral_runtime.verify.ir import EXACT
from astral_runtime.verify.spec import ExactVerifierSpec, Verdict

REQUIRED: tuple[ExactVerifierSpec, ...] = EXACT.required
"""The verifiers without whose `pass` no fill is accepted."""


def accepted(verdicts: Iterable[Verdict], required: Sequence[ExactVerifierSpec]) -> bool:
    """Whether every required domain has a verdict and it is `pass`."""
    outcomes = {verdict.domain: verdict.outcome for verdict in verdicts}
    return all(outcomes.get(spec.domain) == "pass" for spec in required)


def refuted(verdicts: Iterable[Verdict]) -> bool:
    """Whether any verifier, required or not, found the candidate wrong."""
    return any(verdict.outcome == "fail" for verdict in verdicts)


def judge(candidates: Sequence[Candidate], required: Sequence[ExactVerifierSpec]) -> tuple[Status, str]:
    """Status of a fill and its reason, from candidates in rank order.

    `degraded` is for a best candidate that nothing refuted but some required verifier never judged.
    """
    if not candidates:
        return "rejected", "nothing in scope fits"
    best = candidates[0]
    if refuted(best.verdicts):
        failed = next(v for v in best.verdicts if v.outcome == "fail")
        return "rejected", f"every candidate was refuted; the best one by {failed.domain}: {failed.why}"
    if accepted(best.verdicts, required):
        return "accepted", ""
    said = {verdict.domain: verdict for verdict in best.verdicts}
    reasons = [_outage(spec, said.get(spec.domain)) for spec in required]
    return "degraded", "; ".join(reason for reason in reasons if reason)


def rank(candidates: Iterable[Candidate], required: Sequence[ExactVerifierSpec]) -> list[Candidate]:
    """Verified first, then unjudged, then refuted; by score within each. A refuted candidate is marked, not dropped."""

    def key(candidate: Candidate) -> tuple[bool, bool, float]:
        return refuted(candidate.verdicts), not accepted(candidate.verdicts, required), -candidate.score

    return sorted(candidates, key=key)


def _outage(spec: ExactVerifierSpec, verdict: Verdict | None) -> str:
    if verdict is not None and verdict.outcome == "pass":
        return ""
    return f"{spec.domain} not checked: {verdict.why if verdict else f'{spec.tool} did not run'}"

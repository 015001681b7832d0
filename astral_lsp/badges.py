"""Verdicts as people read them. A tick stands only for a verdict that was obtained."""

from __future__ import annotations

from astral_runtime.fill import Candidate
from astral_runtime.verify.spec import Domain, Verdict

REQUIRED: tuple[Domain, ...] = ("syntax", "types")
"""Domains without whose `pass` a fill is not verified (§4.3)."""

_TITLE_CHARACTERS = 60


def is_verified(candidate: Candidate) -> bool:
    """Whether every required verifier passed."""
    outcomes = {verdict.domain: verdict.outcome for verdict in candidate.verdicts}
    return all(outcomes.get(domain) == "pass" for domain in REQUIRED)


def badge(candidate: Candidate) -> str:
    """`✓ types ✓ 3/3 examples`: what passed beyond syntax, what failed, and of the required ones what was not checked."""
    words = [_word(verdict) for verdict in candidate.verdicts if _is_told(verdict)]
    said = {verdict.domain for verdict in candidate.verdicts}
    return " ".join([*words, *(f"{domain} not checked" for domain in REQUIRED if domain not in said)])


def title(candidate: Candidate) -> str:
    """`Fill with sum(…)  ✓ types`, on one line."""
    text = " ".join(candidate.text.split())
    shown = text if len(text) <= _TITLE_CHARACTERS else text[: _TITLE_CHARACTERS - 1] + "…"
    return f"Fill with {shown}  {badge(candidate)}"


def reasons(candidate: Candidate) -> str:
    """Why it is not verified, in one line; empty when it is."""
    told = [v for v in candidate.verdicts if v.domain in REQUIRED and v.outcome != "pass"]
    return "; ".join(_word(verdict) + (f": {verdict.why}" if verdict.why else "") for verdict in told)


def _is_told(verdict: Verdict) -> bool:
    if verdict.domain == "syntax":
        return verdict.outcome != "pass"  # goes without saying
    return verdict.outcome != "skipped" or verdict.domain in REQUIRED


def _word(verdict: Verdict) -> str:
    if verdict.domain == "tests" and verdict.outcome == "pass":
        return f"✓ {verdict.why}"  # how many examples: a tick for tests in general would claim too much
    return {"pass": f"✓ {verdict.domain}", "fail": f"✗ {verdict.domain}", "skipped": f"{verdict.domain} not checked"}[verdict.outcome]

"""Verdicts as people read them. A tick stands only for a verdict that was obtained."""

from __future__ import annotations

from collections.abc import Sequence

from astral_runtime.fill import Candidate
from astral_runtime.verify.contract import REQUIRED, accepted, refuted
from astral_runtime.verify.spec import Verdict

_DOMAINS = tuple(spec.domain for spec in REQUIRED)
_TITLE_CHARACTERS = 60


def is_verified(candidate: Candidate) -> bool:
    """Whether every required verifier passed, and none found it wrong: an example of the user's that failed is a reason to ask."""
    return accepted(candidate.verdicts, REQUIRED) and not refuted(candidate.verdicts)


def badge(candidate: Candidate) -> str:
    """`✓ types ✓ 3/3 examples`: what passed beyond syntax, what failed, and of the required ones what was not checked."""
    words = [_word(verdict) for verdict in candidate.verdicts if _is_told(verdict)]
    said = {verdict.domain for verdict in candidate.verdicts}
    return " ".join([*words, *(f"{domain} not checked" for domain in _DOMAINS if domain not in said)])


def title(candidate: Candidate) -> str:
    """`Fill with sum(…)  ✓ types`, on one line."""
    text = " ".join(candidate.text.split())
    shown = text if len(text) <= _TITLE_CHARACTERS else text[: _TITLE_CHARACTERS - 1] + "…"
    return f"Fill with {shown}  {badge(candidate)}"


def reasons(candidate: Candidate) -> str:
    """Why it is not verified, in one line; empty when it is."""
    told = [v for v in candidate.verdicts if v.outcome == "fail" or (v.domain in _DOMAINS and v.outcome != "pass")]
    return "; ".join(_word(verdict) + (f": {verdict.why}" if verdict.why else "") for verdict in told)


def whys(verdicts: Sequence[Verdict]) -> dict[str, str]:
    """By domain, why a verdict is not `pass`, and of how many examples a passed one speaks."""
    return {verdict.domain: verdict.why for verdict in verdicts if verdict.why and (verdict.outcome != "pass" or verdict.domain == "tests")}


def _is_told(verdict: Verdict) -> bool:
    if verdict.domain == "syntax":
        return verdict.outcome != "pass"  # goes without saying
    return verdict.outcome != "skipped" or verdict.domain in _DOMAINS


def _word(verdict: Verdict) -> str:
    if verdict.domain == "tests" and verdict.outcome == "pass":
        return f"✓ {verdict.why}"  # how many examples: a tick for tests in general would claim too much
    return {"pass": f"✓ {verdict.domain}", "fail": f"✗ {verdict.domain}", "skipped": f"{verdict.domain} not checked"}[verdict.outcome]

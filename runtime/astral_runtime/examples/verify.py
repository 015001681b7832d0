"""The verifier of examples (§4.3, domain "tests"): what the user's examples said of a candidate, and of how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from astral_runtime.examples.example import Example
from astral_runtime.verify.localise import localise
from astral_runtime.verify.spec import ExactVerifierSpec, Fault, Verdict

EXAMPLES = ExactVerifierSpec(domain="tests", tool="sandbox", trigger_policy="final-only", required=False, error_localizer=localise)

Outcome = Literal["held", "failed", "error", "timeout", "hole", "denied", "unknown"]
"""`hole`: it came to another hole; `denied`: the sandbox did not let it; `unknown`: it was not run to its end. None of these refutes."""

REFUTES = frozenset({"failed", "error", "timeout"})


@dataclass(frozen=True, slots=True)
class Result:
    """What one example said: its outcome, and `got`, what came instead of what was wanted (as text, bounded)."""

    example: Example
    outcome: Outcome
    got: str = ""


@dataclass(frozen=True, slots=True)
class Tested:
    """What the examples that come to the hole said of one candidate. Without any it is skipped, and `why` tells the reason."""

    text: str
    results: tuple[Result, ...] = ()
    why: str = ""

    @property
    def held(self) -> int:
        """How many examples held."""
        return sum(result.outcome == "held" for result in self.results)

    @property
    def count(self) -> int:
        """How many examples come to the hole."""
        return len(self.results)

    @property
    def verdict(self) -> Verdict:
        """pass: these examples ran and held, all of them; that is evidence, not proof. fail: at least one was refuted."""
        if not self.results:
            return Verdict("tests", "skipped", self.why)
        refuted = [result for result in self.results if result.outcome in REFUTES]
        if refuted:
            faults = tuple(Fault(_said(result), None, result.outcome) for result in refuted)
            return Verdict("tests", "fail", f"{self.held}/{self.count} examples; {faults[0].message}", faults)
        if self.held == self.count:
            return Verdict("tests", "pass", f"{self.held}/{self.count} examples")
        open_one = next(result for result in self.results if result.outcome != "held")
        return Verdict("tests", "skipped", f"{self.held}/{self.count} examples held; {_said(open_one)}")


def _said(result: Result) -> str:
    example = result.example
    call = f"{example.source.strip()} ({example.origin.place})"
    if result.outcome == "failed":
        return f"{call} gave {result.got or 'nothing'}, wanted {example.want.strip() or 'nothing'}"
    if result.outcome == "error":
        return f"{call} raised {result.got}"
    if result.outcome == "timeout":
        return f"{call} did not end: {result.got}"
    return f"{call} was not judged: {result.got}"

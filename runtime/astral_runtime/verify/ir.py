"""ExactVerifierIR: tier 3 of a specification as data (§4.3). What judges a fill, when, whether it must pass, and what it blames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from astral_native import lex
from astral_runtime.examples.verify import EXAMPLES
from astral_runtime.verify.localise import localise
from astral_runtime.verify.spec import Domain, ExactVerifierSpec, Fault, TriggerPolicy, Verdict
from astral_runtime.verify.syntax import SYNTAX
from astral_runtime.verify.types import TYPES


@dataclass(frozen=True, slots=True)
class ExactVerifierIR:
    """The exact verifiers, one for each domain, in the order in which verdicts are listed."""

    verifiers: tuple[ExactVerifierSpec, ...]

    @property
    def required(self) -> tuple[ExactVerifierSpec, ...]:
        """Those without whose `pass` no fill is accepted."""
        return tuple(spec for spec in self.verifiers if spec.required)

    def triggered_by(self, *policies: TriggerPolicy) -> tuple[Domain, ...]:
        """The domains that are judged under one of these policies: `adaptive` ones within a repair, all of them at its end."""
        return tuple(spec.domain for spec in self.verifiers if spec.trigger_policy in policies)

    def blamed(self, text: str, verdicts: Iterable[Verdict]) -> tuple[tuple[int, int], ...]:
        """Half-open lexeme ranges of a candidate that its failed verdicts mean, each once, in order (§6.2, step 1).

        A failure that its verifier cannot place in the candidate is laid at all of it.
        """
        localizers = {spec.domain: spec.error_localizer for spec in self.verifiers}
        whole = lex(text).at(0, len(text.encode()))
        found = {
            _within(whole, localizers[verdict.domain](text, fault))
            for verdict in verdicts
            if verdict.outcome == "fail"
            for fault in verdict.faults or (Fault(verdict.why),)
        }
        return tuple(sorted(tokens for tokens in found if tokens[0] < tokens[1]))


def _within(whole: tuple[int, int], tokens: tuple[int, int] | None) -> tuple[int, int]:
    """The tokens that the candidate has of those; all of it where that is none."""
    first, last = tokens or whole
    clipped = max(first, whole[0]), min(last, whole[1])
    return clipped if clipped[0] < clipped[1] else whole


CONTRACTS = ExactVerifierSpec("spec", "crosshair", "final-only", required=False, error_localizer=localise)
"""Declared here: `formal`, which runs it, is imported by those who do."""

EXACT = ExactVerifierIR((SYNTAX, TYPES, EXAMPLES, CONTRACTS))
"""What judges every fill."""

"""What a verifier is and what it may say (§4.3): pass, fail with places, or skipped with a reason. Never silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from astral_runtime.holes import Span

Domain = Literal["syntax", "types", "tests", "spec"]
Outcome = Literal["pass", "fail", "skipped"]
TriggerPolicy = Literal["adaptive", "final-only", "every-n"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One error of a verifier. `span` is in the candidate's own text (UTF-8 bytes); None when it lies outside it."""

    message: str
    span: Span | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one verifier said of one candidate. `why` is the reason of a skip, or a summary of the failure."""

    domain: Domain
    outcome: Outcome
    why: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class ExactVerifierSpec:
    """Declaration of one exact verifier (§4.3).

    `tool` is what runs ("tree-sitter", "mypy", …). `trigger_policy` says when the denoise loop calls it.
    `required`: a candidate is accepted only if this verifier passed; if it could not run, the fill is degraded.
    `error_localizer` maps a fault to the token index range [first, last) of the candidate that it blames.
    """

    domain: Domain
    tool: str
    trigger_policy: TriggerPolicy
    required: bool
    error_localizer: Callable[[str, Fault], tuple[int, int] | None]

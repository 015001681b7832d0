"""ExactVerifierIR as data: every domain once, what is required, when each is asked, and which tokens a verdict blames."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_native import lex
from astral_runtime.holes import Span
from astral_runtime.verify.contract import REQUIRED
from astral_runtime.verify.ir import EXACT
from astral_runtime.verify.spec import Domain, Fault, Outcome, Verdict


def test_every_domain_has_one_verifier() -> None:
    """In the order in which verdicts are listed; syntax and types must pass; what runs code is asked last."""
    assert tuple(spec.domain for spec in EXACT.verifiers) == get_args(Domain)
    assert [spec.domain for spec in REQUIRED] == ["syntax", "types"]
    assert EXACT.triggered_by("adaptive") == ("syntax", "types")
    assert EXACT.triggered_by("adaptive", "final-only", "every-n") == get_args(Domain)


TEXT = "total(a + b)"
BLAMED = [
    ([Verdict("types", "pass"), Verdict("tests", "skipped", "why")], ()),
    ([Verdict("types", "fail", "m", (Fault("m", Span(6, 7)),))], ((2, 3),)),
    ([Verdict("types", "fail", "m", (Fault("m", Span(6, 7)), Fault("n", Span(6, 11))))], ((2, 3), (2, 5))),
    ([Verdict("tests", "fail", "1/2", (Fault("total(1) gave 2"),))], ((0, 6),)),
    ([Verdict("spec", "fail", "refuted")], ((0, 6),)),
    ([Verdict("syntax", "fail", "m", (Fault("m", Span(12, 12)),))], ((0, 6),)),
    (
        [Verdict("types", "fail", "m", (Fault("m", Span(0, 5)),)), Verdict("spec", "fail", "m", (Fault("n", Span(10, 11)),))],
        ((0, 1), (4, 5)),
    ),
]


@pytest.mark.parametrize(("verdicts", "tokens"), BLAMED)
def test_a_failed_verdict_blames_tokens(verdicts: list[Verdict], tokens: tuple[tuple[int, int], ...]) -> None:
    """As narrow as the verifier can tell; all of the candidate when it cannot; nothing where nothing failed."""
    assert EXACT.blamed(TEXT, verdicts) == tokens


@given(
    st.text("ab+() \n\"'é", max_size=12),
    st.sampled_from(get_args(Domain)),
    st.sampled_from(get_args(Outcome)),
    st.lists(st.none() | st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted), max_size=3),
)
def test_blamed_tokens_lie_in_the_candidate(text: str, domain: Domain, outcome: Outcome, spans: list[list[int] | None]) -> None:
    """Whatever a verifier says: ranges of at least one token, in order, none of a verdict that did not fail."""
    verdict = Verdict(domain, outcome, "", tuple(Fault("m", Span(*span) if span is not None else None) for span in spans))
    tokens = EXACT.blamed(text, [verdict])
    start, count = lex(text).at(0, len(text.encode()))
    assert list(tokens) == sorted(set(tokens))
    assert all(0 <= first < last <= count for first, last in tokens)
    assert bool(tokens) == (outcome == "fail" and start < count)

"""The repair loop (§6.2): localise, dilate, remask, refill, verify, at most k_max times, each time wider."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from astral_runtime.fill import CancelToken, FillOptions
from astral_runtime.holes import Fit, Span
from astral_runtime.imports import import_edits
from astral_runtime.repair.change import title, tokens_changed, trimmed
from astral_runtime.repair.diagnosis import Diagnosis
from astral_runtime.repair.judge import Verifiers, verdicts
from astral_runtime.repair.library import Library
from astral_runtime.repair.remask import refilled, regions
from astral_runtime.repair.rules import proposals
from astral_runtime.repair.site import Site
from astral_runtime.repair.values import Proposal, Repair, RepairOptions
from astral_runtime.verify.localise import blamed
from astral_runtime.verify.spec import Fault, Verdict

MOST_VERIFIED = 16
"""How many proposals of one round are checked with the whole document."""

LIKELIEST = 3
"""How many proposals are checked with the whole document before anything cheaper is asked."""

MOST_AFTER_FIRST = 3
"""How many more are, once one has passed: an alternative is worth a look, not a long wait."""

FILLS = 8
"""How many candidates a remasked region is asked for."""


@dataclass(frozen=True, slots=True)
class _Round:
    """One fault's surroundings, and how long may still be spent on it."""

    site: Site
    verifiers: Verifiers
    options: RepairOptions
    cancel: CancelToken
    deadline: float

    @property
    def left_ms(self) -> int:
        return round((self.deadline - time.perf_counter()) * 1000)


def repairs(verifiers: Verifiers, diagnosis: Diagnosis, fault: Fault, options: RepairOptions, cancel: CancelToken) -> tuple[Repair, ...]:
    """Verified repairs of one fault of a diagnosis; none if nothing passed. What cures other errors as well comes first, then what
    changes fewest tokens, then by score.

    Rules come first; then the fault's region is remasked and refilled, wider each time. Changes nothing. Raises Cancelled.
    """
    span = blamed(diagnosis.document.native, fault)
    if span is None:
        return ()
    site = Site(diagnosis, fault, span, Library(diagnosis.code))
    state = _Round(site, verifiers, options, cancel, time.perf_counter() + options.budget_ms / 1000)
    for cycle, proposed in enumerate(_rounds(state), start=1):
        found = _verified(state, proposed, cycle)
        if found:
            return tuple(found)
        if cycle >= options.cycles or state.left_ms <= 0:
            break
    return ()


def _rounds(state: _Round) -> Iterator[list[Proposal]]:
    """Proposals of the rules, then those for each region in turn."""
    yield [*proposals(state.site), *_of_inner_faults(state.site)]
    for region in regions(state.site):
        state.cancel.check()
        budget = FillOptions(FILLS, max(1, state.left_ms))
        yield refilled(state.site, region, state.verifiers, budget, state.cancel)


def _of_inner_faults(site: Site) -> Iterator[Proposal]:
    """What would cure a fault inside of this one: often both have one cause."""
    for fault in site.diagnosis.types:
        if fault.span is not None and fault.span != site.span and site.span.start <= fault.span.start and fault.span.end <= site.span.end:
            if site.fault.code == "return":
                continue  # its span is the whole function
            inner = replace(site, fault=fault, span=blamed(site.code.document.native, fault) or fault.span)
            yield from (replace(each, score=each.score + 0.5) for each in proposals(inner))


def _verified(state: _Round, proposed: Iterable[Proposal], cycle: int) -> list[Repair]:
    """Those proposals that pass on the whole document, until there are enough: what cures most errors first, then by rank.

    The likeliest are looked at with the whole document at once; the rest only if a quick check does not refute them."""
    ranked = _ranked(state, proposed)
    found: list[tuple[int, Repair]] = []
    left = MOST_VERIFIED
    for proposal in _likeliest_first(state, ranked, found):
        state.cancel.check()
        if not left or state.left_ms <= 0 or len(found) >= state.options.candidates:
            break
        left -= 1
        judged = verdicts(state.verifiers, state.site.diagnosis, state.site.fault, proposal, max(1, state.left_ms), state.cancel)
        if _is_offered(state.site, judged.verdicts):
            left = min(left, MOST_AFTER_FIRST)
            found.append((judged.left, _repair(state.site, proposal, judged.verdicts, cycle)))
    return [repair for _, repair in sorted(found, key=lambda each: each[0])]  # stable: within one count the rank stays


def _likeliest_first(state: _Round, ranked: Sequence[Proposal], found: Sequence[object]) -> Iterator[Proposal]:
    """The first few as they are; then, unless one of them has passed, the others that are not refuted."""
    yield from ranked[:LIKELIEST]
    rest = ranked[LIKELIEST:]
    yield from rest if found else _unrefuted(state, rest)


def _ranked(state: _Round, proposed: Iterable[Proposal]) -> list[Proposal]:
    """Each change once, least change first."""
    code = state.site.code
    unique: dict[tuple[Span, str, tuple[str, ...]], Proposal] = {}
    for each in (trimmed(code, proposal) for proposal in proposed if proposal.imports or code.slice(proposal.span) != proposal.text):
        key = (each.span, each.text, each.imports)
        if key not in unique or unique[key].score < each.score:
            unique[key] = each
    return sorted(unique.values(), key=lambda each: (tokens_changed(code, each), -each.score))


def _unrefuted(state: _Round, proposed: Sequence[Proposal]) -> list[Proposal]:
    """Without those that mypy refutes in the function alone, the order kept; where that cannot be asked, the whole document will tell."""
    by_span: dict[Span, list[Proposal]] = {}
    for proposal in proposed:
        by_span.setdefault(_expression(state.site, proposal.span), []).append(proposal)
    refuted: set[int] = set()
    for span, group in by_span.items():
        state.cancel.check()
        if len(group) < 2 or state.site.code.at(span) is None or state.left_ms <= 0:
            continue
        fits = [Fit(_widened(state.site, each, span), 0.0, each.imports) for each in group]
        said = state.verifiers.check(state.site.code.document, span, fits, max(1, state.left_ms))
        refuted |= {id(each) for each, verdict in zip(group, said, strict=True) if verdict.outcome == "fail"}
    return [each for each in proposed if id(each) not in refuted]


def _expression(site: Site, span: Span) -> Span:
    """The expression that a change is in: a member's name alone cannot be taken for Any."""
    around = site.code.around(span) if span.end > span.start else None
    return site.code.span(around) if around is not None else span


def _widened(site: Site, proposal: Proposal, span: Span) -> str:
    """A change as the text of the expression around it."""
    before, after = Span(span.start, proposal.span.start), Span(proposal.span.end, span.end)
    return site.code.slice(before) + proposal.text + site.code.slice(after)


def _is_offered(site: Site, said: Sequence[Verdict]) -> bool:
    """Everything passed; a repair of syntax also where types cannot be had, which its verdict says."""
    outcomes = [verdict.outcome for verdict in said]
    return outcomes == ["pass", "pass"] or (site.fault.code == "syntax" and outcomes == ["pass", "skipped"])


def _repair(site: Site, proposal: Proposal, said: tuple[Verdict, ...], cycle: int) -> Repair:
    document = site.code.document
    return Repair(
        fault=site.fault,
        version=document.version,
        span=proposal.span,
        text=proposal.text,
        edits=import_edits(document, proposal.imports),
        verdicts=said,
        cycles=cycle,
        changed=tokens_changed(site.code, proposal),
        score=proposal.score,
        origin=proposal.origin,
        title=title(site.code, proposal),
    )

"""Real small files with one error, from cases.txt: the repair that comes first, one that is offered, or that nothing may be."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from mending import DEADLINE_MS, Diagnosed, applied

from astral_native import Snapshot
from astral_runtime.fill import CancelToken
from astral_runtime.repair import Diagnosis, PipelineVerifiers, Repair, RepairOptions, diagnose, repairs

OPTIONS = RepairOptions(candidates=3, cycles=4, budget_ms=60_000)


@dataclass(frozen=True)
class Case:
    """A file, and what is expected of the repairs of its first error: `first`, `offers` or `nothing`."""

    name: str
    text: str
    expectation: str
    title: str


def cases() -> list[Case]:
    """Those of the table."""
    blocks = re.findall(
        r"^# ([^\n]+)\n(.*?)^--- (first|offers|nothing)(?:: ([^\n]+))?\n", Path(__file__).with_name("cases.txt").read_text(), re.M | re.S
    )
    return [Case(*block) for block in blocks]


def test_the_table_is_read_whole() -> None:
    """A case that the pattern misses would be one that cannot fail."""
    assert len(cases()) == Path(__file__).with_name("cases.txt").read_text().count("\n---")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case, diagnosed: Diagnosed, verifiers: PipelineVerifiers) -> None:
    """The expected repair is there, the first one has passed: with it the error is gone and no other has come."""
    diagnosis = diagnosed(case.text)
    assert diagnosis.faults
    fault = diagnosis.faults[0]
    found = repairs(verifiers, diagnosis, fault, OPTIONS, CancelToken())
    titles = [repair.title for repair in found]
    if case.expectation == "nothing":
        assert titles == []
    elif case.expectation == "first":
        assert titles[:1] == [case.title]
    else:
        assert case.title in titles
    for repair in found[:1]:
        _holds(verifiers, diagnosis, repair)


def _holds(verifiers: PipelineVerifiers, diagnosis: Diagnosis, repair: Repair) -> None:
    """Verdicts that were obtained, and the repaired text looked at again: one error less at least, and none that is new."""
    assert [(verdict.domain, verdict.outcome) for verdict in repair.verdicts] == [("syntax", "pass"), ("types", "pass")]
    assert 1 <= repair.cycles <= OPTIONS.cycles
    document = diagnosis.document
    changed = replace(document, native=Snapshot(applied(document, repair)))
    after = diagnose(verifiers, changed, DEADLINE_MS)
    assert len(after.faults) < len(diagnosis.faults)
    assert {fault.message for fault in after.faults} <= {fault.message for fault in diagnosis.faults}

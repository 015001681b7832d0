"""`repair --json`: what was repaired, what is left, and whole candidates with their edits."""

from __future__ import annotations

from collections.abc import Sequence

from astral_lsp.cli.payload import Json, range_json, verdicts_json
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Edit, Status
from astral_runtime.repair import Repair
from astral_runtime.repair.judge import NOT_RUN
from astral_runtime.repair.suite import Survey
from astral_runtime.repair.tested import SuiteRepair, SuiteRepairs
from astral_runtime.repair.wholefile import FileRepair
from astral_runtime.verify.spec import Fault, Verdict

NO_CONTRACTS = NOT_RUN[1]


def file_json(done: FileRepair, tests: Verdict, elapsed_ms: float) -> Json:
    """The repair of what does not parse or type-check; `tests` is what they say of the repaired file."""
    status, why = _file_status(done, tests)
    return {
        "status": status,
        "why": why,
        "candidates": _file_candidates(done, tests),
        "repairs": [_repair_json(each.document, each.repairs[0]) for each in done.mended if each.repairs],
        "left": [_fault_json(done.after.document, fault) for fault in done.after.faults],
        "elapsed_ms": elapsed_ms,
    }


def tested_json(document: DocumentSnapshot, survey: Survey, done: SuiteRepairs, elapsed_ms: float) -> Json:
    """The repair of what tests reject. `left` are the tests that the best candidate does not cure; none without a candidate are."""
    status, why = tested_status(survey, done)
    cured = status == "accepted" or (status == "degraded" and bool(done.repairs))
    return {
        "status": status,
        "why": why,
        "candidates": [
            candidate_json(document, each.document.text, each.edits, each.score, (*each.verdicts, NO_CONTRACTS)) for each in done.repairs
        ],
        "repairs": [{"title": title} for title in (done.repairs[0].titles if done.repairs else ())],
        "left": [] if cured else [{"message": f"{run.name}: {run.message}", "code": "tests", "at": None} for run in survey.failing],
        "tests": {
            "passed": len(survey.passing),
            "failed": len(survey.failing),
            "not_judged": len(survey.runs) - len(survey.passing) - len(survey.failing),
            "tried": done.tried,
        },
        "elapsed_ms": elapsed_ms,
    }


def tested_status(survey: Survey, done: SuiteRepairs) -> tuple[Status, str]:
    """`accepted`: every test passes, and mypy rejects nothing new. `degraded`: mypy could not say. `rejected`: no candidate is both."""
    if not done.repairs:
        return "rejected", f"no candidate cures a failing test; {done.tried} were tried on {len(survey.failing) or 'no'} failing tests"
    return _status_of(done.repairs[0])


def _status_of(best: SuiteRepair) -> tuple[Status, str]:
    failed = next((verdict for verdict in best.verdicts if verdict.outcome == "fail"), None)
    if failed is not None:
        return "rejected", f"{failed.domain}: {failed.why}"
    skipped = next((verdict for verdict in best.verdicts if verdict.outcome == "skipped"), None)
    return ("degraded", f"{skipped.domain} not checked: {skipped.why}") if skipped is not None else ("accepted", "")


def candidate_json(
    document: DocumentSnapshot, text: str, edits: Sequence[Edit], score: float, said: Sequence[Verdict]
) -> Json:  # fmt: skip
    """One whole repaired file; its edits are of the first text."""
    return {
        "text": text,
        "edits": [{"range": range_json(document.native, edit.span), "new_text": edit.new_text} for edit in edits],
        "score": round(score, 4),
        "verdicts": verdicts_json(said),
        "why": {verdict.domain: verdict.why for verdict in said if verdict.outcome != "pass" and verdict.why},
    }


def _file_status(done: FileRepair, tests: Verdict) -> tuple[Status, str]:
    """`accepted`: no error is left. `degraded`: some errors are, or types could not be checked. `rejected`: nothing could be repaired."""
    left = len(done.after.faults)
    if tests.outcome == "fail":
        return "rejected", f"tests: {tests.why}"
    if done.after.unchecked:
        return ("degraded" if done.taken else "rejected"), f"types not checked: {done.after.unchecked}"
    if not left:
        return "accepted", ""
    return ("degraded" if done.taken else "rejected"), f"{left} of {len(done.before.faults)} errors could not be repaired"


def _file_candidates(done: FileRepair, tests: Verdict) -> list[Json]:
    """The repaired file; where one repair was all, the file with each other repair of that error as well, which no test ran on."""
    if not done.taken:
        return []
    document = done.before.document
    score = min(each.score for each in done.taken)
    first = candidate_json(document, done.after.document.text, done.edits, score, _whole_verdicts(done, tests))
    if len(done.taken) > 1:
        return [first]
    others = next(each.repairs[1:] for each in done.mended if each.repairs)
    return [
        first,
        *(
            candidate_json(document, _applied(document, each.all_edits), each.all_edits, each.score, (*each.verdicts, *NOT_RUN))
            for each in others
        ),
    ]


def _whole_verdicts(done: FileRepair, tests: Verdict) -> tuple[Verdict, ...]:
    """What the verifiers say of the repaired file as it is: an error that is left is a failure of it."""
    after = done.after
    syntax = Verdict("syntax", "fail", after.syntax[0].message) if after.syntax else Verdict("syntax", "pass")
    types = Verdict("types", "fail", after.types[0].message) if after.types else Verdict("types", "pass")
    return (syntax, Verdict("types", "skipped", after.unchecked) if after.unchecked else types, tests, NO_CONTRACTS)


def _repair_json(document: DocumentSnapshot, repair: Repair) -> Json:
    """One repair that was made; its ranges are those of the text that the repairs before it left."""
    return {
        **_fault_json(document, repair.fault),
        "title": repair.title,
        "range": range_json(document.native, repair.span),
        "new_text": repair.text,
        "edits": [{"range": range_json(document.native, edit.span), "new_text": edit.new_text} for edit in repair.edits],
        "verdicts": verdicts_json(repair.verdicts),
        "origin": repair.origin,
        "cycles": repair.cycles,
    }


def _fault_json(document: DocumentSnapshot, fault: Fault) -> Json:
    place = range_json(document.native, fault.span) if fault.span is not None else None
    return {"message": fault.message, "code": fault.code, "at": place}


def _applied(document: DocumentSnapshot, edits: tuple[Edit, ...]) -> str:
    return document.native.replaced([(*edit.span, edit.new_text) for edit in edits]).text()

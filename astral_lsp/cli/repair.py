"""`astral-lsp repair FILE`: localized repair of what does not parse or what mypy rejects; with --write, put the repairs in."""

from __future__ import annotations

import time
from pathlib import Path

import click

from astral_lsp.cli.payload import Json, print_json, range_json
from astral_lsp.cli.repair_screen import RepairScreen, SilentRepairScreen
from astral_lsp.cli.session import WARM_UP_MS, open_document, pipeline_for
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit, Status
from astral_runtime.repair import PipelineVerifiers, Repair, RepairOptions
from astral_runtime.repair.judge import NOT_RUN
from astral_runtime.repair.wholefile import FileRepair, repair_file
from astral_runtime.source import SourceFile, write_source
from astral_runtime.verify.spec import Fault, Verdict


@click.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--candidates", type=click.IntRange(1, 20), default=3, show_default=True, help="Repairs that are sought for each error.")
@click.option("--cycles", type=click.IntRange(1, 10), default=4, show_default=True, help="How often an error's region is widened at most.")
@click.option("--budget-ms", type=click.IntRange(1), default=10_000, show_default=True, help="Time for one error, mypy's start excluded.")
@click.option("--write", is_flag=True, help="Write the repaired text back to FILE.")
@click.option("--trusted", is_flag=True, help="Obey the project's own mypy configuration (it may load plugins).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def repair(path: Path, candidates: int, cycles: int, budget_ms: int, write: bool, trusted: bool, as_json: bool) -> None:
    """Repair what does not parse or type-check in FILE. Every byte outside of the announced edits stays. Exit 1 while an error is left."""
    source, document = open_document(path)
    screen = RepairScreen(path) if not as_json else SilentRepairScreen(path)
    begin = time.perf_counter()
    with pipeline_for(document, trusted) as pipeline:
        options = RepairOptions(candidates, cycles, budget_ms)
        done = repair_file(PipelineVerifiers(pipeline), document, options, WARM_UP_MS, CancelToken(), screen.mended)
    written = write and _write(source, done)
    if as_json:
        print_json(_payload(done, round((time.perf_counter() - begin) * 1000, 3)))
    else:
        screen.summary(done, written)
    if done.after.faults or done.after.unchecked:
        raise click.exceptions.Exit(1)


def _write(source: SourceFile, done: FileRepair) -> bool:
    if not done.taken:
        return False
    write_source(source, done.after.document.text)
    return True


def _payload(done: FileRepair, elapsed_ms: float) -> Json:
    status, why = _status(done)
    return {
        "status": status,
        "why": why,
        "candidates": _candidates(done),
        "repairs": [_repair_json(each.document, each.repairs[0]) for each in done.mended if each.repairs],
        "left": [_fault_json(done.after.document, fault) for fault in done.after.faults],
        "elapsed_ms": elapsed_ms,
    }


def _status(done: FileRepair) -> tuple[Status, str]:
    """`accepted`: no error is left. `degraded`: some errors are, or types could not be checked. `rejected`: nothing could be repaired."""
    left = len(done.after.faults)
    if done.after.unchecked:
        return ("degraded" if done.taken else "rejected"), f"types not checked: {done.after.unchecked}"
    if not left:
        return "accepted", ""
    return ("degraded" if done.taken else "rejected"), f"{left} of {len(done.before.faults)} errors could not be repaired"


def _candidates(done: FileRepair) -> list[Json]:
    """The repaired file; where one repair was all, the file with each other repair of that error as well."""
    if not done.taken:
        return []
    first = _candidate(done.before.document, done.after.document.text, done.edits, done.taken, _whole_verdicts(done))
    if len(done.taken) > 1:
        return [first]
    document = done.before.document
    others = next(each.repairs[1:] for each in done.mended if each.repairs)
    return [
        first,
        *(_candidate(document, _applied(document, each.all_edits), each.all_edits, (each,), (*each.verdicts, *NOT_RUN)) for each in others),
    ]


def _candidate(document: DocumentSnapshot, text: str, edits: tuple[Edit, ...], made: tuple[Repair, ...], said: tuple[Verdict, ...]) -> Json:
    return {
        "text": text,
        "edits": [{"range": range_json(document.native, edit.span), "new_text": edit.new_text} for edit in edits],
        "score": round(min(each.score for each in made), 4),
        "verdicts": {verdict.domain: verdict.outcome for verdict in said},
        "why": {verdict.domain: verdict.why for verdict in said if verdict.outcome != "pass" and verdict.why},
    }


def _whole_verdicts(done: FileRepair) -> tuple[Verdict, ...]:
    """What the verifiers say of the repaired file as it is: an error that is left is a failure of it."""
    after = done.after
    syntax = Verdict("syntax", "fail", after.syntax[0].message) if after.syntax else Verdict("syntax", "pass")
    types = Verdict("types", "fail", after.types[0].message) if after.types else Verdict("types", "pass")
    return (syntax, Verdict("types", "skipped", after.unchecked) if after.unchecked else types, *NOT_RUN)


def _repair_json(document: DocumentSnapshot, repair: Repair) -> Json:
    """One repair that was made; its ranges are those of the text that the repairs before it left."""
    return {
        **_fault_json(document, repair.fault),
        "title": repair.title,
        "range": range_json(document.native, repair.span),
        "new_text": repair.text,
        "edits": [{"range": range_json(document.native, edit.span), "new_text": edit.new_text} for edit in repair.edits],
        "verdicts": {verdict.domain: verdict.outcome for verdict in repair.verdicts},
        "origin": repair.origin,
        "cycles": repair.cycles,
    }


def _fault_json(document: DocumentSnapshot, fault: Fault) -> Json:
    place = range_json(document.native, fault.span) if fault.span is not None else None
    return {"message": fault.message, "code": fault.code, "at": place}


def _applied(document: DocumentSnapshot, edits: tuple[Edit, ...]) -> str:
    return document.native.replaced([(*edit.span, edit.new_text) for edit in edits]).text()

"""`just eval-repair`: localized repair on 200 single-fault mutants (seeded) of typed real code that mypy rejects.

A mutant counts as repaired if the first repair leaves no error that the file had not before the mistake was made, all verifiers
having passed; as restored if it also has the syntax tree of the file before the mistake (the order of imports aside).
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, islice
from pathlib import Path

from mutants import KINDS, Mutant, mutants

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Edit
from astral_runtime.holes import Span
from astral_runtime.pipeline import Pipeline
from astral_runtime.repair import PipelineVerifiers, Repair, RepairOptions, diagnose, repairs
from astral_runtime.repair.diagnosis import Diagnosis
from astral_runtime.types.client import Oracle, OracleSettings
from astral_runtime.verify.faults import added
from astral_runtime.verify.spec import Fault

HERE = Path(__file__).parent
PACKAGES = ("attr", "marshmallow", "more_itertools", "pyparsing", "requests", "toolz")
SEED = 20261122
DEADLINE_MS = 60_000
MOST_BATCHES = 12
"""Batches, of twice as many mutants as are wanted, that are tried for each kind: most mistakes are none to mypy."""

OPTIONS = RepairOptions(candidates=3, budget_ms=60_000)
"""More time than the product's default: on a busy machine the figures would else be of the machine."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mutant and what became of it. `origin`, `cycles` and `changed` are of the first repair, None where there was none."""

    kind: str
    package: str
    module: str
    line: int
    old: str
    new: str
    fault: str
    title: str | None
    repaired: bool
    restored: bool
    restored_at: int | None
    """0-based place of the first repair that restores the file, among those offered."""
    cycles: int | None
    changed: int | None
    origin: str | None
    outside: int
    """Bytes changed outside of the announced spans."""
    ms: float


def main(arguments: Sequence[str]) -> int:
    """Print and write the figures; 1 if a byte changed that was not announced, or a verified repair has an error."""
    options = _options(arguments)
    outcomes: list[Outcome] = []
    oracle = Oracle(OracleSettings(root=options.root))
    try:
        short = 0
        for kind in options.kinds or KINDS:
            wanted = options.mutants // len(KINDS) + short  # what one kind lacks the next ones make up for
            found = [*_evaluate(oracle, options, kind, wanted)]
            short = wanted - len(found)
            outcomes += found
            print(f"{kind}: {_summary(found)}", flush=True)
            _write(options, outcomes)
    finally:
        oracle.close()
    print(f"all: {_summary(outcomes)}")
    return 0 if sum(each.outside for each in outcomes) == 0 else 1


def _write(options: argparse.Namespace, outcomes: Sequence[Outcome]) -> None:
    """What is known so far: a run that is cut short leaves its figures."""
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(figures(outcomes, options), indent=1, ensure_ascii=False) + "\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE / ".packages", help="where the packages are installed")
    parser.add_argument("--mutants", type=int, default=200)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--packages", nargs="*", default=PACKAGES, help="import names")
    parser.add_argument("--kinds", nargs="*", help="kinds of mistakes")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "repair.json")
    return parser.parse_args(arguments)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A mutant that mypy rejects: the module's diagnosis before and after the mistake, and the first error that it brought."""

    mutant: Mutant
    before: Diagnosis
    after: Diagnosis
    fault: Fault


def _evaluate(oracle: Oracle, options: argparse.Namespace, kind: str, wanted: int) -> Iterator[Outcome]:
    """Mutants of one kind that mypy rejects, repaired."""
    verifiers = PipelineVerifiers(Pipeline(oracle))
    for rejected in _rejected(oracle, verifiers, options, kind, wanted):
        begin = time.perf_counter()
        found = repairs(verifiers, rejected.after, rejected.fault, OPTIONS, CancelToken())
        yield _told(verifiers, rejected, found, (time.perf_counter() - begin) * 1000)


def _rejected(oracle: Oracle, verifiers: PipelineVerifiers, options: argparse.Namespace, kind: str, wanted: int) -> Iterator[Rejected]:
    """As many as are wanted, in the seed's order in batches, file by file within a batch: a loaded module stays loaded.
    No file gives more than a fifth of them."""
    taken: Counter[Path] = Counter()
    every = mutants(options.root, list(options.packages), kind, options.seed)
    for _ in range(MOST_BATCHES):
        batch = sorted(islice(every, wanted * 2), key=lambda mutant: mutant.path)
        for path, group in groupby(batch, key=lambda mutant: mutant.path):
            data = path.read_bytes()
            before = diagnose(verifiers, _document(options.root, path, data.decode()), DEADLINE_MS)
            for mutant in group:
                if taken.total() < wanted and taken[path] * 5 < wanted and (found := _rejection(verifiers, options.root, mutant, before)):
                    taken[path] += 1
                    yield found
            oracle.forget(path)
        if taken.total() >= wanted or not batch:
            return


def _rejection(verifiers: PipelineVerifiers, root: Path, mutant: Mutant, before: Diagnosis) -> Rejected | None:
    """None if mypy does not mind the mistake, if it does not parse, or if it hides an error that was there: then even the right
    repair would bring that one back."""
    after = diagnose(verifiers, _document(root, mutant.path, mutant.text(before.document.text.encode())), DEADLINE_MS)
    if after.syntax or before.unchecked or after.unchecked:
        return None
    mistake = (Edit(Span(*mutant.span), mutant.new),)
    fault = next((each for each in added(before.types, _NOBODY, after.types, mistake) if each.span is not None), None)
    right = (Edit(Span(mutant.span[0], mutant.span[0] + len(mutant.new.encode())), before.document.slice(Span(*mutant.span))),)
    if fault is None or added(after.types, _NOBODY, before.types, right):
        return None
    return Rejected(mutant, before, after, fault)


_NOBODY = Fault("")


def _told(verifiers: PipelineVerifiers, rejected: Rejected, found: Sequence[Repair], ms: float) -> Outcome:
    mutant, before, diagnosis, fault = rejected.mutant, rejected.before, rejected.after, rejected.fault
    data = before.document.text.encode()
    texts = [_applied(diagnosis.document, repair.all_edits) for repair in found]
    whole = [_tree(text) == _tree(data.decode()) for text in texts]
    first = found[0] if found else None
    return Outcome(
        kind=mutant.kind,
        package=mutant.package,
        module=mutant.path.stem,
        line=data.count(b"\n", 0, mutant.span[0]) + 1,
        old=data[mutant.span[0] : mutant.span[1]].decode(),
        new=mutant.new,
        fault=f"{fault.message} [{fault.code}]",
        title=first.title if first else None,
        repaired=bool(found) and _is_clean(verifiers, before, diagnosis.document, texts[0]),
        restored=whole[:1] == [True],
        restored_at=whole.index(True) if True in whole else None,
        cycles=first.cycles if first else None,
        changed=first.changed if first else None,
        origin=first.origin if first else None,
        outside=sum(_outside(diagnosis.document, repair, text) for repair, text in zip(found, texts, strict=True)),
        ms=round(ms, 1),
    )


def _is_clean(verifiers: PipelineVerifiers, before: Diagnosis, document: DocumentSnapshot, text: str) -> bool:
    """Whether a text has no error that the file had not before the mistake, counted by message."""
    after = diagnose(verifiers, _document(document.root or document.path.parent, document.path, text), DEADLINE_MS)
    known = [(fault.code, fault.message) for fault in before.types]
    for fault in after.types:
        if (fault.code, fault.message) not in known:
            return False
        known.remove((fault.code, fault.message))
    return not after.syntax and not after.unchecked


def _document(root: Path, path: Path, text: str) -> DocumentSnapshot:
    return DocumentSnapshot(path, Snapshot(text), 1, root)


def _applied(document: DocumentSnapshot, edits: Sequence[Edit]) -> str:
    return document.native.replaced([(*edit.span, edit.new_text) for edit in edits]).text()


def _outside(document: DocumentSnapshot, repair: Repair, text: str) -> int:
    """Bytes that differ outside of the announced edits: the pieces between them, compared one by one."""
    old, new = document.text.encode(), text.encode()
    differing, position, moved = 0, 0, 0
    for edit in repair.all_edits:
        differing += _differing(old[position : edit.span.start], new[moved : moved + edit.span.start - position])
        moved += edit.span.start - position + len(edit.new_text.encode())
        position = edit.span.end
    return differing + _differing(old[position:], new[moved:])


def _differing(left: bytes, right: bytes) -> int:
    return abs(len(left) - len(right)) + sum(a != b for a, b in zip(left, right, strict=False))


def _tree(text: str) -> tuple[list[str], list[str]]:
    """The syntax of a module, the order and grouping of its imports left out."""
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = sorted(
        f"{getattr(node, 'level', '')} {getattr(node, 'module', '')} {alias.name} {alias.asname}"
        for node in imports
        for alias in node.names
    )
    return names, [ast.dump(node) for node in tree.body if node not in imports]


def figures(outcomes: Sequence[Outcome], options: argparse.Namespace) -> dict[str, object]:
    """Everything that docs/benchmarks.md quotes, and every mutant."""
    groups = {key: sorted({str(getattr(each, key)) for each in outcomes}) for key in ("kind", "package", "origin")}
    return {
        "seed": options.seed,
        "packages": list(options.packages),
        **_summary(outcomes),
        "bytes_outside": sum(each.outside for each in outcomes),
        "cycles": {str(n): sum(each.cycles == n for each in outcomes) for n in sorted({each.cycles for each in outcomes if each.cycles})},
        "by": {
            key: {value: _summary([each for each in outcomes if str(getattr(each, key)) == value]) for value in values}
            for key, values in groups.items()
        },
        "mutants": [asdict(each) for each in outcomes],
    }


def _summary(outcomes: Sequence[Outcome]) -> dict[str, float | int]:
    many = len(outcomes) or 1
    return {
        "n": len(outcomes),
        "repaired": round(sum(each.repaired for each in outcomes) / many, 4),
        "restored": round(sum(each.restored for each in outcomes) / many, 4),
        "restored@3": round(sum(each.restored_at is not None for each in outcomes) / many, 4),
        "cycles_mean": round(_mean(each.cycles for each in outcomes if each.cycles is not None), 2),
        "median_ms": round(statistics.median([each.ms for each in outcomes] or [0]), 1),
    }


def _mean(values: Iterable[int]) -> float:
    found = [*values]
    return statistics.fmean(found) if found else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

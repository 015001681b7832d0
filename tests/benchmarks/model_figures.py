"""What docs/benchmarks.md quotes of the fills, computed from their lines: shares by form, package and need, resolution, and how far apart arms are."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from model_arms import ARMS
from model_cases import words
from model_fills import Outcome


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything about the fills. Cases that were drawn for needing a name of another file count in those rows alone."""
    even = [each for each in outcomes if not each.extra and not ARMS[each.arm].crossing]
    needing = [each for each in outcomes if each.needs]
    by_form = _grouped(even, lambda each: each.form)
    groups = {
        "form": by_form,
        "package": _grouped(even, lambda each: each.package),
        "another file": {
            "needed": needing,
            "needed, its definition in memory": [each for each in needing if each.remembered],
            "not needed": [each for each in even if not each.needs],
        },
    }
    return {
        "by": {
            group: {value: {arm: _shares(row) for arm, row in _by_arm(rows).items()} for value, rows in values.items()}
            for group, values in groups.items()
        },
        "resolution": {arm: resolution(rows) for arm, rows in _by_arm(needing).items()},
        "beyond search": {form: _beyond(rows) for form, rows in by_form.items()},
        "files": _files(even),
    }


def _by_arm(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    return _grouped(outcomes, lambda each: each.arm)


def _grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for each in outcomes:
        found.setdefault(key(each), []).append(each)
    return found


def _shares(outcomes: Sequence[Outcome]) -> dict[str, float]:
    many = len(outcomes)
    counts = {
        "exact@1": sum(each.rank == 0 for each in outcomes),
        "exact@5": sum(each.rank is not None for each in outcomes),
        "parse@1": sum(each.parses for each in outcomes),
        "type@1": sum(each.passes for each in outcomes),
        "denoiser first": sum(list(each.sources[:1]) == ["denoiser"] for each in outcomes),
        "denoised in time": sum(each.denoised for each in outcomes),
    }
    return {"n": many, **{name: round(count / max(1, many), 4) for name, count in counts.items()}}


def resolution(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """§9.5 M2: of the names of other files that answers need and whose definition is in memory, the share that some candidate says."""
    asked = [(name, each) for each in outcomes for name in each.remembered]
    said = sum(any(name in words(text) for text in each.texts) for name, each in asked)
    return {"n": len(asked), "said": round(said / max(1, len(asked)), 4)}


def _beyond(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """How many points of exact match `both` is ahead of search alone on the same holes, and half of the 95% interval of that (paired)."""
    arms = {arm: {(each.package, each.case): each for each in rows} for arm, rows in _by_arm(outcomes).items()}
    search, both = arms.get("search", {}), arms.get("both", {})
    shared = sorted(search.keys() & both.keys())
    hits: dict[str, Callable[[Outcome], bool]] = {"exact@1": lambda each: each.rank == 0, "exact@5": lambda each: each.rank is not None}
    return {name: _difference([hit(both[key]) - hit(search[key]) for key in shared]) for name, hit in hits.items() if len(shared) > 1}


def _difference(each: Sequence[int]) -> dict[str, float]:
    half = 1.96 * statistics.stdev(each) / math.sqrt(len(each))
    return {"n": len(each), "points": round(100 * statistics.mean(each), 2), "±": round(100 * half, 2)}


def _files(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Of the files with several holes, how many had every one of them right at once. One whose holes were not all asked does not count."""
    found: dict[str, dict[tuple[str, str], list[bool]]] = {}
    for each in outcomes:
        if each.form == "several":
            found.setdefault(each.arm, {}).setdefault((each.package, each.case.rpartition(":")[0]), []).append(each.rank == 0)
    whole = {arm: [row for row in rows.values() if len(row) > 1] for arm, rows in found.items()}
    return {arm: {"n": len(rows), "all right": round(sum(map(all, rows)) / len(rows), 4)} for arm, rows in whole.items() if rows}


def line(outcomes: Sequence[Outcome]) -> str:
    """Exact match by form and arm, for whoever watches."""
    rows = []
    for form, of_form in sorted(_grouped([each for each in outcomes if not each.extra], lambda each: each.form).items()):
        shares = {arm: _shares(row) for arm, row in _by_arm(of_form).items()}
        rows.append(
            f"{form}: " + " | ".join(f"{arm} {row['exact@1']:.3f} {row['exact@5']:.3f} of {row['n']}" for arm, row in shares.items())
        )
    return "\n".join(rows)

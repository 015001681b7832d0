"""The sums of `eval_values.py`, and their section of docs/benchmarks.md."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

HOVER_MS = 500
MANY = 20
"""Candidates of a batch that fills have; lines have two or three, and starting takes longer than running these."""

ARMS = {"search": "search", "model": "model", "values": "search + values", "model and values": "all three"}
BEST = "model and values"
Line = dict[str, Any]


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """Everything that the page quotes."""
    groups: dict[str, list[Line]] = {"all": list(lines)}
    for form in dict.fromkeys(line["form"] for line in lines):
        groups[form] = [line for line in lines if line["form"] == form]
    groups["typed"] = [line for line in lines if line["annotated"]]
    groups["untyped"] = [line for line in lines if not line["annotated"]]
    held = [line for line in lines if line[BEST]["shown held"][:1] == [True]]
    rated = [line["rates"] for line in lines if "rates" in line]
    many = [rate for rate in rated if rate["candidates"] >= MANY]
    return {
        "n": len(lines),
        "by": {name: {arm: _shares(rows, arm) for arm in ARMS} for name, rows in groups.items()},
        "shown held": {"n": len(held), "right": sum(line[BEST]["right"][0] for line in held), "by shown": _by_shown(held)},
        "fitting_ms": _quantiles([line["fits_ms"] for line in lines if line["fits_ms"] is not None]),
        "fitting_n": sum(line["fits_ms"] is not None for line in lines),
        "whole_ms": _quantiles([line[BEST]["ms"]["total"] for line in held]),
        "hover": {
            "within": sum(line["seen"] > 0 and line["seen_ms"] <= HOVER_MS for line in lines),
            "n": len(lines), **_quantiles([line["seen_ms"] for line in lines]),
        },
        "rates": {
            "n": len(rated), "candidates": sum(rate["candidates"] for rate in rated),
            "warm": _median([rate["warm"] for rate in rated]), "alone": _median([rate["alone"] for rate in rated]),
            "ratio": _median([rate["warm"] / rate["alone"] for rate in rated]),
            "of many": {"n": len(many), "ratio": _median([rate["warm"] / rate["alone"] for rate in many])},
        },
    }  # fmt: skip


def _shares(lines: Sequence[Line], arm: str) -> dict[str, float]:
    return {
        "n": len(lines),
        "correct@1": _share(lines, lambda line: any(line[arm]["right"][:1])),
        "correct@5": _share(lines, lambda line: any(line[arm]["right"][:5])),
        "exact@1": _share(lines, lambda line: any(line[arm]["exact"][:1])),
        "exact@5": _share(lines, lambda line: any(line[arm]["exact"][:5])),
    }


def _by_shown(held: Sequence[Line]) -> dict[str, dict[str, int]]:
    """How often a first candidate that held was right, by how many examples the tool saw."""
    groups = {"1": (1, 1), "2": (2, 2), "3 and more": (3, 1 << 30)}
    chosen = {name: [line for line in held if low <= line["shown"] <= high] for name, (low, high) in groups.items()}
    return {name: {"n": len(rows), "right": sum(line[BEST]["right"][0] for line in rows)} for name, rows in chosen.items()}


def _share(lines: Sequence[Line], holds: Callable[[Line], bool]) -> float:
    return round(sum(map(holds, lines)) / len(lines), 4) if lines else 0.0


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {"p50": _median(ordered), "p95": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 1) if ordered else 0.0}


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1) if values else 0.0


def values_section(path: Path) -> list[str]:
    """Paragraphs and tables; nothing when nothing was measured."""
    if not path.exists():
        return []
    report = json.loads(path.read_text(encoding="utf-8"))
    held, hover, rates, fitting, whole = (report[name] for name in ("shown held", "hover", "rates", "fitting_ms", "whole_ms"))
    shown = "; ".join(f"{name} shown: {row['right']} of {row['n']}" for name, row in held["by shown"].items() if row["n"])
    return [
        "## Values (`just eval-values`)",
        f"{report['n']} holes cut with seed {report['seed']} from functions with doctests, in packages that the model was not trained on. The tool sees "
        "every other example of a hole, the grader runs them all; correct: all of them hold. "
        f"Budget {report['budget_ms']} ms a fill, sandbox: {report['sandbox']}.",
        _table(report["by"]),
        f"The first candidate held in every example that the tool saw in {held['n']} holes; in {held['right']} of them it held in those that it did not "
        f"see, too ({shown}). A fill that holds in these examples was shown after {fitting['p50']:.0f} ms (p95 {fitting['p95']:.0f} ms; in "
        f"{report['fitting_n']} holes), whole fills with such a one took {whole['p50']:.0f} ms (p95 {whole['p95']:.0f} ms). Values in hover within {HOVER_MS} ms, worker warm: "
        f"{hover['within']} of {hover['n']} (p50 {hover['p50']:.0f} ms, p95 {hover['p95']:.0f} ms). "
        f"Candidates judged per second: {rates['warm']:.0f} in the warm worker, {rates['alone']:.1f} with a process each, {rates['ratio']:.0f} times as many "
        f"(medians over {rates['n']} holes, {rates['candidates']} candidates), {rates['of many']['ratio']:.0f} times in the {rates['of many']['n']} "
        f"batches of {MANY} candidates or more."
        + (
            f" Files changed outside the sandbox: {report['files changed']}; processes left: {report['processes left']}."
            if "files changed" in report
            else ""
        )
        + (f" {report['remark']}" if "remark" in report else ""),
    ]


def _table(groups: dict[str, dict[str, dict[str, float]]]) -> str:
    shares = ("correct@1", "correct@5", "exact@1", "exact@5")
    rows = ["| holes | n | proposed by | " + " | ".join(shares) + " |", "|---|---:|---|" + "---:|" * len(shares)]
    for name, arms in groups.items():
        rows += [
            f"| {name} | {row['n']} | {ARMS[arm]} | " + " | ".join(f"{row[share]:.1%}" for share in shares) + " |"
            for arm, row in arms.items()
        ]
    return "\n".join(rows)

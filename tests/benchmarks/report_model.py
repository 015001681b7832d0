"""The model's section of docs/benchmarks.md, from tests/benchmarks/results/model.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHARES = ("exact@1", "exact@5", "parse@1", "type@1")
STAGES = {"shown": 150.0, "total": 1000.0}
"""Targets in milliseconds on two idle cores: first preview, first verified candidate of the model."""


def model_section(path: Path) -> list[str]:
    """Paragraphs and tables; nothing when no model was measured."""
    if not path.exists():
        return []
    report = json.loads(path.read_text(encoding="utf-8"))
    head = (
        f"Weights `{report['model'][:12]}`, {report['training']['tokens']:,} window tokens seen; holes cut with seed {report['seed']} from packages "
        "that no weight has seen (httpx, boltons, click, jinja2; the ranking was fitted on flask and sortedcontainers, which sums leave out)."
    )
    parts: dict[str, Callable[[Any], list[str]]] = {"fills": _fills, "masked": _masked, "lengths": _lengths, "warm": _warm}
    return ["## Model (`just eval-model`)", head, *(part for name, make in parts.items() if name in report for part in make(report[name]))]


def _fills(fills: dict[str, Any]) -> list[str]:
    rows = ["| holes | proposed by | n | " + " | ".join(SHARES) + " |", "|---|---|---:" + "|---:" * len(SHARES) + "|"]
    for group, values in fills["by"].items():
        for value, arms in values.items():
            rows += [_share_row(f"{group}: {value}", arm, row) for arm, row in arms.items()]
    files = ", ".join(f"{arm} {row['all right']:.1%}" for arm, row in fills["files"].items())
    whole = f"Files with two to four holes of which every one was right at once: {files}." if files else ""
    return ["\n".join(rows), *([whole] if whole else []), _stages(fills["stages"])]


def _share_row(name: str, arm: str, row: dict[str, float]) -> str:
    return f"| {name} | {arm} | {row['n']} | " + " | ".join(f"{row[share]:.1%}" for share in SHARES) + " |"


def _stages(arms: dict[str, dict[str, dict[str, float]]]) -> str:
    """Expression holes: `shown` is the first text of the denoiser, `total` the whole fill, after which its candidates are verified."""
    rows = ["| proposed by | stage, ms | p50 | p95 | n | target | met |", "|---|---|---:|---:|---:|---:|---|"]
    for arm, stages in arms.items():
        for stage, row in stages.items():
            target = STAGES.get(stage) if arm in ("denoiser", "both") else None
            met = "" if target is None else "yes" if row["p50"] <= target else "no"
            rows.append(
                f"| {arm} | {stage} | {row['p50']:.0f} | {row['p95']:.0f} | {row['n']} | {'' if target is None else f'{target:.0f}'} | {met} |"
            )
    return "\n".join(rows)


def _masked(masked: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    rows = ["| hidden tokens of | class | right | n |", "|---|---|---:|---:|"]
    rows += [f"| {form} | {name} | {row['share']:.1%} | {row['n']} |" for form, classes in masked.items() for name, row in classes.items()]
    return ["Hidden tokens of a hole at its true length, a share t ~ U(0.1, 1) of it hidden, one pass:", "\n".join(rows)]


def _lengths(lengths: dict[str, Any]) -> list[str]:
    rows = ["| length | n | exact@1 | among all |", "|---|---:|---:|---:|"]
    rows += [
        f"| {name} | {row['n']} | {row['exact@1']:.1%} | {row['among all']:.1%} |" for name, row in lengths.items() if name != "baseline"
    ]
    return ["The denoiser alone, 8 trajectories, the same expression holes, by how the length is found:", "\n".join(rows)]


def _warm(warm: dict[str, float]) -> list[str]:
    share, ratio = warm["keystroke share of a cold encode"], warm["64k against 8k"]
    return [
        f"Warm state, processor time: one character typed at a hole in a file of 10,000 tokens costs {warm['keystroke_ms']:.1f} ms, {share:.1%} of a "
        f"cold encode ({warm['cold_10k_ms']:.0f} ms; target: 5%). 64,000 tokens take {ratio:.1f} times what 8,000 take (target: at most 9). "
        f"After {warm['edits that agree']} of {warm['random edits']} random edits the warm state was the cold one."
    ]

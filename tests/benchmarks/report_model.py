"""The model's section of docs/benchmarks.md, from tests/benchmarks/results/model.json."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FEW = 20
"""Fewer fills than this show nothing of a median."""
SHARES = ("exact@1", "exact@5", "parse@1", "type@1")
TARGETS = {"first preview": 150.0, "first verified of the model": 1000.0}
"""Medians in milliseconds on two idle cores."""
RESOLVED = 0.8
"""§9.5 M2: the share of names whose definition is in memory that has to be resolved."""


def model_section(path: Path) -> list[str]:
    """Paragraphs and tables; nothing when no model was measured."""
    if not path.exists():
        return []
    report = json.loads(path.read_text(encoding="utf-8"))
    head = (
        f"Weights `{report['model'][:12]}`, {report['training']['tokens']:,} window tokens seen; holes cut with seed {report['seed']} from packages "
        "that no weight has seen (boltons, httpx, click, jinja2); the ranking was fitted on packages that nothing else uses (`results/ranking.json`)."
    )
    parts: dict[str, Callable[[Any], list[str]]] = {
        "fills": _fills,
        "masked": _masked,
        "lengths": _lengths,
        "warm": _warm,
        "latency": _latency,
    }
    return ["## Model (`just eval-model`)", head, *(part for name, make in parts.items() if name in report for part in make(report[name]))]


def _fills(fills: dict[str, Any]) -> list[str]:
    rows = ["| holes | proposed by | n | " + " | ".join(SHARES) + " |", "|---|---|---:" + "|---:" * len(SHARES) + "|"]
    for group, values in fills["by"].items():
        for value, arms in values.items():
            rows += [_share_row(f"{group}: {value}", arm, row) for arm, row in arms.items()]
    files = ", ".join(f"{arm} {row['all right']:.1%} of {row['n']}" for arm, row in fills["files"].items())
    return [
        f"Each fill has {fills['budget_ms']:,} ms on a processor core of its own, two of them side by side; other work of lower priority was at times beside them."
        + (f" {fills['remark']}" if "remark" in fills else ""),
        "\n".join(rows),
        *_beyond(fills["beyond search"]),
        *([f"Files with two to four holes of which every one was right at once: {files}."] if files else []),
        *_resolution(fills["resolution"]),
    ]


def _share_row(name: str, arm: str, row: dict[str, float]) -> str:
    return f"| {name} | {arm} | {row['n']} | " + " | ".join(f"{row[share]:.1%}" for share in SHARES) + " |"


def _beyond(forms: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """What the denoiser adds to search, in points with their 95% interval, of the same holes."""
    told = [
        f"{form} " + ", ".join(f"{row['points']:+.1f} ± {row['±']:.1f} ({share})" for share, row in shares.items())
        for form, shares in forms.items()
        if shares
    ]
    return [f"Points of exact match by which both together beat search alone, on the same holes, ± 95%: {'; '.join(told)}."] if told else []


def _resolution(arms: dict[str, dict[str, float]]) -> list[str]:
    told = [f"{arm} {row['said']:.1%} of {row['n']}" for arm, row in arms.items() if row["n"]]
    if not told:
        return []
    return [
        "Resolution (§9.5 M2): of the names of another file that an answer needs and whose definition is in memory, the share that some "
        f"candidate says (target: more than {RESOLVED:.0%}): {', '.join(told)}."
    ]


def _latency(latency: dict[str, Any]) -> list[str]:
    """Stages of single fills, alone on the machine."""
    rows = ["| stage, ms | p50 | p95 | n | target | met |", "|---|---:|---:|---:|---:|---|"]
    for stage, row in latency["stages"].items():
        target = TARGETS.get(stage)
        met = "too few" if row["n"] < FEW else "yes" if target is not None and row["p50"] <= target else "no"
        told = "| |" if target is None else f"{target:.0f} | {met} |"
        rows.append(f"| {stage} | {row['p50']:.0f} | {row['p95']:.0f} | {row['n']} | {told}")
    return [
        f"One fill of an expression after the other, {latency['fills']} of them, 8 trajectories, the product's defaults, states warm. A candidate of "
        "the model is a text that the denoiser proposed, alone or beside others; it is verified when it has passed syntax and types."
        + _alone(latency.get("denoiser alone", {})),
        "\n".join(rows),
    ]


def _alone(stages: dict[str, dict[str, float]]) -> str:
    """The same where nobody else proposes: every candidate is the model's."""
    told = [f"{stage} {stages[stage]['p50']:.0f} ms (n={stages[stage]['n']})" for stage in TARGETS if stage in stages]
    return f" With the denoiser alone, medians: {', '.join(told)}." if told else ""


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

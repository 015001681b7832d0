"""The section of docs/benchmarks.md on hard masks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def constraints_section(path: Path) -> list[str]:
    """Soundness, cost and precision of the grammar masks, from the results of `eval_constraints.py`."""
    found = json.loads(path.read_text())
    sound, walks, native = found["soundness"], found["walks"], found["native walks"]
    return [
        "## Hard masks (`tests/benchmarks/eval_constraints.py`, `cargo test --release --test soundness`)",
        f"Soundness: {sound['cases']:,} random maskings of real files of installed packages and the standard library, the original token pruned in "
        f"{sound['failed']}; {sound['undecided']:,} were over the budget of the chart, where every token is allowed. The target is 200,000 cases. "
        f"Walks over lexemes, placeholders for words: {native['parse']:,} finished regions parse, {native['do not parse']} do not (target: 20,000, none; `(a).x: T`, which CPython's ordered choice refuses). "
        f"Walks over the model's vocabulary: {walks['begun']:,} begun, {walks['finished']:,} finished, {walks['do not parse']} of these do not parse; "
        f"{walks['too short']:,} began with fewer slots than any fill has, {walks['over budget']:,} were in files over the "
        f"budget of the chart, {walks['stuck']:,} got stuck: the grammar admits what the insides of words and literals, in that number of slots, "
        "do not complete. Processor time of one thread, other work beside it.",
        _rows(found["rows"]),
        f"Tokens of {found['vocabulary']:,} that the grammar admits, by what the slot held: where only that slot is masked, and where the whole hole is.",
        _admissible(found["admissible"]),
        *_stages(found.get("stages", {})),
    ]


STAGES = {"parse@1": "share", "type@1": "share", "exact@1": "share", "exact@5": "share", "nothing": "share"} | {
    "valid_ms": "ms", "walk_ms": "ms", "walk/off": "times", "whole/off": "times",
}  # fmt: skip


def _stages(by: dict[str, dict[str, Any]]) -> list[str]:
    """What each stage of constraints brings, on the same holes with the same seeds."""
    if not by:
        return []
    lines = [f"| stage | {' | '.join(STAGES)} |", "|---|" + "---:|" * len(STAGES)]
    lines += [f"| {stage} | " + " | ".join(_cell(row[name], kind) for name, kind in STAGES.items()) + " |" for stage, row in by.items()]
    against = ", ".join(
        f"{stage} {100 * row['exact@1 less off']:+.1f} ± {100 * row['±']:.1f}" for stage, row in by.items() if stage != "off"
    )
    return [
        f"Stages of constraints, {next(iter(by.values()))['n']} expression and statement holes of packages that no weight has seen, the denoiser alone, "
        f"same seeds; `valid_ms`: median until the first candidate has passed syntax and types, `walk/off` and `whole/off`: medians of the time that a "
        f"walk, and a fill with its energies and verdicts, takes beside the same one without constraints (target for the grammar: 1.15 at most). Points of exact@1 against `off` on the same holes, ± 95%: {against}.",
        "\n".join(lines),
    ]


def _cell(value: float | None, kind: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f}%" if kind == "share" else f"{value:.0f}" if kind == "ms" else f"{value:.2f}"


def _rows(rows: list[dict[str, Any]]) -> str:
    lines = ["| what | unit | p50 | p95 | n |", "|---|---|---:|---:|---:|"]
    return "\n".join([*lines, *(f"| {row['name']} | {row['unit']} | {row['p50']:.2f} | {row['p95']:.2f} | {row['n']} |" for row in rows)])


def _admissible(by: dict[str, dict[str, Any]]) -> str:
    kinds = sorted({name.rpartition(", ")[0] for name in by})
    lines = ["| slot | alone, median | alone, p95 | all masked, median | all masked, p95 |", "|---|---:|---:|---:|---:|"]
    for kind in kinds:
        cells = [by[f"{kind}, {how}"] for how in ("alone", "all masked")]
        lines.append(f"| {kind} | " + " | ".join(f"{cell['median']:.0f} | {cell['p95']:.0f}" for cell in cells) + " |")
    return "\n".join(lines)

"""The table of docs/models.md, from what `eval_lm.py` found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
BEGIN = "<!-- benchmark: language models; written by tests/benchmarks/report.py from tests/benchmarks/results/lm.json -->\n"
END = "<!-- end of benchmark -->\n"

ARMS = {
    "nano": "the bundled denoiser alone",
    "lm unconstrained": "the language model, unconstrained",
    "lm constrained": "under grammar and names",
    "lm + types": "…, judged by types",
    "lm + examples": "…, and by examples",
    "without lm": "search, values, denoiser",
    "all": "all four",
    "nano, infill": "by `infill`: the denoiser alone",
    "lm, infill": "by `infill`: the language model, judged by types",
    "without lm, infill": "by `infill`: search, values, denoiser",
    "all, infill": "by `infill`: all",
}


def write_models_table(path: Path) -> None:
    """Puts the section between its marks; the page stays as it is when nothing was measured."""
    if not path.exists():
        return
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(BEGIN)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{_section(json.loads(path.read_text(encoding='utf-8')))}\n\n{END}{after}", encoding="utf-8")


def _section(report: dict[str, Any]) -> str:
    figures = report["figures"]
    forms = list(dict.fromkeys(name.split(", ", 1)[0] for name in figures))
    said = "\n\n".join(
        [
            *_remarks(report),
            "\n".join([*_head(), *(_row(form, arm, figures) for form in forms for arm in ARMS if f"{form}, {arm}" in figures)]),
        ]
    )
    return f"## What they bring\n\n{said}"


def _remarks(report: dict[str, Any]) -> list[str]:
    about = (
        f"`{report['model']}` (sha256 `{report['sha256'][:12]}…`) on {report['holes']} holes of {', '.join(report['packages'])}, packages that the "
        f"denoiser was not trained on (what the language model has seen, its makers know), cut with seed {report['seed']}; "
        f"{report['budget_ms'] / 1000:.0f} s a fill, two cores. `parse@1` is of the holes that got a text, `held` of those with examples. Few holes: a "
        "difference of ten points may be chance."
    )
    return [about, _stops(report["stops"]), _eight(report), *([report["remark"]] if report.get("remark") else [])]


def _stops(stops: dict[str, Any]) -> str:
    cancel, deadline = stops["cancel"], stops["deadline"]
    return (
        f"A question that is cancelled ends after {cancel['p50']:.0f} ms (p95 {cancel['p95']:.0f}, at most {cancel['max']:.0f}, n={cancel['n']}; wanted: "
        f"200), one with a deadline of a second overruns it by {deadline['p50']:.0f} ms (p95 {deadline['p95']:.0f}). In the last run the process, "
        f"denoiser included, grew by {stops['memory_mib']} MiB."
    )


def _eight(report: dict[str, Any]) -> str:
    every, eight, arm = report["candidates"]["all"], report["candidates"]["eight"], report["figures"]["all, lm + types"]
    return (
        f"Asked for eight candidates, masked, ranked and judged by types, it takes {every['p50']:.0f} ms in the median of all holes and gives "
        f"{arm['texts']}; where it gives eight (n={eight['n']}), {eight['p50']:.0f} ms (p95 {eight['p95']:.0f}). The first preview comes after "
        f"{arm['preview_ms']} ms. Wanted: 1500 and 300."
    )


def _head() -> list[str]:
    columns = ("exact@1", "exact@5", "parse@1", "type@1", "held", "median ms", "p95 ms", "preview ms", "texts")
    return ["| holes | n | proposed by | " + " | ".join(columns) + " |", "|---|---:|---|" + "---:|" * len(columns)]


def _row(form: str, arm: str, figures: dict[str, Any]) -> str:
    row = figures[f"{form}, {arm}"]
    shares = ("–" if row[name] is None else f"{row[name]:.1f}%" for name in ("exact@1", "exact@5", "parse@1", "type@1", "held"))
    times = ("–" if row[name] is None else str(row[name]) for name in ("median_ms", "p95_ms", "preview_ms", "texts"))
    return f"| {form} | {row['holes']} | {ARMS[arm]} | {' | '.join((*shares, *times))} |"

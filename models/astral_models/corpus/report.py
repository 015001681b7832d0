"""The corpus report: packages, licences, files, bytes and tokens, and what was left out and why."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from astral_models.corpus.gather import SPLITS

REASONS = ("path", "size", "encoding", "generated", "table", "syntax", "mention", "name", "exact", "near")
HEADER = """# The corpus of astral-nano

Built by `python -m astral_models.corpus --from gather` from `packages.tsv` (pinned by sha256) and the standard library of the interpreter.
Long docstrings keep their first paragraph and examples. Left out: `path` (tests, vendored, migrations, data), `size`, `encoding`,
`generated`, `table` (data as code), `syntax` (this interpreter cannot parse it), `mention` and `name` (evaluation hygiene: the file
names a public benchmark, or uses an identifier that is distinctive of one), `exact` and `near` (duplicates).
"""


def write_report(folder: Path, path: Path) -> None:
    """Writes REPORT.md from the tallies and the shards' metadata."""
    tallies: list[dict[str, Any]] = json.loads((folder / "tally.json").read_text(encoding="utf-8"))
    metas: dict[str, dict[str, Any]] = {split: json.loads((folder / split / "meta.json").read_text(encoding="utf-8")) for split in SPLITS}
    sections = [HEADER, _totals(tallies, metas), _left_out(tallies), *(_packages(split, tallies, metas[split]) for split in SPLITS)]
    path.write_text("\n".join(sections), encoding="utf-8")


def _totals(tallies: list[dict[str, Any]], metas: dict[str, dict[str, Any]]) -> str:
    rows = ["| split | packages | files | bytes | tokens | hole spans | sha256 of the token stream |", "|---|---:|---:|---:|---:|---:|---|"]
    for split, meta in metas.items():
        mine = [tally for tally in tallies if tally["split"] == split]
        size = sum(tally["bytes"] for tally in mine)
        rows.append(
            f"| {split} | {len(mine)} | {meta['files']:,} | {size:,} | {meta['tokens']:,} | {meta['spans']:,} | `{meta['digest'][:16]}…` |"
        )
    return "\n".join(rows) + "\n"


def _left_out(tallies: list[dict[str, Any]]) -> str:
    total: Counter[str] = Counter()
    for tally in tallies:
        total.update(tally["left_out"])
    return "Left out: " + ", ".join(f"{reason} {total[reason]:,}" for reason in REASONS) + " files.\n"


def _packages(split: str, tallies: list[dict[str, Any]], meta: dict[str, Any]) -> str:
    rows = [f"## {split}\n", "| package | version | licence | files | bytes | tokens |", "|---|---|---|---:|---:|---:|"]
    for tally in (tally for tally in tallies if tally["split"] == split):
        tokens = meta["packages"].get(tally["package"], 0)
        rows.append(
            f"| {tally['package']} | {tally['version']} | {tally['licence']} | {tally['files']} | {tally['bytes']:,} | {tokens:,} |"
        )
    return "\n".join(rows) + "\n"

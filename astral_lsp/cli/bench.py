"""`astral-lsp bench`: the latency table of the README, on this machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from astral_lsp.cli.payload import print_json

if TYPE_CHECKING:
    from astral_lsp.bench_native import Row


@click.command()
@click.option("--only", metavar="PREFIX", default="", help="Only rows whose name starts with PREFIX.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def bench(only: str, as_json: bool) -> None:
    """Measure this machine: medians and 95th percentiles of each stage."""
    rows = [row for row in _measure(only) if row.name.startswith(only)]
    machine = {"platform": platform.platform(), "processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    if as_json:
        print_json({"machine": machine, "rows": [asdict(row) for row in rows]})
        return
    table = Table("row", "unit", "p50", "p95", "n", title=f"{machine['processor']}, {machine['cores']} cores", title_justify="left")
    for row in rows:
        table.add_row(row.name, row.unit, f"{row.p50:.3f}", f"{row.p95:.3f}", str(row.n))
    Console().print(table)


def _measure(only: str) -> list[Row]:
    from astral_lsp import bench_native, bench_oracle  # here, so that nothing else pays for what only a benchmark needs

    suites: tuple[tuple[tuple[str, ...], Callable[[], list[Row]]], ...] = (
        (("native.", "pytreesitter."), bench_native.rows),
        (("hover.", "oracle."), bench_oracle.rows),
    )

    def asked(prefixes: tuple[str, ...]) -> bool:
        return any(prefix.startswith(only) or only.startswith(prefix) for prefix in prefixes)

    return [row for prefixes, rows in suites if asked(prefixes) for row in rows()]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()

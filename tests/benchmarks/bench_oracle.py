"""The oracle alone: latency of edit → σ and Γ in a 2,600-line module, of verdicts, of diagnostics; memory; leaks.

python tests/benchmarks/bench_oracle.py [--edits N]

The latency rows are those of `astral-lsp bench --only hover.` and `--only oracle.`; the others are only here.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from astral_lsp import bench_oracle
from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Fit
from astral_runtime.types.client import Oracle, OracleSettings

DEADLINE_MS = 60_000
CANDIDATES = ["1", "len(arg_strings)", "''", "arg_strings", "None"]
MODULES = 20
LINES = 300


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--edits", type=int, default=300, help="structural edits of the leak run")
    chosen = options.parse_args()
    for row in bench_oracle.rows():
        tell(row.name, row.unit, row.p50, row.p95, row.n)
    with oracle_in_a_folder() as (oracle, folder):
        candidates_and_errors(oracle, folder)
    with oracle_in_a_folder() as (oracle, folder):
        memory(oracle, folder)
    with oracle_in_a_folder() as (oracle, folder):
        leaks(oracle, folder, chosen.edits)


def tell(name: str, unit: str, p50: float, p95: float, n: int) -> None:
    """One row."""
    print(f"{name:28} {unit:4} p50 {p50:9.2f}  p95 {p95:9.2f}  n {n}")


@contextmanager
def oracle_in_a_folder() -> Iterator[tuple[Oracle, Path]]:
    """A fresh oracle over an empty workspace."""
    with tempfile.TemporaryDirectory() as name:
        oracle = Oracle(OracleSettings(root=Path(name)))
        try:
            yield oracle, Path(name)
        finally:
            oracle.close()


def timed(name: str, ask: Callable[[], object], n: int) -> None:
    """Median and 95th percentile of some calls."""
    samples = []
    for _ in range(n):
        begin = time.perf_counter()
        ask()
        samples.append((time.perf_counter() - begin) * 1000)
    ordered = sorted(samples)
    tell(name, "ms", statistics.median(ordered), ordered[int(0.95 * len(ordered))], n)


def candidates_and_errors(oracle: Oracle, folder: Path) -> None:
    """Five candidates in a function of 250 lines and in one of 20; all errors of the module."""
    text = bench_oracle.pristine()
    document = DocumentSnapshot(folder / "parsing.py", Snapshot(text), 1, folder)
    holes = [hole for hole in document.holes() if hole.kind == "expression"]
    oracle.contexts(document, holes, DEADLINE_MS)
    fits = [Fit(each, 0.0) for each in CANDIDATES]
    for name, hole in zip(("large", "small", "medium"), holes, strict=True):
        timed(f"check.five_{name}", lambda hole=hole: oracle.check(document, hole.span, fits, DEADLINE_MS), 20)  # type: ignore[misc]  # bound now
    versions = [DocumentSnapshot(document.path, Snapshot(f"{text}\nEND = {n}\n"), n, folder) for n in range(12)]
    remaining = iter(versions)
    timed("diagnostics.all_anew", lambda: oracle.diagnostics(next(remaining), DEADLINE_MS), len(versions))
    timed("diagnostics.unchanged", lambda: oracle.diagnostics(versions[-1], DEADLINE_MS), 20)


def memory(oracle: Oracle, folder: Path) -> None:
    """A workspace of 6,000 lines, every module open."""
    oracle.warm()
    for n in range(MODULES):
        path = folder / f"module_{n}.py"
        path.write_text(module(n))
        document = DocumentSnapshot(path, Snapshot(module(n)), 1, folder)
        oracle.contexts(document, document.holes(), DEADLINE_MS)
        oracle.diagnostics(document, DEADLINE_MS)
    print(f"{'memory.pss_6k_lines':28} MiB  {pss(oracle):.0f}")


def module(n: int) -> str:
    """A module of some 300 lines that imports the one before."""
    head = "import json\nimport re\nfrom collections.abc import Iterator\nfrom dataclasses import dataclass\n" + (
        f"import module_{n - 1}\n" if n else ""
    )
    one = "\n\n@dataclass\nclass Row{k}:\n    name: str\n    size: int = {k}\n\n    def total(self, others: list[int]) -> int:\n        found = [each for each in others if each > self.size]\n        return ...\n"
    return head + "".join(one.format(k=k) for k in range(LINES // 10))


def leaks(oracle: Oracle, folder: Path, edits: int) -> None:
    """Memory after many structural edits of a large module, which is loaded anew each time."""
    text, generator = bench_oracle.pristine(), random.Random(1)
    samples = []
    for n in range(edits):
        document = DocumentSnapshot(
            folder / "parsing.py", Snapshot(f"{text}\nEND_{generator.random()} = 1\n".replace("_0.", "_")), n, folder
        )
        oracle.contexts(document, document.holes(), DEADLINE_MS)
        if n % max(1, edits // 10) == 0:
            samples.append(round(pss(oracle)))
    print(f"{'memory.pss_while_edited':28} MiB  {samples}")


def pss(oracle: Oracle) -> float:
    """The oracle's own and its share of shared memory, in MiB."""
    full = psutil.Process(oracle.pid).memory_full_info()
    return float(getattr(full, "pss", full.uss)) / 2**20


if __name__ == "__main__":
    main()

"""Latency and memory of the language server as an editor sees it: raw JSON-RPC over stdio, real oracle. Prints one table.

python tests/benchmarks/bench_lsp.py [--json] [--only NAME]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "lsp"))

from editor import CAPABILITIES, Buffer, Json
from rawclient import REAL, RawClient

MODULES = 20
LINES = 300


@dataclass(frozen=True)
class Row:
    """One measured quantity."""

    name: str
    unit: str
    p50: float
    p95: float
    n: int


def main() -> None:
    """Measure what was asked for and print it."""
    options = argparse.ArgumentParser()
    options.add_argument("--json", action="store_true")
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    rows = [row for name, measure in MEASURES.items() if name.startswith(chosen.only) for row in measure()]
    if chosen.json:
        print(json.dumps({"rows": [asdict(row) for row in rows]}))
        return
    for row in rows:
        print(f"{row.name:34} {row.unit:4} p50 {row.p50:9.3f}  p95 {row.p95:9.3f}  n {row.n}")


def row(name: str, unit: str, samples: list[float]) -> Row:
    """Median and 95th percentile."""
    ordered = sorted(samples)
    return Row(name, unit, statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], len(ordered))


@contextmanager
def session(files: dict[str, str]) -> Iterator[tuple[RawClient, Path]]:
    """A real server on a folder with these files."""
    with tempfile.TemporaryDirectory() as folder, RawClient(REAL, timeout_s=120) as client:
        root = Path(folder)
        for name, text in files.items():
            (root / name).write_text(text)
        client.initialize(CAPABILITIES, root)
        yield client, root
        client.request("shutdown")
        client.notify("exit")
        client.process.wait(20)


def opened(client: RawClient, path: Path, hole: str = "...") -> Buffer:
    """Open a file and wait until it has settled: the hover has a candidate, or the reason why there is none."""
    buffer = begun(client, path)
    while "being computed" in hover(client, buffer, hole):
        time.sleep(0.05)
    return buffer


def begun(client: RawClient, path: Path) -> Buffer:
    """Open a file."""
    buffer = Buffer(path.as_uri(), path.read_text())
    item = {"uri": buffer.uri, "languageId": "python", "version": 1, "text": buffer.text}
    client.notify("textDocument/didOpen", {"textDocument": item})
    return buffer


def hover(client: RawClient, buffer: Buffer, hole: str = "...") -> str:
    """The text of the hover on a hole: the end of the first such piece of the buffer."""
    place = {"textDocument": {"uri": buffer.uri}, "position": buffer.range_of(hole)["end"]}
    answer: Json = client.request("textDocument/hover", place)
    text: str = answer["contents"]["value"]
    return text


def typed(client: RawClient, buffer: Buffer, before: str, new: str) -> None:
    """One keystroke before a piece of text."""
    params = {"textDocument": {"uri": buffer.uri}, "contentChanges": buffer.insert(before, new)}
    params["textDocument"]["version"] = buffer.version  # type: ignore[index]  # JSON
    client.notify("textDocument/didChange", params)


def milliseconds(work: Callable[[], object]) -> float:
    """How long `work` takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def measure_hover_warm() -> list[Row]:
    """Hover on a hole of an unchanged file of 300 lines."""
    with session(workspace()) as (client, root):
        buffer = opened(client, root / "stock0.py")
        samples = [milliseconds(lambda: hover(client, buffer)) for _ in range(1000)]
    return [row("lsp.hover_warm", "ms", samples)]


def measure_edit_hover() -> list[Row]:
    """Keystroke in a 2,600-line module → hover with σ and Γ on a hole of the same function: from rest, and in a burst of typing."""
    text = Path(argparse.__file__).read_text()
    marker = "    def _get_positional_kwargs(self, dest, **kwargs):\n"
    assert marker in text
    hole = "answer: int = ..."
    text = text.replace(marker, f"{marker}        probe = 0\n        {hole}\n")
    with session({"module.py": text}) as (client, root):
        buffer = opened(client, root / "module.py", hole)

        def once() -> float:
            begin = time.perf_counter()
            typed(client, buffer, "\n        " + hole, "1")
            while "type is being computed" in (said := hover(client, buffer, hole)):
                time.sleep(0.001)
            assert "▢: int" in said, said
            return (time.perf_counter() - begin) * 1000

        def rested() -> float:
            while "being computed" in hover(client, buffer, hole):
                time.sleep(0.05)
            time.sleep(0.1)
            return once()

        def typing() -> float:
            time.sleep(0.15)
            return once()

        return [
            row("lsp.edit_hover_2600_lines", "ms", [rested() for _ in range(40)]),
            row("lsp.edit_hover_while_typing", "ms", [typing() for _ in range(60)]),
        ]


def measure_change_during_fill() -> list[Row]:
    """didChange in one file, and an answer right behind it, while fills run in another."""
    with session(workspace()) as (client, root):
        busy, buffer = opened(client, root / "stock0.py"), opened(client, root / "stock1.py")
        samples, running = [], 0
        id_ = client.begin("astral/fill", {"textDocument": {"uri": busy.uri}, "hole": "h1"})
        for n in range(300):
            if client.answered[id_]:
                id_ = client.begin("astral/fill", {"textDocument": {"uri": busy.uri}, "hole": f"h{1 + n % 3}"})
                running += 1
            begin = time.perf_counter()
            typed(client, buffer, '"""Stock', "#")
            client.request("astral/nextHole", {"textDocument": {"uri": buffer.uri}, "position": {"line": 0, "character": 0}})
            samples.append((time.perf_counter() - begin) * 1000)
            time.sleep(0.01)
        ordered = sorted(samples)
        print(f"{running} fills ran; p99 {ordered[int(0.99 * len(ordered))]:.3f} ms", file=sys.stderr)
    return [row("lsp.change_during_fill", "ms", samples)]


def measure_first_answer() -> list[Row]:
    """From the start of the process to the first hover with a type, cold."""
    samples = []
    for _ in range(3):
        begin = time.perf_counter()
        with session(workspace()) as (client, root):
            buffer = begun(client, root / "stock0.py")
            while "type is being computed" in hover(client, buffer):
                time.sleep(0.02)
            samples.append((time.perf_counter() - begin) * 1000)
    return [row("lsp.cold_start_to_hover", "ms", samples)]


def measure_memory() -> list[Row]:
    """Server and oracle on a workspace of 6,000 lines, three files open and settled."""
    with session(workspace()) as (client, root):
        for n in range(3):
            opened(client, root / f"stock{n}.py")
        client.request("astral/fill", {"textDocument": {"uri": (root / "stock0.py").as_uri()}, "hole": "h1"})
        server = psutil.Process(client.process.pid)
        sizes = {"server": pss(server), "oracle": sum(map(pss, server.children(recursive=True)))}
    rows = [row(f"lsp.pss_{name}", "MiB", [size]) for name, size in sizes.items()]
    return [*rows, row("lsp.pss_total", "MiB", [sum(sizes.values())])]


def pss(process: psutil.Process) -> float:
    """Proportional set size in MiB."""
    return float(process.memory_full_info().pss) / 2**20


def workspace() -> dict[str, str]:
    """20 typed modules of 300 lines that import each other, each with three holes."""
    return {f"stock{n}.py": module(n) for n in range(MODULES)}


def module(n: int) -> str:
    """One module."""
    lines = [f'"""Stock {n}."""', "from __future__ import annotations", "from dataclasses import dataclass, field"]
    lines += [f"from stock{n - 1} import Shelf0 as Lower"] if n else ["class Lower:", "    weight: float = 0.0"]
    number = 0
    while len(lines) < LINES:
        lines += _class(number)
        number += 1
    return "\n".join(lines) + "\n"


def _class(number: int) -> list[str]:
    def body(text: str, hole: int) -> str:
        return "..." if number == hole else text

    return [
        "",
        "@dataclass",
        f"class Shelf{number}:",
        "    name: str",
        "    prices: dict[str, float] = field(default_factory=dict)",
        "    below: Lower | None = None",
        "    weight: float = 1.0",
        "",
        "    def total(self, rate: float) -> float:",
        f"        return {body('sum(self.prices.values()) * rate', 1)}",
        "",
        "    def cheapest(self) -> str:",
        f"        return {body('min(self.prices, key=lambda each: self.prices[each])', 2)}",
        "",
        "    def names(self, prefix: str) -> list[str]:",
        f"        found = {body('[each for each in self.prices if each.startswith(prefix)]', 3)}",
        "        return sorted(found)",
    ]


MEASURES: dict[str, Callable[[], list[Row]]] = {
    "hover": measure_hover_warm,
    "edit": measure_edit_hover,
    "change": measure_change_during_fill,
    "cold": measure_first_answer,
    "memory": measure_memory,
}


if __name__ == "__main__":
    main()

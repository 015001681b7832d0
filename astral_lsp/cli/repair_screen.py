"""How a repair looks on a terminal: the error, the change with its verdicts, and a diff of the file. Plain lines in a pipe."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from astral_lsp.cli.screen import MARKS
from astral_runtime.repair.values import Repair
from astral_runtime.repair.wholefile import FileRepair, Mended

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


class RepairScreen:
    """Draws one run of `repair`. Lines go to stdout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.console = Console(highlight=False, soft_wrap=True)

    def mended(self, mended: Mended) -> None:
        """Print an error and the repair that was taken, or that there is none; then what else would do."""
        fault = mended.fault
        line = mended.document.native.position(fault.span.start, "utf-16")[0] + 1 if fault.span is not None else 1
        head = Text(f"{self.path}:{line}: {fault.message}")
        head.append(f"  [{fault.code}]" if fault.code else "", "dim")
        self.console.print(head)
        if not mended.repairs:
            self.console.print(Text("  no repair passes the verifiers", "yellow"))
        for number, repair in enumerate(mended.repairs):
            self.console.print(_repair_line(repair, is_taken=number == 0))

    def summary(self, done: FileRepair, written: bool) -> None:
        """Print the diff and what is left."""
        for line in _diff(self.path, done):
            self.console.print(Text(line, _STYLES.get(line[:1], "")))
        if not done.before.faults and not done.before.unchecked:
            self.console.print(f"{self.path}: no errors")
            return
        left = f"{len(done.after.faults)} left" if done.after.faults else "none left"
        state = f"{self.path} written" if written else "nothing written"
        self.console.print(f"{len(done.taken)} repairs, {left}; {state}")
        if done.after.unchecked:
            self.console.print(Text(f"types not checked: {done.after.unchecked}", "yellow"))


class SilentRepairScreen(RepairScreen):
    """Draws nothing: stdout belongs to the JSON document."""

    def mended(self, mended: Mended) -> None:
        """Show nothing."""


def _repair_line(repair: Repair, is_taken: bool) -> Text:
    line = Text("  → " if is_taken else "  or ")
    line.append(repair.title, "bold" if is_taken else "")
    for verdict in repair.verdicts:
        mark, style = MARKS[verdict.outcome]
        line.append(f"  {mark} {verdict.domain}", style)
    line.append(f"  ({repair.origin}, cycle {repair.cycles})", "dim")
    return line


def _diff(path: Path, done: FileRepair) -> Iterator[str]:
    """A unified diff; line breaks are not shown."""
    before, after = (each.document.text.splitlines() for each in (done.before, done.after))
    yield from difflib.unified_diff(before, after, str(path), f"{path} (repaired)", lineterm="", n=2)

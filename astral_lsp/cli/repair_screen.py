"""How a repair looks on a terminal: the error, the change with its verdicts, and a diff of the file. Plain lines in a pipe."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from astral_lsp.cli.screen import MARKS
from astral_runtime.document import DocumentSnapshot
from astral_runtime.repair.suite import Survey
from astral_runtime.repair.tested import SuiteRepairs
from astral_runtime.repair.values import Repair
from astral_runtime.repair.wholefile import FileRepair, Mended
from astral_runtime.verify.spec import Verdict

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
        for line in _diff(self.path, done.before.document, done.after.document):
            self.console.print(Text(line, _STYLES.get(line[:1], "")))
        if not done.before.faults and not done.before.unchecked:
            self.console.print(f"{self.path}: no errors")
            return
        left = f"{len(done.after.faults)} left" if done.after.faults else "none left"
        state = f"{self.path} written" if written else "nothing written"
        self.console.print(f"{len(done.taken)} repairs, {left}; {state}")
        if done.after.unchecked:
            self.console.print(Text(f"types not checked: {done.after.unchecked}", "yellow"))

    def tested(self, document: DocumentSnapshot, survey: Survey, done: SuiteRepairs, written: bool) -> None:
        """Print the tests that fail, the repairs with their verdicts, and the diff of the best one."""
        for run in survey.failing:
            self.console.print(Text(f"{run.name}: {run.message}"))
        if survey.broken:
            self.console.print(Text(survey.broken))
        for number, repair in enumerate(done.repairs):
            self.console.print(_change_line("; ".join(repair.titles), repair.verdicts, is_taken=number == 0))
        if not done.repairs:
            self.console.print(Text(f"  no repair passes the tests; {done.tried} were tried", "yellow"))
            return
        for line in _diff(self.path, document, done.repairs[0].document):
            self.console.print(Text(line, _STYLES.get(line[:1], "")))
        self.console.print(f"{done.tried} candidates tried; {f'{self.path} written' if written else 'nothing written'}")


class SilentRepairScreen(RepairScreen):
    """Draws nothing: stdout belongs to the JSON document."""

    def mended(self, mended: Mended) -> None:
        """Show nothing."""


def _repair_line(repair: Repair, is_taken: bool) -> Text:
    line = _change_line(repair.title, repair.verdicts, is_taken)
    line.append(f"  ({repair.origin}, cycle {repair.cycles})", "dim")
    return line


def _change_line(title: str, said: Sequence[Verdict], is_taken: bool) -> Text:
    line = Text("  → " if is_taken else "  or ")
    line.append(title, "bold" if is_taken else "")
    for verdict in said:
        mark, style = MARKS[verdict.outcome]
        line.append(f"  {mark} {verdict.why if verdict.domain == 'tests' and verdict.outcome == 'pass' else verdict.domain}", style)
    return line


def _diff(path: Path, before: DocumentSnapshot, after: DocumentSnapshot) -> Iterator[str]:
    """A unified diff; line breaks are not shown."""
    lines = before.text.splitlines(), after.text.splitlines()
    yield from difflib.unified_diff(*lines, str(path), f"{path} (repaired)", lineterm="", n=2)

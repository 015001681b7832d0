"""How a fill looks on a terminal: forming, step by step, then its candidates with their badges. Plain lines in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.text import Text

from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Candidate, Fill, OnProgress, Progress
from astral_runtime.holes import SUBHOLE, Hole
from astral_runtime.trace import HoleyStep

MARKS = {"pass": ("✓", "green"), "fail": ("✗", "red"), "skipped": ("–", "yellow")}
STATUS_STYLE = {"accepted": "bold green", "degraded": "bold yellow", "rejected": "bold red"}


class FillScreen:
    """Draws one run of `fill`. Lines go to stdout; the moving part only to a real terminal."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.console = Console(highlight=False)

    @contextmanager
    def forming(self, hole: Hole) -> Iterator[OnProgress]:
        """Draw each step of a fill in place; nothing of it stays."""
        with Live(Text(), console=self.console, transient=True, refresh_per_second=30) as live:

            def draw(progress: Progress) -> None:
                live.update(_forming_line(progress.step, progress.t, progress.text))

            yield draw

    def show(self, document: DocumentSnapshot, fill: Fill) -> None:
        """Print a finished fill: where, its status, and every candidate with verdicts."""
        line = document.native.position(fill.hole.span.start, "utf-16")[0] + 1
        head = Text(f"{self.path}:{line} {fill.hole.id} ")
        head.append(fill.status, STATUS_STYLE[fill.status])
        if fill.why:
            head.append(f"  {fill.why}", "dim")
        self.console.print(head)
        for number, candidate in enumerate(fill.candidates, start=1):
            self.console.print(candidate_line(number, candidate))
        if why := _examples_not_run(fill):
            self.console.print(Text(f"     examples not run: {why}", "dim"))

    def show_steps(self, steps: Sequence[HoleyStep]) -> None:
        """Print the states of a forming fill, each with what syntax and mypy say of it as a program with holes."""
        for step in steps:
            line = _forming_line(step.step, step.t, step.text)
            for verdict in (step.syntax, step.types):
                mark, style = MARKS[verdict.outcome]
                line.append(f"  {mark} {verdict.domain}", style)
            self.console.print(line)

    def summary(self, fills: Sequence[Fill], written: bool) -> None:
        """Print how many holes could be filled, and whether the file was written."""
        if not fills:
            self.console.print(f"{self.path}: no holes")
            return
        counted = [f"{sum(f.status == status for f in fills)} {status}" for status in STATUS_STYLE]
        self.console.print(f"{len(fills)} holes: {', '.join(counted)}; " + (f"{self.path} written" if written else "nothing written"))


class SilentScreen(FillScreen):
    """Draws nothing: stdout belongs to the JSON document."""

    @contextmanager
    def forming(self, hole: Hole) -> Iterator[OnProgress]:
        """Take the steps and show none."""
        yield lambda progress: None

    def show(self, document: DocumentSnapshot, fill: Fill) -> None:
        """Show nothing."""

    def show_steps(self, steps: Sequence[HoleyStep]) -> None:
        """Show nothing."""


def candidate_line(number: int, candidate: Candidate) -> Text:
    """`  1. sum(…)  ✓ syntax ✓ types  (search)`; a skipped verdict shows as a dash, never as a tick."""
    line = Text(f"  {number}. ")
    line.append(candidate.text.replace("\n", "\n     "), "bold" if number == 1 else "")
    for verdict in candidate.verdicts:
        mark, style = MARKS[verdict.outcome]
        said = verdict.why if verdict.domain == "tests" and verdict.outcome == "pass" else verdict.domain
        line.append(f"  {mark} {said}", style if verdict.outcome != "skipped" else "dim")
    line.append(f"  ({candidate.source})", "dim")
    for edit in candidate.edits:
        line.append(f"\n     + {edit.new_text.strip()}", "cyan")
    return line


def _examples_not_run(fill: Fill) -> str:
    """Why the examples of the best candidate's function said nothing, where there are any."""
    verdicts = fill.candidates[0].verdicts if fill.candidates else ()
    why = next((verdict.why for verdict in verdicts if verdict.domain == "tests" and verdict.outcome == "skipped"), "")
    return "" if why.startswith("no examples") else why


def _forming_line(step: int, t: float, text: str) -> Text:
    line = Text(f"  t={t:.2f} step {step}  ", "dim")
    for character in text:
        line.append(character, "magenta" if character == SUBHOLE else "bold")
    return line

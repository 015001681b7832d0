"""Runs the examples of holes: one sandbox per workspace folder, verdicts of domain "tests" out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.collect import examples_of
from astral_runtime.examples.example import Example
from astral_runtime.examples.program import Program, candidate_text, program
from astral_runtime.examples.verify import Outcome, Result, Tested
from astral_runtime.fill import CancelToken
from astral_runtime.holes import Hole, Span
from astral_runtime.sandbox.level import Level
from astral_runtime.sandbox.run import NotRun, Ran, Sandbox, SandboxSettings, Task
from astral_runtime.verify.spec import Verdict

JUDGE = "astral_runtime.examples.inside.judge:judge"
OBSERVE = "astral_runtime.values.inside.observe:observe"
SEARCH = "astral_runtime.values.inside.search:search"

_START = Span(0, 0)

MOST_SANDBOXES = 3
"""Warm workers that are kept; a document of a further folder ends the one that was used longest ago."""


class Runner:
    """Judges candidates by the user's own examples. Thread-safe; nothing is started before it is needed, and nothing untrusted runs."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._sandboxes: dict[Path | None, Sandbox] = {}

    @property
    def level(self) -> Level:
        """The level of the sandbox in force."""
        return Sandbox(self.settings).level

    def verdicts(self, document: DocumentSnapshot, hole: Hole, texts: Sequence[str], cancel: CancelToken, ms: int) -> tuple[Verdict, ...]:
        """One verdict of domain "tests" per text, put into the hole one at a time. Raises Cancelled."""
        return tuple(tested.verdict for tested in self.tested(document, hole, texts, examples_of(document, hole), cancel, ms))

    def tested(
        self, document: DocumentSnapshot, hole: Hole, texts: Sequence[str], examples: Sequence[Example], cancel: CancelToken, ms: int
    ) -> tuple[Tested, ...]:  # fmt: skip
        """What the examples that come to the hole said of each text; those that check nothing are left out. Raises Cancelled."""
        examples = [example for example in examples if example.checks]
        if not examples:
            return tuple(
                Tested(text, why="no examples: no doctest, stated example or plain test of this function was found") for text in texts
            )
        place = program(document, hole)
        about = {"candidates": [candidate_text(text) for text in texts]}
        ran = self.ask(document, place, JUDGE, examples, about, cancel, ms) if texts else NotRun("")
        if isinstance(ran, NotRun):
            return tuple(Tested(text, why=ran.why) for text in texts)
        return told(texts, examples, ran)

    def ask(
        self, document: DocumentSnapshot, place: Program, call: str, examples: Sequence[Example], about: Mapping[str, Any],
        cancel: CancelToken, ms: int,
    ) -> Ran | NotRun:  # fmt: skip
        """Run one of our own calls on a program and its examples, in the sandbox of the document's workspace."""
        task = {**place.message(), "examples": [each.message() for each in examples], **about}
        return self._sandbox(document.root or _alone(place)).run(Task(call, task, _paths(document, place), place.owner), ms, cancel)

    def warm(self, document: DocumentSnapshot) -> None:
        """Start the worker for a document's workspace, if its code may run."""
        self._sandbox(document.root or _alone(program(document, Hole("", "expression", _START)))).warm((JUDGE, OBSERVE, SEARCH))

    def close(self) -> None:
        """End every worker. Idempotent."""
        with self._lock:
            sandboxes, self._sandboxes = list(self._sandboxes.values()), {}
        for sandbox in sandboxes:
            sandbox.close()

    def _sandbox(self, root: Path | None) -> Sandbox:
        with self._lock:
            sandbox = self._sandboxes.pop(root, None) or Sandbox(replace(self.settings, root=root))
            self._sandboxes[root] = sandbox
            old = [self._sandboxes.pop(key) for key in list(self._sandboxes)[:-MOST_SANDBOXES]]
        for each in old:
            each.close()
        return sandbox


def _alone(place: Program) -> Path | None:
    """What a file without a workspace may see of the disk: its own folder, unless that is a whole home or disk."""
    return None if place.home in (Path.home(), Path(place.home.anchor)) else place.home


def _paths(document: DocumentSnapshot, place: Program) -> tuple[str, ...]:
    sources = [place.home, *([document.root / "src", document.root] if document.root else [])]
    return tuple(dict.fromkeys(str(path) for path in sources))


def told(texts: Sequence[str], examples: Sequence[Example], ran: Ran) -> tuple[Tested, ...]:
    """What the lines of `judge` say of each text; other lines may stand among them."""
    said: dict[int, Mapping[str, Any]] = {}
    reaching: list[int] | None = None
    for line in ran.results:
        if "unloadable" in line:
            return tuple(Tested(text, why=str(line["unloadable"])) for text in texts)
        if "reaching" in line:
            reaching = line["reaching"]
        elif "candidate" in line:
            said[line["candidate"]] = line
    if reaching is None:
        return tuple(Tested(text, why=f"the examples were not run to their end: {ran.ended}") for text in texts)
    if not reaching:
        return tuple(Tested(text, why=f"none of {len(examples)} examples comes to the hole") for text in texts)
    reached = [examples[index] for index in reaching]
    return tuple(Tested(text, _results(reached, said.get(number), ran.ended)) for number, text in enumerate(texts))


def _results(examples: Sequence[Example], said: Mapping[str, Any] | None, ended: str) -> tuple[Result, ...]:
    """The results of one candidate; what ended its process is laid at the first example that has none."""
    if said is None:
        return tuple(Result(example, "unknown", f"no time left ({ended})") for example in examples)
    results = [Result(example, cast(Outcome, outcome), got) for example, (outcome, got) in zip(examples, said["played"], strict=False)]
    rest = examples[len(results) :]
    if said["ended"] and rest:
        outcome: Outcome = "timeout" if said["ended"] == "timeout" else "error"
        results.append(Result(rest[0], outcome, "it was stopped" if outcome == "timeout" else said["ended"]))
        rest = rest[1:]
    return (*results, *(Result(example, "unknown", "an earlier example did not end") for example in rest))

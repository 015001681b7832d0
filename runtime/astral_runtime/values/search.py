"""Fills that fit the examples: expressions over the values that were seen at a hole, judged by every example that comes to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from astral_runtime.document import DocumentSnapshot
from astral_runtime.examples.example import Example
from astral_runtime.examples.program import program
from astral_runtime.examples.runner import SEARCH, Runner, told
from astral_runtime.examples.verify import Tested
from astral_runtime.fill import CancelToken
from astral_runtime.frames import Frame
from astral_runtime.holes import Hole
from astral_runtime.sandbox.run import NotRun

LARGEST = 6
"""Size of the largest expression that is made."""

STEPS = 400_000
"""Operations that are tried at most. The search is the same on every machine that has the time for them."""

TRIES = 300
"""Expressions that are run at most where the examples do not tell what the hole should be."""

MOST_FRAMES = 3
"""Frames of a hole in which expressions are sought: the forms that the line may have."""

SEEKING_SHARE = 0.6
"""Share of the time for the search itself at most; what is left is for running what it found."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Texts that held in every example that comes to the hole, smallest first, each with what the examples said.

    They fit these examples; that is evidence, not proof. `why` says why there are none, or no more."""

    found: tuple[Tested, ...]
    why: str = ""


def search_frames(
    frames: Sequence[Frame], examples: Sequence[Example], runner: Runner, cancel: CancelToken, ms: int, limit: int
) -> list[str]:  # fmt: skip
    """Texts of a hole that hold in every example, sought in its likeliest frames, each in its share of the time. Raises Cancelled."""
    places = [(frame, frame.hole) for frame in frames if frame.hole is not None and frame.hole.kind != "region"][:MOST_FRAMES]
    texts: list[str] = []
    for frame, hole in places:
        fitting = search_values(frame.document, hole, examples, runner, cancel, ms // len(places), limit)
        texts += [frame.text(found.text) for found in fitting.found]
    return texts


def search_values(
    document: DocumentSnapshot, hole: Hole, examples: Sequence[Example], runner: Runner, cancel: CancelToken, ms: int, limit: int = 5
) -> Fitting:  # fmt: skip
    """Seek expressions for a hole: by what the examples tell of it, or by running what may stand there. Raises Cancelled."""
    examples = [example for example in examples if example.checks]
    if not examples:
        return Fitting((), "no examples")
    about = {"limit": limit, "largest": LARGEST, "steps": STEPS, "seconds": ms * SEEKING_SHARE / 1000, "tries": TRIES}
    ran = runner.ask(document, program(document, hole), SEARCH, examples, about, cancel, ms)
    if isinstance(ran, NotRun):
        return Fitting((), ran.why)
    texts = [line["text"] for line in ran.results if "text" in line]
    why = next((str(line[word]) for line in ran.results for word in ("unknown", "unloadable") if word in line), "")
    if not texts:
        return Fitting((), why or "no expression fits the examples")
    return Fitting(tuple(each for each in told(texts, examples, ran) if each.verdict.outcome == "pass")[:limit], why)

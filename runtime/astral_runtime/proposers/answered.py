"""Fills from a server that writes whole texts: each is cut where the file goes on, and kept only if the file parses with it.

Its tokens cannot be masked from outside; the same grammar that masks a model in this process decides here where a text may end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from astral_runtime.bundled import NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Cancelled, CancelToken, OnProgress, Progress
from astral_runtime.holes import Hole
from astral_runtime.proposers.gap import Gap, gaps_of
from astral_runtime.proposers.lens import ANYTHING, Growing, Lens
from astral_runtime.proposers.names import names_in_sight
from astral_runtime.proposers.protocol import Asked, Completer, Completion, ModelFault, Proposed

LONGEST = 64
"""Tokens that are asked for: a line or two, and enough of what follows to see where it ends."""

NOT_TOLD = -2.0
"""Log-probability of a token where a server gives none; all its texts are as likely then, by their length."""

LETTERS = 4
"""Characters of a token, on average, where a server does not say how many there are."""


class CompletionProposer:
    """A `TextProposer` over a server. Thread-safe as far as that is."""

    def __init__(self, completer: Completer) -> None:
        self._completer = completer
        self._lens = Lens()

    @property
    def name(self) -> str:
        """The model's, and where it is."""
        return self._completer.name

    def propose(
        self, document: DocumentSnapshot, hole: Hole, asked: Asked, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposed, ...]:
        """Distinct fills, the best first; none where the token is set before an answer came. Raises ModelFault when there is none."""
        try:
            gaps = gaps_of(document, hole, cancel)
            answers = self._completer.complete(_prefix(gaps[0]), gaps[0].after, asked.many, LONGEST, cancel)
        except Cancelled:
            return ()
        if isinstance(answers, NoModel):
            raise ModelFault(answers.why)
        found = sorted(self._cut(gaps, asked, answers), key=lambda each: -each.rank)
        if found:
            on_progress(Progress(hole, document.version, 0, 0.0, found[0].fill.strip()))
        best = dict.fromkeys(each.fill for each in found)
        first = {fill: next(each for each in found if each.fill == fill) for fill in best}
        return tuple(Proposed(fill, each.log_prob) for fill, each in first.items())

    def read(self, document: DocumentSnapshot, hole: Hole, fills: Sequence[str], cancel: CancelToken) -> tuple[Proposed, ...]:
        """Nothing: a server does not tell what it thinks of texts of others."""
        return ()

    def close(self) -> None:
        """End the connection; idempotent."""
        self._completer.close()

    def _cut(self, gaps: tuple[Gap, ...], asked: Asked, answers: tuple[Completion, ...]) -> Iterator[_Cut]:
        names = names_in_sight((gaps[0].before, gaps[0].after), (entry.name for entry in asked.scope))
        for gap in gaps:
            start = (self._lens.of(gap) if "grammar" in asked.constraints else ANYTHING).wrote(gap.owed.encode())
            for answer in answers if start is not None else ():
                text = _behind(gap, answer.text)
                inside = None if text is None or start is None else _ending(gap, start, text)
                if inside is not None:
                    log_prob = _log_prob(answer, len(inside))
                    energy = names.energy(inside, True) if "names" in asked.constraints else 0.0
                    yield _Cut(gap.fill(gap.owed + inside), log_prob, log_prob - energy)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A text for the hole's span, its log-probability, and what it is ordered by."""

    fill: str
    log_prob: float
    rank: float


def _prefix(gap: Gap) -> str:
    """What the file has before the hole: where a line is gone, its indentation is the server's to write."""
    return gap.before + gap.owed[: gap.standing]


def _behind(gap: Gap, text: str) -> str | None:
    """The text without the indentation that the gap has anyhow; None where it has another one."""
    lead = gap.owed[gap.standing :]
    if not lead:
        return text
    return text[len(lead) :] if text.startswith(lead) and not text[len(lead) :][:1].isspace() else None


def _ending(gap: Gap, start: Growing, text: str) -> str | None:
    """The shortest beginning of the text behind which the file goes on; else behind which it parses; None where there is none."""
    goes_on = gap.after.lstrip(" \t").split("\n", 1)[0].rstrip()[:LETTERS] or "\n"
    ends = [at for at in range(1, len(text) + 1) if text[at:].lstrip(" \t").startswith(goes_on)]
    lines = [at for at in range(1, len(text)) if text[at] == "\n"]
    for at in dict.fromkeys([*ends, *lines, len(text)]):
        inside = text[:at].rstrip()
        if inside and start.ended(inside.encode()):
            return inside
    return None


def _log_prob(answer: Completion, size: int) -> float:
    """Of the first characters of an answer, as if each had its share of the whole: a server does not say where its tokens end."""
    share = min(1.0, size / max(1, len(answer.text)))
    return share * (sum(answer.log_probs) if answer.log_probs else NOT_TOLD * len(answer.text) / LETTERS)

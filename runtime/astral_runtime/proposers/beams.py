"""Beam search through a language model: branches of one prompt that grow a token at a time, side by side, under hard masks.

A text ends where the model goes on with what stands behind the hole: the token that reaches the suffix is read like any other, and the rest
of the suffix is read after it, so that log-probabilities are those of the text and of what follows, log p(text, suffix | prefix), for texts
of every length. A model that fills in the middle says itself that a text is over.

Glossary
    v: vocabulary    nats: natural logarithms    reach: nats behind the best text within which a branch is still worth its time
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from astral_runtime.backends.protocol import Floats
from astral_runtime.denoise.draw import log_prob, log_softmax
from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.proposers.beam import Beam, Beaming, Step, Tail, Written
from astral_runtime.proposers.gap import Gap
from astral_runtime.proposers.lens import ANYTHING, Growing
from astral_runtime.proposers.names import NamesInSight
from astral_runtime.proposers.pieces import Pieces
from astral_runtime.proposers.protocol import Branches, LanguageModel

STAGE = 4
"""Tokens of a suffix that are read before it is asked whether its text may still win."""

TRIED = 2
"""Tokens behind a beam that are looked at, times the width."""

LETTERS = 8
"""Bytes that a token of the suffix has at most, on average; only so many are encoded."""

OnText = Callable[[int, str], None]
"""Told of every step: its number and the likeliest text so far."""


@dataclass(slots=True)
class Beams:
    """One search. `written` holds what ended so far, also when it was cut short.

    `_waiting`: what follows texts that ended, by branches; it is read beside the next tokens of the beams, as many to a pass as it takes.
    """

    model: LanguageModel
    pieces: Pieces
    names: NamesInSight | None
    how: Beaming
    cancel: CancelToken
    written: dict[str, Written] = field(default_factory=dict)
    _waiting: dict[int, Tail] = field(default_factory=dict)
    _tail: list[float] = field(default_factory=list)

    def search(self, prompt: Sequence[int], gaps: Sequence[tuple[Gap, Growing]], on_text: OnText) -> list[Written]:
        """Texts for any of the gaps, the best first. When the token is set it stops and returns what has ended by then."""
        with contextlib.suppress(Cancelled):
            self._search(prompt, gaps, on_text)
        return self._found()

    def read(self, prompt: Sequence[int], gaps: Sequence[Gap], fills: Sequence[str]) -> list[Written]:
        """Fills of the hole, the best first, but for those that are found to be far from the best. It stops as `search` does."""
        with contextlib.suppress(Cancelled):
            branches = self.model.begin(prompt, self.cancel)
            begun = _begun([(gap, ANYTHING) for gap in gaps], branches)
            self._wait(branches, [tail for fill in fills for tail in self._known(begun, fill)])
            self._read_all(branches)
        return self._found()

    def _found(self) -> list[Written]:
        return sorted(self.written.values(), key=lambda each: -each.rank)

    def _search(self, prompt: Sequence[int], gaps: Sequence[tuple[Gap, Growing]], on_text: OnText) -> None:
        branches = self.model.begin(prompt, self.cancel)
        beams = _begun(gaps, branches)
        for number in range(self.how.longest):
            grown, ended = self._steps(beams)
            self._wait(branches, [Tail(step, self._suffix(step)) for step in ended])
            beams = self._grow(branches, [(step, growing) for step, growing in grown if self._may_win(step.rank)], beams)
            if not beams:
                break
            on_text(number, beams[0].text.decode(errors="ignore"))
        for beam in beams:
            branches.drop(beam.branch or 0)
        self._read_all(branches)

    def _known(self, begun: Sequence[Beam], fill: str) -> Iterator[Tail]:
        """A fill as the tokens that write it and what follows, in the first gap that it fits."""
        for beam in begun:
            text = beam.gap.written(fill)
            if text is not None:
                first, *rest = self.model.encode(text)
                step = self._step(beam, first, text.encode(), 0, float(beam.next[first]))
                reached, *following = self._suffix(step)
                yield Tail(step, [reached, *rest, *following], len(rest))
                return

    def _steps(self, beams: Sequence[Beam]) -> tuple[list[tuple[Step, Growing]], list[Step]]:
        """What goes on and what ends, from the likeliest token of all beams on; the grammar is asked no oftener than that takes."""
        grown: list[tuple[Step, Growing]] = []
        ended: list[Step] = []
        known: set[tuple[Gap, bytes]] = set()  # tokens may spell one text in many ways; the likeliest is enough
        for step in sorted((step for beam in beams for step in self._tokens(beam)), key=lambda step: -step.rank):
            if step.reached is not None:
                if len(ended) < self.how.width and self._may_win(step.rank) and step.is_whole and step.beam.growing.ended(step.text):
                    ended.append(step)
            elif len(grown) < self.how.width and step.reads_as not in known and not step.begins_blank:
                growing = step.beam.growing.wrote(step.text)
                if growing is not None:
                    known.add(step.reads_as)
                    grown.append((step, growing))
        return grown, ended

    def _tokens(self, beam: Beam) -> Iterator[Step]:
        """The likely tokens behind a beam; one that reaches the suffix may also be the beginning of a longer text."""
        owed = beam.gap.owed.encode()[len(beam.text) :]
        likely = self.pieces.spelling(owed) if owed else np.flatnonzero(beam.next > beam.next.max() - self.how.unlikely)
        for token in likely[np.argsort(-beam.next[likely])[: TRIED * self.how.width]].tolist():
            log_prob, text = beam.log_prob + float(beam.next[token]), self.pieces.tokens[token]
            if token in self.model.ends:
                if self.model.fim or not beam.gap.after.strip():
                    yield self._step(beam, token, b"", 0, log_prob)
            elif text:
                reached = 0 if owed or self.model.fim else overlap(text, beam.gap.after[: len(text)].encode()[: len(text)])
                if reached:
                    yield self._step(beam, token, text[: len(text) - reached], reached, log_prob)
                yield self._step(beam, token, text, None, log_prob)

    def _step(self, beam: Beam, token: int, text: bytes, reached: int | None, log_prob: float) -> Step:
        inside = (beam.text + text)[len(beam.gap.owed.encode()) :].decode(errors="ignore")
        energy = self.how.line * inside.strip().count("\n")
        if self.names is not None:
            energy += self.names.energy(inside, reached is not None)
        return Step(beam, token, text, reached, log_prob, energy)

    def _may_win(self, rank: float, read: int = 0) -> bool:
        """Whether a text may still come near the best, if the suffix behind its first `read` tokens is as likely as behind that."""
        ranks = sorted((each.rank for each in self.written.values()), reverse=True)
        if not ranks:
            return True
        least = max(ranks[0] - self.how.reach, ranks[self.how.width - 1] if len(ranks) >= self.how.width else -math.inf)
        return self._expected(rank, read) > least

    def _expected(self, rank: float, read: int) -> float:
        return rank + sum(self._tail[read:])

    def _wait(self, branches: Branches, tails: Sequence[Tail]) -> None:
        """What follows texts is to be read. Where there is no room for more branches, some of it is at once."""
        for tail in tails:
            while len(self._waiting) >= branches.room - self.how.width:
                self._read(branches, {})
            self._waiting[branches.fork(tail.step.beam.branch)] = tail
        self._settle(branches)

    def _read_all(self, branches: Branches) -> None:
        while self._waiting:
            self._read(branches, {})

    def _read(self, branches: Branches, steps: Mapping[int, int]) -> list[Floats]:
        """One pass: a token behind each of some branches, whose logits are returned, and beside them what is waiting."""
        parts = self._parts(branches.rows - len(steps), alone=not steps)
        rows = {branch: [token] for branch, token in steps.items()} | {branch: part[:-1] for branch, part in parts.items()}
        behind = branches.read(rows, self.cancel)
        for branch, part in parts.items():
            self._waiting[branch].log_probs += map(log_prob, behind[branch], part[1:])
        self._settle(branches)
        return [behind[branch][0] for branch in steps]

    def _parts(self, room: int, alone: bool) -> dict[int, list[int]]:
        """What is read next of the tails; all of the first one, since the others are held against it."""
        parts: dict[int, list[int]] = {}
        for branch, tail in self._promising():
            part = tail.row[len(tail.log_probs) :][: STAGE + 1 if self.written or parts else None]
            if len(part) - 1 <= room or (alone and not parts):
                parts[branch] = part
                room -= len(part) - 1
        return parts

    def _promising(self) -> list[tuple[int, Tail]]:
        """The tails that wait, the most promising first."""
        return sorted(self._waiting.items(), key=lambda each: -self._expected(each[1].rank, each[1].read))

    def _settle(self, branches: Branches) -> None:
        """Keep the texts whose tails are read; forget those that cannot win."""
        for branch, tail in self._promising():
            may_win = self._may_win(tail.rank, tail.read)
            if may_win and len(tail.log_probs) < len(tail.row) - 1:
                continue
            if may_win:
                self._keep(tail)
            branches.drop(branch)
            del self._waiting[branch]

    def _suffix(self, step: Step) -> list[int]:
        """The token that reached the suffix, and those that follow it."""
        if self.model.fim is not None:
            return [step.token]
        reached = step.reached or 0
        after = step.beam.gap.after[: reached + LETTERS * self.how.following].encode()[reached:]
        return [step.token, *self.model.encode(after.decode(errors="ignore"))[: self.how.following]]

    def _keep(self, tail: Tail) -> None:
        step, following = tail.step, sum(tail.log_probs)
        if not self.written or tail.rank > max(each.rank for each in self.written.values()):
            self._tail = tail.log_probs[tail.inside :]
        with contextlib.suppress(UnicodeDecodeError):
            text = (step.beam.text + step.text).decode()
            found = Written(step.beam.gap, text, step.log_prob + following, tail.rank)
            fill = step.beam.gap.fill(text)
            if fill not in self.written or self.written[fill].rank < found.rank:
                self.written[fill] = found

    def _grow(self, branches: Branches, grown: Sequence[tuple[Step, Growing]], beams: Sequence[Beam]) -> list[Beam]:
        """The beams one token longer: the first that goes on from a branch takes it, the others are forks of it."""
        for beam in beams:
            if beam.branch is not None and all(step.beam is not beam for step, _ in grown):
                branches.drop(beam.branch)
        free = {beam.branch for beam in beams if beam.branch is not None}
        taken: dict[int, tuple[Step, Growing]] = {}
        for step, growing in grown:
            own = step.beam.branch
            if own is not None and own in free:
                free.remove(own)
                taken[own] = step, growing
            else:
                taken[branches.fork(own)] = step, growing
        behind = self._read(branches, {branch: step.token for branch, (step, _) in taken.items()}) if taken else []
        return [
            Beam(step.beam.gap, growing, branch, step.beam.text + step.text, step.log_prob, step.energy, log_softmax(logits))
            for (branch, (step, growing)), logits in zip(taken.items(), behind, strict=True)
        ]


def _begun(gaps: Sequence[tuple[Gap, Growing]], branches: Branches) -> list[Beam]:
    """Nothing written yet."""
    start = log_softmax(branches.logits)
    return [Beam(gap, growing, None, b"", 0.0, 0.0, start) for gap, growing in gaps]


def overlap(text: bytes, after: bytes) -> int:
    """How many bytes at the end of a token are the beginning of what stands behind the hole."""
    return next((size for size in range(min(len(text), len(after)), 0, -1) if text.endswith(after[:size])), 0)

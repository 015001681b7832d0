"""What is asked of a language model that reads from left to right. One kind gives its logits at each step, the other only answers.

The first (`LanguageModel`) runs in this process and is masked while it writes. The second (`Completer`) is a server: it writes whole texts,
which are cut where they end and checked by the same grammar afterwards. `TextProposer` is what the pipeline sees of either.

Glossary
    v: vocabulary    n: tokens of a row    log-probabilities: natural, of the model's own distribution, before any mask
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from astral_runtime.bundled import NoModel
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import CancelToken, Constrained, OnProgress
from astral_runtime.holes import Hole, ScopeEntry

if TYPE_CHECKING:  # numpy stays out of a process until a model needs it
    from astral_runtime.backends.protocol import Floats


@dataclass(frozen=True, slots=True)
class Fim:
    """Control tokens of a model trained to fill in the middle: behind prefix, text, suffix, text, middle it writes what was there."""

    prefix: int
    suffix: int
    middle: int


class Branches(Protocol):
    """Continuations of one prompt, each known by a number ≥ 0. What they share with the prompt is evaluated once and kept."""

    @property
    def logits(self) -> Floats:
        """Behind the prompt, (v,); valid until the first `read`."""

    @property
    def room(self) -> int:
        """How many branches there may be at a time."""

    @property
    def rows(self) -> int:
        """How many tokens one pass reads, of all branches together: more of them take more passes, fewer cost nearly as much."""

    def fork(self, source: int | None) -> int:
        """A new branch that goes on from another; from the prompt alone with None. ValueError when there is no room."""

    def drop(self, branch: int) -> None:
        """Forget a branch; its number may be given again."""

    def read(self, rows: Mapping[int, Sequence[int]], cancel: CancelToken) -> Mapping[int, Sequence[Floats]]:
        """Append a row of tokens to each of some branches: the logits behind each of its tokens, (v,), valid until the next `read`.

        Raises Cancelled.
        """


class LanguageModel(Protocol):
    """A causal model in this process. One question at a time: callers hold `begin`'s branches only until they ask the next."""

    @property
    def name(self) -> str:
        """As people call it: the file's name."""

    @property
    def digest(self) -> str:
        """sha256 of the weights, hexadecimal: it names these very weights."""

    @property
    def tokens(self) -> Sequence[bytes]:
        """What each token writes, by id; b"" for control tokens. What `ByteVocabulary` is made of."""

    @property
    def begins(self) -> Sequence[int]:
        """What every prompt begins with; empty for a model without such a token."""

    @property
    def ends(self) -> frozenset[int]:
        """Tokens that say that the text is over."""

    @property
    def fim(self) -> Fim | None:
        """None for a model that knows no middle: it continues the prefix."""

    @property
    def window(self) -> int:
        """Tokens that a prompt may have at most."""

    def encode(self, text: str) -> list[int]:
        """Tokens of plain text: nothing in it is taken for a control token, nothing is put in front."""

    def begin(self, prompt: Sequence[int], cancel: CancelToken) -> Branches:
        """Read a prompt; what it has in common with the one before is not read again. Ends earlier branches. Raises Cancelled."""

    def close(self) -> None:
        """Free the memory; idempotent."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A text that a server wrote behind a prefix, with the log-probability of each of its tokens; none where it gives none."""

    text: str
    log_probs: tuple[float, ...] = ()


class Completer(Protocol):
    """A model behind an endpoint. It knows nothing of our masks: texts may run past the hole and need not parse."""

    @property
    def name(self) -> str:
        """The model as the server calls it, and where."""

    def complete(self, prefix: str, suffix: str, many: int, max_tokens: int, cancel: CancelToken) -> tuple[Completion, ...] | NoModel:
        """`many` texts between the two, the suffix told to models that can be told; why there are none when the server does not answer.

        Raises Cancelled.
        """

    def close(self) -> None:
        """End the connection; idempotent."""


class ModelFault(Exception):
    """A loaded model does not work on: its name and what it said. The fill goes on without it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: how many fills, Γ as mypy knows it (empty where it does not), and the constraints that are on."""

    many: int = 8
    scope: tuple[ScopeEntry, ...] = ()
    constraints: frozenset[Constrained] = frozenset({"grammar", "names", "types"})


@dataclass(frozen=True, slots=True)
class Proposed:
    """One fill: text for the hole's span. `log_prob` is that of the text and of what follows it in the file, in nats, ≤ 0."""

    text: str
    log_prob: float


class TextProposer(Protocol):
    """What the pipeline asks. Thread-safe: questions wait for each other."""

    @property
    def name(self) -> str:
        """The model's."""

    def propose(
        self, document: DocumentSnapshot, hole: Hole, asked: Asked, cancel: CancelToken, on_progress: OnProgress
    ) -> tuple[Proposed, ...]:
        """Distinct fills, the best first. Where time is over or the token is set it ends soon, with what it has. Raises ModelFault."""

    def read(self, document: DocumentSnapshot, hole: Hole, fills: Sequence[str], cancel: CancelToken) -> tuple[Proposed, ...]:
        """What it thinks of fills, as if it had written them, the best first; nothing of what is far from the best, and of none where it
        cannot tell. It ends as `propose` does. Raises ModelFault."""

    def close(self) -> None:
        """Free what the model holds; idempotent."""


class ProposerSource(Protocol):
    """Where a pipeline gets such a proposer from: `opened` once, when a fill first wants it."""

    def open(self) -> TextProposer | NoModel:
        """The loaded model, or why there is none. May take seconds the first time; never raises."""

"""What two kinds of completion servers want to be asked, and how they answer: llama-server's own API, and OpenAI's `/v1/completions`.

Both are asked for the log-probability of each token. What a server turns down (middles, several texts at once) it is not asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from astral_runtime.proposers.protocol import Completion

NOT_SUPPORTED = 501
TURNED_DOWN = (400, 422, NOT_SUPPORTED)
UNKNOWN_WINDOW = 2048
"""Tokens that a server is taken to read which does not say."""


@dataclass(frozen=True, slots=True)
class Question:
    """`many` texts between two others, of at most `max_tokens` each. Temperature 0 wants the likeliest text; `seed` makes others differ."""

    prefix: str
    suffix: str
    many: int
    max_tokens: int
    temperature: float
    seed: int


class Api(Protocol):
    """One kind of server, as far as it is known."""

    @property
    def model(self) -> str:
        """What it calls its model."""

    @property
    def window(self) -> int:
        """Tokens that it reads and writes at most."""

    @property
    def several(self) -> bool:
        """Whether it may be asked for several texts at once."""

    def body(self, question: Question) -> tuple[str, Mapping[str, object]]:
        """Path and JSON of a question."""

    def completions(self, data: Any) -> tuple[Completion, ...]:
        """The texts of an answer; those that are not of the documented shape are left out."""

    def conceding(self, question: Question, status: int) -> Api | None:
        """The same server, asked for less, after it turned this question down; None when that would not help."""


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """llama-server: `/infill` where its model knows middles, else `/completion`. What it read of a prompt before, it keeps."""

    model: str
    window: int
    infill: bool = True
    several: bool = False

    def body(self, question: Question) -> tuple[str, Mapping[str, object]]:
        """Path and JSON."""
        asked = {
            "n_predict": question.max_tokens,
            "temperature": question.temperature,
            "seed": question.seed,
            "n_probs": 1,
            "cache_prompt": True,
            "stream": False,
        }
        if self.infill:
            return "/infill", {"input_prefix": question.prefix, "input_suffix": question.suffix, **asked}
        return "/completion", {"prompt": question.prefix, **asked}

    def completions(self, data: Any) -> tuple[Completion, ...]:
        """Its `content`, with `completion_probabilities`."""
        if not isinstance(data, dict) or not isinstance(data.get("content"), str):
            return ()
        entries = data.get("completion_probabilities")
        found = [entry.get("logprob") if isinstance(entry, dict) else None for entry in entries] if isinstance(entries, list) else []
        return (Completion(data["content"], _log_probs(found)),)

    def conceding(self, question: Question, status: int) -> LlamaServer | None:
        """Without middles, where it says that its model knows none."""
        return replace(self, infill=False) if self.infill and status == NOT_SUPPORTED else None


@dataclass(frozen=True, slots=True)
class OpenAi:
    """`/v1/completions`, as vLLM, llama-cpp-python and others serve it. Many know no `suffix`, some no `n`."""

    model: str
    window: int
    suffix: bool = True
    several: bool = True

    def body(self, question: Question) -> tuple[str, Mapping[str, object]]:
        """Path and JSON."""
        asked = {
            "model": self.model,
            "prompt": question.prefix,
            "max_tokens": question.max_tokens,
            "temperature": question.temperature,
            "seed": question.seed,
            "logprobs": 1,
            "n": question.many,
        }
        return "/v1/completions", {**asked, "suffix": question.suffix} if self.suffix and question.suffix else asked

    def completions(self, data: Any) -> tuple[Completion, ...]:
        """The `text` of its `choices`, with `token_logprobs`."""
        choices = data.get("choices") if isinstance(data, dict) else None
        return tuple(_choice(each) for each in choices or () if _is_choice(each)) if isinstance(choices, list) else ()

    def conceding(self, question: Question, status: int) -> OpenAi | None:
        """One text at a time, then without the suffix."""
        if status not in TURNED_DOWN:
            return None
        if question.many > 1:
            return replace(self, several=False)
        return replace(self, suffix=False) if self.suffix and question.suffix else None


def llama_server(props: Any) -> LlamaServer | None:
    """From the answer of `/props`; None when it is of another shape."""
    if not isinstance(props, dict) or not isinstance(props.get("default_generation_settings"), dict):
        return None
    path = props.get("model_path")
    name = path.replace("\\", "/").rpartition("/")[2] if isinstance(path, str) else ""
    return LlamaServer(_shown(name) or "a model", _window(props["default_generation_settings"].get("n_ctx")))


def openai(models: Any) -> OpenAi | None:
    """From the answer of `/v1/models`: the first that is listed. None when none is."""
    listed = models.get("data") if isinstance(models, dict) else None
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, dict) or not isinstance(first.get("id"), str):
        return None
    return OpenAi(first["id"], _window(first.get("max_model_len")))


def _window(said: object) -> int:
    return said if type(said) is int and said > 0 else UNKNOWN_WINDOW


def _is_choice(each: object) -> bool:
    return isinstance(each, dict) and isinstance(each.get("text"), str)


def _choice(each: dict[str, Any]) -> Completion:
    told = each.get("logprobs")
    found = told.get("token_logprobs") if isinstance(told, dict) else None
    return Completion(each["text"], _log_probs(found if isinstance(found, list) else []))


def _log_probs(found: list[Any]) -> tuple[float, ...]:
    """All or none: a sum with terms missing would mislead."""
    whole = all(isinstance(each, int | float) and not isinstance(each, bool) and each <= 0 for each in found)
    return tuple(float(each) for each in found) if whole else ()


def _shown(name: str) -> str:
    return "".join(letter for letter in name[:100] if letter.isprintable())

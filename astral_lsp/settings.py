"""Settings under `astral.*`: one frozen tree, fully defaulted; every field says what it does, for people and for package.json."""

from __future__ import annotations

import re
import types as python_types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from astral_runtime.fill import Constrained

T = TypeVar("T")

Proposer = Literal["search", "values", "denoiser", "lm"]
Severity = Literal["error", "warning", "information", "hint", "off"]


def _about(description: str, minimum: int | None = None) -> dict[str, Any]:
    return {"description": description, "minimum": minimum}


@dataclass(frozen=True, slots=True)
class FillSettings:
    """An asked-for fill."""

    candidates: int = field(default=5, metadata=_about("How many candidates a fill shows at most.", minimum=1))
    budget_ms: int = field(default=2000, metadata=_about("Wall-clock budget of one fill, in milliseconds.", minimum=1))


@dataclass(frozen=True, slots=True)
class PrefillSettings:
    """Fills computed while the file is at rest, so that hover and code actions have them ready."""

    enabled: bool = field(default=True, metadata=_about("Compute the best candidates of each hole when the file has settled."))
    rest_ms: int = field(default=300, metadata=_about("Rest after a change before filling ahead begins, in milliseconds.", minimum=0))
    budget_ms: int = field(default=3000, metadata=_about("Wall-clock budget of one such fill, in milliseconds.", minimum=1))
    proposers: tuple[Proposer, ...] = field(
        default=("search",), metadata=_about("Who proposes while the file is at rest; the denoiser takes about a second for each hole.")
    )
    max_holes: int = field(
        default=40, metadata=_about("How many holes of a file are filled ahead; the others are filled when asked for.", minimum=0)
    )


@dataclass(frozen=True, slots=True)
class ConstraintSettings:
    """What shapes the denoiser's fills while they form (§4.1, §4.2)."""

    grammar: Literal["on", "off"] = field(default="on", metadata=_about("Exclude every token that no parse of the file has there."))
    names: Literal["on", "off"] = field(default="on", metadata=_about("Prefer names that exist, and control flow that makes sense."))
    types: Literal["on", "off"] = field(default="on", metadata=_about("Prefer names whose type fits the hole."))

    @property
    def on(self) -> frozenset[Constrained]:
        """Those that are on."""
        named: dict[Constrained, str] = {"grammar": self.grammar, "scope": self.names, "names": self.names, "types": self.types}
        return frozenset(name for name, state in named.items() if state == "on")


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """Running the examples of your docstrings and tests with a candidate in place. Only in trusted workspaces."""

    limits_only: bool = field(
        default=False,
        metadata=_about("Run examples with limits alone where bubblewrap is missing. Less is kept out; SECURITY.md says what."),
    )


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """A language model of your own, as one more proposer."""

    model: str | None = field(
        default=None,
        metadata=_about(
            "Path of a GGUF file, which llama.cpp reads in the server's process (`pip install 'astral-lsp[lm]'`), or of a folder"
            " with a model for transformers (`pip install 'astral-lsp[transformers]'`). It fills holes"
            " under the same constraints as the others, where `proposers` lists `lm`."
        ),
    )
    endpoint: str | None = field(
        default=None,
        metadata=_about(
            "Address of a completion server, `http://127.0.0.1:8080`: llama-server, or one with OpenAI's `/v1/completions`. It is sent the"
            " text around a hole. Asked only where `lm.model` is empty."
        ),
    )
    allow_remote: bool = field(
        default=False,
        metadata=_about("The address may be of another machine, which your code is then sent to."),
    )


@dataclass(frozen=True, slots=True)
class HoverSettings:
    """Hover on a hole."""

    names: int = field(default=8, metadata=_about("How many names of the scope a hover lists.", minimum=0))
    examples: int = field(
        default=3,
        metadata=_about("For how many of your examples a hover shows what the names hold at the hole; 0 runs none for it.", minimum=0),
    )


@dataclass(frozen=True, slots=True)
class InlayHintSettings:
    """The expected type after a hole, and what the names hold there."""

    enabled: bool = field(default=True, metadata=_about("Show the expected type after each hole."))
    values: bool = field(
        default=False, metadata=_about("Show after each hole what the names hold there in your first example. Only in trusted workspaces.")
    )
    max_characters: int = field(default=40, metadata=_about("Longer hints are cut; the tooltip has them whole.", minimum=4))


@dataclass(frozen=True, slots=True)
class CodeLensSettings:
    """Fill and Fill all above a line with holes."""

    enabled: bool = field(default=True, metadata=_about("Show Fill and Fill all above lines with holes."))


@dataclass(frozen=True, slots=True)
class CompletionSettings:
    """Completion at a hole."""

    enabled: bool = field(default=True, metadata=_about("Offer candidates and fitting names at a hole."))


@dataclass(frozen=True, slots=True)
class InlineCompletionSettings:
    """Fills as ghost text."""

    enabled: bool = field(
        default=True,
        metadata=_about(
            "Offer verified fills as ghost text: at a hole, and while you type along one. Only what is known already appears by itself."
        ),
    )


@dataclass(frozen=True, slots=True)
class DiagnosticSettings:
    """What is reported about a file."""

    holes: Severity = field(default="information", metadata=_about("Severity of holes."))
    syntax: Severity = field(default="error", metadata=_about("Severity of code that does not parse."))
    types: Severity = field(default="error", metadata=_about("Severity of code that mypy rejects; off when another extension runs mypy."))


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Where analysis ends, so that the editor never waits."""

    document_bytes: int = field(
        default=2_000_000, metadata=_about("Files above this size keep their holes but get no types and no fills.", minimum=0)
    )
    answer_within_ms: int = field(
        default=90, metadata=_about("Requests other than fills answer after this time, if need be that they are computing.", minimum=1)
    )
    oracle_deadline_ms: int = field(
        default=20_000, metadata=_about("How long background analysis waits for mypy, its cold start included.", minimum=1)
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The server's own log, on stderr."""

    level: Literal["debug", "info", "warning", "error"] = field(default="warning", metadata=_about("What is logged."))
    bodies: bool = field(default=False, metadata=_about("Log whole messages, code included. Off: no code reaches a log."))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings."""

    interpreter: str | None = field(
        default=None,
        metadata=_about("Python whose packages are seen; it is looked at, never run. Empty: the workspace's .venv, else the server's own."),
    )
    trusted: bool = field(
        default=False,
        metadata=_about("Obey the workspace's mypy configuration; its plugins are code. Set it only where you trust the code."),
    )
    proposers: tuple[Proposer, ...] = field(
        default=("search", "values", "denoiser", "lm"),
        metadata=_about(
            "Who proposes fills: type-directed search, expressions that fit your examples, the bundled denoising model, and a language"
            " model, if you named one."
        ),
    )
    debounce_ms: int = field(default=50, metadata=_about("Rest after a change before analysis begins, in milliseconds.", minimum=0))
    fill: FillSettings = field(default_factory=FillSettings)
    prefill: PrefillSettings = field(default_factory=PrefillSettings)
    constraints: ConstraintSettings = field(default_factory=ConstraintSettings)
    lm: LanguageModelSettings = field(default_factory=LanguageModelSettings)
    sandbox: SandboxSettings = field(default_factory=SandboxSettings)
    hover: HoverSettings = field(default_factory=HoverSettings)
    inlay_hints: InlayHintSettings = field(default_factory=InlayHintSettings)
    code_lens: CodeLensSettings = field(default_factory=CodeLensSettings)
    completion: CompletionSettings = field(default_factory=CompletionSettings)
    inline_completion: InlineCompletionSettings = field(default_factory=InlineCompletionSettings)
    diagnostics: DiagnosticSettings = field(default_factory=DiagnosticSettings)
    limits: LimitSettings = field(default_factory=LimitSettings)
    log: LogSettings = field(default_factory=LogSettings)


@dataclass(frozen=True, slots=True)
class Parsed:
    """Settings as far as they could be read; `problems` has one line per value that was not taken."""

    settings: Settings
    problems: tuple[str, ...] = ()


def parse(data: object, base: Settings | None = None) -> Parsed:
    """Read what a client sent under `astral`. Keys may be camelCase, snake_case or dotted; what is not sent keeps `base`."""
    problems: list[str] = []
    start = base if base is not None else Settings()
    if data is None:
        return Parsed(start)
    if not isinstance(data, Mapping):
        return Parsed(start, ("astral: expected an object",))
    return Parsed(_read(start, _nested(data), "astral", problems), tuple(problems))


def properties() -> dict[str, dict[str, Any]]:
    """The `contributes.configuration.properties` of package.json."""
    return dict(_properties(Settings(), "astral"))


def _read(base: T, data: Mapping[str, Any], path: str, problems: list[str]) -> T:
    """`base` with every valid entry of `data` taken."""
    known = {item.name: item for item in fields(base)}  # type: ignore[arg-type]  # T is always one of the dataclasses above
    hints = get_type_hints(type(base))
    taken: dict[str, Any] = {}
    for key, value in data.items():
        name = _snake(key)
        where = f"{path}.{key}"
        if name not in known:
            problems.append(f"{where}: no such setting")
        elif is_dataclass(getattr(base, name)):
            if isinstance(value, Mapping):
                taken[name] = _read(getattr(base, name), value, where, problems)
            elif value is not None:
                problems.append(f"{where}: expected an object")
        elif _accepts(hints[name], value, known[name]):
            taken[name] = tuple(value) if isinstance(value, list) else value
        elif value is not None:  # an editor sends null for what the user left alone
            problems.append(f"{where}: {_expectation(hints[name], known[name])}")
    return replace(base, **taken)  # type: ignore[type-var]  # as above


def _accepts(hint: Any, value: object, item: Field[Any]) -> bool:
    """Whether a JSON value is of the annotated type and not below the minimum."""
    origin = get_origin(hint)
    if origin is Literal:
        return value in get_args(hint)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(each in get_args(get_args(hint)[0]) for each in value)
    if origin in (Union, python_types.UnionType):
        return any(isinstance(value, option) for option in get_args(hint))
    if isinstance(value, bool) or hint is bool:
        return isinstance(value, bool) and hint is bool
    minimum = item.metadata["minimum"]
    return isinstance(value, hint) and (minimum is None or value >= minimum)


def _expectation(hint: Any, item: Field[Any]) -> str:
    if get_origin(hint) is Literal:
        return f"expected one of {', '.join(get_args(hint))}"
    if get_origin(hint) is tuple:
        return f"expected a list of any of {', '.join(get_args(get_args(hint)[0]))}"
    minimum = item.metadata["minimum"]
    names = _json_type(hint)["type"]
    return f"expected {names if isinstance(names, str) else ' or '.join(names)}" + (
        f" of at least {minimum}" if minimum is not None else ""
    )


def _properties(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    hints = get_type_hints(type(node))
    for item in fields(node):
        key = f"{path}.{_camel(item.name)}"
        value = getattr(node, item.name)
        if is_dataclass(value):
            yield from _properties(value, key)
        else:
            yield key, _schema(hints[item.name], value, item)


def _schema(hint: Any, default: Any, item: Field[Any]) -> dict[str, Any]:
    assert item.default is not MISSING, "every setting is defaulted"
    schema = {**_json_type(hint), "default": list(default) if isinstance(default, tuple) else default}
    if item.metadata["minimum"] is not None:
        schema["minimum"] = item.metadata["minimum"]
    return {**schema, "markdownDescription": item.metadata["description"]}


def _json_type(hint: Any) -> dict[str, Any]:
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _json_type(get_args(hint)[0]), "uniqueItems": True}
    if get_origin(hint) in (Union, python_types.UnionType):
        return {"type": ["string", "null"]}
    return {"type": {bool: "boolean", int: "integer", str: "string"}[hint]}


def _nested(data: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted keys as objects: `{"hover.names": 3}` is `{"hover": {"names": 3}}`."""
    nested: dict[str, Any] = {}
    for key, value in data.items():
        head, _, rest = str(key).partition(".")
        if rest:
            inner = nested.get(head)
            nested[head] = {**(inner if isinstance(inner, dict) else {}), **_nested({rest: value})}
        elif isinstance(value, Mapping) and isinstance(nested.get(head), dict):
            nested[head] = {**nested[head], **value}
        else:
            nested[head] = value
    return nested


def _snake(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), key)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)

"""The params of our own methods, `astral/*`, and how JSON becomes them. Results are plain JSON objects, built by the features."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override
from lsprotocol import types
from pygls.protocol import default_converter

HOLES = "astral/holes"
FILL = "astral/fill"
EXPLAIN_FILL = "astral/explainFill"
FILL_PROGRESS = "astral/fillProgress"
VALUES = "astral/values"
NEXT_HOLE = "astral/nextHole"
PREVIOUS_HOLE = "astral/previousHole"
STATUS = "astral/status"


@dataclass(frozen=True, slots=True)
class DocumentParams:
    """`astral/holes`."""

    text_document: types.TextDocumentIdentifier


@dataclass(frozen=True, slots=True)
class NextHoleParams:
    """`astral/nextHole`, `astral/previousHole`."""

    text_document: types.TextDocumentIdentifier
    position: types.Position


@dataclass(frozen=True, slots=True)
class FillParams:
    """`astral/fill`, `astral/explainFill`. `hole` is an id, or `range` is a region; a version that is not the document's is stale."""

    text_document: types.OptionalVersionedTextDocumentIdentifier
    hole: str | None = None
    range: types.Range | None = None
    candidates: int | None = None
    budget_ms: int | None = None
    work_done_token: types.ProgressToken | None = None
    partial_result_token: types.ProgressToken | None = None


@dataclass(frozen=True, slots=True)
class ValuesParams:
    """`astral/values`. `hole` is an id; a version that is not the document's is stale."""

    text_document: types.OptionalVersionedTextDocumentIdentifier
    hole: str


PARAMS: dict[str, type[Any]] = {
    HOLES: DocumentParams,
    FILL: FillParams,
    EXPLAIN_FILL: FillParams,
    VALUES: ValuesParams,
    NEXT_HOLE: NextHoleParams,
    PREVIOUS_HOLE: NextHoleParams,
}

RAW = frozenset({types.TEXT_DOCUMENT_DID_CHANGE})
"""Methods whose params reach their handler as JSON: a change that cannot be decoded must still name its document."""


@cache
def converter() -> Converter:
    """lsprotocol's converter, which also knows our params. Made once: it takes tens of milliseconds."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls leaves it untyped
    for cls in {*PARAMS.values()}:
        names: dict[str, Any] = {field.name: override(rename=_camel(field.name)) for field in fields(cls)}
        made.register_structure_hook(cls, make_dict_structure_fn(cls, made, **names))
    return made


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)

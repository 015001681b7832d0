"""Native core: incremental Python documents, holes, lexemes. Offsets are UTF-8 bytes; every call releases the GIL."""

from typing import Literal

from astral_native._native import (
    LEXEME_KINDS,
    NODE_TYPES,
    Binding,
    BytePrefix,
    ByteVocabulary,
    Constraints,
    Definition,
    Document,
    Fault,
    Hole,
    Lexemes,
    MaskedFill,
    Snapshot,
    Surrounded,
    SymbolEdge,
    lex,
)

__all__ = [
    "LEXEME_KINDS",
    "NODE_TYPES",
    "Binding",
    "BytePrefix",
    "ByteVocabulary",
    "Change",
    "Constraints",
    "Definition",
    "Document",
    "Encoding",
    "Fault",
    "Hole",
    "Lexemes",
    "MaskedFill",
    "Snapshot",
    "Surrounded",
    "SymbolEdge",
    "lex",
]

# mypy sees a literal of three as a union of three, and stubtest compares the two.
Encoding = Literal["utf-8"] | Literal["utf-16"] | Literal["utf-32"]
Change = tuple[tuple[int, int, int, int] | None, str]

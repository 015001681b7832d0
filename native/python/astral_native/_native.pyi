"""The compiled module; import from `astral_native`."""

from astral_native import LEXEME_KINDS as LEXEME_KINDS
from astral_native import NODE_TYPES as NODE_TYPES
from astral_native import Binding as Binding
from astral_native import BytePrefix as BytePrefix
from astral_native import ByteVocabulary as ByteVocabulary
from astral_native import Constraints as Constraints
from astral_native import Definition as Definition
from astral_native import Document as Document
from astral_native import Fault as Fault
from astral_native import Hole as Hole
from astral_native import Lexemes as Lexemes
from astral_native import MaskedFill as MaskedFill
from astral_native import Snapshot as Snapshot
from astral_native import Surrounded as Surrounded
from astral_native import SymbolEdge as SymbolEdge
from astral_native import lex as lex

__all__ = [
    "LEXEME_KINDS",
    "NODE_TYPES",
    "Binding",
    "BytePrefix",
    "ByteVocabulary",
    "Constraints",
    "Definition",
    "Document",
    "Fault",
    "Hole",
    "Lexemes",
    "MaskedFill",
    "Snapshot",
    "Surrounded",
    "SymbolEdge",
    "lex",
]

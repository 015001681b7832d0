"""Native core: incremental Python documents, holes, lexemes. Offsets are UTF-8 bytes; every call releases the GIL.

Parsing never fails. ValueError means a wrong argument: an offset past the end of the text or inside a UTF-8 sequence, a
reversed span, overlapping edits, an unknown encoding. Text with lone surrogates is refused with UnicodeEncodeError, which
is a ValueError: UTF-8 has no form for it.
"""

from collections.abc import Sequence
from typing import Literal, final

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

Encoding = Literal["utf-8", "utf-16", "utf-32"]
Change = tuple[tuple[int, int, int, int] | None, str]
"""One LSP content change: (start line, start character, end line, end character) or None for the whole text, and its text."""

@final
class Hole:
    """A hole found in the tree, before anything is known about its type."""

    @property
    def kind(self) -> Literal["expression", "block", "type", "implicit"]: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def intent(self) -> str | None:
        """The argument of `hole(…)`, else a comment behind the hole on its line, else the comment lines right above it."""
    @property
    def construct(self) -> Literal["ellipsis", "call", "gap"]: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Fault:
    """A place that tree-sitter could not parse: an outermost ERROR, or a MISSING token outside of any."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def kind(self) -> Literal["error", "missing"]: ...
    @property
    def expected(self) -> str | None:
        """Grammar kind of the missing token; None for an error."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Binding:
    """A name visible at an offset."""

    @property
    def name(self) -> str:
        """The name; `self.x` for an attribute, `*` for a star import."""
    @property
    def kind(self) -> Literal["local", "parameter", "self", "enclosing", "class", "module", "import"]: ...
    @property
    def start(self) -> int:
        """First byte of the identifier where the name is bound."""
    @property
    def end(self) -> int: ...
    @property
    def annotation(self) -> str | None:
        """Source of its annotation; of a property's return annotation."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Definition:
    """A function or class."""

    @property
    def kind(self) -> Literal["function", "class"]: ...
    @property
    def name(self) -> str: ...
    @property
    def start(self) -> int:
        """First byte, that of the first decorator if there is one."""
    @property
    def end(self) -> int: ...
    @property
    def body_start(self) -> int:
        """First byte of the first statement of the body, docstring included."""
    @property
    def body_end(self) -> int: ...
    @property
    def parent(self) -> int:
        """Index of the definition around it; -1 at module level."""
    @property
    def is_async(self) -> bool: ...
    @property
    def has_yield(self) -> bool:
        """Whether its own body yields, nested functions and lambdas left out."""
    @property
    def binds_attributes(self) -> bool:
        """Whether its body, nested functions included, assigns to an attribute of its first parameter (`self.x = …`)."""
    @property
    def has_return_annotation(self) -> bool: ...
    @property
    def decorators(self) -> list[str]:
        """Source of each decorator, without the `@`."""
    @property
    def docstring(self) -> tuple[int, int] | None:
        """Span of the docstring literal, quotes included."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class SymbolEdge:
    """An import, call or type edge of the symbol graph (§3.2)."""

    @property
    def kind(self) -> Literal["import", "call", "type"]: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def target(self) -> str:
        """The dotted name as written; `m.n` for `from m import n`."""
    def __eq__(self, other: object, /) -> bool: ...

@final
class Lexemes:
    """The token stream of a text, column by column, little-endian, ready for numpy.frombuffer.

    It never fails: what is no Python token is an ERRORTOKEN. Blank lines give nothing. NEWLINE, INDENT and DEDENT are
    explicit and may be empty spans. No lexeme overlaps another. An unterminated string is an ERRORTOKEN up to the end of
    its line; a keyword that only a statement has, first on its line, ends brackets that were never closed.

    The last four columns say where each lexeme stands in the tree; they are all 0 when there is none (`lex`). A lexeme
    without a leaf of its own counts as a leaf that would stand in the innermost node around it.
    """

    def __len__(self) -> int: ...
    def starts(self) -> bytes: ...  # uint32
    def ends(self) -> bytes: ...  # uint32
    def kinds(self) -> bytes: ...  # uint8, index into LEXEME_KINDS
    def node_types(self) -> bytes: ...  # uint16, index into NODE_TYPES: type of the parent of the tree-sitter leaf
    def depths(self) -> bytes: ...  # uint8, depth in the tree, clipped at 255
    def siblings(self) -> bytes: ...  # uint8, index among its parent's children, clipped at 255
    def scopes(self) -> bytes: ...  # uint8, nesting of functions and classes, headers included
    def at(self, start: int, end: int) -> tuple[int, int]:
        """Half-open index range of the lexemes that overlap the byte span [start, end).

        An empty span overlaps only a lexeme that it lies strictly inside of; else the range is empty and says where a
        lexeme would be put in.
        """
    def span(self, first: int, last: int) -> tuple[int, int]:
        """Byte span of the lexemes [first, last); IndexError when there are no such lexemes."""

LEXEME_KINDS: list[str]
"""NAME, NUMBER, STRING, FSTRING_START, FSTRING_MIDDLE, FSTRING_END, COMMENT, NEWLINE, INDENT, DEDENT, ERRORTOKEN,
then each keyword and operator as itself. The order is frozen: trained models index it."""
NODE_TYPES: list[str]
"""Types of nodes that can be parents. Entry 0 is "" (no tree), entry 1 is ERROR, then the named types of the grammar."""

@final
class Snapshot:
    """An immutable version of a document: rope and tree. Cheap to clone, safe to share between threads."""

    def __new__(cls, text: str, version: int = 0) -> Snapshot: ...
    @property
    def version(self) -> int: ...
    @property
    def byte_len(self) -> int: ...
    @property
    def line_count(self) -> int:
        """Line breaks + 1."""
    def text(self) -> str: ...
    def slice(self, start: int, end: int) -> str: ...
    def offset(self, line: int, character: int, encoding: Encoding) -> int:
        """Byte offset of a position, clamped to its line and to the text; inside a surrogate pair, the pair's start."""
    def position(self, offset: int, encoding: Encoding) -> tuple[int, int]:
        """Line and character of an offset; inside `\\r\\n` it is the end of the line."""
    def holes(self) -> list[Hole]:
        """Every hole that needs no request, in document order. Holes of a `.pyi` file are the caller's to ignore."""
    def implicit_hole(self, offset: int) -> Hole | None:
        """The gap at an offset (`x = `, `foo(a, )`, a missing block) as an empty span where a fill goes."""
    def faults(self) -> list[Fault]: ...
    def lexemes(self) -> Lexemes: ...
    def scope(self, offset: int) -> list[Binding]:
        """Names visible at an offset: scopes from the inside out, the nearest first in each. Builtins are left out."""
    def definitions(self) -> list[Definition]: ...
    def enclosing(self, offset: int) -> list[int]:
        """Indices into definitions() of the functions and classes around an offset, outermost first.

        On a blank line its indentation decides. A decorator is outside of what it decorates.
        """
    def edges(self) -> list[SymbolEdge]: ...
    def dilate(self, start: int, end: int) -> tuple[int, int]:
        """Span of the smallest named syntax node that strictly contains the span; at most the whole text."""
    def statement(self, offset: int) -> tuple[int, int]:
        """Span of the innermost statement around an offset; the empty span (offset, offset) when there is none."""
    def replaced(self, edits: list[tuple[int, int, str]]) -> Snapshot:
        """A new snapshot with non-overlapping edits applied and the tree reparsed incrementally. The version stays."""
    def sexp(self) -> str:
        """The tree with byte ranges, `(module 0 4 (expression_statement 0 3 (ellipsis 0 3)))`; tokens are quoted."""

@final
class Document:
    """A document under edit, fed by LSP change events. Line breaks are \\n, \\r\\n and \\r only; positions clamp as LSP says."""

    def __new__(cls, text: str, version: int = 0, encoding: Encoding = "utf-16") -> Document: ...
    def apply(self, changes: list[Change], version: int) -> None:
        """Apply the changes in order, each to the result of the one before; a reversed range means the same bytes."""
    def snapshot(self) -> Snapshot: ...

def lex(text: str) -> Lexemes:
    """The lexemes of a text without a tree."""

@final
class Constraints:
    """Python's grammar over the tokens of a model: what hard masks are computed with. Costs about 0.1 s, once per model."""

    def __new__(cls, names: Sequence[str], minor: int) -> Constraints:
        """`names`: all tokens of the bundled vocabulary, by id. `minor`: syntax of Python 3.11 to 3.14, else ValueError."""
    def around(self, ids: Sequence[int], first: int, last: int, joins: bool = False, ends_line: bool = False) -> Surrounded:
        """The hole [first, last) of a document's tokens. `joins`: a fill may go on with the word that ends at `first`.

        `ends_line`: a fill may leave the NEWLINE at its end out. IndexError for an id or a range that does not exist.
        """
    def expression(self) -> Surrounded:
        """A hole that exactly one expression fills, whatever stands around it: no comma, `=` or statement can come with it."""

@final
class Surrounded:
    """The statements around a hole, made small. Immutable, and shared by all fills of the hole."""

    def parses(self) -> bool:
        """Whether any fill at all would parse: where none does, the document is broken elsewhere."""
    def fixed(self, ids: Sequence[int]) -> MaskedFill:
        """A fill of exactly these slots; [M] is a slot that holds nothing yet."""
    def growing(self, ids: Sequence[int]) -> MaskedFill:
        """A fill whose masks may become any number of tokens, by [EXPAND] and [DELETE]."""

@final
class MaskedFill:
    """One fill under denoising. Pruning is sound: what some parse of the whole has in a slot, its mask allows."""

    def status(self) -> Literal["alive", "dead", "undecided"]:
        """Whether some fill of the masks parses; undecided when that is too much to compute, and then every mask allows all."""
    def masks(self, slots: Sequence[int]) -> bytes:
        """What each of these slots may hold, (slots, vocabulary) bytes of 0 and 1, [EXPAND] and [DELETE] among it. IndexError."""
    def exact_mask(self, slot: int) -> bytes:
        """The mask of one slot, (vocabulary,) bytes, less the tokens that spell nothing between what the other slots hold.

        That is a piece that makes a word a keyword, a quote that closes no literal. Milliseconds: each token is looked at. IndexError.
        """
    def propose(self, slot: int, id: int) -> bool:
        """Puts a token into a slot if some fill of the masks then parses, and says whether it did. Doubt counts as yes. IndexError."""
    def best(self, log_probs: bytes) -> list[int] | None:
        """The fill of a final length with the highest sum of `log_probs`, (slots, vocabulary) float32; None when none parses.

        ValueError when `log_probs` has another size.
        """

@final
class ByteVocabulary:
    """Tokens of a byte-level model (Qwen's shape) with Python's grammar. Costs about 0.1 s, once per model. Thread-safe."""

    def __new__(cls, tokens: Sequence[bytes], minor: int) -> ByteVocabulary:
        """`tokens`: what each token writes, by id; empty for one that stands for no text. `minor`: 11 to 14, else ValueError."""
    def __len__(self) -> int: ...
    def between(self, before: str, after: str) -> BytePrefix:
        """An empty fill between two texts, which with the fill are the whole file. They may cut lexemes, and end anywhere in a line."""

@final
class BytePrefix:
    """A fill that grows from left to right. Pruning is sound: what some fill that parses goes on with is allowed.

    Where a mask says nothing (`guided`), every token that writes text is allowed and every fill may end.
    """

    def guided(self) -> bool:
        """Whether fills are judged: not when no fill at all would parse (the file is broken elsewhere) or the reader does not know."""
    def text(self) -> bytes:
        """What the fill holds so far."""
    def copy(self) -> BytePrefix:
        """Another fill with the same beginning: one for each beam."""
    def push(self, id: int) -> bool:
        """Appends a token; False, and nothing happens, where it spells no Python. It is the caller who asks `allowed`. IndexError."""
    def write(self, text: bytes) -> bool:
        """The same for any bytes."""
    def allowed(self) -> bytes:
        """Which tokens may come next, (vocabulary,) bytes of 0 and 1. The end is no token: see `ends`."""
    def completes(self) -> bool:
        """Whether some fill that parses begins so."""
    def ends(self) -> bool:
        """Whether the file parses with the fill as it is."""

"""Native core: incremental Python documents, holes, lexemes. Offsets are UTF-8 bytes; every call releases the GIL."""

from typing import Literal, final

Encoding = Literal["utf-8", "utf-16", "utf-32"]
Change = tuple[tuple[int, int, int, int] | None, str]
"""One LSP content change: (start line, start character, end line, end character) or None for the whole text, and its text."""

@final
class Hole:
    """A hole found in the tree, before anything is known about its type."""
    kind: Literal["expression", "block", "type", "implicit"]
    start: int
    end: int
    intent: str | None
    construct: Literal["ellipsis", "call", "gap"]

@final
class Fault:
    """A place that tree-sitter could not parse. `expected` names the missing token of a MISSING node."""
    start: int
    end: int
    kind: Literal["error", "missing"]
    expected: str | None

@final
class Binding:
    """A name visible at an offset, nearest first. `annotation` is source text. `start` and `end` span the binding identifier."""
    name: str
    kind: Literal["local", "parameter", "self", "enclosing", "class", "module", "import"]
    start: int
    end: int
    annotation: str | None

@final
class Definition:
    """A function or class, in document order. `parent` indexes this list; -1 at module level."""
    kind: Literal["function", "class"]
    name: str
    start: int
    end: int
    body_start: int
    body_end: int
    parent: int
    is_async: bool
    has_yield: bool
    binds_attributes: bool
    """Whether its body assigns to an attribute of its first parameter (`self.x = …`)."""
    has_return_annotation: bool
    decorators: list[str]
    docstring: tuple[int, int] | None

@final
class SymbolEdge:
    """An import, call or type edge of the symbol graph (§3.2); `target` is the dotted name as written."""
    kind: Literal["import", "call", "type"]
    start: int
    end: int
    target: str

@final
class Lexemes:
    """The token stream of a text, column by column, little-endian, ready for numpy.frombuffer.

    It never fails: what is no Python token is an ERRORTOKEN. Blank lines give nothing. NEWLINE, INDENT and DEDENT are
    explicit and may be empty spans. No lexeme overlaps another.
    """
    def __len__(self) -> int: ...
    def starts(self) -> bytes: ...  # uint32
    def ends(self) -> bytes: ...  # uint32
    def kinds(self) -> bytes: ...  # uint8, index into LEXEME_KINDS
    def node_types(self) -> bytes: ...  # uint16, index into NODE_TYPES: type of the parent of the tree-sitter leaf
    def depths(self) -> bytes: ...  # uint8, depth in the tree, clipped at 255
    def siblings(self) -> bytes: ...  # uint8, index among its parent's children, clipped at 255
    def scopes(self) -> bytes: ...  # uint8, nesting of functions and classes
    def at(self, start: int, end: int) -> tuple[int, int]:
        """Half-open index range of the lexemes that overlap the byte span [start, end)."""
    def span(self, first: int, last: int) -> tuple[int, int]:
        """Byte span of the lexemes [first, last)."""

LEXEME_KINDS: list[str]
"""NAME, NUMBER, STRING, FSTRING_START, FSTRING_MIDDLE, FSTRING_END, COMMENT, NEWLINE, INDENT, DEDENT, ERRORTOKEN, then each keyword and operator as itself."""
NODE_TYPES: list[str]

@final
class Snapshot:
    """An immutable version of a document: rope and tree. Cheap to clone, safe to share between threads."""
    def __new__(cls, text: str, version: int = 0) -> Snapshot: ...
    version: int
    byte_len: int
    line_count: int
    def text(self) -> str: ...
    def slice(self, start: int, end: int) -> str: ...
    def offset(self, line: int, character: int, encoding: Encoding) -> int: ...
    def position(self, offset: int, encoding: Encoding) -> tuple[int, int]: ...
    def holes(self) -> list[Hole]: ...
    def implicit_hole(self, offset: int) -> Hole | None: ...
    def faults(self) -> list[Fault]: ...
    def lexemes(self) -> Lexemes: ...
    def scope(self, offset: int) -> list[Binding]: ...
    def definitions(self) -> list[Definition]: ...
    def enclosing(self, offset: int) -> list[int]:
        """Indices into definitions() of the functions and classes around an offset, outermost first."""
    def edges(self) -> list[SymbolEdge]: ...
    def dilate(self, start: int, end: int) -> tuple[int, int]:
        """Span of the smallest named syntax node that strictly contains the span."""
    def statement(self, offset: int) -> tuple[int, int]:
        """Span of the innermost statement around an offset; the empty span (offset, offset) when there is none."""
    def replaced(self, edits: list[tuple[int, int, str]]) -> Snapshot:
        """A new snapshot with non-overlapping edits applied and the tree reparsed incrementally."""
    def sexp(self) -> str: ...

@final
class Document:
    """A document under edit, fed by LSP change events. Line breaks are \\n, \\r\\n and \\r only; positions clamp as LSP says."""
    def __new__(cls, text: str, version: int = 0, encoding: Encoding = "utf-16") -> Document: ...
    def apply(self, changes: list[Change], version: int) -> None: ...
    def snapshot(self) -> Snapshot: ...

def lex(text: str) -> Lexemes: ...

"""A document's syntax tree with byte spans and parents, as the rules of repair read it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import cached_property

from astral_native import LEXEME_KINDS
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Span

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef

_NAME = LEXEME_KINDS.index("NAME")
_BREAK = re.compile(rb"\r\n|\r|\n")


class Code:
    """One document version. The tree is None while the file does not parse; nodes inside f-strings have no place in it."""

    def __init__(self, document: DocumentSnapshot) -> None:
        self.document = document
        self.text = document.text
        self.data = self.text.encode()
        self._bom = 3 if self.data.startswith(b"\xef\xbb\xbf") else 0

    @cached_property
    def tree(self) -> ast.Module | None:
        """The whole file, None when it does not parse."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(self.data[self._bom :])
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return None

    @cached_property
    def _starts(self) -> list[int]:
        return [self._bom, *(match.end() for match in _BREAK.finditer(self.data))]

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Node to parent."""
        return {child: node for node in self.nodes for child in ast.iter_child_nodes(node)}

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node in document order, outer before inner; none while the file does not parse."""
        return [] if self.tree is None else [*_walk(self.tree)]

    def span(self, node: ast.AST) -> Span:
        """Bytes of a statement or expression; decorators are not part of it."""
        assert isinstance(node, (ast.stmt, ast.expr, ast.arg, ast.keyword, ast.alias, ast.excepthandler))
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return Span(self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset)

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        return self.slice(self.span(node))

    def slice(self, span: Span) -> str:
        """The text of a span."""
        return self.data[span.start : span.end].decode()

    def at(self, span: Span) -> ast.expr | None:
        """The outermost expression of exactly that span."""
        return next((node for node in self._expressions if self.span(node) == span), None)

    def around(self, span: Span) -> ast.expr | None:
        """The innermost expression that covers a span."""
        covering = [node for node in self._expressions if self.span(node).start <= span.start and span.end <= self.span(node).end]
        return covering[-1] if covering else None

    @cached_property
    def _expressions(self) -> list[ast.expr]:
        return [node for node in self.nodes if isinstance(node, ast.expr)]

    def statement(self, offset: int) -> ast.stmt | None:
        """The innermost statement that covers an offset."""
        found = [node for node in self.nodes if isinstance(node, ast.stmt) and self.span(node).start <= offset < self.span(node).end]
        return found[-1] if found else None

    def function(self, offset: int) -> Function | None:
        """The innermost function whose body covers an offset."""
        found = [node for node in self.nodes if isinstance(node, FUNCTIONS) and self.span(node).start <= offset < self.span(node).end]
        inside = [node for node in found if offset >= self.span(node.body[0]).start]
        return inside[-1] if inside else None

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """From the parent outwards."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def indentation(self, offset: int) -> str:
        """White space at the start of the line that holds an offset."""
        line = self.data[self.line_start(offset) :]
        return line[: len(line) - len(line.lstrip(b" \t\f"))].decode()

    def line_start(self, offset: int) -> int:
        """Where the line of an offset begins."""
        return max((start for start in self._starts if start <= offset), default=self._bom)

    @cached_property
    def unit(self) -> str:
        """One level of indentation: that of the first indented block, else four spaces."""
        for node in self.nodes:
            body = getattr(node, "body", None)
            if isinstance(node, (*FUNCTIONS, ast.If, ast.For, ast.ClassDef)) and isinstance(body, list):
                outer, inner = self.indentation(self.span(node).start), self.indentation(self.span(body[0]).start)
                if inner.startswith(outer) and len(inner) > len(outer):
                    return inner[len(outer) :]
        return "    "

    @cached_property
    def newline(self) -> str:
        """The file's line break."""
        found = _BREAK.search(self.data)
        return found.group().decode() if found else "\n"

    def last_name(self, span: Span) -> Span | None:
        """The last identifier in a span: the attribute of `a.b.c`."""
        return next(reversed(self.names(span)), None)

    def names(self, span: Span) -> list[Span]:
        """Every identifier that lies in a span."""
        lexemes = self.document.native.lexemes()
        first, last = lexemes.at(*span)
        kinds = lexemes.kinds()
        return [Span(*lexemes.span(n, n + 1)) for n in range(first, last) if kinds[n] == _NAME]


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """In document order, outer before inner; f-strings closed, for before Python 3.12 offsets in them are not the file's."""
    yield node
    if not isinstance(node, ast.JoinedStr):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child)

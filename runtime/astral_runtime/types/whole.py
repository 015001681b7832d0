"""Checking a whole module at once: exact and slow (milliseconds per hundred lines)."""

from __future__ import annotations

from collections.abc import Sequence

from mypy.checker import DeferredNode
from mypy.nodes import ClassDef, Decorator, ExpressionStmt, FuncDef, ImportFrom, OverloadedFuncDef, Statement, StrExpr

from astral_runtime.types.live import Live, Problem
from astral_runtime.types.masked import Lines
from astral_runtime.types.parse import parse_whole

FUNCTIONS = (FuncDef, OverloadedFuncDef, Decorator)


def check_whole(live: Live, text: str) -> tuple[Problem, ...]:
    """Every error of a text in the document's place, lines counted from 0. The document must be loaded anew afterwards
    (and is, at its next text). Raises Blocked or Unparsable."""
    engine = live.engine
    tree = parse_whole(text, live.reader)
    live.forget()
    live.plugin.start()
    engine.overlay.put(live.path, text)
    state = engine.load(live.module, live.path, tree).state
    assert state.tree is not None
    bodies = [(symbol.node, info) for _, symbol, info in state.tree.local_definitions(impl_only=True)]
    engine.check_bodies(state, [DeferredNode(node, info) for node, info in bodies if isinstance(node, FUNCTIONS)])
    state.detect_possibly_undefined_vars()
    state.generate_unused_ignore_notes()
    return live.problems(1)


def with_imports(text: str, live: Live, imports: Sequence[str]) -> tuple[str, int, int]:
    """A text with import statements put above its first statement that is no docstring or `from __future__`; how many
    lines that added, and at which byte."""
    if not imports:
        return text, 0, 0
    lines = Lines(text)
    tree = parse_whole(text, live.reader)
    first = next((statement for statement in tree.defs if not _is_prelude(statement)), None)
    at = lines.starts[_first_line(first) - 1] if first is not None else len(lines.data)
    added = "".join(f"{statement}\n" for statement in imports)
    return (lines.data[:at] + added.encode() + lines.data[at:]).decode(), added.count("\n"), at


def _is_prelude(statement: Statement) -> bool:
    if isinstance(statement, ExpressionStmt):
        return isinstance(statement.expr, StrExpr)
    return isinstance(statement, ImportFrom) and statement.id == "__future__"


def _first_line(statement: Statement) -> int:
    """With the decorators."""
    if isinstance(statement, OverloadedFuncDef):
        return min(_first_line(item) for item in statement.items)
    decorators = statement.decorators if isinstance(statement, (ClassDef, Decorator)) else []
    return min([statement.line, *(decorator.line for decorator in decorators)])

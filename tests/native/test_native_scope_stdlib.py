"""Local names against CPython's own symbol table, on every function of a sample of the standard library."""

from __future__ import annotations

import ast
import symtable
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from astral_native import Definition, Snapshot

STDLIB = Path(sysconfig.get_path("stdlib"))
FILES = [
    STDLIB / f"{name}.py"
    for name in ("argparse", "inspect", "dataclasses", "typing", "tarfile", "shutil", "email/message", "logging/config")
]
INNER = {"lambda", "listcomp", "setcomp", "dictcomp", "genexpr"}


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Symbol tables of all functions, those of lambdas and comprehensions left out."""
    for child in table.get_children():
        if child.get_type() == "function" and child.get_name() not in INNER:
            yield child
        yield from tables(child)


def unbound_at_the_end(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names that a function's symbol table has, but that may not be bound where its body ends, or not as they are written."""
    found = {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.name}
    found |= {
        target.id for node in ast.walk(function) if isinstance(node, ast.Delete) for target in node.targets if isinstance(target, ast.Name)
    }
    found |= {
        name.id
        for node in ast.walk(function)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }
    return found | {node.target.id for node in ast.walk(function) if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}


def local_names(snapshot: Snapshot, definition: Definition) -> set[str]:
    """What our scope walk calls local at the end of a function's body."""
    inside = range(definition.start, definition.end)
    bindings = snapshot.scope(definition.body_end)
    return {b.name for b in bindings if b.kind in ("local", "parameter") or (b.kind == "import" and b.start in inside)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_local_names_are_those_of_the_symbol_table(path: Path) -> None:
    """Every parameter and local that CPython knows of is visible at the end of its function, and nothing else is local there."""
    source = path.read_text("utf-8")
    functions = {node.lineno: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    # A decorated function's table has the line of its first decorator before Python 3.13 and of its `def` since.
    known = {(table.get_name(), table.get_lineno()): table for table in tables(symtable.symtable(source, path.name, "exec"))}
    snapshot, checked = Snapshot(source), 0
    definitions = snapshot.definitions()
    for index, definition in enumerate(definitions):
        line = snapshot.position(snapshot.text().encode().index(b"def ", definition.start), "utf-8")[0] + 1
        table = known.get((definition.name, line))
        ends_itself = snapshot.enclosing(definition.body_end)[-1:] == [index]
        ends_in_lambda = "lambda" in snapshot.slice(*snapshot.statement(definition.body_end))
        if definition.kind != "function" or table is None or not ends_itself or ends_in_lambda:
            continue
        expected = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_local()}
        ignored = unbound_at_the_end(functions[line])
        assert local_names(snapshot, definition) - ignored == expected - ignored, definition
        checked += 1
    assert checked > 10

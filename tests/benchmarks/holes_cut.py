"""Expression holes cut at random from real packages: what is eligible, and the sample itself."""

from __future__ import annotations

import ast
import io
import random
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from astral_runtime.search.finders import places
from astral_runtime.search.places import ROLES as ALL_ROLES

MOST_TOKENS = 12
ROLES = frozenset(ALL_ROLES) - {"receiver", "callee", "statement", "annotation", "default", "format"}
"""Value positions: no callee, receiver or statement of its own, which a hole would leave without a sense."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One hole: `span` counts bytes of `text`, which is the file before the cut; `truth` is what stood there."""

    package: str
    module: str
    path: Path
    span: tuple[int, int]
    truth: str
    role: str
    annotated: bool


def modules(root: Path, package: str) -> dict[str, Path]:
    """Module names to files of an installed package, tests and scripts left out."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[-1] != "__main__" and not {"tests", "test", "_vendor"} & set(parts):
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def sample(root: Path, package: str, many: int, seed: int) -> list[Cut]:
    """`many` holes of a package, uniform over its eligible expressions."""
    every = [cut for module, path in modules(root, package).items() for cut in eligible(package, module, path)]
    return random.Random(f"{seed}:{package}").sample(every, min(many, len(every)))


def eligible(package: str, module: str, path: Path) -> Iterator[Cut]:
    """Expressions in function bodies, in value position, of at most MOST_TOKENS tokens, outside f-strings."""
    text = path.read_text()
    starts = [0]
    for line in text.encode().splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    data = text.encode()
    for node, role, annotated in _inside_functions(ast.parse(text), None):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        span = (starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset)
        truth = data[span[0] : span[1]].decode()
        alone = role != "argument" or not isinstance(node, ast.GeneratorExp)  # its parentheses may be the call's
        sliced = any(isinstance(each, (ast.Starred, ast.Slice)) for each in (node, *getattr(node, "elts", ())))  # no expression
        if alone and role in ROLES and not sliced and tokens_of(truth) <= MOST_TOKENS and truth != "...":
            yield Cut(package, module, path, span, truth, role, annotated)


def _inside_functions(node: ast.AST, function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> Iterator[tuple[ast.expr, str, bool]]:
    if isinstance(node, ast.JoinedStr):
        return  # before Python 3.12 the offsets inside are not the file's
    for child in _body(node):
        inside = node if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        yield from _inside_functions(child, inside)
    if function is not None and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        annotated = function.returns is not None or any(
            each.annotation is not None for each in ast.walk(function.args) if isinstance(each, ast.arg)
        )
        for child, place in places(node, function.name):
            if isinstance(getattr(child, "ctx", None), (ast.Store, ast.Del)) or isinstance(
                getattr(node, "ctx", None), (ast.Store, ast.Del)
            ):
                continue
            yield child, place.role, annotated


def _body(node: ast.AST) -> Iterator[ast.AST]:
    """What belongs to a function's code: no annotations, defaults or decorators."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from node.body
        return
    for name, value in ast.iter_fields(node):
        if name != "annotation":
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, ast.AST))


def tokens_of(source: str) -> int:
    try:
        found = list(tokenize.generate_tokens(io.StringIO(f"({source})").readline))
    except (tokenize.TokenError, IndentationError):
        return MOST_TOKENS + 1
    skipped = {tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}
    return sum(token.type not in skipped for token in found) - 2

"""Holes of every form, cut at random from real packages: expressions, statements, lines, parts of lines, several at once."""

from __future__ import annotations

import ast
import io
import random
import tokenize
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from holes_cut import eligible, modules

from astral_native import Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.holes import Hole, HoleKind, Span

Form = Literal["expression", "statement", "line", "part", "several"]
FORMS: tuple[Form, ...] = ("expression", "statement", "line", "part", "several")
STAND_IN = "..."
LONGEST = 90
"""Bytes of a statement, a line or a part of one."""
SKIPPED = {tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True, slots=True)
class File:
    """A module of a package. `tops`: byte spans of its top-level statements."""

    package: str
    module: str
    path: Path
    data: bytes
    tops: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    siblings: frozenset[str]
    """Names that it imports from other files of its own package."""

    def at(self, line: int, column: int) -> int:
        """Byte offset of ast's 1-based line and byte column."""
        return self.starts[line - 1] + column


@dataclass(frozen=True, slots=True)
class Case:
    """One or more holes of a file: `spans` of its bytes were replaced by `stand_in`. `crosses`: an answer needs a name of another file."""

    form: Form
    file: File
    kind: HoleKind
    spans: tuple[tuple[int, int], ...]
    stand_in: str
    crosses: bool = field(default=False)

    def truth(self, number: int) -> str:
        """What stood in a hole."""
        start, end = self.spans[number]
        return self.file.data[start:end].decode()

    def needs(self, number: int) -> tuple[str, ...]:
        """Names of the package's other files that the answer of a hole says."""
        return tuple(dict.fromkeys(word for word in words(self.truth(number)) if word in self.file.siblings))

    def holes(self) -> tuple[Hole, ...]:
        """The holes of the document, in order."""
        found, shift = [], 0
        for number, (start, end) in enumerate(self.spans, 1):
            found.append(Hole(f"h{number}", self.kind, Span(start + shift, start + shift + len(self.stand_in))))
            shift += len(self.stand_in) - (end - start)
        return tuple(found)

    def document(self, root: Path) -> DocumentSnapshot:
        """The file as the product sees it."""
        text = self._with([self.stand_in] * len(self.spans), 0, len(self.file.data))
        return DocumentSnapshot(self.file.path, Snapshot(text), 0, root)

    def filled(self, number: int, text: str) -> str:
        """The whole file with one hole filled and the others as they were."""
        return self._with(self._texts(number, text), 0, len(self.file.data))

    def right(self, number: int, text: str) -> bool:
        """Whether the fill is what stood there, up to the syntax tree of the top-level statement around it."""
        start, end = self.spans[number]
        if text == self.truth(number):
            return True
        first, last = next(((a, b) for a, b in self.file.tops if a <= start and end <= b), (0, len(self.file.data)))
        try:
            return _tree(self._with(self._texts(number, text), first, last)) == _tree(self.file.data[first:last].decode())
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False

    def _texts(self, number: int, text: str) -> list[str]:
        return [text if n == number else self.truth(n) for n in range(len(self.spans))]

    def _with(self, texts: Sequence[str], first: int, last: int) -> str:
        parts, at = [], first
        for (start, end), text in zip(self.spans, texts, strict=True):
            if first <= start and end <= last:
                parts += [self.file.data[at:start], text.encode()]
                at = end
        return b"".join([*parts, self.file.data[at:last]]).decode()


def _tree(text: str) -> str:
    return ast.dump(ast.parse(text))


@cache
def cases(root: Path, package: str, form: Form, many: int, seed: int) -> list[Case]:
    """`many` cases of a form from a package, uniform over everything that is eligible, in the order of the files: states stay warm."""
    chance = random.Random(f"{seed}:{package}:{form}")
    every = [case for file in files(root, package) for case in CUTS[form](file, chance)]
    return sorted(chance.sample(every, min(many, len(every))), key=lambda case: (case.file.path, case.spans))


@cache
def crossing(root: Path, package: str, many: int, seed: int) -> list[Case]:
    """`many` cases with one hole whose answer needs a name of another file, uniform over all of these."""
    chance = random.Random(f"{seed}:{package}:crossing")
    forms = [form for form in FORMS if form != "several"]
    every = [case for file in files(root, package) for form in forms for case in CUTS[form](file, chance) if case.crosses]
    return chance.sample(every, min(many, len(every)))


@cache
def files(root: Path, package: str) -> list[File]:
    """The modules of an installed package."""
    return [_file(package, module, path) for module, path in modules(root, package).items()]


def _file(package: str, module: str, path: Path) -> File:
    data = path.read_bytes()
    tree, starts = ast.parse(data), [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tops = []
    for node in tree.body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        tops.append((starts[first - 1], starts[node.end_lineno or first]))
    return File(package, module, path, data, tuple(tops), tuple(starts), frozenset(_from_siblings(tree, package)))


def _from_siblings(tree: ast.Module, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] == package):
            yield from (alias.asname or alias.name for alias in node.names)


def _crosses(file: File, spans: Sequence[tuple[int, int]]) -> bool:
    return any(word in file.siblings for start, end in spans for word in words(file.data[start:end].decode()))


def words(text: str) -> Iterator[str]:
    """Names and keywords of a piece of code, as far as it can be read."""
    try:
        yield from (token.string for token in tokenize.generate_tokens(io.StringIO(text.strip()).readline) if token.type == tokenize.NAME)
    except (tokenize.TokenError, SyntaxError):
        return


def _expressions(file: File, chance: random.Random) -> Iterator[Case]:
    for cut in eligible(file.package, file.module, file.path):
        yield Case("expression", file, "expression", (cut.span,), STAND_IN, _crosses(file, (cut.span,)))


def _statements(file: File, chance: random.Random) -> Iterator[Case]:
    """Simple statements in function bodies that are on one line."""
    for node in _in_functions(file):
        simple = not hasattr(node, "body") and not isinstance(node, ast.Pass | ast.Import | ast.ImportFrom)
        words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        span = (file.at(node.lineno, node.col_offset), file.at(node.end_lineno or node.lineno, node.end_col_offset or 0))
        alone = not file.data[file.starts[node.lineno - 1] : span[0]].strip()
        if simple and not words and alone and node.lineno == node.end_lineno and span[1] - span[0] <= LONGEST:
            yield Case("statement", file, "block", (span,), STAND_IN, _crosses(file, (span,)))


def _lines(file: File, chance: random.Random) -> Iterator[Case]:
    """Whole lines with their indentation and line break, in function bodies; none that holds a part of a longer literal."""
    inside = _function_lines(file)
    by_line = _tokens_by_line(file)
    for line, tokens in by_line.items():
        start, end = file.starts[line - 1], file.starts[line]
        if line in inside and tokens and end - start <= LONGEST:
            yield Case("line", file, "region", ((start, end),), "", _crosses(file, ((start, end),)))


def _parts(file: File, chance: random.Random) -> Iterator[Case]:
    """From a token to another one of the same line, not the whole line; one for each line."""
    inside = _function_lines(file)
    for line, tokens in _tokens_by_line(file).items():
        if line not in inside or len(tokens) < 3:
            continue
        first = chance.randrange(len(tokens))
        last = chance.randrange(first, min(len(tokens), first + 8))
        text = file.data[file.starts[line - 1] : file.starts[line]].decode()
        columns = [len(text[:column].encode()) for column in (tokens[first][0], tokens[last][1])]
        span = (file.starts[line - 1] + columns[0], file.starts[line - 1] + columns[1])
        if last - first + 1 < len(tokens):
            yield Case("part", file, "region", (span,), "", _crosses(file, (span,)))


def _several(file: File, chance: random.Random) -> Iterator[Case]:
    """Two to four expressions of one top-level statement that do not overlap."""
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for cut in eligible(file.package, file.module, file.path):
        top = next((top for top in file.tops if top[0] <= cut.span[0] < top[1]), None)
        if top is not None:
            found.setdefault(top, []).append(cut.span)
    for spans in found.values():
        for _ in range(max(1, len(spans) // 12)):
            wanted, chosen = chance.randrange(2, 5), list[tuple[int, int]]()
            for span in chance.sample(spans, len(spans)):
                if len(chosen) < wanted and all(span[1] < a or b < span[0] for a, b in chosen):
                    chosen.append(span)
            if len(chosen) > 1:
                ordered = tuple(sorted(chosen))
                yield Case("several", file, "expression", ordered, STAND_IN, _crosses(file, ordered))


def _in_functions(file: File) -> Iterator[ast.stmt]:
    """Every statement inside a function, once."""
    found: dict[ast.stmt, None] = {}
    for function in ast.walk(ast.parse(file.data)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            found |= {node: None for statement in function.body for node in ast.walk(statement) if isinstance(node, ast.stmt)}
    yield from found


def _function_lines(file: File) -> set[int]:
    return {line for node in _in_functions(file) for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _tokens_by_line(file: File) -> dict[int, list[tuple[int, int]]]:
    """Columns of the tokens of each line of code; lines that a token of several lines touches are left out."""
    found: dict[int, list[tuple[int, int]]] = {}
    broken: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(file.data.decode()).readline):
        (line, start), (end_line, end) = token.start, token.end
        if line != end_line:
            broken |= set(range(line, end_line + 1))
        elif token.type not in SKIPPED:
            found.setdefault(line, []).append((start, end))
    return {line: columns for line, columns in found.items() if line not in broken}


CUTS: dict[Form, Callable[[File, random.Random], Iterator[Case]]] = {
    "expression": _expressions,
    "statement": _statements,
    "line": _lines,
    "part": _parts,
    "several": _several,
}

"""Import edits: what a fill uses and the file does not import yet (the morphism types → imports, §2.2)."""

from __future__ import annotations

from collections.abc import Sequence

from astral_native import LEXEME_KINDS, Snapshot
from astral_runtime.document import DocumentSnapshot
from astral_runtime.fill import Edit
from astral_runtime.holes import Span

_PRELUDE = frozenset({LEXEME_KINDS.index("COMMENT"), LEXEME_KINDS.index("NEWLINE"), LEXEME_KINDS.index("STRING")})


def import_edits(document: DocumentSnapshot, imports: Sequence[str]) -> tuple[Edit, ...]:
    """One insertion that adds `imports` (whole statements) below the file's import block; empty when none is missing."""
    if not imports:
        return ()
    native = document.native
    present = {" ".join(native.slice(*span).split()) for span in _imported(native)}
    missing = [statement for statement in dict.fromkeys(imports) if " ".join(statement.split()) not in present]
    if not missing:
        return ()
    newline = _newline(native.text())
    offset = _insertion_offset(native)
    before = "" if offset == 0 or native.slice(offset - 1, offset) in "\r\n" else newline
    after = newline * 2 if offset == 0 else newline
    return (Edit(Span(offset, offset), before + newline.join(missing) + after),)


def _insertion_offset(native: Snapshot) -> int:
    ends = [end for _, end in _imported(native)]
    return _next_line(native, max(ends)) if ends else _after_prelude(native)


def _imported(native: Snapshot) -> list[tuple[int, int]]:
    """Spans of the import statements that always run: those of the module that stand in no block."""
    imports = [edge for edge in native.edges() if edge.kind == "import" and not native.enclosing(edge.start)]
    return [
        (start, end) for start, end in map(native.statement, (edge.start for edge in imports)) if native.position(start, "utf-8")[1] == 0
    ]


def _after_prelude(native: Snapshot) -> int:
    """Start of the first line that is neither comment nor module docstring."""
    lexemes = native.lexemes()
    kinds, ends = lexemes.kinds(), memoryview(lexemes.ends()).cast("I")
    strings = 0
    last_end = 0
    for index, kind in enumerate(kinds):
        strings += kind == LEXEME_KINDS.index("STRING")
        if kind not in _PRELUDE or strings > 1:
            break
        last_end = ends[index]
    return _next_line(native, last_end) if last_end else 0


def _next_line(native: Snapshot, offset: int) -> int:
    line = native.position(offset, "utf-8")[0]
    on_break = offset > 0 and native.slice(offset - 1, offset) in "\r\n"
    if on_break:
        return offset
    return native.offset(line + 1, 0, "utf-8") if line + 1 < native.line_count else native.byte_len


def _newline(text: str) -> str:
    if "\r\n" in text:
        return "\r\n"
    return "\r" if "\r" in text and "\n" not in text else "\n"

"""What an editor does, without a protocol library: its text with line breaks as LSP has them, and edits applied to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

HOLE_IMPORT = "from astral_lsp import hole\n"
"""Without it `hole()` is anybody's function; it counts wherever it stands."""

CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}},
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "inlayHint": {"refreshSupport": True},
        "codeLens": {"refreshSupport": True},
        "diagnostics": {"refreshSupport": True},
    },
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["refactor"]}},
            "disabledSupport": True,
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
        "publishDiagnostics": {"dataSupport": True, "versionSupport": True},
    },
}
"""A capable client that takes diagnostics pushed."""


UNIT_BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


@dataclass
class Buffer:
    """One open document of the editor: an array of lines, each with its own break, counted in units of the encoding."""

    uri: str
    text: str
    version: int = 1
    encoding: str = "utf-16"

    def lines(self) -> list[str]:
        """Lines with their breaks: \\n, \\r\\n and \\r only; after a last break comes one more, empty line."""
        return [*re.findall(r"[^\r\n]*(?:\r\n|\r|\n)", self.text), re.split(r"[\r\n]", self.text)[-1]]

    def offset(self, position: Json) -> int:
        """Index into the text of a position; clamped as LSP says."""
        lines = self.lines()
        if position["line"] >= len(lines):
            return len(self.text)
        codec, size = UNIT_BYTES[self.encoding]
        start = sum(len(line) for line in lines[: position["line"]])
        units = lines[position["line"]].rstrip("\r\n").encode(codec)[: size * position["character"]]
        return start + len(units.decode(codec, "ignore"))

    def position(self, offset: int) -> Json:
        """Position of an index into the text."""
        before = re.split(r"\r\n|\r|\n", self.text[:offset])
        codec, size = UNIT_BYTES[self.encoding]
        return {"line": len(before) - 1, "character": len(before[-1].encode(codec)) // size}

    def range_of(self, piece: str, nth: int = 0) -> Json:
        """Range of the nth occurrence of a piece of the text."""
        at = [match.start() for match in re.finditer(re.escape(piece), self.text)][nth]
        return {"start": self.position(at), "end": self.position(at + len(piece))}

    def apply(self, edits: list[Json]) -> list[Json]:
        """Apply edits as one step; the content changes that tell a server of it."""
        for edit in sorted(edits, key=lambda each: self.offset(each["range"]["start"]), reverse=True):
            start, end = self.offset(edit["range"]["start"]), self.offset(edit["range"]["end"])
            self.text = self.text[:start] + edit["newText"] + self.text[end:]
        self.version += 1
        return [{"text": self.text}]

    def insert(self, at: str, new: str) -> list[Json]:
        """Put `new` before the first `at`; the content change."""
        place = self.range_of(at)["start"]
        self.text = self.text.replace(at, new + at, 1)
        self.version += 1
        return [{"range": {"start": place, "end": place}, "text": new}]


def document_edits(edit: Json, buffer: Buffer) -> list[Json]:
    """The text edits of a workspace edit for the buffer, after checking that they are for its version."""
    changes = edit["documentChanges"]
    assert [change["textDocument"] for change in changes] == [{"uri": buffer.uri, "version": buffer.version}]
    found: list[Json] = changes[0]["edits"]
    return found

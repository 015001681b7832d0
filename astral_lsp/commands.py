"""The commands we offer under workspace/executeCommand, and what they take."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

FILL = "astral.fill"
FILL_ALL = "astral.fillAll"
NEXT_HOLE = "astral.nextHole"
PREVIOUS_HOLE = "astral.previousHole"
RESTART = "astral.restartOracle"

COMMANDS = (FILL, FILL_ALL, NEXT_HOLE, PREVIOUS_HOLE, RESTART)


@dataclass(frozen=True, slots=True)
class Target:
    """The one argument of the commands on a document: a hole by id, a region by range, or a cursor position.

    A `version` that is not the document's makes the command stale.
    """

    uri: str
    version: int | None = None
    hole: str | None = None
    range: types.Range | None = None
    position: types.Position | None = None

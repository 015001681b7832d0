"""A screen for Neovim: a user interface that keeps the grid of cells it is sent and paints it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nvim_session import Rpc
from PIL import Image, ImageDraw, ImageFont

FONTS = Path("/usr/share/fonts/truetype/dejavu")
SIZE, LEADING, MARGIN = 15, 4, 12
QUIET_S = 0.4


class Screen:
    """The grid of one Neovim."""

    def __init__(self, address: Path, columns: int, rows: int) -> None:
        self.rpc = Rpc(address)
        self.cells = [[(" ", 0)] * columns for _ in range(rows)]
        self.looks: dict[int, dict[str, Any]] = {0: {}}
        self.colors = {"foreground": 0, "background": 0xFFFFFF, "special": 0}
        self.cursor = (0, 0)
        self.rpc.call("nvim_ui_attach", columns, rows, {"rgb": True, "ext_linegrid": True})

    def look(self) -> Image.Image:
        """What is on it once it is quiet."""
        for _, batch in self.rpc.listen(QUIET_S):
            for name, *calls in batch:
                take = getattr(self, f"_{name}", None)
                for arguments in calls if take else ():
                    take(*arguments)
        return self._paint()

    def close(self) -> None:
        """Stop watching."""
        self.rpc.close()

    def _default_colors_set(self, foreground: int, background: int, special: int, *_: Any) -> None:
        self.colors = {"foreground": foreground, "background": background, "special": special}

    def _hl_attr_define(self, number: int, look: dict[str, Any], *_: Any) -> None:
        self.looks[number] = look

    def _grid_clear(self, _: int) -> None:
        self.cells = [[(" ", 0)] * len(row) for row in self.cells]

    def _grid_cursor_goto(self, _: int, row: int, column: int) -> None:
        self.cursor = (row, column)

    def _grid_line(self, _: int, row: int, column: int, cells: list[list[Any]], *__: Any) -> None:
        look = 0
        for text, *rest in cells:
            look = rest[0] if rest else look
            for _ in range(rest[1] if len(rest) > 1 else 1):
                self.cells[row][column] = (text, look)
                column += 1

    def _grid_scroll(self, _: int, top: int, bottom: int, left: int, right: int, rows: int, *__: Any) -> None:
        before = [list(row) for row in self.cells]
        for row in range(top, bottom):
            if top <= row + rows < bottom:
                self.cells[row][left:right] = before[row + rows][left:right]

    def _paint(self) -> Image.Image:
        faces = {name: ImageFont.truetype(str(FONTS / f"DejaVuSansMono{name}.ttf"), SIZE) for name in ("", "-Bold", "-Oblique")}
        width, height = round(faces[""].getlength("M")), SIZE + LEADING
        size = width * len(self.cells[0]) + 2 * MARGIN, height * len(self.cells) + 2 * MARGIN
        picture = Image.new("RGB", size, _rgb(self.colors["background"]))
        draw = ImageDraw.Draw(picture)
        for row, cells in enumerate(self.cells):
            for column, (text, number) in enumerate(cells):
                look = self.looks.get(number, {})
                place = MARGIN + column * width, MARGIN + row * height
                foreground, background = self._pair(look, (row, column) == self.cursor)
                draw.rectangle((*place, place[0] + width - 1, place[1] + height - 1), _rgb(background))
                face = faces["-Bold" if look.get("bold") else "-Oblique" if look.get("italic") else ""]
                draw.text((place[0], place[1] + 1), text, _rgb(foreground), face)
                if look.keys() & {"underline", "undercurl"}:
                    below = place[1] + height - 2
                    draw.line((place[0], below, place[0] + width, below), _rgb(look.get("special", foreground)))
        return picture

    def _pair(self, look: dict[str, Any], inverted: bool) -> tuple[int, int]:
        pair = look.get("foreground", self.colors["foreground"]), look.get("background", self.colors["background"])
        return pair[::-1] if inverted != bool(look.get("reverse")) else pair


def _rgb(color: int) -> tuple[int, int, int]:
    return color >> 16 & 255, color >> 8 & 255, color & 255

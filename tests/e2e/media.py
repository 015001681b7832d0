"""The pictures of the docs, made in the real editors: `just media`, or `python tests/e2e/media.py FOLDER [vscode|neovim]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

from code_server import Editor
from nvim_screen import Screen
from nvim_session import REAL, Neovim
from PIL import Image

DEMO = Path(__file__).parent / "demo"
HOLE = (26, 16)
"""The one of its cart.py; 1-based."""

COLUMNS, ROWS = 104, 28
COLORS = 96
SHORTEST_MS, LONGEST_MS = 60, 2500


def main() -> None:
    """All of them, or one editor's."""
    folder, only = Path(sys.argv[1]), sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    for look in ("dark", "light"):
        with tempfile.TemporaryDirectory(prefix="astral-media-") as home:
            shop = Path(home, "shop")
            shutil.copytree(DEMO, shop)
            (shop / "pyproject.toml").touch()
            if not only or "neovim" in only:
                neovim(Path(home, "neovim"), shop, look, folder)
            if not only or "vscode" in only:
                vscode(Path(home, "vscode"), shop, look, folder)


def vscode(home: Path, shop: Path, look: str, folder: Path) -> None:
    """The candidates of a fill; in the dark also the film of it."""
    settings = {
        "astral.server.interpreter": sys.executable,
        "workbench.colorTheme": f"{look.title()} Modern",
        "window.commandCenter": False,
        "workbench.activityBar.location": "hidden",
        "editor.stickyScroll.enabled": False,
        "breadcrumbs.enabled": False,
    }
    editor = Editor(home, f"film-{look}", "--disable-workspace-trust", **settings)
    try:
        times = editor.drive("film.mjs", shop, hole=HOLE)["times"]
    finally:
        editor.close()
    save(Image.open(editor.shots / "candidates.png"), folder / f"vscode-{look}.png")
    if look == "dark":
        animate([Image.open(editor.shots / f"{number:04}.png") for number in range(len(times))], times, folder / "filling.gif")


def neovim(home: Path, shop: Path, look: str, folder: Path) -> None:
    """Hints, the float of a fill, and its first candidate in the hole."""
    editor = Neovim(home, REAL, trusted=True)
    screen = Screen(editor.address, COLUMNS, ROWS)
    try:
        editor.lua(f"vim.o.background = '{look}' vim.o.number = true vim.o.laststatus = 0 vim.cmd('syntax on') vim.lsp.inlay_hint.enable()")
        editor.edit(shop / "cart.py")
        editor.settle()
        editor.until_lua("hints", "return #vim.lsp.inlay_hint.get({ bufnr = 0 }) > 0")
        editor.put_cursor(HOLE[0], HOLE[1] - 1)
        editor.run("Astral fill")
        editor.until("candidates", lambda: editor.in_float)
        save(screen.look(), folder / f"neovim-{look}.png")
    finally:
        screen.close()
        editor.close()


def save(picture: Image.Image, file: Path) -> None:
    """As small as a screen with few colours can be."""
    picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)


def animate(frames: list[Image.Image], times: list[float], file: Path) -> None:
    """Frames as they followed each other; where they crowd, some are left out. `times` are seconds."""
    shown = [len(frames) - 1]
    for number in reversed(range(len(frames))):
        if times[shown[0]] - times[number] >= SHORTEST_MS / 1000:
            shown.insert(0, number)
    taken = [frames[number].convert("RGB") for number in shown]
    whole = Image.new("RGB", (taken[0].width, sum(frame.height for frame in taken)))
    for number, frame in enumerate(taken):
        whole.paste(frame, (0, number * frame.height))
    palette = whole.quantize(COLORS, dither=Image.Dither.NONE)
    drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in taken]
    lasts = [min(LONGEST_MS, round(1000 * (times[after] - times[before]))) for before, after in pairwise(shown)]
    drawn[0].save(file, save_all=True, append_images=drawn[1:], duration=[*lasts, LONGEST_MS], loop=0, optimize=True)


if __name__ == "__main__":
    main()

"""The run's log: one CSV line a step, and the curve drawn from it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

FIELDS = ("step", "minutes", "tokens", "layout", "lm_loss", "lm_acc", "slot_loss", "slot_acc", "calibration", "rate", "tokens_per_s")
DEV_FIELDS = ("step", "minutes", "tokens", "layout", "lm_loss", "lm_acc", "slot_loss", "slot_acc", "calibration")


class Log:
    """Appends rows to a CSV file that survives restarts."""

    def __init__(self, path: Path, fields: Sequence[str]) -> None:
        self.path, self.fields = path, tuple(fields)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(",".join(self.fields) + "\n", encoding="utf-8")

    def write(self, **values: float | int | str) -> None:
        """One row; numbers are rounded to five significant digits."""
        row = [f"{values[name]:.5g}" if isinstance(values[name], float) else values[name] for name in self.fields]
        with self.path.open("a", encoding="utf-8", newline="") as lines:
            csv.writer(lines).writerow(row)


def draw_curve(folder: Path, path: Path) -> None:
    """Draws next-token and slot accuracy of the held-out packages, and the training losses, over window tokens."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, (losses, accuracies) = plt.subplots(1, 2, figsize=(11, 4), constrained_layout=True)
    train, dev = _rows(folder / "train.csv"), _rows(folder / "dev.csv")
    losses.plot(*_smooth(train, "lm_loss"), label="next token (train)", linewidth=1)
    for layout in sorted({row["layout"] for row in train}):
        losses.plot(
            *_smooth([row for row in train if row["layout"] == layout], "slot_loss"), label=f"masked slots, {layout} (train)", linewidth=1
        )
    for layout in sorted({row["layout"] for row in dev}):
        mine = [row for row in dev if row["layout"] == layout]
        accuracies.plot(
            [float(row["tokens"]) / 1e6 for row in mine],
            [float(row["slot_acc"]) for row in mine],
            marker="o",
            label=f"masked slots, {layout}",
        )
    ahead = [row for row in dev if row["layout"] == dev[0]["layout"]] if dev else []
    accuracies.plot([float(row["tokens"]) / 1e6 for row in ahead], [float(row["lm_acc"]) for row in ahead], marker="s", label="next token")
    for axis, title in ((losses, "loss, nats"), (accuracies, "accuracy on held-out packages")):
        axis.set_xlabel("window tokens, millions")
        axis.set_title(title)
        axis.legend(fontsize=8)
        axis.grid(alpha=0.3)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _smooth(rows: list[dict[str, str]], field: str, share: float = 0.96) -> tuple[list[float], list[float]]:
    xs, ys, mean = [], [], None
    for row in rows:
        value = float(row[field])
        mean = value if mean is None else share * mean + (1 - share) * value
        xs.append(float(row["tokens"]) / 1e6)
        ys.append(mean)
    return xs, ys

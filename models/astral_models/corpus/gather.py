"""Runs fetch, clean, hygiene and deduplication, and leaves one JSON-lines file of clean sources per split."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from astral_models.corpus.clean import Source, stdlib_name, stdlib_sources, wheel_sources
from astral_models.corpus.dedupe import deduplicate
from astral_models.corpus.fetch import fetch
from astral_models.corpus.hygiene import contamination
from astral_models.corpus.pins import Pin, Split, read_pins

SPLITS: tuple[Split, ...] = ("test", "dev", "train")
"""Held-out packages first: see `dedupe`."""


@dataclass(slots=True)
class Tally:
    """What came of one package: files and bytes kept, and files left out by reason."""

    package: str
    version: str
    licence: str
    split: Split
    files: int = 0
    bytes: int = 0
    left_out: dict[str, int] = field(default_factory=dict)

    def leave_out(self, reason: str) -> None:
        """Counts one file that was left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def gather(folder: Path, pins: list[Pin] | None = None) -> list[Tally]:
    """Writes `sources.<split>.jsonl` and `tally.json` under `folder` and returns the tallies."""
    pins = read_pins() if pins is None else pins
    wheels = fetch(pins, folder / "dist")
    tallies = {pin.name: Tally(pin.name, pin.version, pin.licence, pin.split) for pin in pins}
    tallies[stdlib_name()] = Tally(stdlib_name(), "", "Python Software Foundation License", "train")
    outputs = {split: (folder / f"sources.{split}.jsonl").open("w", encoding="utf-8") for split in SPLITS}
    try:
        for source, duplicate in deduplicate(_clean_sources(pins, wheels, tallies)):
            tally = tallies[source.package]
            if duplicate:
                tally.leave_out(duplicate)
                continue
            tally.files += 1
            tally.bytes += len(source.text.encode())
            outputs[tally.split].write(json.dumps(asdict(source)) + "\n")
    finally:
        for output in outputs.values():
            output.close()
    (folder / "tally.json").write_text(json.dumps([asdict(tally) for tally in tallies.values()], indent=1), encoding="utf-8")
    return list(tallies.values())


def read_sources(folder: Path, split: Split) -> Iterator[Source]:
    """The clean sources of a split, streamed."""
    with (folder / f"sources.{split}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield Source(**json.loads(line))


def _clean_sources(pins: list[Pin], wheels: dict[str, Path], tallies: dict[str, Tally]) -> Iterator[Source]:
    for split in SPLITS:
        for pin in (pin for pin in pins if pin.split == split):
            yield from _accepted(wheel_sources(pin.name, wheels[pin.name]), tallies[pin.name])
    yield from _accepted(stdlib_sources(), tallies[stdlib_name()])


def _accepted(candidates: Iterator[tuple[str, Source | str]], tally: Tally) -> Iterator[Source]:
    for _, source in candidates:
        reason = source if isinstance(source, str) else contamination(source.text)
        if isinstance(source, Source) and reason is None:
            yield source
        else:
            tally.leave_out(str(reason))

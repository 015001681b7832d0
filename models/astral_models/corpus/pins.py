"""The pinned packages of the corpus: `packages.tsv` says which wheel, by hash, under which licence, in which split."""

from __future__ import annotations

import csv
import hashlib
import re
import zipfile
from dataclasses import astuple, dataclass, fields
from email.parser import HeaderParser
from pathlib import Path
from typing import Literal, get_args

Split = Literal["train", "dev", "test"]
PINS = Path(__file__).with_name("packages.tsv")
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|ISC|HPND|matplotlib|Biopython|CMU|0BSD)\b", re.I)
COPYLEFT = re.compile(r"\b(A?L?GPL|MPL|Mozilla|EPL|CC-BY-(NC|SA)|proprietary)\b", re.I)


@dataclass(frozen=True, slots=True)
class Pin:
    """One distribution of the corpus. `sha256` is the wheel's; `licence` is what its own metadata says."""

    name: str
    version: str
    sha256: str
    licence: str
    split: Split

    @property
    def requirement(self) -> str:
        """The line that pip needs to fetch exactly this file."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def read_pins(path: Path = PINS) -> list[Pin]:
    """Every pin of the list, in its order. A row with an unknown split raises ValueError."""
    with path.open(encoding="utf-8", newline="") as lines:
        pins = [Pin(**row) for row in csv.DictReader(lines, delimiter="\t")]  # type: ignore[arg-type]  # the split is checked below
    for pin in pins:
        if pin.split not in get_args(Split):
            raise ValueError(f"{path.name}: {pin.name} has the unknown split {pin.split!r}")
    return pins


def write_pins(pins: list[Pin], path: Path = PINS) -> None:
    """Writes the list, one distribution a line, sorted by split and name."""
    rows = sorted(pins, key=lambda pin: (pin.split, pin.name))
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        writer.writerow(field.name for field in fields(Pin))
        writer.writerows(astuple(pin) for pin in rows)


def pin_wheel(wheel: Path, split: Split) -> Pin:
    """The pin of a wheel on disk. ValueError when its metadata names no permissive licence, or a copyleft one."""
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        headers = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
    licence = _licence(headers.get("License-Expression"), headers.get("License"), headers.get_all("Classifier", []))
    if not PERMISSIVE.search(licence) or COPYLEFT.search(licence):
        raise ValueError(f"{wheel.name}: licence {licence!r} is not on the permissive list")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return Pin(headers["Name"].lower().replace("_", "-"), headers["Version"], digest, licence, split)


def _licence(expression: str | None, text: str | None, classifiers: list[str]) -> str:
    named = [line.rsplit(" :: ", 1)[-1] for line in classifiers if line.startswith("License ::")]
    short = text.strip().splitlines()[0][:60] if text and text.strip() else ""
    return expression or " / ".join(name for name in named if name != "OSI Approved") or short or "unknown"

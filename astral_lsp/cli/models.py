"""`astral-lsp models`: which models there are, fetching one that is asked for by name, and whether files are still what they were."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from astral_lsp.cli.model_files import Checked, Listed, check, listed
from astral_lsp.cli.payload import print_json
from astral_runtime.proposers.known import KnownModel, known_models, models_folder
from astral_runtime.proposers.pull import OnBytes, PullError, digest_form, is_address, pull_address, pull_parts

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def models() -> None:
    """Language models as further proposers: list them, pull one, verify files. Nothing is downloaded unless you say so."""


@models.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """The bundled denoiser, model files that were pulled or named before, and models that are known."""
    found = listed()
    if as_json:
        print_json({"folder": str(models_folder()), "models": [asdict(each) for each in found]})
    else:
        _print_list(found)


@models.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask: the licence is accepted.")
@click.option("--sha256", help="Of a file that is named by its address: refuse any other.")
@json_option
def pull(name: str, yes: bool, sha256: str | None, as_json: bool) -> None:
    """Fetch the model NAME, or a GGUF file by its https:// address, into your data folder."""
    model = _wanted(name, sha256)
    if not yes:
        _ask(model, name)
    try:
        place = _pulled(model, name)
    except PullError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    checked = check(place, model.sha256)
    if as_json:
        print_json(asdict(checked))
    else:
        click.echo(
            f"{place}\nsha256 {checked.sha256}\nTo use it: set astral.lm.model to this path, or --proposers search,values,gguf:{place}"
        )


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME|PATH]...")
@click.option("--accept", is_flag=True, help="Record the files as they are now, also where they were others before.")
@json_option
def verify(names: tuple[str, ...], accept: bool, as_json: bool) -> int:
    """Hash files again and compare with what was published or recorded; all that are known, if none is named. Exit 1 if one differs."""
    found = [check(path, expected, accept) for path, expected in _files(names)]
    if as_json:
        print_json({"models": [asdict(each) for each in found]})
    else:
        _print_checked(found)
    return int(any(each.status not in ("ok", "recorded") for each in found))


def _wanted(name: str, sha256: str | None) -> KnownModel:
    """The model that is meant; a one-line error for what cannot be pulled."""
    digest = None if sha256 is None else digest_form(sha256)
    if sha256 is not None and digest is None:
        raise click.BadParameter(f"{sha256!r} is no sha256", param_hint="--sha256")
    if "://" in name:
        file = Path(name.partition("?")[0]).name
        if not is_address(name) or not file.endswith(".gguf") or file.startswith("."):
            raise click.ClickException(f"{name}: this is no https:// address of a .gguf file")
        return KnownModel(name, licence="unknown: look at where it comes from", source=name, middle=False, file=file, sha256=digest)
    model = next((each for each in known_models() if each.name == name), None)
    if model is None:
        raise click.ClickException(f"no model {name!r} (there are {', '.join(each.name for each in known_models() if each.path)})")
    if model.path is None:
        raise click.ClickException(
            f"{name}: it is not fetched by this command; get a GGUF file of it from {model.source} and name its path"
        )
    return model if digest is None else replace(model, sha256=digest)


def _ask(model: KnownModel, name: str) -> None:
    """Say what would come, and go on only when somebody says yes."""
    size = "unknown size" if model.bytes is None else f"{model.bytes / 1e6:.0f} MB"
    terms = f" ({model.terms})" if model.terms else ""
    said = (f"{name}: {size}, from {model.source}", f"licence: {model.licence}{terms}", f"sha256: {model.sha256 or 'unknown'}")
    if not sys.stdin.isatty():
        raise click.ClickException(f"{'; '.join(said)}: nothing was downloaded, say --yes to accept this")
    click.echo("\n".join((*said, f"into: {models_folder()}")), err=True)
    if not click.confirm("Download it, and accept its licence?", err=True):
        raise click.ClickException(f"{name}: nothing was downloaded")


def _pulled(model: KnownModel, name: str) -> Path:
    place = model.path
    if place is not None and place.exists() and check(place, model.sha256).status in ("ok", "recorded"):
        return place
    with Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), console=Console(stderr=True), transient=True
    ) as bar:
        task = bar.add_task(model.file or name, total=model.bytes)

        def on_bytes(done: int) -> None:
            bar.update(task, completed=done)

        return _fetched(model, name, on_bytes)


def _fetched(model: KnownModel, name: str, on_bytes: OnBytes) -> Path:
    if model.parts:
        return pull_parts(model, on_bytes)
    return pull_address(name, models_folder() / str(model.file), model.sha256, on_bytes)


def _files(names: tuple[str, ...]) -> list[tuple[Path, str | None]]:
    """Paths, each with the published sha256 of a known model; without names, all that were pulled or recorded."""
    known = {each.name: each for each in known_models()}
    published = {each.path: each.sha256 for each in known_models() if each.path}
    if not names:
        return [(Path(each.path), published.get(Path(each.path))) for each in listed() if each.kind == "lm" and each.path]
    paths = [known[name].path or Path(name) if name in known else Path(name) for name in names]
    return [(path, published.get(path.absolute())) for path in paths]


def _print_list(found: tuple[Listed, ...]) -> None:
    """Two lines for each, so that paths stay whole."""
    for each in found:
        parameters = "" if each.parameters is None else f", {each.parameters / 1e6:,.0f} M parameters"
        size = "" if each.bytes is None else f", {each.bytes / 1e6:,.0f} MB"
        click.echo(f"{each.name:20} {each.kind:9} {each.state:14} {each.licence}{parameters}{size}")
        click.echo(f"{'':20} {each.path or each.source}" + (f": {each.why}" if each.why else ""))


def _print_checked(found: list[Checked]) -> None:
    for each in found:
        click.echo(f"{each.status:9} {each.sha256 or '-'}  {each.path}" + (f"\n          {each.why}" if each.why else ""))
    if not found:
        click.echo("no model files are known yet: name one, or `astral-lsp models pull` one")

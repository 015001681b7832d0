"""`astral-lsp doctor`: what this installation can do here, what it cannot, and why."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib import metadata, util
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from astral_lsp import __version__
from astral_lsp.cli.model_files import Described, describe, listed
from astral_lsp.cli.payload import print_json
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.examples.runner import Runner
from astral_runtime.fill import CancelToken
from astral_runtime.proposers.endpoint import Endpoint
from astral_runtime.proposers.exchange import address_of
from astral_runtime.sandbox.run import SandboxSettings
from astral_runtime.verify.formal import NOT_INSTALLED

PACKAGES = (
    "astral-native",
    "pygls",
    "lsprotocol",
    "mypy",
    "onnxruntime",
    "onnxruntime-gpu",
    "tokenizers",
    "torch",
    "mamba-ssm",
    "crosshair-tool",
    "llama-cpp-python",
    "transformers",
)


@dataclass(frozen=True, slots=True)
class Degradation:
    """Something that does not work here, and why. `what` is a feature; `why` names the way out where there is one."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything `doctor` reports. Versions are None for what is not installed.

    `model` names the loaded weights by the hash of their manifest; `model_runs_on` is the execution provider, and why it is no faster one.
    `language_models` are the files that were pulled or named, not loaded; `endpoint` is the completion server, if one was asked about.
    """

    version: str
    python: str
    platform: str
    packages: dict[str, str | None]
    execution_providers: list[str]
    gpu: str | None
    model: str | None
    model_runs_on: str | None
    sandbox: str
    language_models: list[Described]
    endpoint: str | None
    degraded: list[Degradation]


@click.command()
@click.option("--model", type=click.Path(path_type=Path), help="Look at this GGUF file, or folder for transformers, too.")
@click.option("--endpoint", metavar="URL", help="Look at this completion server too, as `astral.lm.endpoint` names it.")
@click.option("--allow-remote", is_flag=True, help="The server may be another machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(model: Path | None, endpoint: str | None, allow_remote: bool, as_json: bool) -> None:
    """Report versions, execution providers, models, sandbox, and what is degraded and why."""
    diagnosis = diagnose(model, endpoint, allow_remote)
    if as_json:
        print_json(asdict(diagnosis))
    else:
        _print(diagnosis)


def diagnose(named: Path | None = None, endpoint: str | None = None, remote: bool = False) -> Diagnosis:
    """Look at this installation. Our model is loaded: only that shows whether it can be. No process is started."""
    model = Bundled().open()
    packages = {name: _version(name) for name in PACKAGES}
    level = Runner(SandboxSettings(trusted=True)).level
    degraded = [] if level.runs else [Degradation("tests", f"examples are not run: {level.why}")]
    if isinstance(model, NoModel):
        degraded.append(Degradation("model", f"type-directed search fills holes alone: {model.why}"))
    if packages["mypy"] is None:
        degraded.append(Degradation("types", "mypy is not installed: pip install mypy"))
    if packages["crosshair-tool"] is None:
        degraded.append(Degradation("spec", f"contracts are not checked: {NOT_INSTALLED}"))
    files = _language_models(named)
    degraded += [Degradation("lm", f"{each.path}: {each.why}") for each in files if each.why]
    folders = [each for each in files if Path(each.path).is_dir()]
    if folders and packages["transformers"] is None:
        degraded.append(Degradation("lm", "no folder can be loaded: transformers is not installed: pip install 'astral-lsp[transformers]'"))
    if len(files) > len(folders) and packages["llama-cpp-python"] is None:
        degraded.append(Degradation("lm", "no GGUF file can be loaded: llama.cpp is not installed: pip install 'astral-lsp[lm]'"))
    server = None if endpoint is None else _server(endpoint, remote)
    if isinstance(server, NoModel):
        degraded.append(Degradation("lm", server.why))
    return Diagnosis(
        version=__version__,
        python=f"{platform.python_version()} ({sys.executable})",
        platform=platform.platform(),
        packages=packages,
        execution_providers=_execution_providers(),
        gpu=shutil.which("nvidia-smi") and "an NVIDIA driver is installed",
        model=None if isinstance(model, NoModel) else f"{model.name} {model.digest[:16]}",
        model_runs_on=None if isinstance(model, NoModel) else model.runs_on,
        sandbox=f"level {level.number}: {level.name}",
        language_models=files,
        endpoint=endpoint if isinstance(server, NoModel) else server,
        degraded=degraded,
    )


def _language_models(named: Path | None) -> list[Described]:
    """The files that were pulled or named before, and the one that is named now."""
    paths = [Path(each.path) for each in listed() if each.kind == "lm" and each.path]
    if named is not None and named.absolute() not in paths:
        paths.append(named.absolute())
    return [describe(path) for path in paths]


def _server(endpoint: str, remote: bool) -> str | NoModel:
    """What a completion server calls its model, and where it is."""
    address = address_of(endpoint, remote)
    if isinstance(address, NoModel):
        return address
    found = Endpoint(address)
    met = found.meet(CancelToken())
    return met if isinstance(met, NoModel) else found.name


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _execution_providers() -> list[str]:
    if util.find_spec("onnxruntime") is None:
        return []
    import onnxruntime

    return list(onnxruntime.get_available_providers())


def _print(diagnosis: Diagnosis) -> None:
    console = Console(highlight=False, markup=False)
    table = Table(title=f"astral-lsp {diagnosis.version}", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row("python", diagnosis.python)
    table.add_row("platform", diagnosis.platform)
    for name, version in diagnosis.packages.items():
        table.add_row(name, version or "not installed")
    table.add_row("execution providers", ", ".join(diagnosis.execution_providers) or "none")
    table.add_row("gpu", diagnosis.gpu or "none found")
    table.add_row("model", diagnosis.model or "none")
    table.add_row("model runs on", diagnosis.model_runs_on or "nothing")
    table.add_row("sandbox", diagnosis.sandbox)
    for model in diagnosis.language_models:
        table.add_row("language model", _said(model))
    if diagnosis.endpoint:
        table.add_row("endpoint", diagnosis.endpoint)
    console.print(table)
    for each in diagnosis.degraded:
        console.print(f"degraded: {each.what}: {each.why}")


def _said(model: Described) -> str:
    """A file or folder in a few words."""
    if model.header is None:
        return f"{model.path}\nsha256 {model.sha256}" if model.sha256 else model.path
    facts = model.header
    named = f"{facts.name or 'no name'}, {facts.architecture}, {facts.parameters / 1e6:,.0f} M parameters"
    middle = "fills in the middle" if len(facts.fim) == 3 else "continues the prefix"
    return f"{model.path}\n{named}, {middle}, licence {facts.licence or 'unknown'}\nsha256 {model.sha256 or 'unknown'}"

"""`astral-lsp doctor`: what this installation can do here, what it cannot, and why."""

from __future__ import annotations

import platform
import shutil
import sys
from dataclasses import asdict, dataclass
from importlib import metadata, util

import click
from rich.console import Console
from rich.table import Table

from astral_lsp import __version__
from astral_lsp.cli.payload import print_json
from astral_runtime.bundled import Bundled, NoModel
from astral_runtime.examples.runner import Runner
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
    degraded: list[Degradation]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(as_json: bool) -> None:
    """Report versions, execution providers, model, sandbox, and what is degraded and why."""
    diagnosis = diagnose()
    if as_json:
        print_json(asdict(diagnosis))
    else:
        _print(diagnosis)


def diagnose() -> Diagnosis:
    """Look at this installation. The model is loaded: only that shows whether it can be. No process is started."""
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
        degraded=degraded,
    )


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
    console = Console(highlight=False)
    table = Table(title=f"astral-lsp {diagnosis.version}", title_justify="left", show_header=False)
    table.add_row("python", diagnosis.python)
    table.add_row("platform", diagnosis.platform)
    for name, version in diagnosis.packages.items():
        table.add_row(name, version or "not installed")
    table.add_row("execution providers", ", ".join(diagnosis.execution_providers) or "none")
    table.add_row("gpu", diagnosis.gpu or "none found")
    table.add_row("model", diagnosis.model or "none")
    table.add_row("model runs on", diagnosis.model_runs_on or "nothing")
    table.add_row("sandbox", diagnosis.sandbox)
    console.print(table)
    for each in diagnosis.degraded:
        console.print(f"degraded: {each.what}: {each.why}")

"""initialize to exit: what both sides can do, whom to trust, and whom to outlive (nobody)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.uris import to_fs_path

from astral_lsp import __version__, parent
from astral_lsp.capabilities import read_features, server_capabilities
from astral_lsp.commands import COMMANDS
from astral_lsp.features import configuration, watched_files
from astral_lsp.positions import choose_encoding
from astral_lsp.session import Session
from astral_lsp.settings import Settings


async def initialize(session: Session, params: types.InitializeParams) -> types.InitializeResult:
    """Agree on what both sides can do."""
    general = params.capabilities.general
    session.client = read_features(params.capabilities)
    session.documents.encoding = choose_encoding(general.position_encodings if general else None)
    session.documents.roots = _roots(params)
    _take_options(session, params.initialization_options)
    if params.process_id is not None:
        parent.watch(params.process_id, lambda: session.protocol.on_exit(1))
    manager = session.protocol.fm
    capabilities = server_capabilities(params.capabilities, manager.features, manager.feature_options, list(COMMANDS))
    if not session.client.pulls:
        capabilities.diagnostic_provider = None  # it gets them pushed
    return types.InitializeResult(capabilities, types.ServerInfo("astral-lsp", __version__))


async def initialized(session: Session, params: types.InitializedParams) -> None:
    """Register what can only be registered now, then pull the settings."""
    registrations = []
    if session.client.watched_files_registration:
        registrations.append(watched_files.registration())
    else:
        session.on_end.append(watched_files.watch(session, session.documents.roots))
    if session.client.configuration_registration:
        options = {"section": configuration.SECTION}
        registrations.append(types.Registration("astral-configuration", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options))
    if registrations:
        await session.ask(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams(registrations))
    if session.client.configuration:
        await configuration.pull(session)


async def shutdown(session: Session, params: None) -> None:
    """Stop everything that runs. Waits for nothing: a fill is told to stop, and nobody awaits it."""
    session.protocol.end()


def set_trace(session: Session, params: types.SetTraceParams) -> None:
    """Taken, and without effect: we send no traces."""


def did_change_workspace_folders(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Folders came or went. Open documents find their folder anew with their next version."""
    removed = {_path(folder.uri) for folder in params.event.removed}
    added = [path for folder in params.event.added if (path := _path(folder.uri)) is not None]
    kept = [root for root in session.documents.roots if root not in removed]
    session.documents.roots = tuple(dict.fromkeys((*kept, *added)))


def work_done_progress_cancel(session: Session, params: types.WorkDoneProgressCancelParams) -> None:
    """The user cancelled what a progress bar stands for."""
    session.progress.cancel(params.token)


def _take_options(session: Session, options: Any) -> None:
    """`initializationOptions`: `trusted`, and settings under `settings` or beside it."""
    if not isinstance(options, dict):
        return
    trusted = options.get("trusted")
    session.trusted = trusted if isinstance(trusted, bool) else None
    given = options.get("settings", {key: value for key, value in options.items() if key != "trusted"})
    if isinstance(given, dict) and isinstance(given.get("astral"), dict):
        given = given["astral"]
    configuration.obey(session, given, Settings())
    session.initial_settings = session.settings


def _roots(params: types.InitializeParams) -> tuple[Path, ...]:
    uris = [folder.uri for folder in params.workspace_folders or ()] or ([params.root_uri] if params.root_uri else [])
    paths = [path for uri in uris if (path := _path(uri)) is not None]
    if not paths and params.root_path:
        paths = [Path(params.root_path)]
    return tuple(dict.fromkeys(paths))


def _path(uri: str) -> Path | None:
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None

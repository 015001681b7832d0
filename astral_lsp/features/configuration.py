"""Settings from the client: at the start, pushed by didChangeConfiguration, or pulled by workspace/configuration."""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types

from astral_lsp import logs
from astral_lsp.session import Session
from astral_lsp.settings import Settings, parse

SECTION = "astral"

log = logging.getLogger(__name__)


async def did_change_configuration(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """Pull from clients that can be asked; take what was pushed by the others."""
    if session.client.configuration:
        await pull(session)
    elif isinstance(params.settings, dict):
        take(session, params.settings.get(SECTION, params.settings))


async def pull(session: Session) -> None:
    """Ask for the settings and take them."""
    item = types.ConfigurationItem(section=SECTION)
    answer = await session.ask(types.WORKSPACE_CONFIGURATION, types.ConfigurationParams([item]))
    if isinstance(answer, list) and answer:
        take(session, answer[0])


def take(session: Session, data: Any) -> None:
    """Obey new settings and have everything shown again that they shape."""
    before = session.settings
    obey(session, data, session.initial_settings)
    if before == session.settings:
        return
    if (before.interpreter, before.trusted) != (session.settings.interpreter, session.settings.trusted):
        session.restart_engines()
    else:
        session.analysis.renew()
    session.refresh_all()


def obey(session: Session, data: Any, base: Settings) -> None:
    """Read settings over `base` and obey them. What cannot be read is said, and keeps the value of `base`."""
    parsed = parse(data, base)
    for problem in parsed.problems:
        log.warning("%s", problem)
        session.log_message(f"astral: setting ignored: {problem}")
    session.settings = parsed.settings
    session.protocol.log_bodies = parsed.settings.log.bodies
    logs.apply(parsed.settings.log)

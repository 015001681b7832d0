"""One client's session: its documents, settings and capabilities, and the work done for it. What every feature handler is given."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from astral_lsp.analysis import Analysis
from astral_lsp.capabilities import ClientFeatures
from astral_lsp.documents import Documents, OpenDocument
from astral_lsp.engine import EngineFactory, Health
from astral_lsp.engines import Engines
from astral_lsp.jsonrpc import RequestError
from astral_lsp.messages import STATUS
from astral_lsp.progress import Progresses
from astral_lsp.protocol import AstralProtocol, Stale
from astral_lsp.settings import Settings
from astral_lsp.settled import Settled, Stage
from astral_lsp.workers import Lane

ASK_TIMEOUT_S = 30.0
"""How long a question to the client, behind which no person stands, may stay open."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Session:
    """State of one session. Lives on the event loop; whatever blocks runs on a lane."""

    def __init__(self, protocol: AstralProtocol, make_engine: EngineFactory) -> None:
        self.protocol = protocol
        self.documents = Documents()
        self.settings = self.initial_settings = Settings()
        self.trusted: bool | None = None
        self.client = ClientFeatures()
        self.engines = Engines(make_engine, lambda: self.effective_settings)
        self.analysis = Analysis(self.engines.of, lambda: self.settings)
        self.analysis.listeners.append(self._refresh)
        self.fills = Lane("fill", threads=2)
        self.searches = Lane("search")
        self.progress = Progresses(protocol)
        self.published: set[str] = set()
        self.on_end: list[Callable[[], None]] = []
        self._unfinished: dict[str, set[str]] = {}
        self._told = Health("cold")
        self._dependent: dict[str, set[asyncio.Task[Any]]] = {}

    # ------------------------------------------------------------------ documents

    def document(self, uri: str, version: int | None = None) -> OpenDocument:
        """The open document; RequestError if it is not open, Stale if `version` is given and is not its version."""
        document = self.documents.get(uri)
        if document is None:
            raise RequestError(types.ErrorCodes.InvalidParams.value, f"{uri} is not open")
        if version is not None and version != document.version:
            raise Stale
        return document

    async def searched(self, uri: str, version: int | None = None) -> OpenDocument:
        """`document`, its holes already looked for; beside the event loop if that takes time."""
        document = self.document(uri, version)
        if not document.is_searched:
            await self.while_current(document, self.searches.run(lambda _: document.holes))
        return document

    def require_current(self, document: OpenDocument) -> None:
        """Raise Stale if the document changed since `document` was taken."""
        if not self.documents.is_current(document):
            raise Stale

    def changed(self, uri: str) -> None:
        """The document of that URI has a new version, or none: what depends on the old one stops and becomes Stale."""
        for task in self._dependent.pop(uri, set()):
            task.cancel()

    async def while_current(self, document: OpenDocument, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; Stale as soon as the document changes."""
        task = asyncio.get_running_loop().create_task(work)
        self._dependent.setdefault(document.uri, set()).add(task)
        try:
            result = await task
        except asyncio.CancelledError:
            self.require_current(document)
            raise
        finally:
            self._dependent.get(document.uri, set()).discard(task)
        self.require_current(document)
        return result

    # ------------------------------------------------------------------ engines

    @property
    def effective_settings(self) -> Settings:
        """The settings; what the client said of trust at the start outweighs them."""
        return self.settings if self.trusted is None else replace(self.settings, trusted=self.trusted)

    def restart_engines(self) -> None:
        """Close every engine and compute everything again with new ones."""
        self.engines.retire_all()
        self.analysis.renew()

    async def close(self, timeout_s: float) -> None:
        """End what runs beside the event loop, oracles included, for at most `timeout_s`."""
        for end in self.on_end:
            end()
        await self.engines.close(timeout_s)

    # ------------------------------------------------------------------ telling the client

    def unfinished(self, document: OpenDocument, feature: str) -> None:
        """An answer left before everything was known: the client will be asked to ask again. `feature` is a key of _REFRESHES."""
        self._unfinished.setdefault(document.uri, set()).add(feature)

    def log_message(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """One line in the client's log."""
        self.protocol.notify(types.WINDOW_LOG_MESSAGE, types.LogMessageParams(kind, message))

    def show_message(self, message: str, kind: types.MessageType) -> None:
        """One line before the user's eyes."""
        self.protocol.notify(types.WINDOW_SHOW_MESSAGE, types.ShowMessageParams(kind, message))

    async def ask(self, method: str, params: Any, timeout_s: float = ASK_TIMEOUT_S) -> Any:
        """The client's answer, raw; None when it refuses or does not answer."""
        try:
            return await self.protocol.ask(method, params, timeout_s)
        except (JsonRpcException, TimeoutError) as error:
            log.warning("%s: %s", method, error or "no answer")
            return None

    def tell_health(self) -> None:
        """Say when types or the model became available or unavailable. Lost types are shown once; a missing model stands in the log and
        in the status, since every fill is verified without it, too."""
        health = self.engines.health()
        if health is None or health == self._told:
            return
        told, self._told = self._told, health
        said = {
            "types": health.state,
            "why": health.why,
            "model": health.model,
            "modelWhy": health.model_why,
            "sandbox": health.sandbox,
            "lm": health.lm,
            "lmWhy": health.lm_why,
        }
        self.protocol.notify(STATUS, {**said, "trusted": self.effective_settings.trusted})
        if health.state == "unavailable" != told.state:
            self.show_message(f"astral: types are not checked: {health.why}", types.MessageType.Warning)
        if health.model == "unavailable" != told.model:
            self.log_message(f"astral: the model fills nothing, search does: {health.model_why}")

    def refresh_all(self) -> None:
        """Ask the client to ask again for everything that the settings shape."""
        for capability, method in _REFRESHES.items():
            if getattr(self.client, capability):
                self.protocol.background(self.ask(method, None), method)

    def _refresh(self, settled: Settled, stage: Stage) -> None:
        """Ask the client to ask again for what was answered unfinished and is known now."""
        self.tell_health()
        waiting = self._unfinished.get(settled.document.uri, set())
        for feature in sorted(waiting & _REFRESHED_AT[stage]):
            waiting.discard(feature)
            if getattr(self.client, feature):
                self.protocol.background(self.ask(_REFRESHES[feature], None), feature)


_REFRESHES = {
    "diagnostic_refresh": types.WORKSPACE_DIAGNOSTIC_REFRESH,
    "inlay_hint_refresh": types.WORKSPACE_INLAY_HINT_REFRESH,
    "code_lens_refresh": types.WORKSPACE_CODE_LENS_REFRESH,
}
"""The client capability, and the request that makes the client ask again."""

_REFRESHED_AT: dict[Stage, set[str]] = {
    "contexts": {"inlay_hint_refresh"},
    "report": {"diagnostic_refresh"},
    "values": {"inlay_hint_refresh"},
    "fills": set(),
}

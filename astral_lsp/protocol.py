"""How messages meet handlers: one task per request, exactly one answer per request, nothing else.

pygls 2.1 gives no answer to undecodable params, mixes the ids of both directions, loses a request that is cancelled before
it starts, drops requests after shutdown and logs whole bodies; this protocol replaces its dispatch, not its types.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol

from astral_lsp import messages
from astral_lsp.framing import Frame, Malformed, frame
from astral_lsp.jsonrpc import MessageId, Notification, Params, Rejected, Request, RequestError, Response, decode
from astral_runtime.fill import Cancelled

if TYPE_CHECKING:
    from astral_lsp.transport import Writer

T = TypeVar("T")
Handler = Callable[[Any], Any]

log = logging.getLogger(__name__)


class Stale(Exception):  # it is a state of the document, as in Cancelled, and no error of ours
    """The document changed under the request: what was computed no longer applies (LSP's ContentModified)."""


class AstralProtocol(LanguageServerProtocol):
    """Dispatch. Runs on the event loop only; every handler is looked up in pygls' feature table, none is built in."""

    log_bodies: bool = False
    out: Writer | None = None
    on_exit: Callable[[int], None]

    def _register_builtin_features(self) -> None:
        """None: pygls' own would keep a second copy of every document that breaks lines where LSP does not."""
        self._running: dict[MessageId, asyncio.Task[Any]] = {}
        self._notified: set[asyncio.Task[Any]] = set()
        self._initialized = False

    # ------------------------------------------------------------------ in

    def receive(self, item: Frame | Malformed) -> None:
        """Handle what the transport found. Never raises."""
        if isinstance(item, Malformed):
            log.warning("skipped bytes that are no message: %s", item.why)
            return
        if self.log_bodies:
            log.info("<- %s", item.body.decode("utf-8", "replace"))
        match decode(item.body):
            case Request() as request:
                self._begin(request)
            case Notification() as notification:
                self._notice(notification)
            case Response() as response:
                self._resolve(response)
            case Rejected(id, code, why):
                self._respond_error(id, code, why)

    def _begin(self, request: Request) -> None:
        """Start the task of a request, or refuse the request at once."""
        if request.id in self._running:
            self._respond_error(None, types.ErrorCodes.InvalidRequest.value, "the id belongs to a request that is still running")
            return
        try:
            self._admit(request.method)
            handler, params = self._handler(request.method), self._decoded(request.method, request.params)
        except RequestError as error:
            self._respond_error(request.id, error.code, error.message)
            return
        self._initialized = True  # _admit lets nothing else be first
        task = asyncio.get_running_loop().create_task(_call(handler, params))
        self._running[request.id] = task
        # A task that is cancelled before its first step never runs: only the callback is certain to be called, and called once.
        task.add_done_callback(lambda done: self._finish(request, done))

    def _admit(self, method: str) -> None:
        """Whether the lifecycle allows this request now."""
        if self._shutdown:
            raise RequestError(types.ErrorCodes.InvalidRequest.value, "the server is shutting down")
        if method == types.INITIALIZE:
            if self._initialized:
                raise RequestError(types.ErrorCodes.InvalidRequest.value, "initialized already")
        elif not self._initialized:
            raise RequestError(types.ErrorCodes.ServerNotInitialized.value, "not initialized")

    def _handler(self, method: str) -> Handler:
        handler = self.fm.features.get(method)
        if handler is None:
            raise RequestError(types.ErrorCodes.MethodNotFound.value, f"unknown method {method[:100]}")
        found: Handler = handler
        return found

    def _decoded(self, method: str, params: Params) -> Any:
        """Typed params of a method; RequestError when they are not what the method takes."""
        if method in messages.RAW:
            return params
        wanted: Any = messages.PARAMS.get(method) or types.METHOD_TO_TYPES[method][2]
        if wanted is None:
            return None
        return self.structure({} if params is None else params, wanted, f"params of {method}")

    def structure(self, data: Any, wanted: type[T], what: str) -> T:
        """JSON as a typed value; RequestError, naming `what`, when it is none."""
        try:
            value: T = self._converter.structure(data, wanted)
        except Exception as error:  # cattrs and attrs validators raise whatever they meet
            raise RequestError(types.ErrorCodes.InvalidParams.value, f"{what} cannot be decoded ({type(error).__name__})") from error
        return value

    def _finish(self, request: Request, task: asyncio.Task[Any]) -> None:
        """Answer a request whose task has ended. Called exactly once per task."""
        del self._running[request.id]
        try:
            result = self._converter.unstructure(task.result())
            data = {"jsonrpc": "2.0", "id": request.id, "result": result}
            self._write(json.dumps(data))
        except (asyncio.CancelledError, Cancelled):
            self._respond_error(request.id, types.LSPErrorCodes.RequestCancelled.value, "cancelled")
        except Stale:
            self._respond_error(request.id, types.LSPErrorCodes.ContentModified.value, "the document has changed")
        except RequestError as error:
            self._respond_error(request.id, error.code, error.message, error.data)
        except Exception as error:  # the one catch at the edge: a bug becomes one log line and one answer
            log.exception("%s failed", request.method)
            self._respond_error(request.id, types.ErrorCodes.InternalError.value, f"{request.method} failed: {type(error).__name__}")

    def _notice(self, notification: Notification) -> None:
        """Handle a notification. Handlers that only change state are plain functions and run here, in order of arrival."""
        method = notification.method
        if method == types.EXIT:
            self.on_exit(0 if self._shutdown else 1)
        elif method == types.CANCEL_REQUEST:
            self._cancel(notification.params)
        elif self._initialized and not self._shutdown:
            self._dispatch(method, notification.params)

    def _dispatch(self, method: str, params: Params) -> None:
        try:
            handler = self._handler(method)
            returned = handler(self._decoded(method, params))
        except RequestError as error:
            level = logging.DEBUG if error.code == types.ErrorCodes.MethodNotFound.value else logging.WARNING
            log.log(level, "%s", error.message)
        except Exception:  # as in _finish
            log.exception("%s failed", method)
        else:
            if inspect.iscoroutine(returned):
                self.background(returned, method)

    def background(self, work: Any, name: str) -> None:
        """Run a coroutine that nobody awaits; its failure is logged under `name`."""
        task = asyncio.get_running_loop().create_task(work)
        self._notified.add(task)
        task.add_done_callback(lambda done: self._noticed(done, name))

    def _noticed(self, task: asyncio.Task[Any], name: str) -> None:
        self._notified.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", name, exc_info=error)

    def _cancel(self, params: Params) -> None:
        """`$/cancelRequest`: the task unwinds, and whatever it awaits on a worker is told through its CancelToken."""
        id = params.get("id") if isinstance(params, dict) else None
        task = self._running.get(id) if isinstance(id, (int, str)) else None
        if task is not None:
            task.cancel()

    @property
    def is_shut_down(self) -> bool:
        """Whether the client has asked for `shutdown`."""
        return self._shutdown

    def end(self) -> None:
        """`shutdown`, called by its handler: everything else is cancelled, and from now on only `exit` is heard."""
        self._shutdown = True
        self.cancel_all(keep=asyncio.current_task())

    def cancel_all(self, keep: asyncio.Task[Any] | None = None) -> None:
        """Cancel every running request but `keep`."""
        for task in (*self._running.values(), *self._notified):
            if task is not keep:
                task.cancel()

    def _resolve(self, response: Response) -> None:
        """Hand the client's answer to whoever asked, if someone still waits."""
        future = self._request_futures.pop(response.id, None) if response.id is not None else None
        if future is None or not future.set_running_or_notify_cancel():
            log.debug("an answer that nobody waits for: %r", response.id)
        elif response.error is not None:
            error = response.error
            future.set_exception(JsonRpcException(message=str(error.get("message", "")), code=_code(error.get("code"))))
        else:
            future.set_result(response.result)

    # ------------------------------------------------------------------ out

    def send_request(
        self,
        method: str,
        params: Any | None = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Ask the client. The future gives the raw JSON of its answer, or JsonRpcException."""
        id = msg_id if msg_id is not None else f"astral-{next(_counter)}"
        future: Future[Any] = Future()
        self._request_futures[id] = future
        if callback is not None:
            future.add_done_callback(lambda done: callback(done.result()))
        self._send_data({"jsonrpc": "2.0", "id": id, "method": method, "params": self._converter.unstructure(params)})
        return future

    async def ask(self, method: str, params: Any, timeout_s: float) -> Any:
        """send_request that forgets its request when the caller is cancelled or the client does not answer (TimeoutError)."""
        id = f"astral-{next(_counter)}"
        future = self.send_request(method, params, msg_id=id)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        except (TimeoutError, asyncio.CancelledError):
            if self._request_futures.pop(id, None) is not None:
                self.notify(types.CANCEL_REQUEST, types.CancelParams(id=id))
            raise

    def notify(self, method: str, params: Any | None = None) -> None:
        """Tell the client."""
        self._send_data({"jsonrpc": "2.0", "method": method, "params": self._converter.unstructure(params)})

    def _respond_error(self, id: MessageId | None, code: int, message: str, data: dict[str, Any] | None = None) -> None:
        error = {"code": code, "message": message} | ({} if data is None else {"data": data})
        self._send_data({"jsonrpc": "2.0", "id": id, "error": error})

    def _send_data(self, data: Any) -> None:
        self._write(json.dumps(data))

    def _write(self, text: str) -> None:
        """ASCII JSON: a lone surrogate in user text stays an escape and cannot break the encoding."""
        if self.log_bodies:
            log.info("-> %s", text)
        if self.out is not None:
            self.out.write(frame(text.encode("ascii")))


async def _call(handler: Handler, params: Any) -> Any:
    returned = handler(params)
    return await returned if isinstance(returned, Awaitable) else returned


def _code(value: Any) -> int:
    return value if isinstance(value, int) else types.ErrorCodes.UnknownErrorCode.value


_counter = itertools.count(1)

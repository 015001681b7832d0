"""A completion server on this machine, scripted: answers by path, in the shapes that the public API documentation shows."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

PROPS = {
    "default_generation_settings": {"id": 0, "n_ctx": 1024},
    "total_slots": 1,
    "model_path": "../models/coder-Q4_K_M.gguf",
    "chat_template": "…",
}
MODELS = {"object": "list", "data": [{"id": "coder-7b", "object": "model", "owned_by": "someone", "max_model_len": 2048}]}
NO_INFILL = {"error": {"code": 501, "message": "Infill is not supported by this model", "type": "not_supported_error"}}
LOADING = {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}


def llama_text(text: str, *log_probs: float) -> dict[str, Any]:
    """llama-server's answer to `/completion` and `/infill`."""
    tokens = [{"id": 7, "token": "x", "bytes": [120], "logprob": each, "top_logprobs": []} for each in log_probs]
    return {"content": text, "tokens": [], "stop": True, "stop_type": "limit", "completion_probabilities": tokens}


def openai_texts(*texts: str) -> dict[str, Any]:
    """The answer of `/v1/completions`."""
    told = {"tokens": ["x"], "token_logprobs": [-0.5], "top_logprobs": [{"x": -0.5}], "text_offset": [0]}
    choices = [{"text": text, "index": at, "logprobs": told, "finish_reason": "length"} for at, text in enumerate(texts)]
    return {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "coder-7b", "choices": choices}


@dataclass
class Answer:
    """What is sent back: a status, JSON or raw bytes, further headers, and what to wait for between them and the body."""

    data: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: Callable[[], object] | None = None

    def send(self, to: BaseHTTPRequestHandler) -> None:
        """Write it."""
        body = self.data if isinstance(self.data, bytes) else json.dumps(self.data).encode()
        to.send_response(self.status)
        for name, text in {"Content-Length": str(len(body)), **self.headers}.items():
            to.send_header(name, text)
        to.end_headers()
        to.wfile.flush()
        if self.wait is not None:
            self.wait()
        to.wfile.write(body)


Script = Mapping[str, Callable[[Any], Answer]]


@dataclass
class Served:
    """A running server: where, and what it was asked, in order."""

    address: str
    asked: list[tuple[str, Any]]

    def paths(self) -> list[str]:
        """Only where the questions went."""
        return [path for path, _ in self.asked]


@contextmanager
def serving(script: Script) -> Iterator[Served]:
    """Serve a script on a free port of this machine; what it has no answer for is 404."""
    asked: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def answer(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            question = json.loads(self.rfile.read(size)) if size else None
            asked.append((self.path, question))
            reply = script[self.path](question) if self.path in script else Answer({"error": {"message": "File Not Found"}}, 404)
            try:
                reply.send(self)
            except OSError:  # whoever asked is gone
                self.close_connection = True

        do_GET = do_POST = answer  # noqa: N815  # names that the base class looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

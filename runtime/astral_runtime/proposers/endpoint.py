"""A model behind a completion server: which API it speaks is found out by the first question, what it will not do is remembered."""

from __future__ import annotations

from dataclasses import replace

from astral_runtime.bundled import NoModel
from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.proposers.apis import Api, Question, llama_server, openai
from astral_runtime.proposers.exchange import Address, Reply, exchange
from astral_runtime.proposers.protocol import Completion

ANSWER_S = 60.0
"""How long an answer may take where nobody cancels sooner."""
LOOK_AROUND_S = 10.0
TEMPERATURE = 0.8
"""Of every text but the first, which is the likeliest one."""
LETTERS = 2
"""Characters of code that a token has at least, on average: so much of a file is sent as surely fits."""
SUFFIX_SHARE, STRIDE = 4, 4
"""Of what is sent, one part in so many is suffix; the beginning of the prefix moves on in strides, so that the server's cache lasts."""


class Endpoint:
    """A `Completer`. Thread-safe: it holds no connection, and what it knows of the server is replaced whole."""

    def __init__(self, address: Address, seconds: float = ANSWER_S) -> None:
        self._address, self._seconds = address, seconds
        self._api: Api | None = None
        self._closed = False

    @property
    def name(self) -> str:
        """The model as the server calls it, and where; before the first question only where."""
        return f"{self._api.model} at {self._address}" if self._api else str(self._address)

    def meet(self, cancel: CancelToken) -> Api | NoModel:
        """Find out what is there: llama-server says so under `/props`, others list their models. Raises Cancelled."""
        props = self._get("/props", cancel)
        if isinstance(props, NoModel):
            return props
        found: Api | None = llama_server(props.data) if props.status == 200 else None
        if found is None:
            listed = self._get("/v1/models", cancel)
            if isinstance(listed, NoModel):
                return listed
            found = openai(listed.data) if listed.status == 200 else None
            if found is None:
                return NoModel(f"{self._address}: {_why(listed)}; llama-server, or a server with /v1/completions, is wanted there")
        self._api = found
        return found

    def complete(self, prefix: str, suffix: str, many: int, max_tokens: int, cancel: CancelToken) -> tuple[Completion, ...] | NoModel:
        """The likeliest text first, then others. Where it is cut short, what has come by then; Cancelled when nothing has."""
        if self._closed:
            return NoModel(f"{self._address}: it was closed")
        found: list[Completion] = []
        try:
            api = self._api or self.meet(cancel)
            if isinstance(api, NoModel):
                return api
            before, after = _within(prefix, suffix, LETTERS * max(1, api.window - max_tokens))
            while len(found) < many:
                temperature = TEMPERATURE if found else 0.0
                more = self._ask(Question(before, after, many - len(found), max_tokens, temperature, len(found)), cancel)
                if isinstance(more, NoModel):
                    return tuple(found) or more
                found += more[: many - len(found)]
        except Cancelled:
            if not found:
                raise
        return tuple(found)

    def close(self) -> None:
        """Ask no more; idempotent."""
        self._closed = True

    def _ask(self, question: Question, cancel: CancelToken) -> tuple[Completion, ...] | NoModel:
        """One question, with less where the server turns down more: the likeliest text is asked for alone, since it is one."""
        api = self._api
        assert api is not None, "met before"
        asked = question if api.several and question.temperature else replace(question, many=1)
        path, body = api.body(asked)
        reply = exchange(self._address, path, body, self._seconds, cancel)
        if isinstance(reply, NoModel):
            return reply
        if (less := api.conceding(asked, reply.status)) is not None:
            self._api = less
            return self._ask(question, cancel)
        found = api.completions(reply.data) if reply.status == 200 else ()
        if reply.status in (404, 405):
            self._api = None  # another server has taken its place: the next question looks again
        return found or NoModel(f"{self._address}: {_why(reply)}")

    def _get(self, path: str, cancel: CancelToken) -> Reply | NoModel:
        reply = exchange(self._address, path, None, min(LOOK_AROUND_S, self._seconds), cancel)
        if isinstance(reply, Reply) and (reply.status in (401, 403, 503) or 300 <= reply.status < 400):
            return NoModel(f"{self._address}: {_why(reply)}")
        return reply


def _why(reply: Reply) -> str:
    """What an answer without a completion means, in words."""
    if 300 <= reply.status < 400:
        return f"it sends us on to {_line(reply.location or 'nowhere')}, which is not followed; name the address itself"
    if reply.status == 503:
        return "its model is still loading; ask again in a moment"
    if reply.status in (401, 403):
        return "it wants a key, and none is sent; start it without one, on this machine"
    if reply.data is None:
        return f"it answers {reply.status} without JSON"
    return f"it answers {reply.status}: {_message(reply)}" if reply.status != 200 else "its answer has no completion in it"


def _message(reply: Reply) -> str:
    error = reply.data.get("error", reply.data) if isinstance(reply.data, dict) else reply.data
    said = error.get("message", "") if isinstance(error, dict) else error
    return _line(said if isinstance(said, str) else "no reason given")


def _line(text: str) -> str:
    return "".join(letter for letter in " ".join(text.split())[:200] if letter.isprintable())


def _within(prefix: str, suffix: str, letters: int) -> tuple[str, str]:
    """The end of the prefix and the beginning of the suffix, together at most so many characters."""
    after = suffix[: letters // SUFFIX_SHARE]
    room = letters - len(after)
    stride = max(1, room // STRIDE)
    over = -(-max(0, len(prefix) - room) // stride) * stride
    return prefix[over:], after

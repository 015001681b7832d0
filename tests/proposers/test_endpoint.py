"""A model behind an endpoint, asked over real sockets: what is sent, what is read, and what is said when it does not work."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from completion_server import LOADING, MODELS, NO_INFILL, PROPS, Answer, Script, llama_text, openai_texts, serving
from hypothesis import given
from hypothesis import strategies as st

from astral_runtime.bundled import NoModel
from astral_runtime.fill import Cancelled, CancelToken
from astral_runtime.proposers.apis import LlamaServer, OpenAi, llama_server, openai
from astral_runtime.proposers.endpoint import Endpoint
from astral_runtime.proposers.exchange import Address, address_of
from astral_runtime.proposers.protocol import Completer, Completion


def endpoint(address: str, seconds: float = 30.0) -> Endpoint:
    """The one at that address."""
    found = address_of(address, remote=False)
    assert isinstance(found, Address)
    return Endpoint(found, seconds)


def always(data: Any, status: int = 200, **more: Any) -> Callable[[Any], Answer]:
    """One answer, whatever is asked."""
    return lambda _: Answer(data, status, **more)


def complete(script: Script, many: int = 1, seconds: float = 30.0) -> tuple[Completion, ...] | NoModel:
    """Ask a scripted server once."""
    with serving(script) as served:
        return endpoint(served.address, seconds).complete("x = ", "\n", many, 8, CancelToken())


def test_llama_server_is_told_prefix_and_suffix() -> None:
    """Three texts are three questions, the first at temperature 0; log-probabilities come along, and the model is named."""
    texts = iter([llama_text("1", -0.1, -0.2), llama_text("2", -0.3), llama_text("3")])
    with serving({"/props": always(PROPS), "/infill": lambda _: Answer(next(texts))}) as served:
        asked: Completer = endpoint(served.address + "/v1/")
        assert asked.complete("x = ", "\ny", 3, 8, CancelToken()) == (
            Completion("1", (-0.1, -0.2)),
            Completion("2", (-0.3,)),
            Completion("3"),
        )
        assert asked.name == f"coder-Q4_K_M.gguf at {served.address}"
    bodies = [body for path, body in served.asked if path == "/infill"]
    assert {(body["input_prefix"], body["input_suffix"], body["n_predict"]) for body in bodies} == {("x = ", "\ny", 8)}
    assert [body["temperature"] > 0 for body in bodies] == [False, True, True]
    assert len({body["seed"] for body in bodies}) == 3


def test_a_model_without_middles_continues_the_prefix() -> None:
    """It says so once and is not asked for a middle again."""
    with serving({"/props": always(PROPS), "/infill": always(NO_INFILL, 501), "/completion": always(llama_text("1"))}) as served:
        asked = endpoint(served.address)
        assert asked.complete("x = ", "\n", 2, 8, CancelToken()) == (Completion("1"), Completion("1"))
    assert served.paths() == ["/props", "/infill", "/completion", "/completion"]


def test_openai_servers_write_several_texts_at_once() -> None:
    """The likeliest alone, the others in one question; the suffix is sent where there is one."""

    def answer(body: Any) -> Answer:
        return Answer(openai_texts(*(f"{body['temperature'] > 0}{at}" for at in range(body["n"]))))

    with serving({"/v1/models": always(MODELS), "/v1/completions": answer}) as served:
        found = endpoint(served.address).complete("x = ", "\n", 4, 8, CancelToken())
    assert found == tuple(Completion(text, (-0.5,)) for text in ("False0", "True0", "True1", "True2"))
    assert [(body["model"], body["n"], body["suffix"]) for path, body in served.asked if path == "/v1/completions"] == [
        ("coder-7b", 1, "\n"),
        ("coder-7b", 3, "\n"),
    ]


def test_openai_servers_that_do_less_are_asked_for_less() -> None:
    """Neither `suffix` nor `n` is sent again to a server that turned it down."""

    def answer(body: Any) -> Answer:
        turned_down = "suffix" in body or body["n"] > 1
        return Answer({"detail": "not supported"}, 400) if turned_down else Answer(openai_texts("1"))

    with serving({"/v1/models": always(MODELS), "/v1/completions": answer}) as served:
        assert endpoint(served.address).complete("x = ", "\n", 3, 8, CancelToken()) == (Completion("1", (-0.5,)),) * 3
    sent = [("suffix" in body, body["n"]) for path, body in served.asked if path == "/v1/completions"]
    assert sent == [(True, 1), (False, 1), (False, 2), (False, 1), (False, 1)]


def test_no_more_is_sent_than_surely_fits() -> None:
    """The end of the prefix and the beginning of the suffix, and the same beginning while a few letters are added."""
    with serving({"/props": always(PROPS), "/infill": always(llama_text("1"))}) as served:
        asked = endpoint(served.address)
        text = "".join(f"x{at} = {at}\n" for at in range(2000))
        for typed in ("", "y"):
            asked.complete(text + typed, text, 1, 24, CancelToken())
    sent = [body for path, body in served.asked if path == "/infill"]
    assert all(len(body["input_prefix"]) + len(body["input_suffix"]) <= 2 * (1024 - 24) for body in sent)
    assert text.startswith(sent[0]["input_suffix"])
    assert sent[1]["input_prefix"] == sent[0]["input_prefix"] + "y"


DEEP = b"[" * 200_000
OUTAGES: list[tuple[str, Script, str]] = [
    ("loading", {"/props": always(LOADING, 503)}, "still loading"),
    ("something else altogether", {"/": always({})}, "404: File Not Found; llama-server, or a server with /v1/completions"),
    ("a page", {"/props": always(b"<html>"), "/v1/models": always(b"<html>")}, "answers 200 without JSON"),
    ("a redirection", {"/props": always({}, 302, headers={"Location": "http://192.0.2.1/"})}, "sends us on to http://192.0.2.1/"),
    ("a key is wanted", {"/props": always({"error": "no"}, 401)}, "wants a key"),
    ("no models", {"/v1/models": always({"data": []})}, "no completion in it"),
    (
        "an error in words",
        {"/props": always(PROPS), "/infill": always({"error": {"message": "context\n full\x1b"}}, 400)},
        "400: context full",
    ),
    ("an error without words", {"/props": always(PROPS), "/infill": always([], 500)}, "500: no reason given"),
    ("an answer without text", {"/props": always(PROPS), "/infill": always({"content": None})}, "no completion in it"),
    ("a number that is none", {"/props": always(PROPS), "/infill": always(b'{"content": NaN}')}, "200 without JSON"),
    ("JSON without end", {"/props": always(DEEP), "/v1/models": always(DEEP)}, "without JSON"),
    ("too much", {"/props": always(b" " * (9 << 20))}, "longer than 8 MiB"),
    ("less than was announced", {"/props": always(b"{", headers={"Content-Length": "99", "Connection": "close"})}, "the connection failed"),
    ("no texts at all", {"/v1/models": always(MODELS), "/v1/completions": always({"choices": []})}, "no completion in it"),
]


@pytest.mark.parametrize(("script", "why"), [each[1:] for each in OUTAGES], ids=[each[0] for each in OUTAGES])
def test_what_does_not_work_is_said(script: Script, why: str) -> None:
    """One printable line that names the address and the reason."""
    found = complete(script, seconds=5.0)
    assert isinstance(found, NoModel)
    assert why in found.why
    assert found.why.startswith("http://127.0.0.1:")
    assert found.why.isprintable()


def test_nobody_there_is_said_with_the_way_out() -> None:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = endpoint(f"127.0.0.1:{free.getsockname()[1]}").complete("", "", 1, 8, CancelToken())
    assert isinstance(found, NoModel)
    assert "start the server, or name its address in astral.lm.endpoint" in found.why


def test_what_is_no_http_is_said() -> None:
    """A server that speaks first, and something else."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            with server.accept()[0] as client:
                client.sendall(b"SSH-2.0-OpenSSH\r\n")
                client.recv(4096)

        threading.Thread(target=greet, daemon=True).start()
        found = endpoint(f"127.0.0.1:{server.getsockname()[1]}").complete("", "", 1, 8, CancelToken())
    assert isinstance(found, NoModel)
    assert "the connection failed" in found.why


def test_a_server_that_takes_too_long_is_left() -> None:
    """The time is that of the whole answer, its body included; what came before stays."""
    let_go = threading.Event()
    waits = iter([None, let_go.wait])

    def slow(_: Any) -> Answer:
        return Answer(llama_text("1"), wait=next(waits))

    with serving({"/props": always(PROPS), "/infill": slow}) as served:
        assert endpoint(served.address, seconds=0.5).complete("x = ", "", 3, 8, CancelToken()) == (Completion("1"),)
        let_go.set()


@pytest.mark.parametrize("before", [0, 1], ids=["nothing has come", "a text has come"])
def test_a_cancelled_question_ends_and_the_connection_with_it(before: int) -> None:
    """Cancelled where there is nothing to show, else what there is; the server sees that nobody waits any more."""
    cancel, came, let_go = CancelToken(), iter(range(9)), threading.Event()

    def hang() -> None:
        cancel.cancel()
        let_go.wait(30)

    def slow(_: Any) -> Answer:
        return Answer(llama_text("1"), wait=hang if next(came) == before else None)

    with serving({"/props": always(PROPS), "/infill": slow}) as served:
        try:
            found: object = endpoint(served.address).complete("x = ", "", 3, 8, cancel)
        except Cancelled:
            found = Cancelled
        let_go.set()
    assert found == ((Completion("1"),) if before else Cancelled)


def test_a_closed_endpoint_and_a_cancelled_fill_ask_nothing() -> None:
    """Nothing is sent for nobody."""
    cancelled = CancelToken()
    cancelled.cancel()
    with serving({"/props": always(PROPS)}) as served:
        asked = endpoint(served.address)
        with pytest.raises(Cancelled):
            asked.complete("", "", 1, 8, cancelled)
        asked.close()
        assert isinstance(asked.complete("", "", 1, 8, CancelToken()), NoModel)
    assert served.asked == []


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is meant for this machine does not leave it by another way."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    assert complete({"/props": always(PROPS), "/infill": always(llama_text("1"))}) == (Completion("1"),)


ADDRESSES = [
    ("http://127.0.0.1:8080", False, "http://127.0.0.1:8080"),
    ("http://127.0.0.1:8080/v1/", False, "http://127.0.0.1:8080"),
    ("localhost:8080", False, "http://localhost:8080"),
    ("http://[::1]:8080", False, "http://[::1]:8080"),
    ("https://127.9.9.9", False, "https://127.9.9.9:443"),
    ("http://gpu:8000/coder/v1", True, "http://gpu:8000/coder"),
    ("http://gpu:8000", False, "set astral.lm.allowRemote"),
    ("http://127.0.0.1.example.org", False, "set astral.lm.allowRemote"),
    ("http://192.168.1.2:8080", False, "set astral.lm.allowRemote"),
    ("http://0.0.0.0:8080", False, "set astral.lm.allowRemote"),
    ("http://user:secret@localhost", False, "write http://127.0.0.1:8080"),
    ("ftp://localhost", True, "write http://127.0.0.1:8080"),
    ("http://localhost:99999", False, "is no address"),
    ("http://localhost/?a=b", False, "is no address"),
    ("http://[::1", False, "is no address"),
    ("http://local host:80\r\nX: y", False, "is no address"),
    ("", False, "is no address"),
]


@pytest.mark.parametrize(("text", "remote", "expected"), ADDRESSES)
def test_addresses(text: str, remote: bool, expected: str) -> None:
    """This machine is spoken to, others only when that is allowed; a name that only looks like this machine is another."""
    found = address_of(text, remote)
    assert expected in (found.why if isinstance(found, NoModel) else str(found))


def test_a_name_that_leads_elsewhere_is_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where `localhost` is connected to another machine after all, the question stays here."""
    with serving({"/props": always(PROPS)}) as served:
        monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("192.0.2.1", 80))
        found = endpoint(served.address).complete("", "", 1, 8, CancelToken())
    assert isinstance(found, NoModel)
    assert "nothing was sent" in found.why
    assert served.asked == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "content",
                    "choices",
                    "text",
                    "logprobs",
                    "token_logprobs",
                    "completion_probabilities",
                    "logprob",
                    "data",
                    "id",
                    "model_path",
                    "n_ctx",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_answers_of_any_shape_are_read(data: Any) -> None:
    """Whatever a server sends, its texts are texts and its log-probabilities at most 0, or there are none."""
    found = (*LlamaServer("m", 9).completions(data), *OpenAi("m", 9).completions(data))
    assert all(isinstance(each.text, str) and all(number <= 0 for number in each.log_probs) for each in found)
    met = (llama_server({"default_generation_settings": data}), llama_server(data), openai(data))
    assert all(api is None or api.window > 0 for api in met)

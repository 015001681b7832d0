"""Framing survives anything and finds the next message."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astral_lsp.framing import MAX_BODY_BYTES, MAX_HEADER_BYTES, Frame, FrameParser, Malformed, frame
from astral_lsp.jsonrpc import Notification, Rejected, Request, Response, decode

GOOD = b'{"jsonrpc":"2.0","id":1,"method":"m"}'
NEXT = b"Content-Length: 37\r\n\r\n" + GOOD


def kinds(data: bytes) -> list[bytes | str]:
    """Bodies of frames, and "bad" for what was skipped."""
    return [item.body if isinstance(item, Frame) else "bad" for item in FrameParser().feed(data)]


HEADERS = [
    (b"Content-Length: 2\r\n\r\n{}", [b"{}"]),
    (b"content-length:2\r\n\r\n{}", [b"{}"]),
    (b"CONTENT-LENGTH :  2 \r\n\r\n{}", [b"{}"]),
    (b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n{}", [b"{}"]),
    (b"Content-Length: 2\n\n{}", [b"{}"]),
    (b"Content-Length: 0\r\n\r\n", [b""]),
    (b"Content-Length: -2\r\n\r\n{}", ["bad"]),
    (b"Content-Length: two\r\n\r\n{}", ["bad"]),
    (b"Content-Length: 2.0\r\n\r\n{}", ["bad"]),
    (b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", ["bad"]),
    (b"Content-Length: 99999999999\r\n\r\n{}", ["bad"]),
    (b"Content-Length: %d\r\n\r\n{}" % (MAX_BODY_BYTES + 1), ["bad"]),
    (b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", ["bad"]),
    (b"Content-Length: \xd9\xa2\r\n\r\n{}", ["bad"]),
    (b"\r\n\r\n", ["bad"]),
    (b"no header at all\r\n\r\n{}", ["bad"]),
    (b"Content-Type: x\r\n\r\n{}", ["bad"]),
    (b"X" * (MAX_HEADER_BYTES + 1), ["bad"]),
    (b"Content-Length: 500\r\n\r\n{}", []),
    (b"Content-Length: 1\r\n\r\n{}", [b"{"]),
    (b"\x00\xff" * 100, []),
]


@pytest.mark.parametrize(("data", "expected"), HEADERS)
def test_headers(data: bytes, expected: list[bytes | str]) -> None:
    """What is a message, and what is not."""
    assert kinds(data) == expected


@pytest.mark.parametrize("damage", [data for data, expected in HEADERS if expected != [b"{}"]])
def test_the_next_message_is_found(damage: bytes) -> None:
    """Whatever came before, a whole message behind it is read, and so is the one after."""
    found = kinds(damage + b"\r\n" + NEXT + NEXT)
    assert found[-1] == GOOD
    assert found.count(GOOD) == 2 or damage.endswith(b"Content-Length: 500\r\n\r\n{}")


def test_a_lying_length_costs_one_message_at_most() -> None:
    """A body shorter than declared is noticed at the next header, not after the declared length."""
    assert kinds(b"Content-Length: 100000\r\n\r\n{}\r\n" + NEXT) == ["bad", GOOD]


@pytest.mark.parametrize("excess", range(1, 120))
def test_a_slightly_lying_length_costs_one_message_at_most(excess: int) -> None:
    """Also when the declared length ends in the middle of the next header."""
    assert kinds(b"Content-Length: %d\r\n\r\n{}" % (2 + excess) + NEXT + NEXT + NEXT) == ["bad", GOOD, GOOD, GOOD]


def test_memory_follows_what_arrived() -> None:
    """A declared length reserves nothing."""
    parser = FrameParser()
    assert list(parser.feed(b"Content-Length: 200000000\r\n\r\nabc")) == []
    assert len(parser._buffer) == 3


@given(
    st.lists(st.binary(max_size=60).map(lambda data: data.replace(b"\n", b"") + b"}"), max_size=6),
    st.lists(st.integers(1, 40), min_size=1, max_size=20),
)
def test_any_split_gives_the_same_frames(bodies: list[bytes], cuts: list[int]) -> None:
    """Where the bytes are cut on their way does not matter."""
    data = b"".join(map(frame, bodies))
    parser, found, at = FrameParser(), [], 0
    while at < len(data):
        step = cuts[at % len(cuts)]
        found += parser.feed(data[at : at + step])
        at += step
    assert found == [Frame(body) for body in bodies]


@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_noise_never_hides_the_second_message(noise: bytes, seed: int) -> None:
    """Of two messages after any noise, at least the second is read, however the bytes are cut."""
    parser, found = FrameParser(), list[Frame | Malformed]()
    data, random_ = noise + b"\r\n" + NEXT + NEXT, random.Random(seed)
    while data:
        step = random_.randint(1, 50)
        found += parser.feed(data[:step])
        data = data[step:]
    assert found
    assert found[-1] == Frame(GOOD)


MESSAGES = [
    (GOOD, Request(1, "m", None)),
    (b'{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}}', Request("a", "m", {"x": 1})),
    (b'{"jsonrpc":"2.0","method":"m","params":[1]}', Notification("m", [1])),
    (b'{"jsonrpc":"2.0","id":3,"result":null}', Response(3, None, None)),
    (b'{"jsonrpc":"2.0","id":3,"error":{"code":1,"message":"x"}}', Response(3, None, {"code": 1, "message": "x"})),
    (b'{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}', Response(None, None, {"code": 1, "message": "x"})),
]


@pytest.mark.parametrize(("body", "expected"), MESSAGES)
def test_messages(body: bytes, expected: object) -> None:
    """Each kind of message."""
    assert decode(body) == expected


REJECTED = [
    (b"", None, -32700),
    (b"{", None, -32700),
    (b"\xff\xfe{", None, -32700),
    (b"[" * 100_000, None, -32700),
    (b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"m"}', None, -32700),
    (b"[]", None, -32600),
    (b"7", None, -32600),
    (b"{}", None, -32600),
    (b'{"id":4,"method":"m"}', 4, -32600),
    (b'{"jsonrpc":"2.0","id":4}', 4, -32600),
    (b'{"jsonrpc":"2.0","id":4,"method":5}', 4, -32600),
    (b'{"jsonrpc":"2.0","id":4,"method":"m","params":7}', 4, -32600),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"m"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":true,"method":"m"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"m"}', None, -32600),
    (b'{"jsonrpc":"2.0","id":null,"method":"m"}', None, -32600),
]


@pytest.mark.parametrize(("body", "id", "code"), REJECTED)
def test_rejected_messages(body: bytes, id: object, code: int) -> None:
    """A rejection names the id whenever the message has one."""
    rejected = decode(body)
    assert isinstance(rejected, Rejected)
    assert (rejected.id, rejected.code) == (id, code)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_decoding_never_raises(value: object) -> None:
    """Any JSON is some kind of message or a rejection."""
    assert isinstance(decode(json.dumps(value).encode()), (Request, Notification, Response, Rejected))

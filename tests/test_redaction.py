"""Secrets are blacked out: known ones exactly, others by what they look like, in pieces wherever they are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import redaction
from chattui.redaction import Blackout, likeness, masked, names_secret, redacted
from chattui.secret import Secret

KEY = "k3y/With+odd=signs-0123"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----"


def test_every_secret_that_was_read_is_known() -> None:
    late = Secret(lambda: f" {KEY}\n", "$X")
    assert redacted(f"a {KEY} b") == f"a {KEY} b"
    late.prefixed("Bearer ").reveal()
    assert redacted(f"a {KEY} b") == "a *** b"
    assert redacted('{"key": "' + KEY.replace("/", "\\/") + '"}') == '{"key": "***"}'
    assert redacted("https://e/?k=k3y%2FWith%2Bodd%3Dsigns-0123&x") == "https://e/?k=***&x"
    Secret("written-in-the-file", "the configuration file")
    assert redacted("x-written-in-the-file-y") == "x-***-y"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdef",
        "authorization: basic dXNlcjpwYXNz",
        "token was Bearer abcdef123456",
        "Incorrect API key provided: sk-proj-1234567890",
        "gsk_1234567890abcdef",
        "AIzaSyA-1234567890abcdefghijklmnopqrs",
        "ghp_1234567890abcdefghijABCDEFGHIJ123456",
        "AKIAIOSFODNN7EXAMPLE",
        "http://user:pass@host/",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
        PEM,
        PEM.partition("-----END")[0],
    ],
)
def test_what_looks_like_a_secret_is_blacked_out(text: str) -> None:
    shown = redacted(text)
    assert "***" in shown
    for part in ("abcdef", "dXNl", "1234567890", "IOSFOD", "pass@", "dozjg", "b3Blbn"):
        assert part not in shown


@pytest.mark.parametrize(
    "text",
    [
        "Missing bearer authentication in header",
        "scikit-learn, sk-learn-contrib, hf_transformers and pk_of_the_table",
        "429: rate limit: please wait 20 s.",
        "Nothing is listening on 127.0.0.1:8080.",
    ],
)
def test_innocent_words_stay(text: str) -> None:
    assert redacted(text) == text
    assert not likeness(text)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("use sk-ant-api03-abcdefghijklmnop please", "an Anthropic key"),
        ("OPENAI_API_KEY=sk-proj-abcdefghijklmnopqrstuv", "an OpenAI key"),
        (PEM, "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("ghp_1234567890abcdefghijABCDEFGHIJ123456", "a GitHub token"),
        ("AKIAIOSFODNN7EXAMPLE", "an AWS key"),
        ("curl -H 'Authorization: Bearer abcdefgh1'", "an Authorization header"),
        ("-----BEGIN PUBLIC KEY-----", ""),
        ("how do I make an sk- key?", ""),
    ],
)
def test_a_prompt_that_looks_like_a_key(text: str, what: str) -> None:
    assert likeness(text) == what


def test_a_prompt_with_a_key_of_ones_own() -> None:
    Secret(KEY, "$X").reveal()
    assert likeness(f"why is {KEY} refused?") == "a key of yours"


@pytest.mark.parametrize(
    "name",
    ["Authorization", "x-api-key", "api-key", "X-Goog-Api-Key", "Cookie", "Set-Cookie", "Proxy-Authorization", "token",
     "X-Auth-Token", "X-Amz-Signature", "client_secret"],
)  # fmt: skip
def test_headers_that_carry_keys_are_masked_by_their_name(name: str) -> None:
    assert names_secret(name)
    assert masked({name: "hunter2", "Accept": "text/plain"}) == {name: "***", "Accept": "text/plain"}


def test_other_headers_stay_and_secrets_do_not() -> None:
    headers: dict[str, str | Secret] = {"X-Tenant": "acme", "X-Odd": Secret(KEY, "$X"), "X-Said": f"it is {KEY}"}
    assert masked(headers) == {"X-Tenant": "acme", "X-Odd": "***", "X-Said": "it is ***"}


@given(
    st.lists(st.sampled_from([KEY, KEY[:5], KEY[:-1], "k", "k3", "a", " "]), max_size=8),
    st.lists(st.integers(0, 200), max_size=12),
)
def test_a_key_in_pieces_is_found_wherever_it_is_cut(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    blackout = Blackout([KEY])
    shown = "".join(blackout.feed(text[start:end]) for start, end in pairwise(places)) + blackout.end()
    assert KEY[Blackout.HELD :] not in shown
    begun = text.endswith(KEY[:-1])  # so much of a key is said by nobody by chance
    assert blackout.found == (KEY in text or begun)
    if not blackout.found:
        assert shown == text
    assert not (begun and KEY[4:-1] in shown.rpartition("***")[2])


def test_short_values_are_not_looked_for_in_replies() -> None:
    """People write ‘ollama’ where a key is demanded, and models speak of it."""
    blackout = Blackout(["ollama"])
    assert blackout.feed("ollama serves models") == "ollama serves models"
    assert len("lm-studio") < redaction.UNMISTAKABLE

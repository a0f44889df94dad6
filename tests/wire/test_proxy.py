"""Which proxy is used, and what is said of one that cannot be."""

from typing import Literal

import pytest

from chattui.endpoint import Endpoint
from chattui.errors import Unsupported
from chattui.wire.proxy import chosen, is_loopback, shown


def pick(url: str, proxy: str | Literal[False] | None = None) -> str | None:
    scheme, _, host = url.partition("://")
    return chosen(Endpoint("lab", "openai-chat", url, proxy=proxy), scheme, host)


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        ({}, "https://api.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://api.example", "http://p:1"),
        ({"HTTPS_PROXY": "http://p:1"}, "http://api.example", None),
        ({"https_proxy": "p:1"}, "https://api.example", "http://p:1"),
        ({"ALL_PROXY": "socks5://p:1"}, "http://api.example", "socks5://p:1"),
        ({"ALL_PROXY": "socks5://p:1", "HTTPS_PROXY": "http://q:2"}, "https://api.example", "http://q:2"),
        ({"ALL_PROXY": "http://p:1"}, "http://localhost", None),
        ({"ALL_PROXY": "http://p:1"}, "http://127.0.0.1", None),
        ({"ALL_PROXY": "http://p:1"}, "http://::1", None),
        ({"ALL_PROXY": "socks4://p:1"}, "http://127.0.0.1", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "api.example,x"}, "http://api.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": ".example"}, "http://api.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "*"}, "http://api.example", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3", None),
        ({"ALL_PROXY": "http://p:1", "NO_PROXY": "[::1],fe80::/10, 10.0.0.0/8"}, "http://11.1.2.3", "http://p:1"),
    ],
)
def test_the_environment_chooses_but_never_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, proxy: str | None
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert pick(url) == proxy


def test_the_endpoint_overrules_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://p:1")
    assert pick("http://api.example", proxy=False) is None
    assert pick("http://127.0.0.1", proxy="http://mine:2") == "http://mine:2"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("socks4://me:pw@p:1", "ALL_PROXY is set to socks4://…, which is not supported."),
        ("socks://p:1", "ALL_PROXY is set to socks://…, which is not supported."),
        ("http://", "ALL_PROXY is not a valid address."),
        ("http://[::1", "ALL_PROXY is not a valid address."),
        ("http://p:99999", "ALL_PROXY is not a valid address."),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, address: str, text: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", address)
    with pytest.raises(Unsupported) as error:
        pick("https://api.example")
    assert error.value.text == text


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "0.0.0.0"]
)
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "example", ""])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_a_proxy_is_shown_without_its_password() -> None:
    assert shown("http://me:pw@p:1") == "p:1"
    assert shown(None) == ""

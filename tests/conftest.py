"""What every test may ask for."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chattui import secret
from fakes import Fake
from server import Server


def pytest_configure() -> None:
    """Whoever runs the tests in the background, or under nohup, does not mean the programs that they start."""
    for number, act in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, act)


@pytest.fixture
def server() -> Iterator[Server]:
    """A scripted chat server on loopback: see tests/server.py."""
    with Server().running() as running:
        yield running


@pytest.fixture
def tls_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The same behind TLS, with the certificate that the test names (default: a self-signed one for 127.0.0.1)."""
    with Server(certificate=getattr(request, "param", "self_signed.pem")).running() as running:
        yield running


@pytest.fixture
def run() -> Iterator[Callable[[Fake], Fake]]:
    """Runs fakes for the time of the test."""
    with ExitStack() as stack:

        def start(fake: Fake) -> Fake:
            stack.enter_context(fake.running())
            return fake

        yield start


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of material that is not part of the project; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CHATTUI_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip("needs the shared material ($CHATTUI_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test keeps secret is not blacked out in another."""
    monkeypatch.setattr(secret, "_seen", set())


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's proxies stay out of the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

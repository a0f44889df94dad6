"""What the network did, as one sentence: exceptions of sockets, TLS and the HTTP library become ChatErrors.

Told apart by class — `str(error)` is empty for resets and time-outs, and may hold the peer's bytes for the rest — and
by how far the exchange had come. The HTTP library's classes are known by name, so that this module need not load it.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from chattui.errors import (
    ChatError,
    ChattuiError,
    CutShort,
    Insecure,
    NotAnApi,
    TimedOut,
    Unreachable,
    Unsupported,
)

Phase = Literal["preparing", "connecting", "waiting", "reading"]


@dataclass(frozen=True, slots=True)
class Stage:
    """How far an exchange has come, and with whom."""

    phase: Phase
    host: str
    """host[:port] for people."""
    proxy: str = ""
    """The proxy's host[:port], when there is one in between."""

    def at(self, phase: Phase) -> Stage:
        return replace(self, phase=phase)

    @property
    def peer(self) -> str:
        """Who did not answer while connecting."""
        return f"the proxy {self.proxy}" if self.proxy else self.host


def fault(error: BaseException, stage: Stage) -> ChattuiError:
    """The one sentence for any exception. Errors of our own pass as they are."""
    if isinstance(error, ChattuiError):
        return error
    causes = list(_chain(error))
    names = {kind.__name__ for cause in causes for kind in type(cause).__mro__}
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls(cause, stage)
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        hint = "Check the address, and that the network is up."
        where = f"the proxy {_bare(stage.proxy)}" if stage.proxy else f"host {_bare(stage.host)}"
        return Unreachable(f"Cannot find {where}.", hint=hint)
    if "ProxyError" in names:
        return _proxy(causes, stage)
    match stage.phase:
        case "preparing":
            return _unsendable(names, stage)
        case "connecting":
            return _unconnected(causes, names, stage)
        case "waiting":
            return _unanswered(causes, names, stage)
        case "reading":
            return _cut(causes, names)


def late(stage: Stage, seconds: float) -> TimedOut:
    """Connecting, or waiting for the first byte of an answer, took longer than `seconds`."""
    if stage.phase in {"preparing", "connecting"}:
        return TimedOut(f"Could not connect to {stage.peer} within {seconds:g} s.", hint="Is the address right?")
    return TimedOut(f"No answer from {stage.host} after {seconds:g} s.")


def stalled(seconds: float) -> TimedOut:
    """The body stopped: not one byte for `seconds`."""
    return TimedOut(f"The stream stopped: nothing for {seconds:g} s.")


def silent(seconds: float) -> TimedOut:
    """Bytes, but no content for `seconds`."""
    return TimedOut(f"The server is alive but has sent no text for {seconds:g} s.")


def overlong(seconds: float) -> TimedOut:
    """The whole exchange took longer than it may."""
    return TimedOut(f"The reply took longer than {seconds:g} s; stopped.", hint="The limit is timeouts.total.")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, the members of groups, and every cause and context, nearest first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        at = waiting.pop(0)
        if at is None or id(at) in seen:
            continue
        seen.add(id(at))
        yield at
        if isinstance(at, BaseExceptionGroup):
            waiting += at.exceptions
        waiting += [at.__cause__, at.__context__]


def _tls(error: ssl.SSLError, stage: Stage) -> ChatError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error, stage)
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) or "UNEXPECTED_EOF" in reason:
        if stage.phase == "reading":
            return CutShort("The connection dropped in the middle of the reply.")
        return Unreachable(f"{stage.peer} closed the connection during the TLS handshake.")
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"}:
        return Insecure(f"{stage.peer} does not speak TLS here; use http://.")
    words = reason.replace("_", " ").lower() if reason.replace("_", "").isalnum() else "the handshake failed"
    hint = "Does it want a client certificate? See tls.client_cert." if "CERTIFICATE_REQUIRED" in reason else ""
    return Insecure(f"No secure connection to {stage.peer}: {words}.", hint=hint)


def _certificate(error: ssl.SSLCertVerificationError, stage: Stage) -> Insecure:
    said = f"{getattr(error, 'verify_message', '')} {error}".lower()
    code = getattr(error, "verify_code", 0)
    what, hint = "is not trusted", "If it is yours, set tls.ca_file to its issuer."
    match code:  # X509_V_ERR_… of OpenSSL; other systems' stores give words only
        case 10:
            what, hint = "is expired", "Check the clock of this machine."
        case 9:
            what, hint = "is not valid yet", "Check the clock of this machine."
        case 18 | 19:
            what = "is self-signed"
        case 2 | 20 | 21:
            what = "comes from an unknown issuer"
        case 62 | 64:
            what, hint = "is for another name", "Check the address."
        case _ if "expired" in said:
            what, hint = "is expired", "Check the clock of this machine."
        case _ if "hostname" in said or "name" in said:
            what, hint = "is for another name", "Check the address."
    return Insecure(f"The certificate of {_bare(stage.host)} {what}.", hint=hint)


def _proxy(causes: list[BaseException], stage: Stage) -> ChatError:
    if any("407" in str(cause) for cause in causes):
        return Unsupported(f"407: the proxy {stage.proxy} wants a name and a password.")
    return Unreachable(f"The proxy {stage.proxy or 'in between'} did not let the connection to {stage.host} through.")


def _unsendable(names: set[str], stage: Stage) -> ChatError:
    if names & {"InvalidURL", "IDNAError", "UnsupportedProtocol", "UnicodeError"}:
        return Unsupported(f"The address of {stage.host} is not valid.", hint="Check the endpoint's url.")
    return Unsupported(f"The request to {stage.host} could not be made.")


def _unconnected(causes: list[BaseException], names: set[str], stage: Stage) -> ChatError:
    numbers = {cause.errno for cause in causes if isinstance(cause, OSError)}
    if errno.ECONNREFUSED in numbers or any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return Unreachable(f"Nothing is listening on {stage.peer}.", hint="Is the server running?")
    if numbers & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}:
        return Unreachable(f"There is no way to {stage.peer}.", hint="Is the network up?")
    if any(isinstance(cause, TimeoutError) for cause in causes) or names & {"ConnectTimeout", "PoolTimeout"}:
        return Unreachable(f"{stage.peer} did not answer the attempt to connect.", hint="Is the address right?")
    if _reset(causes, names):
        return Unreachable(f"{stage.peer} closed the connection at once.")
    if names & {
        "InvalidURL",
        "UnsupportedProtocol",
        "IDNAError",
        "UnicodeError",
        "OverflowError",
        "LocalProtocolError",
    }:
        return _unsendable(names, stage)
    if "RemoteProtocolError" in names:
        return _unanswered(causes, names, stage)
    return Unreachable(f"Cannot connect to {stage.peer}.", hint="Is the address right?")


def _unanswered(causes: list[BaseException], names: set[str], stage: Stage) -> ChatError:
    if _of_h11(causes) and "RemoteProtocolError" in names and not _ended_early(causes):
        return NotAnApi("This is not an HTTP answer.", hint="Is the port right? (http/https?)")
    if "LocalProtocolError" in names:
        return _unsendable(names, stage)
    if "RemoteProtocolError" in names:
        return Unreachable(f"{stage.host} closed the connection before answering.")
    if _reset(causes, names):
        return Unreachable(f"{stage.host} reset the connection before answering.")
    return Unreachable(f"The connection to {stage.host} failed before an answer came.")


def _cut(causes: list[BaseException], names: set[str]) -> ChatError:
    if any(isinstance(cause, ConnectionResetError) for cause in causes) or names & {"ReadError", "BrokenResourceError"}:
        return CutShort("Connection reset by the server.")
    if "RemoteProtocolError" in names and _of_h11(causes) and not _ended_early(causes):
        return CutShort("The answer stopped being valid HTTP in the middle of the reply.")
    return CutShort("The connection dropped in the middle of the reply.")


def _reset(causes: list[BaseException], names: set[str]) -> bool:
    kinds = {"ReadError", "WriteError", "BrokenResourceError", "EndOfStream", "ClosedResourceError"}
    return bool(names & kinds) or any(isinstance(cause, ConnectionError) for cause in causes)


def _of_h11(causes: list[BaseException]) -> bool:
    return any(type(cause).__module__.startswith("h11") for cause in causes)


def _ended_early(causes: list[BaseException]) -> bool:
    """Whether h11 complains of the end of the connection, not of its bytes; these words are its own."""
    return any("peer closed connection" in str(cause) or "ConnectionClosed" in str(cause) for cause in causes)


def _bare(host: str) -> str:
    """The host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host

"""The network, seen from above: a Request goes out, Frames come back. Only this package touches sockets.

This module holds the types alone, so that everything above can name them without loading an HTTP library;
`chattui.wire.http` is the implementation.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from chattui.endpoint import Endpoint
from chattui.errors import CutShort
from chattui.events import JSON, Progress
from chattui.secret import Secret

Framing = Literal["auto", "sse", "ndjson", "ai-data", "json", "text"]
"""How the bytes of an answer are cut: see `chattui.wire.framing`."""


class Recorder(Protocol):
    """Is told what happens in one exchange, when it happens, by `wire` and, of the frames, by `providers.stream`."""

    def asked(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        secrets: Sequence[str],
        sources: Mapping[str, str],
    ) -> None:
        """The request as it will be sent. `secrets` must not be kept; `sources` says where a header's came from."""

    def through(self, proxy: str) -> None:
        """The proxy of ours that is used, without its password; "" for none."""

    def sent(self) -> None:
        """The connection stands, the request leaves."""

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """The head of the answer has come, whatever its status."""

    def read(self, data: bytes) -> None:
        """Bytes of the body have come; compressed ones are told as they read."""

    def became(self, kind: str, text: str, chars: int) -> None:
        """What the next frame was made into: see `providers.became`."""

    def unended(self) -> None:
        """The body is over, and the end marker that the format wants has not come."""

    def said(self, text: str) -> None:
        """A frame was sent through a socket."""

    def ended(self, framing: Framing | Literal["socket"], error: BaseException | None) -> None:
        """The exchange is over; told perhaps more than once, the first time counts. `error` None: in good order."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `body` is sent as JSON, bytes as they are. Secrets are resolved when it is sent."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    query: Mapping[str, str | Secret] = field(default_factory=dict)
    body: JSON = None
    framing: Framing = "auto"
    sent: Callable[[], None] | None = field(default=None, compare=False)
    """Called when the connection stands and the request leaves; perhaps more than once."""
    recorder: Recorder | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One unit of an answer.

    sse: an event (`event` is "" for the default type) · ndjson: a line · ai-data: `event` is the code before the colon
    · json: the whole body, once · text: a piece of decoded text.
    """

    data: str
    event: str = ""
    id: str = ""
    whole: bool = False
    """True for a whole JSON body: the non-streaming shape of the API."""
    ended: bool = True
    """False for a last event or line that the server did not finish with its blank line or newline."""

    def json(self) -> JSON:
        """The data as JSON. Raises ValueError (also for nesting that is too deep)."""
        try:
            return json.loads(self.data)
        except RecursionError:
            raise ValueError("nested too deeply") from None


LocalHandler = Callable[[str, bytes], AsyncIterator[bytes]]
"""A server inside this process: gets a request's path and body, yields the bytes of a text/event-stream answer.

An async generator function. `HttpWire(local={"demo": handler})` lets it answer demo:// addresses; its bytes then go
the whole way of any other answer. It is closed as soon as nobody reads on; what it raises becomes a ChatError."""


class Exchange(Protocol):
    """A request that has been answered with a success status. Iterate once: frames as they arrive, and Progress."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    @property
    def framing(self) -> Framing:
        """What was chosen for "auto"; final once the first frame has come."""

    @property
    def recorder(self) -> Recorder | None:
        """Whoever wants to know what became of the frames."""

    def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        """Raises TimedOut, CutShort, TooLarge, NotAnApi …; ends normally at the end of the body, whatever it means."""

    def saw_content(self) -> None:
        """To be called when something visible was decoded: it moves the content deadlines."""

    def ends_within(self, seconds: float) -> None:
        """The answer is whole; what follows is waited for no longer than this, and then the iteration ends normally."""


class Lost(CutShort):
    """A socket has closed; it may be opened again."""


class Socket(Protocol):
    """An open WebSocket."""

    @property
    def recorder(self) -> Recorder | None:
        """See Exchange.recorder."""

    async def send(self, text: str) -> None:
        """Send one text frame. Raises Lost."""

    async def receive(self, seconds: float) -> str | None:
        """The next frame as text; None when none comes for so many seconds (0 = for ever). Raises Lost, TooLarge."""


class Wire(Protocol):
    """The network of a whole program: connections, proxies, certificates."""

    def exchange(self, request: Request, endpoint: Endpoint) -> AbstractAsyncContextManager[Exchange]:
        """Send the request (one try). Leaving the context closes the connection at once, also while waiting.

        Raises ChatError only: Unreachable, Insecure, TimedOut, Rejected, NotAnApi; SecretError for its key.
        """

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """The whole answer as JSON, for short questions such as the list of models. Raises as `exchange`."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have this done beside everything else. What it raises is lost; `aclose` waits for it."""

    async def aclose(self) -> None:
        """Close every connection."""


@runtime_checkable
class Sockets(Protocol):
    """A Wire that opens sockets in its own way: to record them, or to play them. For all others `wire.socket` does."""

    def socket(
        self, url: str, endpoint: Endpoint, *, protocols: Sequence[str] = (), recorder: Recorder | None = None
    ) -> SocketContext:
        """As wire.socket.opened."""


SocketContext = AbstractAsyncContextManager[Socket]

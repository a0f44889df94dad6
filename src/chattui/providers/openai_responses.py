"""OpenAI Responses: POST /responses, also spoken by Azure, xAI, OpenRouter, LM Studio, llama.cpp, vLLM and Ollama.

Facts: openai-openapi (events and items) and recorded streams. Nothing is stored on the server unless the parameters say
`store = true`: then the next turn names the reply that it follows; otherwise encrypted reasoning goes to and fro.
Events are told apart by the `type` in their data; some servers leave out `event:`, numbers and indexes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui import safe
from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.errors import Rejected, Reported
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    RemoteState,
    SourceCited,
    Started,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, prepared
from chattui.providers.attached import IMAGES, images, returned, with_content, without
from chattui.providers.fields import compact, cost, opened, table, tables, text, whole
from chattui.providers.native import LENGTH, asking, is_other, issuer, keep, listed, own, said, system
from chattui.wire import Frame, Request, Wire

AUTH = Auth()
ENCRYPTED = "reasoning.encrypted_content"
STORED = "openai-responses"
"""The name in `remote` of the last stored reply: its id, the message it is, and who issued it."""
INCOMPLETE = {"max_output_tokens": LENGTH, "content_filter": "The reply was stopped by the server's content filter."}
CLIENT_CALLS = frozenset({"function_call", "custom_tool_call", "computer_call", "local_shell_call"})
"""Calls of tools that the server does not run."""
PAINTED = "image_generation_call"

_refuses_encrypted: set[tuple[str, str]] = set()
"""Addresses and models that have refused to encrypt reasoning, mostly for having none, since the program started."""


# ---------------------------------------------------------------- asking


def request(turn: Turn) -> Request:
    params = turn.endpoint.params
    messages = said(turn)
    body: dict[str, JSON] = {"model": turn.model, "stream": True, "store": False}
    if system(turn):
        body["instructions"] = system(turn)
    stored = table(turn.remote.get(STORED)) if params.get("store") is True else {}
    at = next((n for n, message in enumerate(messages) if message.id == stored.get("reply")), None)
    if at is not None and stored.get("by") == issuer(turn):
        body["previous_response_id"] = stored.get("id")
        messages = messages[at + 1 :]
    elif params.get("store") is not True and (turn.endpoint.url, turn.model) not in _refuses_encrypted:
        body["include"] = [ENCRYPTED]
    body["input"] = [
        item
        for message in messages
        for item in _input(turn, own(turn, message)) or [{"role": message.role, "content": _content(turn, message)}]
    ]
    settings = {"max_output_tokens" if name == "max_tokens" else name: value for name, value in params.items()}
    return prepared(turn.endpoint, "responses", {**body, **settings}, auth=AUTH)


def _content(turn: Turn, message: Message) -> JSON:
    found = images(turn, message)
    if not found:
        return message.text
    parts: list[JSON] = [{"type": "input_text", "text": message.text}]
    return [*parts, *({"type": "input_image", "detail": "auto", "image_url": image.url} for image in found)]


def _input(turn: Turn, items: list[dict[str, JSON]]) -> list[dict[str, JSON]]:
    """The items of an old reply, as the API accepts them back: a call of a tool that was never run is left out, and so
    is reasoning that is not encrypted or that its own item does not follow.
    """
    sent: list[dict[str, JSON]] = []
    follows = False
    for item in reversed(items):
        kind = item.get("type")
        signed = bool(item.get("encrypted_content"))
        follows = (follows and signed) if kind == "reasoning" else kind not in CLIENT_CALLS
        whole_item = with_content(turn, item, "result") if kind == PAINTED else item
        if follows and whole_item is not None:
            sent.insert(0, {name: value for name, value in whole_item.items() if name != "status" or kind == PAINTED})
    return sent


def plainer(turn: Turn, refused: Rejected) -> Turn | None:
    """Models without reasoning refuse to encrypt it, and stored replies are lost after a while."""
    where = (turn.endpoint.url, turn.model)
    if (
        refused.status in {400, 422}
        and where not in _refuses_encrypted
        and ("ncrypted" in refused.body or '"include' in refused.body)
    ):
        _refuses_encrypted.add(where)
        return turn
    if refused.status in {400, 404} and STORED in turn.remote and "revious" in refused.body:
        return replace(turn, remote={})
    return None


# ---------------------------------------------------------------- the answer


def decoder(turn: Turn) -> Decode:
    return _Items(turn).decode


class _Items:
    """What one reply needs to remember. Ids of items are no help with text: gateways give a new one to every delta."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._calls: dict[str, str] = {}  # names of tool calls, by the id of their item
        self._argued: set[str] = set()  # calls whose arguments have come
        self._done: list[Mapping[str, JSON]] = []  # finished items
        self._text = _Paragraphs(TextDelta)
        self._thoughts = _Paragraphs(ReasoningDelta)
        self._refusal = ""

    def decode(self, frame: Frame) -> Iterator[ChatEvent]:
        value = table(opened(frame))
        if frame.whole:  # an answer that was not streamed
            if not isinstance(value.get("output"), list):
                raise is_other("response")
            yield Started(text(value.get("model")))
            yield from self._end(text(value.get("status")) or "completed", value)
            return
        item, delta = text(value.get("item_id")), text(value.get("delta"))
        match text(value.get("type")).removeprefix("response."):
            case "created":
                yield Started(text(table(value.get("response")).get("model")))
            case "output_text.delta":
                yield from self._text.add(delta)
            case "refusal.delta":
                self._refusal += delta
            case "reasoning_text.delta" | "reasoning_summary_text.delta":
                yield from self._thoughts.add(delta)
            case "reasoning_summary_part.added":
                self._thoughts.begin()
            case "output_text.annotation.added":
                yield from _sources([value.get("annotation")])
            case "output_item.added":
                yield from self._begun(table(value.get("item")))
            case (
                "function_call_arguments.delta" | "mcp_call_arguments.delta"
                | "custom_tool_call_input.delta" | "code_interpreter_call_code.delta"
            ) if delta:  # fmt: skip
                call = self._calls.get(item, item or "call")
                self._argued.add(call)
                yield ToolCalled(call, "", delta)
            case "output_item.done":
                yield from self._item(table(value.get("item")))
                self._text.heard = self._thoughts.heard = False
            case "completed" | "incomplete" | "failed" | "cancelled" as status:
                yield from self._end(status, table(value.get("response")))

    def _begun(self, item: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """The begin of an item: of a text, of reasoning, or of a tool call, whoever runs it."""
        kind, known = text(item.get("type")), text(item.get("id"))
        if kind == "message":
            self._text.begin()
        elif kind == "reasoning":
            self._thoughts.begin()
        elif kind.endswith("_call") and known not in self._calls:
            self._calls[known] = text(item.get("call_id")) or known or f"call_{len(self._calls)}"
            yield ToolCalled(self._calls[known], text(item.get("name")) or kind.removesuffix("_call"))

    def _item(self, item: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """A finished item: what has not been streamed of it."""
        kind = text(item.get("type"))
        self._done.append(without(item, "result") if kind == PAINTED else item)
        if kind == "message":
            for part in tables(item.get("content")):
                self._refusal = text(part.get("refusal")) or self._refusal
                if not self._text.heard:
                    self._text.begin()
                    yield from self._text.whole(text(part.get("text")))
                    yield from _sources(part.get("annotations"))
        elif kind == "reasoning":
            for part in (*tables(item.get("summary")), *tables(item.get("content"))):
                if not self._thoughts.heard:
                    self._thoughts.begin()
                    yield from self._thoughts.whole(text(part.get("text")))
        elif kind.endswith("_call"):
            yield from self._begun(item)
            yield from self._ran(self._calls[text(item.get("id"))], item)

    def _ran(self, call: str, item: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """A tool call's arguments as a whole, and what came of it where the server ran it."""
        action = dict(table(item.get("action")))
        found = [text(source.get("url")) for source in tables(action.pop("sources", None))]
        arguments = next((item[name] for name in ("arguments", "input", "code", "queries") if item.get(name)), action)
        if arguments and call not in self._argued:
            self._argued.add(call)
            yield ToolCalled(call, "", compact(arguments))
        results = [text(part.get("logs")) or text(part.get("text")) or text(part.get("filename"))
                   for name in ("outputs", "results") for part in tables(item.get(name))]  # fmt: skip
        said = text(item.get("output")) or "\n".join(filter(None, [*found, *results]))
        failed = item.get("status") == "failed" or bool(item.get("error"))
        if said or failed:
            yield ToolReturned(call, said or compact(item.get("error") or "failed"), failed)
        if item.get("type") == PAINTED and item.get("result"):
            yield returned(item["result"], f"image/{text(item.get('output_format')) or 'png'}")

    def _end(self, status: str, response: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """The end of a response, whose object repeats everything. Raises Reported for one that failed."""
        if not self._done:
            for item in tables(response.get("output")):
                yield from self._item(item)
        if usage := table(response.get("usage")):
            yield UsageReported(_usage(usage))
        if status in {"failed", "cancelled"}:
            raise Reported(
                f"The provider reported: the response {'failed' if status == 'failed' else 'was cancelled'}."
            )
        if self._refusal:
            yield Notice(f"The model refused: {safe.line(self._refusal, 500)}")
        if self._turn.endpoint.params.get("store") is True and (known := text(response.get("id"))):
            yield RemoteState({STORED: {"id": known, "reply": self._turn.reply, "by": issuer(self._turn)}})
        elif any(item.get("encrypted_content") for item in self._done):
            yield keep(self._turn, self._done)
        if status == "incomplete":
            why = text(table(response.get("incomplete_details")).get("reason"))
            yield Notice(INCOMPLETE.get(why) or f"The reply is incomplete: {safe.line(why, 60) or 'no reason given'}.")
            yield Finished("length" if why == "max_output_tokens" else why or "incomplete")
        elif self._refusal:
            yield Finished("content_filter")
        else:
            calls = any(item.get("type") in CLIENT_CALLS for item in self._done)
            yield Finished("tool_calls" if calls else "stop")


class _Paragraphs:
    """Pieces of text; those of another item or part begin a new paragraph."""

    def __init__(self, kind: type[TextDelta | ReasoningDelta]) -> None:
        self._kind = kind
        self._last = ""  # the last character
        self._apart = False
        self.heard = False
        """A piece of the item that is on has been streamed."""

    def begin(self) -> None:
        self._apart = bool(self._last)

    def add(self, piece: str) -> Iterator[ChatEvent]:
        self.heard = self.heard or bool(piece)
        return self.whole(piece)

    def whole(self, piece: str) -> Iterator[ChatEvent]:
        if piece:
            glued = self._apart and not self._last.isspace() and not piece[0].isspace()
            yield self._kind("\n\n" + piece if glued else piece)
            self._last, self._apart = piece[-1], False


def _sources(annotations: JSON) -> Iterator[ChatEvent]:
    for annotation in tables(annotations):
        url, title = text(annotation.get("url")), text(annotation.get("title")) or text(annotation.get("filename"))
        if url or title:
            yield SourceCited(url, title)


def _usage(usage: Mapping[str, JSON]) -> Usage:
    return Usage(
        input=whole(usage.get("input_tokens")),
        output=whole(usage.get("output_tokens")),
        cached=whole(table(usage.get("input_tokens_details")).get("cached_tokens")),
        reasoning=whole(table(usage.get("output_tokens_details")).get("reasoning_tokens")),
        cost=cost(usage),
    )


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models that the endpoint lists. Raises ChatError and SecretError only."""
    found = await listed(endpoint, wire, "models", "data", auth=AUTH)
    return tuple(sorted(name for entry in tables(found) if (name := text(entry.get("id")))))


PROVIDER = Provider(reply=asking(Dialect(request, decoder), models, plainer), models=models, images=IMAGES)
"""`continues` is False: a trailing message of the assistant is answered, not gone on from."""

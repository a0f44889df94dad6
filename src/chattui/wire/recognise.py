"""Recognises an error in what a server sent, whatever shape it has. No I/O.

One function knows the shapes of all formats that chattui has met; the wire asks it about the bodies of refusals, and
dialects about the events of a stream. Texts that come out are one line, safe to show and cut.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from chattui import safe
from chattui.events import JSON

LONGEST = 500
"""Characters of a server's error text that are shown."""

_TITLE = re.compile(r"<title[^>]*>(.*?)(?:</title|$)", re.IGNORECASE | re.DOTALL)
_TEXTS = ("message", "msg", "detail", "errorText", "error_description", "error_message", "reason", "title")
_PASSING = re.compile(
    r"overload|rate.?limit|too.?many.?req|unavailable|timeout|timed.?out|server.?error|internal|resource.?exhausted|try.again",
    re.IGNORECASE,
)
"""Codes and types of errors that another try may not meet: OpenAI, Anthropic, Gemini and OpenRouter name them so."""


_PHRASES = frozenset(status.phrase.lower() for status in HTTPStatus)


@dataclass(frozen=True, slots=True)
class Problem:
    """What a server says went wrong. `passing`: by its code, a fresh try of the same request may succeed."""

    text: str
    code: str = ""
    passing: bool = False

    @property
    def sentence(self) -> str:
        """The text with a full stop."""
        return self.text if self.text.endswith((".", "!", "?", "…")) else self.text + "."


def recognise(value: JSON, *, refusal: bool = False) -> Problem | None:
    """The error in a JSON value, or None.

    In an answer only unmistakable shapes count: a truthy `error` (object, text or true), `errorText`, `x_groq.error`,
    `{"object"|"type": "error", …}`, `RUN_ERROR`, `response.failed`, a list of such objects. In a `refusal`, where the
    status has said that it is an error, also bare `message`, `detail` …
    """
    match value:
        case [first, *_]:
            if refusal and (text := _text(value)) is not None:
                return _problem(text, "")
            return recognise(first, refusal=refusal)
        case str() if refusal and value.strip():
            return _problem(value, "")
        case Mapping():
            return _in_object(value, refusal=refusal)
    return None


def recognise_body(body: str) -> Problem | None:
    """The error in the body of a refusal: JSON of any known shape, the title of a web page, or short plain text."""
    text = body.strip()
    if not text:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        if text.startswith("<") or is_page(text):
            title = page_title(text)
            return Problem(title) if title else None
        if text.startswith("data:"):  # an event stream with an error status (LiteLLM)
            return recognise_body(text.removeprefix("data:").partition("\n")[0])
        return _problem(text, "") if text[:1] not in "{[" else None
    return recognise(value, refusal=True)


def page_title(page: str) -> str:
    """The title of a web page, safe and short; "" if it has none."""
    found = _TITLE.search(page[: 64 * 1024])
    return safe.line(html.unescape(re.sub(r"<[^>]*>", " ", found[1])), 100) if found else ""


def is_page(text: str) -> bool:
    """Whether a body is a web page."""
    return text.lstrip("\ufeff \t\r\n")[:15].lower().startswith(("<!doctype html", "<html", "<head"))


def _in_object(value: Mapping[str, JSON], *, refusal: bool) -> Problem | None:
    code = _code(value)
    if error := value.get("error"):
        return _from_error(error, value, code)
    groq = value.get("x_groq")
    if isinstance(groq, Mapping) and isinstance(groq.get("error"), str) and groq["error"]:
        return _problem(groq["error"], "")
    if isinstance(text := value.get("errorText"), str):
        return _problem(text or "an error without a text", "")
    kind = value.get("type")
    response = value.get("response")
    if kind == "response.failed" and isinstance(response, Mapping):
        error = response.get("error")
        return _from_error(error, response, code) if error else Problem("the response failed", code)
    marked = value.get("object") == "error" or kind in ("error", "RUN_ERROR") or value.get("event") == "error"
    if marked or refusal:
        for name in (*_TEXTS, "data") if marked else _TEXTS:
            if (text := _text(value.get(name))) is not None:
                return _problem(text, code)
        return _problem("an error without a text", code) if marked else None
    return None


def _from_error(error: JSON, around: Mapping[str, JSON], code: str) -> Problem:
    match error:
        case str():
            beside = _text(around.get("message")) or _text(around.get("detail"))
            # LangGraph: {"error": "ValueError", "message": "…"}; NestJS and HardWire: {"error": "Not Found", …}
            if beside and (" " not in error.strip() or error.strip().lower() in _PHRASES):
                return _problem(beside, error)
            return _problem(error, code)
        case Mapping():
            code = _code(error) or code
            text = next((found for name in _TEXTS if (found := _text(error.get(name))) is not None), None)
            if text is None and (inner := error.get("error")):
                return _from_error(inner, error, code)
            text = text or (code.replace("_", " ") if code else "an error without a text")
            return _problem(_with_upstream(text, error.get("metadata")), code)
        case [first, *_]:
            return _from_error(first, around, code)
    return _problem(_text(around.get("message")) or "an error without a text", code)


def _with_upstream(text: str, metadata: JSON) -> str:
    """OpenRouter's `metadata` holds what the provider behind it really said."""
    if not isinstance(metadata, Mapping):
        return text
    raw = metadata.get("raw")
    inner = recognise_body(raw) if isinstance(raw, str) else recognise(raw, refusal=True)
    name = metadata.get("provider_name")
    if inner is not None and inner.text not in text:
        text = f"{text.rstrip('.')}: {inner.text}"
    return f"{text.rstrip('.')} ({name})" if isinstance(name, str) and name else text


def _text(value: JSON) -> str | None:
    """A non-empty text, the `msg`s of FastAPI's list of complaints, or the text of a nested error."""
    match value:
        case str():
            return value if value.strip() else None
        case [_, *_]:
            told = [text for item in value[:3] if (text := _complaint(item))]
            return "; ".join(told) or None
        case Mapping():
            inner = recognise(value, refusal=True)
            return inner.text if inner else None
    return None


def _complaint(item: JSON) -> str:
    match item:
        case {"msg": str(text), "loc": list(places)}:
            where = ".".join(str(place) for place in places if place != "body")
            return f"{where}: {text}" if where else text
        case {"msg": str(text)} | {"message": str(text)} | str(text):
            return text
    return ""


def _code(value: Mapping[str, JSON]) -> str:
    for name in ("code", "type", "status"):
        found = value.get(name)
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
        if isinstance(found, str) and found and found not in {"error", "RUN_ERROR", "response.failed", "None"}:
            return found[:100]
    return ""


def _problem(text: str, code: str) -> Problem:
    passing = (
        int(code) in {408, 409, 429} or 500 <= int(code) < 600
        if code.isdecimal() and len(code) < 6
        else bool(_PASSING.search(code))
    )
    return Problem(safe.line(text, LONGEST), code, passing)

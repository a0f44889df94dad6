"""An HTTP status that is not success, as one sentence."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from math import isfinite
from urllib.parse import urlsplit

from chattui import safe
from chattui.errors import Rejected
from chattui.wire.faults import Stage
from chattui.wire.recognise import is_page, page_title, recognise_body
from chattui.wire.retry import LONGEST_WAIT


def refused(status: int, headers: dict[str, str], body: str, stage: Stage, url: str, now: float) -> Rejected:
    """The sentence for a status that is not success. `headers` have lower-case names; `now` is Unix time."""
    after = retry_after(headers, now)
    if after is None and status == 429:
        after = limit_reset(headers, now)
    error = _refused(status, headers, body, stage, url, after)
    match headers.get("x-should-retry", "").lower():  # OpenAI and Anthropic say it outright
        case "true":
            error.retryable = True
        case "false":
            error.retryable = False
    return error


def _refused(status: int, headers: dict[str, str], body: str, stage: Stage, url: str, after: float | None) -> Rejected:
    if 300 <= status < 400:
        target = _target(headers.get("location", ""), url)
        moved = f"{status}: the address moved to {target}." if target else f"{status}: the address moved."
        return Rejected(moved, status=status, hint="Change the endpoint's url if you trust it.", body=body)
    try:
        phrase = HTTPStatus(status).phrase.lower()
    except ValueError:
        phrase = "overloaded" if status == 529 else "refused"
    if is_page(body):
        title = page_title(body)
        page = f" (‘{title}’)" if title else ""
        whose = "from a proxy" if status in {407, 413, 429, 502, 503, 504} else "with a web page"
        text = f"{status} {whose}{page}, not from the API."
    elif status == 407:
        text = (
            f"407: the proxy {stage.proxy} wants a name and a password."
            if stage.proxy
            else "407: a proxy wants a login."
        )
    else:
        problem = recognise_body(body)
        phrase = "rate limit" if status == 429 else phrase
        text = f"{status}: {problem.sentence}" if problem else f"{status}: {phrase}."
        if status == 429 and problem and "rate" not in problem.text.lower():
            text = f"429: rate limit: {problem.sentence}"
    hint = f"The server asks to wait {_span(after)}." if after is not None and after > LONGEST_WAIT else ""
    return Rejected(text, status=status, after=after, hint=hint, body=body)


def retry_after(headers: dict[str, str], now: float) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After` (seconds or a date); None when absent or senseless."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) * unit
        except ValueError:
            continue
        return seconds if isfinite(seconds) and seconds >= 0 else None
    try:
        return max(0.0, parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - now)
    except (ValueError, TypeError, OverflowError):
        return None


def limit_reset(headers: dict[str, str], now: float) -> float | None:
    """Seconds until `X-RateLimit-Reset`, which is Unix time (Snackprompt, GitHub), the same in milliseconds
    (OpenRouter), or seconds to wait; None when absent or senseless.
    """
    try:
        reset = float(headers.get("x-ratelimit-reset", ""))
    except ValueError:
        return None
    if reset > 1e9:
        reset = reset / (1000 if reset > 1e12 else 1) - now
    return max(0.0, reset) if isfinite(reset) else None


def _target(location: str, url: str) -> str:
    """Scheme and host of where a redirect leads; the path, if the host stays. Never its query or user info."""
    try:
        there, here = urlsplit(location), urlsplit(url)
        host, port = there.hostname, there.port
    except ValueError:
        return ""
    if not host or (there.scheme, there.netloc) == (here.scheme, here.netloc):
        return safe.line(there.path, 200)
    return safe.line(f"{there.scheme or here.scheme}://{host}" + (f":{port}" if port else ""), 200)


def _span(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} minutes" if minutes > 1 else f"{seconds:.0f} s"
    return f"{round(seconds / 3600)} hours"

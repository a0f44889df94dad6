"""A request that got no answer: told with the source of its key, and whether and when it is sent again."""

from __future__ import annotations

import random
import re

from chattui.endpoint import Endpoint
from chattui.errors import ChatError, Rejected
from chattui.events import JSON, Progress
from chattui.wire import Request, Wire
from chattui.wire.retry import pause

_WRONG_KEY = re.compile(
    r"(?i)API_KEY_INVALID|(?:incorrect|invalid)[ _]api[ _]?key|api[ _]?key (?:is |was )?(?:not valid|invalid|expired)"
)
"""How servers call a wrong key that they answer with 400: Gemini and xAI do."""


def refusal(error: ChatError, endpoint: Endpoint) -> ChatError:
    """A 401, a 403 or a 400 about the key, told with the source of the key that was refused; other errors as they are.

    What the server said of a 401 is left out: servers quote the key.
    """
    if not isinstance(error, Rejected):
        return error
    wrong = error.status == 400 and _WRONG_KEY.search(error.body)
    if error.status not in {401, 403} and not wrong:
        return error
    key = endpoint.api_key
    if error.status == 403 and not error.text.lower().startswith("403: forbidden"):
        text, hint = error.text, f"The key comes from {key.source}." if key else "No key was sent."
    elif key is not None:
        text = f"{error.status}: the key for ‘{endpoint.name}’ was refused. It comes from {key.source}."
        hint = "Check the key, then try again."
    else:
        text = f"{error.status}: ‘{endpoint.name}’ wants a key, and none was sent."
        hint = "Set api_key for it in the configuration."
    return Rejected(text, status=error.status, after=error.after, hint=hint, body=error.body)


async def fetched(wire: Wire, request: Request, endpoint: Endpoint) -> JSON:
    """`wire.fetch`, with a refused key told as `refusal` tells it."""
    try:
        return await wire.fetch(request, endpoint)
    except ChatError as error:
        raise refusal(error, endpoint) from None


def retrying(error: ChatError, endpoint: Endpoint, attempt: int, *, may: bool = True) -> Progress:
    """The wait before the next try, after this one (from 1) has failed. Raises the error when there is no next one."""
    may = may and attempt <= endpoint.retry.attempts
    seconds = pause(error, attempt, random.random()) if may else None  # noqa: S311 - jitter
    if seconds is None:
        if attempt > 1:
            error.text = f"{error.text.removesuffix('.')} (tried {attempt} times)."
            error.args = (error.text,)
        raise error from None
    return Progress("retrying", error.text, endpoint.host, seconds, attempt + 1)

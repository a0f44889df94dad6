"""Secrets that a server quotes back at us do not reach the screen."""

from __future__ import annotations

from collections.abc import Iterable

from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError, Rejected
from chattui.redaction import shown_nowhere, without
from chattui.secret import Secret
from chattui.wire import Request


def redact(error: ChattuiError, secrets: Iterable[str]) -> None:
    """Replaces the secrets that a server quoted back at us."""
    error.text = without(error.text, secrets)
    error.hint = without(error.hint, secrets)
    if isinstance(error, Rejected):
        error.body = without(error.body, secrets)
    error.args = (error.text,)


def sent_along(request: Request, endpoint: Endpoint) -> list[str]:
    """What must not be shown of the secrets of this request that have been read."""
    values = [*request.headers.values(), *request.query.values(), endpoint.api_key]
    return shown_nowhere(value.known for value in values if isinstance(value, Secret) and value.known)

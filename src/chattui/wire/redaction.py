"""Secrets that a server quotes back at us do not reach the screen."""

from __future__ import annotations

from collections.abc import Iterable

from chattui.errors import ChattuiError, Rejected
from chattui.redaction import without


def redact(error: ChattuiError, secrets: Iterable[str]) -> None:
    """Replaces the secrets that a server quoted back at us."""
    error.text = without(error.text, secrets)
    error.hint = without(error.hint, secrets)
    if isinstance(error, Rejected):
        error.body = without(error.body, secrets)
    error.args = (error.text,)

"""Secrets that a server quotes back at us do not reach the screen."""

from __future__ import annotations

from collections.abc import Iterable

from chattui.errors import ChattuiError, Rejected

SHORTEST = 6
"""Characters; anything shorter would be found in innocent words."""


def shown_nowhere(values: Iterable[str]) -> list[str]:
    """What must not be shown of these secrets, prefixed ("Bearer …") or not; the longest first."""
    parts = {part for value in values for part in (value, value.rpartition(" ")[2])}
    return sorted((part for part in parts if len(part) >= SHORTEST), key=len, reverse=True)


def redact(error: ChattuiError, secrets: list[str]) -> None:
    """Replaces the secrets that a server quoted back at us."""
    for secret in secrets:
        error.text = error.text.replace(secret, "***")
        error.hint = error.hint.replace(secret, "***")
        if isinstance(error, Rejected):
            error.body = error.body.replace(secret, "***")
    error.args = (error.text,)

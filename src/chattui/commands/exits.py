"""The exit codes, documented in `chattui --help`: scripts rely on them."""

from __future__ import annotations

from enum import IntEnum

from chattui.chat import Message
from chattui.errors import (
    AttachmentError,
    ChattuiError,
    ConfigError,
    CutShort,
    NotFound,
    SecretError,
    TimedOut,
    Unsupported,
)


class Exit(IntEnum):
    """How a command ended."""

    COMPLETE = 0
    FAILED = 1
    USAGE = 2
    """The command line, the configuration or a key is wrong; nothing was sent."""
    INCOMPLETE = 3
    """The reply was cut short or timed out, or nobody reads the output any more; what arrived is kept."""
    INTERRUPTED = 130
    """SIGINT, SIGTERM or SIGHUP; what arrived is kept."""


class UsageError(ChattuiError):
    """The command line does not say what to do."""


_USAGE = {error.__name__ for error in (UsageError, AttachmentError, ConfigError, SecretError, NotFound, Unsupported)}
_INCOMPLETE = {error.__name__ for error in (TimedOut, CutShort)}


def of_reply(reply: Message) -> Exit:
    """The exit code that a reply's end means."""
    match reply.state:
        case "complete":
            return Exit.COMPLETE
        case "incomplete":
            return Exit.INCOMPLETE
        case "stopped" | "streaming":
            return Exit.INTERRUPTED
        case "failed":
            return of_kind(reply.error.kind if reply.error else "")


def of_error(error: ChattuiError) -> Exit:
    """The exit code of a command that ended with this error."""
    return next((code for kind in type(error).__mro__ if (code := of_kind(kind.__name__)) != Exit.FAILED), Exit.FAILED)


def of_kind(kind: str) -> Exit:
    """The exit code for the name of an error's class."""
    if kind in _USAGE:
        return Exit.USAGE
    return Exit.INCOMPLETE if kind in _INCOMPLETE else Exit.FAILED

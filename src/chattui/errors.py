"""What can go wrong, and the one sentence that a person reads about it.

    ChattuiError
    ├── ConfigError            a mistake in the configuration: file, line, key, "did you mean"
    ├── AttachmentError        a file that cannot be attached; nothing was sent
    ├── SecretError            a key that its source does not give, or that cannot be a header value
    ├── ExportError            an exported file that was not written
    │   └── Exists             there is a file of this name already; it was left as it is
    ├── Unimportable           a file, or a part of one, that holds no conversations that can be read
    ├── StoreError             a conversation that cannot be read or written
    │   ├── NotFound           no such conversation
    │   ├── Damaged            the file is not a conversation; it is left as it is
    │   ├── ReadOnly           another chattui holds it, or a newer version wrote it
    │   └── Unwritable         the disk is full, the folder is not ours …
    └── ChatError              a turn failed; the only thing that may leave a provider
        ├── Unreachable        nothing answered: DNS, refused, reset before the answer, proxy
        ├── Insecure           TLS: certificate or protocol; never retried
        ├── TimedOut           a deadline passed: connect, headers, first content, idle, total
        ├── Rejected           an HTTP status that is not success
        ├── NotAnApi           a web page or garbage where an API should answer
        ├── Reported           the server answered, and its answer is an error
        ├── CutShort           the reply ended without its end marker
        ├── TooLarge           an event, a line or a reply over its cap
        └── Unsupported        the endpoint cannot do what was asked; nothing was sent

A ChatError becomes data (`Failure` on the message) in exactly one place: `session`.
Texts hold no secret, no raw bytes of the peer and no traceback; server text in them has gone through `safe`.
"""

from __future__ import annotations


class ChattuiError(Exception):
    """The base of all. `str(error)` is one sentence for a person; `hint` is what to do next, or ""."""

    def __init__(self, text: str, *, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.text} {self.hint}".rstrip()


class ConfigError(ChattuiError):
    """A mistake in the configuration."""


class AttachmentError(ChattuiError):
    """A file that is not there, cannot be read, or is nothing that can be sent."""


class SecretError(ChattuiError):
    """A secret that cannot be had or used. Names its source, never its value."""


class ExportError(ChattuiError):
    """An exported file that was not written; nothing was changed."""


class Exists(ExportError):
    """There is a file of this name already; it was left as it is."""


class Unimportable(ChattuiError):
    """A file, or a part of one, that holds no conversations that can be read."""


class StoreError(ChattuiError):
    """A conversation that cannot be read or written."""


class NotFound(StoreError):
    """No conversation answers to this name."""


class Damaged(StoreError):
    """The file is not a conversation; it was left where it is, untouched."""


class ReadOnly(StoreError):
    """The conversation may be read but not written by this process."""


class Unwritable(StoreError):
    """The disk refused. The conversation is still in memory."""


class ChatError(ChattuiError):
    """A turn failed. `retryable` means: a fresh try of the same request may succeed."""

    retryable = False


class Unreachable(ChatError):
    """Nothing answered."""

    retryable = True


class Insecure(ChatError):
    """No trustworthy TLS connection."""


class TimedOut(ChatError):
    """A deadline passed."""

    retryable = True


class Rejected(ChatError):
    """An HTTP status that is not success. `after` is the server's Retry-After in seconds, if it gave one."""

    def __init__(self, text: str, *, status: int, after: float | None = None, hint: str = "", body: str = "") -> None:
        super().__init__(text, hint=hint)
        self.status = status
        self.after = after
        self.body = body
        """At most 64 KiB of the answer, for dialects that know what a refusal means; never shown raw."""
        self.retryable = status in {408, 409, 429} or status >= 500  # as the OpenAI and Anthropic SDKs


class NotAnApi(ChatError):
    """A web page or garbage where an API should answer."""


class Reported(ChatError):
    """The server answered, and its answer is an error."""

    def __init__(self, text: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(text, hint=hint)
        self.retryable = retryable


class CutShort(ChatError):
    """The reply ended without its end marker, or the connection dropped inside it."""

    retryable = True


class TooLarge(ChatError):
    """An event, a line or a reply over its cap."""


class Unsupported(ChatError):
    """The endpoint cannot do what was asked; nothing was sent."""

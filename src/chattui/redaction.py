"""Secrets are blacked out of whatever is shown or written: the values that are known first, then what looks like one.

Known are the values of all secrets that this process has read (`chattui.secret`). The patterns are those of keys that
services give out, so that a key of somebody else's — in a log line, in what a server says — does not stay either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from urllib.parse import quote

from chattui import secret
from chattui.secret import Secret

MARK = "***"
SHORTEST = 6
"""Characters; anything shorter would be found in innocent words."""
UNMISTAKABLE = 12
"""Characters from which on a secret is looked for in replies, too: nobody says so many by chance."""

_KINDS = {
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "an Anthropic key": r"\bsk-ant-[\w-]{16,}",
    "an OpenAI key": r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}",
    "a Google key": r"\bAIza[\w-]{30,}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,})",
    "a Groq key": r"\bgsk_[A-Za-z0-9]{20,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{20,}",
    "an xAI key": r"\bxai-[A-Za-z0-9]{20,}",
    "an AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Stripe key": r"\b[rs]k_live_[A-Za-z0-9]{16,}",
    "a signed token (JWT)": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "an Authorization header": r"(?i:\bauthorization:\s*(?:bearer|basic)\s+[\w+/=.-]{8,})",
}
_LIKELY = (
    r"(?i)\bauthorization\W{1,4}(?:bearer|basic)\s+[^\s\"'\\]+|\bbearer\s+(?=\S*\d)[^\s\"'\\]{8,}"
    r"|\b(?:sk|gsk|hf|xai|pk|xox[abeoprs]|glpat)[-_](?=[\w-]*\d)[\w-]{8,}|\bAIza[\w-]{20,}"
    r"|\b(?:gh[pousr]_|github_pat_)\w{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|(?<=://)[^\s/@\"'<>\\]+@"
    r"|-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:[\w+/=\s:,]|\\[nr])*"
    r"(?:-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----)?"
)
_SECRET_NAME = re.compile(
    r"(^|[-_.])(api[-_]?key|key|token|secret|password|passwd|auth|authorization|cookie|sig|signature|credentials?)$",
    re.IGNORECASE,
)


def redacted(text: str, more: Iterable[str] = ()) -> str:
    """The text without any known secret, without `more` of them, and without what looks like one."""
    return _pattern(_LIKELY).sub(MARK, without(text, shown_nowhere((*secret.seen(), *more))))


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Compiled when first wanted: that takes longer than the rest of a short command."""
    return re.compile(pattern)


def shown_nowhere(values: Iterable[str]) -> list[str]:
    """What must not be shown of these secrets: as they are, without their prefix ("Bearer …"), and as JSON and
    addresses write them. The longest first.
    """
    parts = {part for value in values for part in (value, value.rpartition(" ")[2]) if len(part) >= SHORTEST}
    written = {form for part in parts for form in (json.dumps(part)[1:-1], part.replace("/", "\\/"))}
    quoted = {form for part in parts for form in (quote(part), quote(part, safe=""))}
    return sorted(parts | written | quoted, key=len, reverse=True)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with *** for each of these secrets; they come from `shown_nowhere`."""
    for value in secrets:
        if value in text:
            text = text.replace(value, MARK)
    return text


def likeness(text: str) -> str:
    """What a text that is about to be sent seems to hold: "an OpenAI key", "a private key" …; "" for nothing.

    A secret that chattui itself knows is "a key of yours".
    """
    if any(value in text for value in secret.seen() if len(value) >= UNMISTAKABLE):
        return "a key of yours"
    return next((what for what, pattern in _KINDS.items() if _pattern(pattern).search(text)), "")


def names_secret(name: str) -> bool:
    """Whether a header or query parameter of this name usually carries a key."""
    return _SECRET_NAME.search(name) is not None


def masked(headers: Mapping[str, str | Secret]) -> dict[str, str]:
    """Headers for people: the values of those that carry keys by their name, and of secrets, are ***."""
    return {
        name: MARK if isinstance(value, Secret) or names_secret(name) else redacted(value)
        for name, value in headers.items()
    }


class Blackout:
    """Takes known secrets out of a text that arrives in pieces. A secret may be cut anywhere."""

    HELD = 4
    """Characters of a secret's beginning from which on a piece's end is held back."""

    def __init__(self, values: Iterable[str]) -> None:
        self._secrets = [part for part in shown_nowhere(values) if len(part) >= UNMISTAKABLE and " " not in part]
        self._held = ""
        self._before = ""
        self.found = False
        """Whether there was one."""

    def whole(self, text: str) -> str:
        """A text by itself without the secrets; the same object if it has none."""
        shown = without(text, self._secrets)
        if shown is not text:
            self.found = True
        return shown

    def feed(self, text: str) -> str:
        """More of the text; an end that may begin a secret waits for the next piece."""
        if not self._secrets:
            return text
        before = len(self._before)
        text = self._before + self._held + text
        if any(value in text for value in self._secrets):
            self.found = True
            for value in self._secrets:
                if (at := text.find(value)) >= 0:
                    before = min(before, at)
                    text = text.replace(value, MARK)
        hold = max((_begun(text, value) for value in self._secrets), default=0)
        end = max(before, len(text) - (hold if hold >= self.HELD else 0))
        self._held = text[end:]
        self._before = text[max(0, end - self.HELD + 1) : end]
        return text[before:end]

    def anew(self, text: str) -> str:
        """As `feed`, of a text that stands in the place of all before."""
        self._held = self._before = ""
        return self.feed(text)

    def end(self) -> str:
        """What was held back; the beginning of a key, if nobody would say so much of one by chance."""
        held, self._held, self._before = self._held, "", ""
        if len(held) >= UNMISTAKABLE:
            self.found = True
            return MARK
        return held


def _begun(text: str, value: str) -> int:
    """How many characters at the end of the text are the beginning of the value."""
    tail = text[-len(value) + 1 :]
    at = tail.find(value[0])
    while at >= 0:
        if value.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(value[0], at + 1)
    return 0

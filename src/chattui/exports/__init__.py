"""Conversations as files that other programs read: Markdown, JSON, HTML and plain text.

markdown    readable, and read back to the letter (`chattui.imports.markdown`)
documents   JSON: the stored document with the contents of its files; read back, too
page        HTML: one page without scripts or requests, light and dark, to be read and printed
text        plain words
blackout    secrets in the texts become ***, unless one wants to keep them
place       names and files: never outside of the chosen folder, never over a file that is there
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module

from chattui.chat import Conversation
from chattui.files import Files

Render = Callable[[Conversation, Files], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A form of exported conversations. `render` is loaded when first wanted."""

    name: str
    suffix: str
    words: str
    module: str
    whole: bool = False
    """Whether it holds every branch unless one is asked for."""

    def render(self, conversation: Conversation, files: Files) -> str:
        """The conversation in this form; `files` holds the contents of what is attached."""
        rendered: str = import_module(f"chattui.exports.{self.module}").render(conversation, files)
        return rendered


FORMATS: Mapping[str, Format] = {
    form.name: form
    for form in (
        Format("markdown", "md", "Markdown", "markdown"),
        Format("json", "json", "JSON", "documents", whole=True),
        Format("html", "html", "HTML", "page"),
        Format("text", "txt", "plain text", "text"),
    )
}


def shown_branch(conversation: Conversation) -> Conversation:
    """The conversation with the messages of the shown branch alone."""
    kept = {message.id: message for message in conversation.branch()}
    return replace(conversation, messages=kept, strays=())


def rendered(conversation: Conversation, form: Format, files: Files, *, tree: bool | None = None) -> str:
    """The conversation in this form: every branch with `tree`, the shown one without, None as the form has it."""
    whole = form.whole if tree is None else tree
    return form.render(conversation if whole else shown_branch(conversation), files)


def encoded(text: str) -> bytes:
    """UTF-8; halves of surrogate pairs, which it cannot say, as escapes (JSON reads them back)."""
    return text.encode("utf-8", "backslashreplace")


def versions(conversation: Conversation) -> Mapping[str, str]:
    """By id, for messages that have siblings: which one of how many it is, as ‹2/3›."""
    groups: dict[str | None, list[str]] = {}
    for message in conversation.walk():
        groups.setdefault(message.parent, []).append(message.id)
    return {name: mark for group in groups.values() if len(group) > 1 for name, mark in _numbered(group)}


def _numbered(group: list[str]) -> Iterable[tuple[str, str]]:
    return ((name, f"‹{number}/{len(group)}›") for number, name in enumerate(group, 1))

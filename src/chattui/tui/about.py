"""The details of one message: when, who, how fast, what it cost, how it ended, and what it is called."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from chattui import safe, usage
from chattui.branches import places
from chattui.chat import Conversation, Message
from chattui.tui.dialogs import Dialog

Facts = list[tuple[str, str]]


def facts(conversation: Conversation, message: Message) -> Facts:
    """Names and values, in the order of interest; what is unknown is left out."""
    when = f"{datetime.fromtimestamp(message.created):%Y-%m-%d %H:%M:%S}" if message.created else ""  # noqa: DTZ006 - the reader's wall clock
    words = len(message.text.split())
    place = places(conversation, [message]).get(message.id)
    timing, used = message.timing, message.usage
    found = [
        ("role", message.role),
        ("time", when),
        ("endpoint", message.endpoint),
        ("model", message.model),
        ("version", f"{place.at} of {len(place.of)}" if place else ""),
        ("state", message.state),
        ("finish", message.finish),
        ("first content", _seconds(timing.first)),
        ("reasoning", _seconds(timing.thought)),
        ("total", _seconds(timing.total)),
        ("speed", _speed(message)),
        ("usage", " · ".join(usage.facts(used)) if used else ""),
        ("text", f"{words:,} words, {len(message.text):,} characters"),
        ("reasoning text", f"{len(message.reasoning):,} characters" if message.reasoning else ""),
        ("tools", ", ".join(tool.name or "tool" for tool in message.tools)),
        ("sources", str(len(message.sources)) if message.sources else ""),
        ("files", ", ".join(file.name for file in message.attachments)),
        ("notices", " ".join(message.notices)),
        ("error", f"{message.error.kind}: {message.error.text} {message.error.hint}" if message.error else ""),
        ("message id", message.id),
        ("answers", message.parent or ""),
        ("conversation id", conversation.id),
    ]
    return [(name, safe.line(value, 600)) for name, value in found if value]


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.3f} s"


def _speed(message: Message) -> str:
    timing, used = message.timing, message.usage
    if timing.first is None or timing.total is None or (spent := timing.total - timing.first) <= 0:
        return ""
    tokens = [f"{used.output / spent:.1f} tokens/s"] if used and used.output else []
    chars = len(message.text) + len(message.reasoning)
    return " · ".join([*tokens, f"{chars / spent:,.0f} characters/s"])


class About(Dialog[str]):
    """The answer is the details as text, to be copied, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,c", "take", show=False),
        Binding("a,q,enter", "close", show=False),
    ]
    title_text = "About this message"
    keys_text = "y copy   ↑ ↓ scroll   esc close"

    def __init__(self, conversation: Conversation, message: Message) -> None:
        super().__init__()
        self._facts = facts(conversation, message)

    def body(self) -> ComposeResult:
        """Two columns."""
        table = Table.grid(padding=(0, 2))
        table.add_column(width=16)
        table.add_column(ratio=1)
        for name, value in self._facts:
            table.add_row(Text(name, "dim"), Text(value))
        with VerticalScroll(id="about"):
            yield Static(table)

    def action_take(self) -> None:
        """Copy all of it."""
        self.dismiss("\n".join(f"{name}: {value}" for name, value in self._facts))

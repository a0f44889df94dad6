"""The screen as a person reads it, for assertions on text."""

from typing import Any

from textual.app import App


def lines(app: App[Any]) -> list[str]:
    """The rows of the screen that is on top, as text, blanks at the right cut."""
    # Textual has no public way to read a screen as text; this is the one place that knows how.
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def text(app: App[Any]) -> str:
    """All rows in one string."""
    return "\n".join(lines(app))


def notes(app: App[Any]) -> str:
    """What the app has told in notifications, the newest last."""
    return "\n".join(note.message for note in app._notifications)

"""The last look at a row before the terminal gets it: whatever a widget has forgotten to clean is cleaned here.

Each place cleans what it shows, because only there one knows how many cells it takes. This is the net below.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from chattui import safe


class Lastly(LineFilter):
    """Replaces controls and hidden characters one for one, and addresses that no terminal may follow."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        text = "".join([segment.text for segment in segments])
        if (text.isascii() and text.isprintable()) or (shown := _row(text)) == text:
            return segments if not any(map(_led_away, segments)) else [_kept_here(segment) for segment in segments]
        found: list[Segment] = []
        at = 0
        for segment in segments:
            end = at + len(segment.text)
            found.append(_kept_here(Segment(shown[at:end], segment.style, segment.control)))
            at = end
        return found


def _row(text: str) -> str:
    """The text of one row; what would end it is a blank."""
    return safe.clean(text.replace("\r\n", "\r ")).replace("\n", " ").replace("\t", " ")


def _led_away(segment: Segment) -> bool:
    link = segment.style.link if segment.style is not None else None
    return bool(link) and (not str(link).isascii() or safe.link(str(link)) is None)


def _kept_here(segment: Segment) -> Segment:
    if segment.style is None or not _led_away(segment):
        return segment
    return Segment(segment.text, segment.style.update_link(None), segment.control)


LASTLY = Lastly()

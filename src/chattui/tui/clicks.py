"""What can be clicked in the message pane, and what is then posted."""

from __future__ import annotations

from textual import events
from textual.message import Message as Posted

from chattui.tui.pane import Pane


class Clickable(Pane):
    """A pane whose rows hold links, headers of code, choices, and ways to siblings."""

    class LinkClicked(Posted, namespace="transcript"):
        """An address that may be opened was clicked."""

        def __init__(self, url: str) -> None:
            super().__init__()
            self.url = url

    class FileClicked(Posted, namespace="transcript"):
        """A file that is kept on this machine was clicked."""

        def __init__(self, path: str) -> None:
            super().__init__()
            self.path = path

    class CodeClicked(Posted, namespace="transcript"):
        """The header of a code block was clicked; `text` is the code as it was written."""

        def __init__(self, message_id: str, number: int, text: str) -> None:
            super().__init__()
            self.message_id, self.number, self.text = message_id, number, text

    class ChoiceClicked(Posted, namespace="transcript"):
        """An offered answer was clicked; `number` counts from 1."""

        def __init__(self, message_id: str, number: int) -> None:
            super().__init__()
            self.message_id, self.number = message_id, number

    class PageClicked(Posted, namespace="transcript"):
        """A sibling of the message is wanted: the one before (-1) or after (1)."""

        def __init__(self, message_id: str, step: int) -> None:
            super().__init__()
            self.message_id, self.step = message_id, step

    def on_click(self, event: events.Click) -> None:
        """A click on a link, a code header, the reasoning, a choice or the note of new lines."""
        meta = event.style.meta
        spot = self.layout_of.spot(self.scroll_offset.y + event.y)
        message_id = spot.view.message.id if spot else ""
        if "end" in meta:
            self.to_end()
        elif "url" in meta:
            self.post_message(self.LinkClicked(meta["url"]))
        elif "file" in meta:
            self.post_message(self.FileClicked(meta["file"]))
        elif "page" in meta:
            self.post_message(self.PageClicked(message_id, meta["page"]))
        elif "fold" in meta:
            self.toggle_reasoning(message_id)
        elif "unfold" in meta:
            self.toggle_blocks(message_id)
        elif "reveal" in meta:
            self.toggle_hidden(message_id)
        elif "choice" in meta:
            self.post_message(self.ChoiceClicked(message_id, meta["choice"]))
        elif "code" in meta:
            number = meta["code"]
            self.post_message(self.CodeClicked(message_id, number, self.code_blocks(message_id)[number - 1]))
        else:
            return
        event.stop()

    def code_blocks(self, message_id: str) -> tuple[str, ...]:
        """The code blocks of a message as they were written, in the order of their numbers."""
        raise NotImplementedError

    def toggle_reasoning(self, message_id: str | None = None) -> None:
        """Opens or closes what lies behind a message."""
        raise NotImplementedError

    def toggle_blocks(self, message_id: str | None = None) -> bool:
        """Folds long blocks of a message, or opens them; whether it has any."""
        raise NotImplementedError

    def toggle_hidden(self, message_id: str | None = None) -> bool:
        """Names the hidden characters of a message; whether it has any."""
        raise NotImplementedError

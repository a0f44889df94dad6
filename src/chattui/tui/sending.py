"""Sending with care: a prompt that one may not want to send as it is, is asked about first."""

from __future__ import annotations

from collections.abc import Callable

from chattui import safe
from chattui.redaction import likeness
from chattui.tui.talking import Talking


class Sending(Talking, inherit_bindings=False):
    """The prompt on its way out."""

    def action_prompt_send(self) -> None:
        """As everywhere, with care."""
        self.with_care(super().action_prompt_send, self.shown.session.endpoint.host)

    def with_care(self, send: Callable[[], None], where: str) -> None:
        """Send the prompt to these hosts; but a key, and hidden characters, are asked about before they leave."""
        prompt, content = self.prompt, self.prompt.content
        veiled = bool(prompt.veiled) and safe.VEIL in content
        if not (veiled or likeness(content)):
            send()
            return
        from chattui.tui.doubts import BeforeSending, doubts  # noqa: PLC0415 - dialogs are loaded when first wanted

        found = doubts(content, prompt.veiled, where)

        def answered(wish: str | None) -> None:
            if wish == "remove":
                prompt.put(content.replace(safe.VEIL, ""))
            if wish is not None:
                send()

        self.push_screen(BeforeSending(found, removable=veiled), answered)

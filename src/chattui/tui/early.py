"""What is typed before the prompt is there: it goes into the prompt, as it would in a shell."""

from __future__ import annotations

from textual import events

from chattui.tui.base import Base


class Early(Base, inherit_bindings=False):
    """Keys wait until something has the focus; Textual would drop them."""

    _too_early: tuple[events.Event, ...] | None = ()
    """Keys in their order; None once they have been given."""

    async def on_event(self, event: events.Event) -> None:
        """As everywhere, but for keys that come too early."""
        typed = isinstance(event, events.Key | events.Paste) and not event.is_forwarded
        if typed and self._too_early is not None:
            if self.focused is None:
                self._too_early = (*self._too_early, event)
                return
            await self.give_early()
        await super().on_event(event)

    async def give_early(self) -> None:
        """Let them act, before any that come now."""
        early, self._too_early = self._too_early, None
        for event in early or ():
            await super().on_event(event)

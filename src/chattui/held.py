"""A conversation that is held: with which endpoint, its edits, and its way to the disk. See chattui.session for turns.

Every edit is a pure function of the conversation, applied by `edit`: it holds the lock first, and saves at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from chattui.branches import turned
from chattui.carried import Carried
from chattui.chat import Conversation, Message
from chattui.draft import Draft
from chattui.endpoint import Endpoint
from chattui.events import JSON
from chattui.followed import Course
from chattui.means import Means
from chattui.merging import merged
from chattui.saving import Saving
from chattui.store import Opened


class Held:
    """One conversation and the endpoint it is held with."""

    def __init__(
        self,
        means: Means,
        endpoint: Endpoint,
        conversation: Conversation | None = None,
        model: str = "",
        *,
        opened: Opened | None = None,
    ) -> None:
        """`opened`: how the store gave the conversation; without it, it is a new one, or nobody else's."""
        now = means.clock()
        self.means = means
        self.conversation = conversation or Conversation(means.new_id(), now, now, endpoint=endpoint.name)
        self.use(endpoint, model or self.conversation.model)
        self._kept = self.conversation if opened else None  # as the disk has it
        self._draft: Draft | None = None
        self._course: Course | None = None
        self.carried = Carried(means.writer)
        self._saving = Saving(means.writer, self.carried, means.ticks, opened)

    @property
    def busy(self) -> bool:
        """Whether a reply is in flight."""
        return self._draft is not None

    @property
    def reply(self) -> Message | None:
        """The reply in flight as it is now."""
        return self._draft.message if self._draft else None

    @property
    def model(self) -> str:
        """The model that the next turn asks for; "" = the endpoint's first."""
        return self.conversation.model or self.endpoint.model

    # ------------------------------------------------------------ edits

    def use(self, endpoint: Endpoint, model: str = "") -> None:
        """Hold the next turns with this endpoint and model ("" = the endpoint's own).

        The conversation's parameters stay with their endpoint: another one knows other names.
        """
        params = self.conversation.params if endpoint.name == self.conversation.endpoint else {}
        self.endpoint = endpoint
        self.conversation = replace(self.conversation, endpoint=endpoint.name, model=model, params=params)

    async def settle(self, params: Mapping[str, JSON], system: str | None) -> None:
        """The next turns are asked with these parameters over the endpoint's, and with this system prompt (None = the
        endpoint's own).
        """
        await self.edit(lambda old: replace(old, params=params, system=system))

    async def rename(self, title: str) -> None:
        """Name the conversation; an empty title gives the automatic one back."""
        await self.edit(lambda old: old.named(title))

    async def adopt(self, change: Callable[[Conversation], Conversation]) -> None:
        """Take over what somebody else knows more of the conversation, as `edit`. Not while a reply is in flight."""
        await self.edit(lambda old: old if self.busy else change(old))

    async def edit(self, change: Callable[[Conversation], Conversation]) -> None:
        """Change the conversation and save it; a refusal of the disk is told in `trouble`.

        Raises ReadOnly, before anything has changed, when another program writes to it.
        """
        await self._hold()
        self.conversation = change(self.conversation)
        await self._save()

    async def keep(self) -> None:
        """Save what `use` has changed; a refusal of the disk is told in `trouble`."""
        await self._save()

    async def turn_to(self, message: str, *, below: bool = True) -> None:
        """Show the branch through this message: to its end as it was shown last, or no further than the message. Not
        while a reply is in flight; a refusal of the disk is told in `trouble`.
        """
        if not self.busy:
            self.conversation = turned(self.conversation, message, below=below)
            if not self.read_only:
                await self._save()

    # ------------------------------------------------------------ saving

    @property
    def trouble(self) -> str:
        """Why the last save failed, for a banner; "" while all is saved."""
        return self._saving.trouble

    @property
    def unsaved(self) -> bool:
        """Whether the disk has refused something that it does not hold yet."""
        return bool(self.trouble) and self.conversation != self._kept

    @property
    def read_only(self) -> str:
        """Why the conversation can only be read here, for a banner; "" when it can be written to."""
        return self._saving.refused

    async def follow(self) -> bool:
        """Take over what another chattui, which holds the conversation, makes of it, and the writing once it lets go.

        Whether anything has changed.
        """
        before = self.read_only
        if (found := await self._saving.follow(self.conversation.id)) is not None:
            self.conversation = found
        return found is not None or self.read_only != before

    async def retry(self, *, now: bool = False) -> bool:
        """Save once more what the disk refused, when it is time to, or `now`; whether all is saved."""
        if self.trouble and (now or self._saving.due):
            await self._save()
        return not self.trouble

    async def _hold(self) -> None:
        await self._saving.hold(self.conversation.id)

    async def _save(self, *, last: bool = False) -> None:
        sent = self.conversation
        saved = await self._saving.save(sent, last=last)
        if saved is not sent:  # another program had changed the file; what was said here meanwhile stays
            self.conversation = merged(sent, self.conversation, saved)
        if not self.trouble:
            self._kept = saved

    def close(self) -> None:
        """Let other programs write to the conversation."""
        self._saving.release(self.conversation.id)

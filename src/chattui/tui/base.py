"""What all parts of the app work with: the open conversations, the panes, and how a person is told something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from textual.app import App
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.worker import Worker

from chattui import safe
from chattui.chat import Conversation
from chattui.composer import NEW
from chattui.config import Config
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.paths import Paths
from chattui.redaction import redacted
from chattui.session import Means, Session
from chattui.store import Opened
from chattui.tui.chat import Chat
from chattui.tui.flow import unsaved
from chattui.tui.history import History
from chattui.tui.keys import DEFAULTS, shown
from chattui.tui.lastly import LASTLY
from chattui.tui.listing import ConversationList
from chattui.tui.prompt import Prompt
from chattui.tui.screen import ChatScreen
from chattui.tui.transcript import Transcript
from chattui.writer import Writer

log = logging.getLogger(__name__)

LOW = 20
"""Rows below which a banner has one line."""


class Base(App[int], inherit_bindings=False):
    """Holds what is open and where it is shown. The session owns the workflow; nothing here changes a conversation."""

    ENABLE_COMMAND_PALETTE = False  # ours is an action like all others

    def __init__(
        self,
        config: Config,
        paths: Paths,
        means: Means,
        environ: Mapping[str, str],
        *,
        remembered: Mapping[str, object] | None = None,
        endpoint: str | None = None,
    ) -> None:
        super().__init__(ansi_color=True if "NO_COLOR" in environ else None)  # else Textual makes colours greys
        self.config = config
        self.paths = paths
        self.means = means
        self.environ = environ
        self.endpoints: dict[str, Endpoint] = dict(config.endpoints)
        self.bound = {**DEFAULTS, **config.keys}
        self.remembered = dict(remembered or {})
        self.endpoint = self._first_endpoint(endpoint)
        """Of the next new conversation."""
        self.history = History()
        self.drafts: dict[str, str] = {}
        """What was typed and not sent in the conversations that are not shown: see `draft_name`."""
        self.queued: dict[str, list[str]] = {}
        """Prompts that wait to be sent in conversations that are not open: see `draft_name`."""
        self.prompt_trouble = ""
        """Why what is typed is not kept; "" while it is."""
        self.chats: dict[str, Chat] = {}
        self.deleted: list[tuple[str, ...]] = []
        """Ids of the conversations that were deleted at once, the last ones at the end."""
        self.cut: dict[str, list[tuple[Conversation, frozenset[str]]]] = {}
        """What was deleted from conversations, by their ids: how each was before, and which messages went."""
        self.shown = self.new_chat()

    def _first_endpoint(self, wanted: str | None) -> Endpoint:
        """The one that was asked for; where a mistake in the configuration keeps it out, the first that works."""
        for name in (wanted, self.config.default):
            if name in self.endpoints:
                return self.endpoints[name]
        return next(iter(self.endpoints.values()))

    def only(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Run this beside the screen, and end what runs in the same group.

        A function, not what it returns: a coroutine that is ended before it begins complains that nobody awaited it.
        """
        _: Worker[None] = self.run_worker(work, group=group, exclusive=True, exit_on_error=False)

    # ------------------------------------------------------------ panes

    @property
    def chat_screen(self) -> ChatScreen:
        found = self.screen_stack[0]
        assert isinstance(found, ChatScreen)
        return found

    @property
    def rows(self) -> ConversationList:
        return self.chat_screen.sidebar.conversations

    @property
    def transcript(self) -> Transcript:
        return self.chat_screen.transcript

    @property
    def prompt(self) -> Prompt:
        return self.chat_screen.prompt

    @property
    def writer(self) -> Writer | None:
        return self.means.writer

    def key(self, name: str) -> str:
        """The key of an action as people write it; "" when it has none."""
        return shown(self.bound, name)

    async def run_action(self, *args: Any, **kwargs: Any) -> bool:
        """As Textual's, after what was typed before: letters wait in a text field's queue, a bound key is not queued,
        and without this a quick "yes⏎" would send "y".
        """
        if self.focused is not None and self.focused.check_consume_key("a", "a"):
            typed = asyncio.Event()
            self.focused.call_later(typed.set)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    await typed.wait()
        return await super().run_action(*args, **kwargs)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As Textual's; and nothing reaches the terminal that could steer it, whatever a widget lets through."""
        return (*super().get_line_filters(), LASTLY)

    # ------------------------------------------------------------ telling

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002 - texts hold brackets; markup would run what stands in them
    ) -> None:
        """As Textual's, with cleaned text and never with markup."""
        super().notify(
            safe.clean(redacted(message)), title=safe.line(title), severity=severity, timeout=timeout, markup=False
        )

    def tell(self, error: ChattuiError) -> None:
        """An error, as its sentence."""
        self.notify(str(error), severity="error", timeout=10)

    @property
    def problem_words(self) -> str:
        """The mistakes in the configuration, in few lines; the palette has all of them."""
        problems = self.config.problems
        palette = self.key("palette") or "the palette"
        if problems and self.size.height < LOW:
            mistakes = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
            return f"{mistakes} in the configuration: {palette} lists them"
        told = [str(problem) for problem in problems[:2]]
        if (more := len(problems) - 2) > 0:
            told.append(f"and {more} more: {palette} → configuration problems")
        return "\n".join(told)

    def warn_of(self, trouble: str) -> None:
        """A sentence that stays until it is closed or no longer true ("")."""
        self.chat_screen.banner.say(trouble)

    def _warnings(self, chat: Chat) -> Iterator[str]:
        """What a person should know of a conversation on the disk."""
        session = chat.session
        if session.unsaved:
            yield unsaved(session.trouble)
        elif session.trouble:
            yield f"Nothing can be saved here: {session.trouble.removeprefix('Not saved: ')}"
        yield unsaved(self.prompt_trouble, "Your unsent prompt is not saved")
        if session.read_only:
            key = self.key("conversation.copy")
            yield f"{session.read_only} {key} opens a copy." if key else session.read_only
        if count := len(session.conversation.strays):
            lost = "1 message" if count == 1 else f"{count} messages"
            yield f"{lost} in the file of this conversation cannot be read; the file keeps them as they are."

    # ------------------------------------------------------------ open conversations

    def edited(self, chat: Chat) -> None:
        """The edited message of this conversation, if there is one, is on its way."""

    def new_chat(
        self, conversation: Conversation | None = None, opened: Opened | None = None, *, temporary: bool = False
    ) -> Chat:
        """Open a conversation: a new one, or one that was loaded, with the endpoint it was last held with.

        `opened`: how the store gave it. A `temporary` one leaves nothing on the disk.
        """
        endpoint, means = self.endpoint, self.means.fleeting() if temporary else self.means
        if conversation is None:
            session = Session(means, endpoint)
        else:
            known = self.endpoints.get(conversation.endpoint)
            if (
                known is None
            ):  # its endpoint is gone: the model was that endpoint's, and the session drops its parameters
                conversation = replace(conversation, model="")
            session = Session(means, known or endpoint, conversation, opened=opened)
        chat = Chat(session)
        self.chats[chat.id] = chat
        return chat

    def let_go(self, chat: Chat) -> None:
        """Close a conversation that nobody looks at, unless it would lose something."""
        if chat is not self.shown and not chat.must_stay:
            self.chats.pop(chat.id, None)
            if chat.temporary:
                self.rows.temporary.discard(chat.id)
                self.history.add(self.drafts.pop(chat.id, ""))
            chat.session.close()

    def show(self, chat: Chat) -> None:
        """Put a conversation on the screen; what was typed for the other one stays with it."""
        left = self.shown
        if left is not chat:
            self.drafts[self.draft_name(left)] = self.prompt.content
            self.shown = chat
            self.give_prompt(chat)
            self.let_go(left)
        self.tell_ways_on(chat)
        self.transcript.show(chat.messages, chat.places)
        self.rows.show(chat.id)
        self.refresh_chat(chat)

    @staticmethod
    def draft_name(chat: Chat) -> str:
        """The name of its prompt in `drafts`: its id, and the same one for all that are not on the disk."""
        return chat.id if chat.temporary or chat.session.conversation.lasting else NEW

    def give_prompt(self, chat: Chat) -> None:
        """Put into the prompt what was typed in this conversation before."""
        self.prompt.put(self.drafts.pop(self.draft_name(chat), ""))

    def tell_ways_on(self, chat: Chat) -> None:
        """The keys under a reply that did not end well: to ask again, and where the API can, to go on."""
        again = f"{key} retry" if (key := self.key("message.retry")) else ""
        on = f"{key} go on (among the messages)" if (key := self.key("message.continue")) else ""
        ways = "   ".join(filter(None, (again, on if chat.session.can_go_on else "")))
        self.transcript.keys = {"failed": again, "incomplete": ways, "stopped": ways}

    def refresh_chat(self, chat: Chat) -> None:
        """Something about a conversation has changed: its row, and the bars when it is the shown one."""
        if chat.streams:
            self.rows.busy.add(chat.id)
        else:
            self.rows.busy.discard(chat.id)
        if chat.session.conversation.lasting:
            if chat.temporary and self.writer is not None:
                self.rows.temporary.add(chat.id)
            self.rows.put(chat.row)
        if chat is self.shown:
            self.warn_of("\n".join(filter(None, self._warnings(chat))) or self.problem_words)
            self.chat_screen.look(chat)
        self.chat_screen.keep_time(any(one.busy for one in self.chats.values()))

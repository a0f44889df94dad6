"""A conversation that is open: its session, and what the screens know of it besides."""

from __future__ import annotations

from collections.abc import Mapping

from textual.worker import Worker

from chattui.branches import Place, places
from chattui.chat import Message
from chattui.document import Row, row_of
from chattui.session import Session
from chattui.tui.flow import Flow


class Chat:
    """The shown one and those with a reply in flight are open; the others are on the disk."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.flow: Flow | None = None
        """How the reply in flight is doing; None while there is none."""
        self.worker: Worker[None] | None = None
        self.editing = ""
        """The id of the user message that the prompt holds for editing."""
        self.before_edit = ""
        """What the prompt held before."""
        self.queue: list[str] = []
        """Prompts that are sent when the reply in flight has ended well, one after the other."""
        self.place: int | None = None
        """Where in the queue the prompt came from that is being edited; None when it did not."""

    @property
    def id(self) -> str:
        return self.session.conversation.id

    @property
    def temporary(self) -> bool:
        """Whether it leaves nothing on the disk."""
        return self.session.means.writer is None

    @property
    def busy(self) -> bool:
        """Whether a turn is under way, its last save included."""
        return self.flow is not None

    @property
    def streams(self) -> bool:
        """Whether a reply is coming, here or in another chattui that holds the conversation."""
        elsewhere = bool(self.session.read_only) and self.last is not None and self.last.state == "streaming"
        return self.busy or elsewhere

    @property
    def row(self) -> Row:
        return row_of(self.session.conversation)

    @property
    def last(self) -> Message | None:
        """The last message of the shown branch."""
        conversation = self.session.conversation
        return conversation.messages.get(conversation.head or "")

    @property
    def messages(self) -> tuple[Message, ...]:
        """The shown branch, with the reply in flight as it is now."""
        conversation, reply = self.session.conversation, self.session.reply
        if reply is None:
            return conversation.branch()
        if reply.id in conversation.messages:  # an old answer goes on
            return (*conversation.branch(reply.id)[:-1], reply)
        return (*(conversation.branch(reply.parent) if reply.parent else ()), reply)

    @property
    def places(self) -> Mapping[str, Place]:
        """Where the messages of the shown branch that have siblings stand among them."""
        reply = self.session.reply
        return places(self.session.conversation, self.messages, *((reply,) if reply else ()))

    @property
    def empty(self) -> bool:
        return not self.session.conversation.messages and not self.busy

    @property
    def must_stay(self) -> bool:
        """Whether forgetting it would lose something: a reply in flight, an edit, a queue, what the disk refused to
        take, or was never given.
        """
        return (
            self.busy
            or bool(self.session.unsaved or self.editing or self.queue)
            or (self.temporary and bool(self.session.conversation.messages))
        )

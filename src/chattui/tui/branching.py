"""Branches on the screen: page through siblings, edit and ask again, fork, tree, difference, delete and undo."""

from __future__ import annotations

from functools import partial

from chattui import branches, safe
from chattui.chat import Conversation, Message
from chattui.errors import ChattuiError
from chattui.tui.chat import Chat
from chattui.tui.tidying import Tidying
from chattui.tui.transcript import Transcript


class Branching(Tidying, inherit_bindings=False):
    """What a person does with the tree of the shown conversation. The session changes it; nothing is ever lost."""

    # ------------------------------------------------------------ which message is meant

    def selected(self) -> Message | None:
        """The selected message of the shown conversation."""
        wanted = self.transcript.selected
        return next((one for one in self.shown.messages if one.id == wanted), None)

    def _branched(self) -> Message | None:
        """The selected message, or else the last one that has siblings."""
        places = self.shown.places
        return self.selected() or next((one for one in reversed(self.shown.messages) if one.id in places), None)

    def _at_rest(self) -> bool:
        """Whether the conversation may be changed now; says so when it may not."""
        if self.shown.busy:
            self.notify("The reply is still coming; stop it first.")
        return not self.shown.busy

    # ------------------------------------------------------------ siblings

    def action_message_sibling_prev(self) -> None:
        self._page(self._branched(), -1)

    def action_message_sibling_next(self) -> None:
        self._page(self._branched(), 1)

    def on_transcript_page_clicked(self, clicked: Transcript.PageClicked) -> None:
        """The number of a sibling was clicked."""
        self._page(self.shown.session.conversation.messages.get(clicked.message_id), clicked.step)

    def _page(self, message: Message | None, step: int) -> None:
        place = self.shown.places.get(message.id) if message is not None else None
        if place is None:
            key = self.key("message.regenerate")
            self.notify("There is one version only." + (f" {key} asks for another." if key else ""))
        elif self._at_rest():
            to = place.at - 1 + step
            if 0 <= to < len(place.of):
                self.jump(place.of[to])

    def jump(self, message: str) -> None:
        """Show the branch through a message, as it was shown last, and select the message."""
        chat = self.shown
        self.run_worker(self._jump(chat, message), group=f"branch {chat.id}", exit_on_error=False)

    async def _jump(self, chat: Chat, message: str) -> None:
        await chat.session.turn_to(message)
        self._turned(chat, message)

    def _turned(self, chat: Chat, chosen: str | None) -> None:
        if chat is self.shown and not chat.busy:
            self.transcript.turn(chat.messages, chat.places, chosen)
        self.refresh_chat(chat)

    # ------------------------------------------------------------ edit and ask again

    def action_message_edit(self) -> None:
        """Put the selected question, that of the selected answer, or the last one, into the prompt; sent again it is a
        sibling of what it was.
        """
        chat = self.shown
        conversation, found = chat.session.conversation, self.selected()
        if found is not None and found.role != "user":
            found = conversation.messages.get(found.parent or "")
        elif found is None:
            found = conversation.last_question
        if found is None or found.role != "user":
            self.notify("There is no question here to edit.")
        elif self._at_rest():
            if not chat.editing:
                chat.before_edit = self.prompt.content
            chat.editing = found.id
            self.prompt.put(safe.clean(found.text))
            self.transcript.selected = found.id
            self.prompt.focus()
            self.refresh_chat(chat)

    def stop_editing(self) -> bool:
        """Leave the older message as it is and bring back what was in the prompt; whether one was edited."""
        chat = self.shown
        if not chat.editing:
            return False
        self.prompt.put(chat.before_edit)
        chat.editing, chat.before_edit = "", ""
        self.transcript.selected = None
        self.refresh_chat(chat)
        return True

    def edited(self, chat: Chat) -> None:
        """The edited message is on its way: what was in the prompt before returns."""
        if chat.editing:
            self.stop_editing()

    # ------------------------------------------------------------ fork

    def action_message_fork(self) -> None:
        """The branch, as far as the selected message, as a conversation of its own."""
        chat = self.shown
        last = self.selected() or chat.last
        if last is None or not chat.session.conversation.lasting:
            self.notify("There is nothing yet to fork.")
        elif self._at_rest():
            new = branches.forked(chat.session.conversation, last.id, self.means.new_id, self.means.clock())
            self.run_worker(self._fork(new), exit_on_error=False)

    async def _fork(self, conversation: Conversation) -> None:
        chat = self.new_chat(conversation, temporary=self.shown.temporary)
        await chat.session.keep()
        self.show(chat)
        count = len(conversation.messages)
        said = "1 message" if count == 1 else f"{count} messages"
        self.notify(f"This is a conversation of its own now, with {said} of the other one.")
        self.prompt.focus()

    # ------------------------------------------------------------ tree and difference

    def action_message_tree(self) -> None:
        """Every branch of the conversation, to jump to one."""
        from chattui.tui.tree import Tree  # noqa: PLC0415 - dialogs are loaded when first wanted

        chat = self.shown
        if not chat.session.conversation.messages:
            self.notify("There is nothing yet.")
        elif self._at_rest():
            at = self.transcript.selected or chat.session.conversation.head or ""
            self.push_screen(Tree(chat.session.conversation, at), lambda name: self.jump(name) if name else None)

    def action_message_diff(self) -> None:
        """Two versions of the selected message, or of the last one that has several, side by side."""
        from chattui.tui.difference import Difference  # noqa: PLC0415 - as above

        message = self._branched()
        place = self.shown.places.get(message.id) if message is not None else None
        if place is None:
            self.notify("There is one version only, nothing to compare it with.")
        elif self._at_rest():
            messages = self.shown.session.conversation.messages
            versions = [messages[name] for name in place.of]
            self.push_screen(Difference(versions, place.at - 1), lambda name: self.jump(name) if name else None)

    # ------------------------------------------------------------ delete

    def action_message_delete(self) -> None:
        """Delete the selected message, or the last one, and what hangs below it, once that is confirmed."""
        from chattui.tui.dialogs import Confirm  # noqa: PLC0415 - as above

        chat = self.shown
        message = self.selected() or chat.last
        if message is None:
            self.notify("There is nothing to delete.")
            return
        if not self._at_rest():
            return
        conversation = chat.session.conversation
        gone = branches.offspring(conversation, message.id)
        whole = not branches.without(conversation, message.id).lasting
        words = _delete_words(conversation, message, len(gone), whole=whole)

        def answered(yes: bool | None) -> None:
            if yes and whole:
                self.delete(chat.id)
            elif yes:
                self.run_worker(self._delete_message(chat, message), exit_on_error=False)

        self.push_screen(Confirm("Delete?", words, "delete"), answered)

    async def _delete_message(self, chat: Chat, message: Message) -> None:
        before = chat.session.conversation
        gone = frozenset(one.id for one in branches.offspring(before, message.id))
        try:
            await chat.session.edit(partial(branches.without, name=message.id))
        except ChattuiError as error:
            self.tell(error)
            return
        if chat.editing in gone:
            self.stop_editing()
        self.cut.setdefault(chat.id, []).append((before, gone))
        self._turned(chat, None)
        key = self.key("message.undo")
        count = "1 message" if len(gone) == 1 else f"{len(gone)} messages"
        self.notify(
            f"Deleted {count}."
            + (f" {key} in the messages brings {'it' if len(gone) == 1 else 'them'} back." if key else "")
        )

    def action_message_undo(self) -> None:
        """Bring back what was deleted last from the shown conversation."""
        chat = self.shown
        if not self.cut.get(chat.id):
            self.notify("Nothing was deleted from this conversation since chattui began.")
        elif self._at_rest():
            self.run_worker(self._restore(chat), exit_on_error=False)

    async def _restore(self, chat: Chat) -> None:
        before, gone = self.cut[chat.id].pop()
        try:
            await chat.session.edit(partial(branches.restored, before=before, gone=gone))
        except ChattuiError as error:
            self.tell(error)
            return
        self._turned(chat, None)
        self.notify("1 message is back." if len(gone) == 1 else f"{len(gone)} messages are back.")


def _delete_words(conversation: Conversation, message: Message, count: int, *, whole: bool) -> str:
    """What is about to be deleted, in a sentence."""
    if whole:
        return "Nothing of your own would be left: the whole conversation goes to the trash."
    said = (
        "your message" if message.role == "user" else "this answer" if message.role == "assistant" else "this message"
    )
    begun = safe.line(message.text, 50)
    quoted = f" ‘{begun}’" if begun else ""
    if count == 1:
        return f"{said[0].upper()}{said[1:]}{quoted} is deleted."
    below = "what hangs below it" if count > 2 else "the one below it"
    forks = len({one.parent for one in branches.offspring(conversation, message.id)}) < count
    others = " in all of its branches" if forks else ""
    return f"{said[0].upper()}{said[1:]}{quoted} and {below}{others} are deleted: {count} messages."

"""Keeping conversations tidy: pin, tag, archive, one or all that are selected; sort the list; temporary ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chattui.chat import Conversation
from chattui.document import Row
from chattui.errors import ChattuiError, NotFound
from chattui.tui.chat import Chat
from chattui.tui.deleting import Deleting, named
from chattui.tui.listing import ConversationList
from chattui.tui.order import ORDERS

Change = Callable[[Conversation], Conversation]


class Tidying(Deleting, inherit_bindings=False):
    """What is done with conversations as wholes, whether they are open or not."""

    def on_conversation_list_wanted(self, wanted: ConversationList.Wanted) -> None:
        """A key in the list. Textual tells `Conversations` of it, too, which does the rest."""
        match wanted.what:
            case "pin":
                self.pin(wanted.names)
            case "tag":
                self.tag(wanted.names)
            case "archive":
                self.archive(wanted.names)
            case "archived":
                self.action_conversation_archived()
            case "sort":
                self.action_conversation_sort()
            case "delete":
                self.delete(*wanted.names)
            case "undo":
                self.undo()
            case "trash":
                self.action_conversation_trash()

    # ------------------------------------------------------------ the shown one, from the palette

    def action_conversation_pin(self) -> None:
        self._with_shown(self.pin)

    def action_conversation_tag(self) -> None:
        self._with_shown(self.tag)

    def action_conversation_archive(self) -> None:
        self._with_shown(self.archive)

    def _with_shown(self, act: Callable[[Sequence[str]], None]) -> None:
        if not self.shown.session.conversation.lasting:
            self.notify("There is nothing here yet to keep.")
        else:
            act((self.shown.id,))

    # ------------------------------------------------------------ sort, archive

    def action_conversation_sort(self) -> None:
        """Sort the list in the next way."""
        ways = list(ORDERS)
        by = ways[(ways.index(self.rows.order) + 1) % len(ways)]
        self.rows.sort(by)
        self.remembered["sort"] = by
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, sort=by)
        self.notify(f"Sorted {ORDERS[by] or 'by the last change'}.")

    def remembered_order(self) -> None:
        """Sort the list as it was sorted last."""
        if (by := self.remembered.get("sort")) in ORDERS:
            self.rows.sort(str(by))

    def action_conversation_archived(self) -> None:
        """Show the archive in the place of the list, or the list again."""
        self.rows.show_archive(not self.rows.archive)

    # ------------------------------------------------------------ pin, tag, archive

    def pin(self, names: Sequence[str]) -> None:
        """Pin them; unpin them when all of them are pinned."""
        to = not all(row.pinned for row in self.rows_of(names))
        self._edit_soon(names, lambda old: replace(old, pinned=to), "Pinned" if to else "Unpinned")

    def archive(self, names: Sequence[str]) -> None:
        """Put them into the archive; take them out when all of them are there."""
        to = not all(row.archived for row in self.rows_of(names))
        said = "Archived" if to else "Back in the list:"
        self._edit_soon(names, lambda old: replace(old, archived=to), said)

    def tag(self, names: Sequence[str]) -> None:
        """Ask for tags. Of several conversations those that all of them have can be taken away, the others stay."""
        from chattui.tui.dialogs import Tags  # noqa: PLC0415 - dialogs are loaded when first wanted

        rows = self.rows_of(names)
        if not rows:
            return
        shared = [tag for tag in rows[0].tags if all(tag in row.tags for row in rows)]

        def tagged(tags: tuple[str, ...] | None) -> None:
            if tags is not None:
                self._edit_soon(names, lambda old: _retagged(old, shared, tags), "Tagged" if tags else "Without tags:")

        known = sorted({tag for row in self.rows.rows for tag in row.tags})
        self.push_screen(Tags(shared, known, len(rows)), tagged)

    def _edit_soon(self, names: Sequence[str], change: Change, said: str) -> None:
        self.run_worker(self._edit_all(names, change, said), exit_on_error=False)

    async def _edit_all(self, names: Sequence[str], change: Change, said: str) -> None:
        """Change conversations, those that are open in their sessions. What can be changed is; the rest is told."""
        done: list[Row] = []
        refused: ChattuiError | None = None
        for name in names:
            try:
                done.append(await self.edited_row(name, change))
            except ChattuiError as error:
                refused = error
        self.rows.select(())
        self.rows.renew(done)
        if refused is not None:
            self.tell(refused)
        if done:
            self.notify(f"{said} {named(done)}.")

    async def edited_row(self, name: str, change: Change) -> Row:
        """Change a conversation, open or not; its row as it is then. Raises ChattuiError."""
        if (chat := self.chats.get(name)) is not None:
            await chat.session.edit(change)
            self.refresh_chat(chat)
            return chat.row
        if (writer := self.writer) is None:
            raise NotFound("The conversation is not there any more.")
        return await writer.run(writer.store.edit, name, change)

    # ------------------------------------------------------------ temporary ones

    def action_conversation_temporary(self) -> None:
        """A new conversation that leaves nothing on the disk."""
        if not (self.shown.temporary and self.shown.empty):
            self.show(self.new_chat(temporary=True))
        self.chat_screen.remove_class("-over")
        self.prompt.focus()

    def action_conversation_keep(self) -> None:
        """Let the shown temporary conversation be one like all others."""
        chat = self.shown
        if not chat.temporary or self.writer is None:
            self.notify("This conversation is kept anyway.")
        elif chat.busy:
            self.notify("The reply is still coming; stop it first.")
        else:
            self.run_worker(self._keep_chat(chat), exit_on_error=False)

    async def _keep_chat(self, chat: Chat) -> None:
        kept = self.new_chat(chat.session.conversation)
        kept.queue = chat.queue
        kept.session.carried.take(chat.session.carried)
        self.rows.temporary.discard(chat.id)
        if chat is self.shown:
            self.shown = kept
        await kept.session.keep()
        self.refresh_chat(kept)
        self.notify("This conversation is kept from now on.")


def _retagged(old: Conversation, shared: Sequence[str], tags: Sequence[str]) -> Conversation:
    """With the tags that all of them had taken away, and those that a person wants added."""
    from chattui.tags import cleaned  # noqa: PLC0415 - loaded when first wanted

    return replace(old, tags=cleaned((*(tag for tag in old.tags if tag not in shared), *tags)))

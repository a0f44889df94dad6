"""Deleting conversations, and bringing them back: the last ones with a key, others from the screen of the trash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chattui.document import Row
from chattui.errors import StoreError
from chattui.tui.conversations import Conversations


class Deleting(Conversations, inherit_bindings=False):
    """The way into the trash and out of it."""

    def delete(self, *names: str) -> None:
        """Put conversations into the trash."""
        self.run_worker(self._delete(names), exit_on_error=False)

    def undo(self) -> None:
        """Bring back what was deleted last, also before chattui was started."""
        self.run_worker(self._undo(), exit_on_error=False)

    def rows_of(self, names: Sequence[str]) -> list[Row]:
        """Of those that are in the list."""
        wanted = set(names)
        return [row for row in self.rows.rows if row.id in wanted]

    async def _delete(self, names: Sequence[str]) -> None:
        done: list[Row] = []
        following = self._following(names)
        for row in self.rows_of(names):
            if (chat := self.chats.get(row.id)) is not None and chat.busy:
                self.notify("A reply is still coming; stop it first.", severity="warning")
            elif await self._trashed(row.id):
                done.append(row)
        if not done:
            return
        gone = {row.id for row in done}
        if kept := tuple(gone - self.rows.temporary):
            self.deleted.append(kept)
        for name in gone & self.rows.temporary:
            self.rows.temporary.discard(name)
            self.drafts.pop(name, None)
        was_shown = self.shown.id in gone
        for name in gone:
            if (chat := self.chats.pop(name, None)) is not None and chat.queue and not chat.temporary:
                self.queued[name] = chat.queue
        if was_shown:
            self.show(self.new_chat())
            if following:
                self.open(following)
        self.rows.select(())
        self.rows.renew((), gone)
        key = self.key("list.undo") if kept else ""
        back = "it" if len(done) == 1 else "them"
        self.notify(f"Deleted {named(done)}." + (f" {key} in the list brings {back} back." if key else ""))

    async def _trashed(self, name: str) -> bool:
        if (writer := self.writer) is None:
            return False
        if name in self.rows.temporary:
            return True
        try:
            await writer.run(writer.store.delete, name)
        except StoreError as error:
            self.tell(error)
            return False
        return True

    def _following(self, names: Sequence[str]) -> str:
        """The conversation to be shown when these are gone: the next below the shown one, or else above it."""
        rows, at = self.rows.listed, self.rows.index(self.shown.id) or 0
        left = [row.id for row in (*rows[at:], *reversed(rows[:at])) if row.id not in names]
        return left[0] if left else ""

    async def _undo(self) -> None:
        if (writer := self.writer) is None:
            return
        if self.deleted:
            names = self.deleted.pop()
        else:
            newest = await writer.run(writer.store.trash.newest)
            names = (newest,) if newest else ()
        rows = await self._restored(names)
        if not names:
            self.notify("Nothing is in the trash.")
        if rows:
            self.rows.renew(rows)
            self.rows.cursor = self.rows.index(rows[0].id) or 0
            self.notify(f"{named(rows)} {'is' if len(rows) == 1 else 'are'} back.")

    async def _restored(self, names: Sequence[str]) -> list[Row]:
        """The rows of those that could be brought back; why others could not is told."""
        rows: list[Row] = []
        if (writer := self.writer) is None:
            return rows
        for name in names:
            try:
                await writer.run(writer.store.restore, name)
                rows.append(await writer.run(writer.store.row, name))
            except StoreError as error:
                self.tell(error)
        return rows

    # ------------------------------------------------------------ the screen of the trash

    def action_conversation_trash(self) -> None:
        """What was deleted in the last 30 days: to be brought back, or deleted for good."""
        self.only("trash", self._show_trash)

    async def _show_trash(self) -> None:
        from chattui.tui.discarded import Discarded  # noqa: PLC0415 - dialogs are loaded when first wanted

        if (writer := self.writer) is None:
            return
        try:
            found = await writer.run(lambda: list(writer.store.trash.deleted()))
        except StoreError as error:
            self.tell(error)
        else:
            self.push_screen(Discarded(found, self.means.clock, self._bring_back, self._drop))

    async def _bring_back(self, names: Sequence[str]) -> bool:
        """Put them into the list again; whether all are there."""
        rows = await self._restored(names)
        if rows:
            self._forget(row.id for row in rows)
            self.rows.renew(rows)
            self.notify(f"{named(rows)} {'is' if len(rows) == 1 else 'are'} back.")
        return len(rows) == len(names)

    async def _drop(self, names: Sequence[str]) -> bool:
        """Delete them for good; whether all are gone."""
        if (writer := self.writer) is None:
            return False
        try:
            count = await writer.run(writer.store.trash.drop, names)
        except StoreError as error:
            self.tell(error)
            return False
        self._forget(names)
        self.notify("1 conversation is gone for good." if count == 1 else f"{count:,} conversations are gone for good.")
        return True

    def _forget(self, names: Iterable[str]) -> None:
        """They are not what a key brings back."""
        gone = set(names)
        self.deleted = [left for group in self.deleted if (left := tuple(name for name in group if name not in gone))]


def named(rows: Sequence[Row]) -> str:
    """The title of one, the number of several."""
    return f"‘{rows[0].title or 'untitled'}’" if len(rows) == 1 else f"{len(rows):,} conversations"

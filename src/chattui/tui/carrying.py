"""What goes out of chattui and comes in: export of the shown conversation, import of files; and the statistics."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chattui.errors import ChattuiError
from chattui.tui.conversations import Conversations

if TYPE_CHECKING:
    from chattui.tui.export import Wish


class Carrying(Conversations, inherit_bindings=False):
    """Each of them is a dialog that is loaded when first wanted."""

    def action_conversation_export(self) -> None:
        """Ask for form and place, and write."""
        from chattui.tui.export import Export  # noqa: PLC0415 - dialogs are loaded when first wanted

        conversation = self.shown.session.conversation
        if not conversation.messages:
            self.notify("There is nothing to export yet.")
            return

        def wanted(wish: Wish | None) -> None:
            if wish is not None:
                self.run_worker(self._export(wish), exit_on_error=False)

        folder = self.remembered.get("exports")
        self.push_screen(Export(conversation, Path(folder) if isinstance(folder, str) else Path.cwd()), wanted)

    async def _export(self, wish: Wish) -> None:
        from chattui.files import Files  # noqa: PLC0415 - as above
        from chattui.tui.export import write  # noqa: PLC0415 - as above

        try:
            count = await asyncio.to_thread(write, wish, Files(self.paths.data / "attachments"))
        except ChattuiError as error:
            self.tell(error)
            return
        self.notify(f"Wrote {wish.path}" + ("\nA key in it was blacked out." if count else ""))
        self.remembered["exports"] = folder = str(wish.path.parent)
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, exports=folder)

    def action_conversation_import(self) -> None:
        """Ask for a file, import it, and show what became of it."""
        from chattui.tui.importing import Import  # noqa: PLC0415 - as above

        if self.writer is None:
            self.notify("Nothing is kept here, so nothing can be imported.")
        else:
            self.push_screen(Import(self.paths.data), self._imported)

    def _imported(self, changed: Mapping[str, str] | None) -> None:
        if changed:
            self.run_worker(self._list(changed), exit_on_error=False)

    async def _list(self, changed: Mapping[str, str]) -> None:
        """Let the list show what is new, and what has grown as it is now."""
        assert self.writer is not None
        for name in (name for name, what in changed.items() if what == "grown"):
            self.rows.put(await self.writer.run(self.writer.store.row, name))
        await self.load_rows()

    def action_stats(self) -> None:
        """Show how fast, reliable and dear the endpoints were."""
        from chattui.tui.figures import Statistics  # noqa: PLC0415 - as above

        self.push_screen(Statistics(self.paths.data, self.means.clock))

"""The messages of a pane as views, of which most are never made: a long conversation costs what is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, overload

from chattui.chat import Message
from chattui.tui.look import Look

if TYPE_CHECKING:
    from chattui.tui.message import MessageView


class Views(Sequence["MessageView"]):
    """One view for each message, made when it is asked for. Until then a message has the height that is guessed."""

    def __init__(self, look: Look, messages: Iterable[Message] = ()) -> None:
        self._look = look
        self._found: list[Message | MessageView] = list(messages)

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, place: int) -> MessageView: ...
    @overload
    def __getitem__(self, place: slice) -> list[MessageView]: ...
    def __getitem__(self, place: int | slice) -> MessageView | list[MessageView]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self._found)))]
        found = self._found[place]
        if isinstance(found, Message):
            from chattui.tui.message import MessageView  # noqa: PLC0415 - the first frame draws none

            found = self._found[place] = MessageView(found, self._look)
        return found

    def message(self, place: int) -> Message:
        """The message as it is now."""
        found = self._found[place]
        return found if isinstance(found, Message) else found.message

    def messages(self) -> Iterator[Message]:
        """All of them, as they are now."""
        return map(self.message, range(len(self._found)))

    def heights(self, first: int) -> Iterator[int]:
        """The rows of each message from `first` on."""
        look = self._look
        for found in self._found[first:]:
            yield look.guess(found.text) if isinstance(found, Message) else found.height

    def made(self) -> Iterator[MessageView]:
        """The views that there are."""
        return (found for found in self._found if not isinstance(found, Message))

    def add(self, message: Message) -> int:
        """One more message; its place."""
        self._found.append(message)
        return len(self._found) - 1

    def cut(self, first: int, messages: Iterable[Message]) -> list[MessageView]:
        """These messages from `first` on, in place of what stood there; the views that are gone."""
        gone = [found for found in self._found[first:] if not isinstance(found, Message)]
        self._found[first:] = messages
        return gone

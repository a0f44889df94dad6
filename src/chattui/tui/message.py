"""One message as rows: its role line, reasoning, tools, text, sources, choices, notices and how it ended.

A view is cheap until it is looked at: before that, its height is a guess from the length of its text.
"""

from __future__ import annotations

from dataclasses import replace

from chattui.chat import Message
from chattui.events import ChatEvent, ReasoningDelta, TextDelta, TextReplaced
from chattui.tui import details
from chattui.tui.folding import is_long
from chattui.tui.look import Look
from chattui.tui.parts import Moment, foot, head, thinking, tools
from chattui.tui.render import Document
from chattui.tui.units import Units
from chattui.tui.veil import Veil

SLICE = 50_000
"""Characters that are read at a time: a very long message comes in steps, so that keys are answered meanwhile."""


class MessageView(Units):
    """The rows of one message, as it is now. Parts: 0 role line, 1 reasoning, 2 tools, 3 text, 4 all that follows."""

    def __init__(self, message: Message, look: Look) -> None:
        super().__init__(message, look)
        self.unfolded = False
        self.raw = False
        self.folded = False
        self.veil = Veil(message)
        fresh = message.timing.total is None  # else an older reply goes on, and is measured from now
        live = message.state == "streaming"
        self.began = ((fresh and message.created) or look.clock()) if live else 0.0
        self.first = message.timing.first if live and fresh else None
        self.thought = message.timing.thought if live and fresh else None
        self._texts: list[str] = []
        self._replaced = False
        self._thoughts: list[str] = []

    @property
    def height(self) -> int:
        """Rows, with the blank one at the end."""
        if self.text is not None:
            return self.starts[-1]
        return self.look.guess(self.message.text)

    # ------------------------------------------------------------ changes

    def write(self, event: ChatEvent) -> None:
        """One more event of the reply. Costs next to nothing until `flush`."""
        if type(event) is TextDelta:
            self._texts.append(event.text)
        elif type(event) is ReasoningDelta:
            self._thoughts.append(event.text)
        else:
            if type(event) is TextReplaced:
                self._texts.clear()
                self._replaced = True  # rows are painted from the old text until `flush`
            self.message += event
            self.veil.measure(self.message)

    def _join(self) -> None:
        """Puts the deltas into the message."""
        if self._replaced and self.text is not None:
            self.text.set(self.veil.over(self.message.text))
        self._replaced = False
        if not self._texts and not self._thoughts:
            return
        text, thought = "".join(self._texts), "".join(self._thoughts)
        self._texts.clear()
        self._thoughts.clear()
        self.veil.grow(text, thought)
        if self.text is not None and text:
            self.text.append(self.veil.over(text))
        if self.reasoning is not None and thought:
            self.reasoning.append(self.veil.over(thought))
        message = self.message
        self.message = replace(message, text=message.text + text, reasoning=message.reasoning + thought)

    def flush(self) -> None:
        """Everything that was written becomes rows."""
        self._join()
        now = self.look.clock()
        if self.first is None and (self.message.text or self.message.reasoning):
            self.first = now - self.began
        if self.thought is None and self.message.text and self.message.reasoning:
            self.thought = now - self.began - (self.first or 0.0)
        if self.text is not None:
            changed = self.text.refresh(SLICE)
            before = 2 + (len(self.reasoning.blocks) if self.reasoning else 0)
            if self.reasoning is not None and self.reasoning.refresh(SLICE) < len(self.reasoning.blocks):
                changed = 0
            self._measure(changed if len(self.units) > before + changed else 0)

    def put(self, message: Message) -> None:
        """The message as it is stored: in place of what was streamed. The text is read again only if it differs."""
        self._join()
        same = message.text == self.message.text and (message.state != "streaming" or self.message.state == "streaming")
        thought_same = message.reasoning == self.message.reasoning
        self.message = message
        if message.state == "streaming" and not self.began:
            self.began = self.look.clock()
        if self.text is None:
            return
        self.veil.measure(message)
        self._reread(self.text, text=not same, thought=not thought_same)

    def _reread(self, read: Document, *, text: bool, thought: bool) -> None:
        """The text or the reasoning is another one now, or ends."""
        if text:
            read.set(self.veil.over(self.message.text))
        if self.message.state != "streaming":
            read.finish(SLICE)
        read.refresh(SLICE)
        if thought:
            self.reasoning = None
        self._measure()

    @property
    def read(self) -> bool:
        """Whether somebody has looked."""
        return self.text is not None

    @property
    def has_more(self) -> bool:
        return bool(self._thoughts) or details.has_more(self.message)

    def fold(self) -> None:
        """Opens or closes what lies behind the reply: reasoning, tools, sources, usage."""
        self.flush()
        self.open()
        self.unfolded = not self.unfolded
        self._measure()

    def restyle(self) -> None:
        """The look is another one: colours, width or keys."""
        if self.text is not None:
            for document in (self.text, self.reasoning):
                if document is not None:
                    document.limit = self.look.limit
                    document.look(
                        self.look.palette.quiet if document is self.reasoning else self.look.palette,
                        self._room(document),
                    )
            self._measure()

    def fold_blocks(self) -> bool:
        """Long blocks show their beginning only, or all of it again; False when there are none, or it still grows."""
        self.flush()
        text = self.open()
        if self.message.state == "streaming" or not (text.folded or is_long(text.blocks)):
            return False
        text.fold()
        self.folded = text.folded
        self._measure()
        return True

    def show_source(self) -> None:
        """The text as it was written, or as Markdown again."""
        self.flush()
        self.raw = not self.raw
        self.text = None
        self.open()

    def reveal(self) -> bool:
        """Names hidden characters in their places, or veils them again; False when there are none."""
        self.flush()
        if self.veil.count:
            self.veil.lifted = not self.veil.lifted
            self._reread(self.open(), text=True, thought=True)
        return bool(self.veil.count)

    def tick(self) -> None:
        """Time has passed: the measures move on."""
        if self.text is not None:
            self._measure()

    # ------------------------------------------------------------ rows

    def _room(self, document: Document | None) -> int:
        return self.look.width - 2 if document is not None and document is self.reasoning else self.look.width

    def open(self) -> Document:
        """The text as a document, read now if it has not been."""
        if self.text is None:
            look = self.look
            self.text = Document(look.palette, width=look.width, limit=look.limit, kept=look.kept, raw=self.raw)
            self.text.folded = self.folded
            self.text.append(self.veil.over(self.message.text))
            if self.message.state == "streaming":
                self.text.refresh(SLICE)
            else:
                self.text.finish(SLICE)
            self._measure()
        return self.text

    def read_all(self) -> Document:
        """The text as a document, to its end."""
        text = self.open()
        while text.behind:
            self.flush()
        return text

    @property
    def markdown(self) -> Document:
        """The text read as Markdown to its end, also while its source is shown."""
        if not self.raw:
            return self.read_all()
        read = Document(self.look.palette)
        read.append(self.veil.over(self.message.text))
        read.finish()
        return read

    def _measure(self, first: int = 0) -> None:
        """Lists the units and where they start, from text block `first` on if nothing before it has changed."""
        text, look = self.text, self.look
        assert text is not None
        if text.behind or (self.reasoning is not None and self.reasoning.behind):
            look.behind.add(self)
        else:
            look.behind.discard(self)
        if self.unfolded and self.reasoning is None and self.message.reasoning:
            self.reasoning = Document(look.palette.quiet, width=look.width - 2, limit=look.limit, kept=look.kept)
            self.reasoning.append(self.veil.over(self.message.reasoning))
            self.reasoning.refresh(SLICE)
        elif not self.unfolded:
            self.reasoning = None
        thoughts = len(self.reasoning.blocks) if self.reasoning else 0
        message, now = self.message, look.clock()
        moment = Moment(look.palette, look.prose, now, look.keys.get(message.state, ""), self.unfolded,
                        now - self.began, self.first, self.thought, look.files, self.veil, look.reveal_key,
                        look.places.get(message.id))  # fmt: skip
        self.fixed = {
            0: head(message, moment) + thinking(message, moment),
            2: tools(message, moment),
            4: foot(message, moment),
        }
        if (
            first
            and len(self.fixed[0]) == self.starts[1]
            and len(self.fixed[2]) == self.starts[thoughts + 2] - self.starts[thoughts + 1]
        ):
            keep = thoughts + 2 + first
            del self.units[keep:], self.starts[keep + 1 :]
        else:
            first = 0
            self.units = [(0, 0), *((1, at) for at in range(thoughts)), (2, 0)]
            self.starts = [0]
            for unit in self.units:
                self.starts.append(self.starts[-1] + self._unit_height(unit))
        for at in range(first, len(text.blocks)):
            self.units.append((3, at))
            self.starts.append(self.starts[-1] + text.height(at))
        self.units.append((4, 0))
        self.starts.append(self.starts[-1] + len(self.fixed[4]))

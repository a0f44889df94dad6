"""The three shapes in which `ask` prints a reply: its text, its events, or one result."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from chattui import safe
from chattui.chat import Message
from chattui.commands.eventlines import end_json, event_json, result_json
from chattui.commands.output import is_terminal, put_json, say
from chattui.commands.progress import ProgressLine, on_terminal, words
from chattui.commands.text import Printer
from chattui.events import ChatEvent, Notice, Progress, ReasoningDelta, TextDelta, TextReplaced


class Shape(Protocol):
    """Prints a reply while it grows. Every method may raise BrokenPipeError when nobody reads any more."""

    def begin(self) -> None:
        """The request leaves now."""

    def add(self, event: ChatEvent) -> None:
        """The reply grows."""

    def end(self, reply: Message, conversation: str | None) -> None:
        """The reply has ended; `conversation` is its id, None when nothing was saved."""

    def close(self) -> None:
        """Leave the terminal tidy, whatever happened."""


def shape(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Shape:
    """The shape that the command line asks for."""
    if arguments.events:
        return Events()
    line = ProgressLine(sys.stderr, shown=on_terminal(sys.stderr, environ))
    return Result(line) if arguments.json else Text(line, reasoning=arguments.show_reasoning)


class Text:
    """The text as it arrives on standard output; what else there is to say on standard error."""

    def __init__(self, line: ProgressLine, *, reasoning: bool) -> None:
        self._line = line
        self._out = Printer(sys.stdout, clean=is_terminal(sys.stdout))
        self._thoughts = Printer(sys.stderr, clean=True) if reasoning and sys.stderr is not None else None
        self._said: list[str] = []  # what has been printed, in pieces
        self._astray = False  # the reply no longer begins with it
        self._quiet = True  # neither text nor reasoning is on its way

    def begin(self) -> None:
        self._line.tell("waiting")

    def add(self, event: ChatEvent) -> None:
        if type(event) is TextDelta:  # the many
            if self._quiet:
                self._speak()
            if not self._astray:
                self._said.append(event.text)
                self._out.write(event.text)
            return
        match event:
            case TextReplaced(text):
                self._replace(text)
            case ReasoningDelta(text):
                self._think(text)
            case Progress(phase="retrying"):
                self._line.tell(words(event), event.seconds)
            case Progress() if self._quiet:
                self._line.tell(words(event))
            case Notice(text):
                self._speak()
                self._end_lines()
                say(text)
            case _:
                pass

    def _speak(self) -> None:
        self._line.erase()
        self._quiet = False
        if self._thoughts is not None:
            self._thoughts.end(line=True)

    def _think(self, text: str) -> None:
        if self._thoughts is None:
            if self._quiet:
                self._line.tell("thinking")
            return
        self._line.erase()
        self._thoughts.write(text)

    def _replace(self, text: str) -> None:
        """Print the part that the new text has in addition; what was printed cannot be taken back."""
        self._speak()
        said = "".join(self._said)
        self._astray = not text.startswith(said)
        if not self._astray:
            self._said = [text]
            self._out.write(text[len(said) :])

    def _end_lines(self) -> None:
        if is_terminal(sys.stdout):
            self._out.end(line=True)

    def end(self, reply: Message, conversation: str | None) -> None:
        self._speak()
        said = "".join(self._said)
        if reply.text.startswith(said):  # also after a stray that came back
            self._out.write(reply.text[len(said) :])
            self._out.end(line=is_terminal(sys.stdout))
        else:
            self._correct(reply, conversation)
        for number, choice in enumerate(reply.choices, 1):
            say(f"choice {number}: {safe.line(choice.label)}")
        for number, source in enumerate(reply.sources, 1):
            say(f"source {number}: " + " · ".join(safe.line(part) for part in (source.title, source.url) if part))

    def _correct(self, reply: Message, conversation: str | None) -> None:
        if is_terminal(sys.stdout):
            self._out.end(line=True)
            say("The server took back text that stands above. This is the whole reply:")
            self._out.write(reply.text)
            self._out.end(line=True)
            return
        self._out.end()
        where = f" The whole reply: chattui show {conversation[-6:]}" if conversation else ""
        say(f"The server took back text that had been printed already; the output is not the reply.{where}")

    def close(self) -> None:
        self._line.erase()


class Events:
    """One JSON object a line for each event; the last one tells how the reply ended."""

    def __init__(self, ticks: Callable[[], float] = time.perf_counter) -> None:
        self._ticks = ticks
        self._begun = ticks()

    def begin(self) -> None:
        self._begun = self._ticks()

    def add(self, event: ChatEvent) -> None:
        put_json(event_json(event, self._now()))

    def end(self, reply: Message, conversation: str | None) -> None:
        put_json(end_json(reply, self._now(), conversation))

    def _now(self) -> float:
        return round((self._ticks() - self._begun) * 1000, 1)

    def close(self) -> None:
        """Nothing is left on the terminal."""


class Result:
    """One JSON object when the reply has ended."""

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._phase = ""

    def begin(self) -> None:
        self._line.tell("waiting")

    def add(self, event: ChatEvent) -> None:
        match event:
            case Progress(phase="retrying"):
                self._line.tell(words(event), event.seconds)
            case Progress():
                self._tell(words(event))
            case ReasoningDelta():
                self._tell("thinking")
            case TextDelta() | TextReplaced():
                self._tell("receiving")
            case _:
                pass

    def _tell(self, phase: str) -> None:
        if phase != self._phase:
            self._phase = phase
            self._line.tell(phase)

    def end(self, reply: Message, conversation: str | None) -> None:
        self._line.erase()
        put_json(result_json(reply, conversation))

    def close(self) -> None:
        self._line.erase()

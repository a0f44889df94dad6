"""How far servers that keep a conversation themselves have followed it, when it branches here.

Such a server holds one line of messages. It may be gone on with only from the message it heard last; everywhere else it
would answer to things that the shown branch does not hold. So the conversation remembers, per endpoint, every line
that a server holds: where it ends, and what the server calls it. A turn takes the line that ends on its branch, and
where there is none the server begins a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chattui.chat import Conversation, Line, Message
from chattui.events import JSON

MOST = 20
"""Lines of an endpoint that are remembered."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a turn goes on with at the server."""

    line: Line
    rewound: bool
    """The server has the conversation, but along another branch: it must begin anew."""

    def remote(self, conversation: Conversation) -> dict[str, JSON]:
        """What the server issued, as far as it holds for this branch."""
        known = {name: value for name, value in conversation.remote.items() if name != self.line.endpoint}
        if self.line.remote is not None:
            known[self.line.endpoint] = self.line.remote
        return known


def course(conversation: Conversation, endpoint: str, branch: Sequence[Message], new_name: str) -> Course:
    """What to go on with, when the last message of `branch` is to be answered by the endpoint. `new_name` is what the
    conversation is called where it begins anew.

    A conversation of which no line is known is followed as `remote` says: it comes from before there were branches.
    """
    mine = [line for line in conversation.lines if line.endpoint == endpoint]
    if not mine:
        return Course(Line(endpoint, "", conversation.remote.get(endpoint)), rewound=False)
    at = {message.id: place for place, message in enumerate(branch)}
    asked = branch[-1].id if branch else None

    def depth(line: Line) -> int:
        if line.last in at:
            return at[line.last]
        last = conversation.messages.get(line.last)
        # an answer that was cut is asked for again in the same line: the server has not finished either
        again = last is not None and asked is not None and last.parent == asked and last.state != "complete"
        return len(at) if again else -1

    best = max(mine, key=depth)
    if depth(best) < 0:
        return Course(Line(endpoint, name=new_name), rewound=True)
    return Course(best, rewound=False)


def went_on(conversation: Conversation, before: Line, reply: Message) -> Conversation:
    """The line goes on with this reply. A reply that failed with nothing leaves it where it was: asked again, it is the
    same question at the same place.
    """
    remote = conversation.remote.get(before.endpoint)
    heard = reply.has_content or reply.state in {"complete", "streaming"}
    if not heard and not before.last and remote is None:
        return conversation
    last = reply.id if heard else before.last or reply.parent or ""
    after = replace(before, last=last, remote=remote)
    others = [line for line in conversation.lines if line != before and not _same(line, after)]
    mine = [line for line in others if line.endpoint == before.endpoint]
    others = [line for line in others if line not in mine[: -MOST + 1]]
    return replace(conversation, lines=(*others, after))


def _same(line: Line, other: Line) -> bool:
    return (line.endpoint, line.name, line.last) == (other.endpoint, other.name, other.last)

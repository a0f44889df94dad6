"""The branches of a conversation: siblings, ways through the tree, and the pure edits that grow and cut it.

A branch is named by its last message. Which way was shown last below each fork is remembered in `Conversation.chosen`,
so that who pages away and back finds what was there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from chattui.chat import Conversation, Line, Message


@dataclass(frozen=True, slots=True)
class Place:
    """A message among its siblings: the how-manieth from 1, of how many, and the ids of all of them."""

    at: int
    of: tuple[str, ...]

    @property
    def words(self) -> str:
        """2/3"""
        return f"{self.at}/{len(self.of)}"


Children = Mapping[str | None, list[Message]]


def children(messages: Iterable[Message]) -> Children:
    """The messages by their parents, in the order of their arrival."""
    found: dict[str | None, list[Message]] = defaultdict(list)
    for message in messages:
        found[message.parent].append(message)
    return found


def places(conversation: Conversation, shown: Iterable[Message], *more: Message) -> dict[str, Place]:
    """Where the shown messages that have siblings stand among them. `more`: messages that are not stored yet."""
    known = (message for message in conversation.walk() if all(message.id != one.id for one in more))
    below = children((*known, *more))
    found: dict[str, Place] = {}
    for message in shown:
        family = below.get(message.parent, [])
        if len(family) > 1:
            names = tuple(one.id for one in family)
            if message.id in names:
                found[message.id] = Place(names.index(message.id) + 1, names)
    return found


def tip(conversation: Conversation, name: str) -> str:
    """The last message of the branch through this one, as it was shown last; where it never was, the newest."""
    below = children(conversation.walk())
    seen = {name}
    while following := [message.id for message in below.get(name, ()) if message.id not in seen]:
        chosen = conversation.chosen.get(name, "")
        name = chosen if chosen in following else following[-1]
        seen.add(name)
    return name


def remembered(conversation: Conversation) -> Conversation:
    """The conversation, knowing for every fork which way the shown branch goes."""
    shown = conversation.branch()
    forks = places(conversation, shown)
    chosen = {message.parent or "": message.id for message in shown if message.id in forks}
    return replace(conversation, chosen={**conversation.chosen, **chosen}) if chosen else conversation


def turned(conversation: Conversation, name: str, *, below: bool = True) -> Conversation:
    """The branch through this message is shown: to its end as it was last, or only as far as the message."""
    if name not in conversation.messages:
        return conversation
    kept = remembered(conversation)
    return remembered(replace(kept, head=tip(kept, name) if below else name))


def offspring(conversation: Conversation, name: str) -> tuple[Message, ...]:
    """The message and everything that hangs below it, in the order of arrival."""
    below = children(conversation.walk())
    gone: set[str] = set()
    left = [name]
    while left:
        at = left.pop()
        if at not in gone:
            gone.add(at)
            left += [message.id for message in below.get(at, ())]
    return tuple(message for message in conversation.walk() if message.id in gone)


def without(conversation: Conversation, name: str) -> Conversation:
    """The conversation without the message and what hangs below it. When that was shown, the sibling before it is, or
    the one after it, or else the branch ends above it.
    """
    if (message := conversation.messages.get(name)) is None:
        return conversation
    gone = {one.id for one in offspring(conversation, name)}
    family = [one.id for one in conversation.children(message.parent)]
    at = family.index(name)
    beside = (family[:at][-1:] or family[at + 1 :][:1] or [""])[0]
    cut = replace(
        conversation,
        messages={one.id: one for one in conversation.walk() if one.id not in gone},
        chosen={fork: way for fork, way in conversation.chosen.items() if fork not in gone and way not in gone},
        lines=tuple(replace(line, last="") if line.last in gone else line for line in conversation.lines),
    )
    if conversation.head not in gone:
        return cut
    return replace(cut, head=tip(cut, beside) if beside else message.parent)


def restored(conversation: Conversation, before: Conversation, gone: Container[str]) -> Conversation:
    """Messages that were taken out since `before` are back in their places, and the branch of then is shown again."""
    kept = conversation.messages
    back = {name: kept.get(name, message) for name, message in before.messages.items() if name in kept or name in gone}
    grown = replace(conversation, messages={**back, **kept}, chosen={**conversation.chosen, **before.chosen})
    ends = {line.name: line.last for line in before.lines if line.last in gone}
    lines = tuple(
        replace(line, last=ends[line.name]) if not line.last and line.name in ends else line
        for line in conversation.lines
    )
    return replace(grown, lines=lines, head=before.head if before.head in grown.messages else grown.head)


def forked(conversation: Conversation, name: str, new_id: Callable[[], str], now: float) -> Conversation:
    """The branch as far as this message, as a conversation of its own: with ids of its own, and unknown to servers."""
    ids: dict[str, str] = {}
    messages: dict[str, Message] = {}
    for message in conversation.branch(name):
        ids[message.id] = new = new_id()
        messages[new] = replace(message, id=new, parent=ids.get(message.parent or ""))
    served = dict.fromkeys(message.endpoint for message in messages.values() if message.endpoint)
    title = conversation.title
    return replace(
        conversation,
        id=new_id(),
        created=now,
        updated=now,
        title=title if not title or title.endswith("· branch") else f"{title} · branch",
        head=ids.get(name),
        messages=messages,
        remote={},
        lines=tuple(Line(endpoint) for endpoint in served),
        chosen={},
        pinned=False,
        archived=False,
        strays=(),
        extra={},
    )


# ---------------------------------------------------------------- the tree as lines


@dataclass(frozen=True, slots=True)
class Twig:
    """A line of the drawn tree: what stands before the message, and whether it is on the shown branch."""

    message: Message
    lead: str
    shown: bool


def outline(conversation: Conversation) -> list[Twig]:
    """The tree from its roots: a run of messages goes straight down, and only a fork goes to the right."""
    below = children(conversation.walk())
    shown = {message.id for message in conversation.branch()}
    known = conversation.messages
    roots = [message for message in conversation.walk() if message.parent is None or message.parent not in known]
    found: list[Twig] = []
    seen: set[str] = set()
    left: list[tuple[Message, str, str]] = _fan(roots, "")
    while left:
        message, lead, under = left.pop()
        if message.id in seen:
            continue
        seen.add(message.id)
        found.append(Twig(message, lead, message.id in shown))
        left += _fan(below.get(message.id, []), under)
    return found


def _fan(family: list[Message], under: str) -> list[tuple[Message, str, str]]:
    """(message, lead, lead of what is below it) of siblings, the first one last: a stack is taken from its end."""
    if len(family) == 1:
        return [(family[0], under, under)]
    last = len(family) - 1
    fan = [
        (message, under + ("└ " if at == last else "├ "), under + ("  " if at == last else "│ "))
        for at, message in enumerate(family)
    ]
    return fan[::-1]


def copied(conversation: Conversation, known: str, now: float) -> Conversation:
    """The whole conversation under another id, for somebody else to go on with; unknown to servers as a fork is."""
    messages = {
        name: replace(message, state="incomplete") if message.state == "streaming" else message
        for name, message in conversation.messages.items()
    }
    served = dict.fromkeys(message.endpoint for message in messages.values() if message.endpoint)
    return replace(
        conversation,
        id=known,
        created=now,
        updated=now,
        title=f"{conversation.title} · copy" if conversation.title else "",
        messages=messages,
        remote={},
        lines=tuple(Line(endpoint) for endpoint in served),
        pinned=False,
        archived=False,
        newer=False,
    )

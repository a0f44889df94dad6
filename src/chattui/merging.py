"""Two versions of a conversation made one, when a file changed underneath: by message id, and nothing is lost. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from chattui.chat import Conversation, Message
from chattui.events import JSON

T = TypeVar("T")


def merged(base: Conversation | None, ours: Conversation, theirs: Conversation) -> Conversation:
    """What we have changed since `base`, laid over what stands in the file now.

    `base` is what we read or wrote last, None when that is not known. A message that only we have, or only they have,
    is there; one that both have changed keeps the fuller text, and where neither continues the other, theirs stays
    beside ours as a sibling. What we have deleted is gone unless they have changed it; what is missing in theirs comes
    back, because an older file put in the place of a newer one looks just like that.
    """
    base = base or Conversation(ours.id, 0.0, 0.0)

    def ours_if_changed(mine: T, known: T, other: T) -> T:
        return other if mine == known else mine

    named_there = ours.titled == base.titled and ours.title == base.title
    both_named = ours.title != base.title and theirs.titled and not ours.titled
    messages = _messages(base.messages, ours.messages, theirs.messages)
    head = ours_if_changed(ours.head, base.head, theirs.head)
    return replace(
        ours,
        title=theirs.title if named_there or both_named else ours.title,
        titled=theirs.titled if named_there or both_named else ours.titled,
        created=min(filter(None, (ours.created, theirs.created)), default=0.0),
        updated=max(ours.updated, theirs.updated),
        endpoint=ours_if_changed(ours.endpoint, base.endpoint, theirs.endpoint),
        model=ours_if_changed(ours.model, base.model, theirs.model),
        system=ours_if_changed(ours.system, base.system, theirs.system),
        params=ours_if_changed(ours.params, base.params, theirs.params),
        pinned=ours_if_changed(ours.pinned, base.pinned, theirs.pinned),
        archived=ours_if_changed(ours.archived, base.archived, theirs.archived),
        tags=ours_if_changed(ours.tags, base.tags, theirs.tags),
        head=head if head in messages else next(reversed(messages), None),
        messages=messages,
        lines=ours_if_changed(ours.lines, base.lines, theirs.lines),
        beyond={**ours.beyond, **theirs.beyond},
        chosen=_laid_over(base.chosen, ours.chosen, theirs.chosen),
        remote=_laid_over(base.remote, ours.remote, theirs.remote),
        strays=(*theirs.strays, *(stray for stray in ours.strays if stray not in theirs.strays)),
        extra=_laid_over(base.extra, ours.extra, theirs.extra),
    )


def _messages(
    base: Mapping[str, Message], ours: Mapping[str, Message], theirs: Mapping[str, Message]
) -> dict[str, Message]:
    """In their order, ours behind."""
    found: dict[str, Message] = {}
    for name, there in theirs.items():
        here, before = ours.get(name), base.get(name)
        if here is None:
            if before is None or before != there:
                found[name] = there
        elif here in (there, before):
            found[name] = there
        elif there == before or _continues(here, there):
            found[name] = here
        elif _continues(there, here):
            found[name] = there
        else:
            found[name] = here
            beside = replace(there, id=_sibling(there))
            found.setdefault(beside.id, beside)
    found |= {name: message for name, message in ours.items() if name not in found}
    wanted = [message.parent for message in found.values()]
    while wanted:  # nothing hangs in the air: what we deleted stays where they have answered it
        parent = wanted.pop() or ""
        if parent in theirs and parent not in found:
            found[parent] = theirs[parent]
            wanted.append(theirs[parent].parent)
    return found


def _continues(longer: Message, shorter: Message) -> bool:
    """Whether nothing of the second is missing in the first: what a reply was at an earlier time, or the same again."""
    return longer.text.startswith(shorter.text) and longer.reasoning.startswith(shorter.reasoning)


def _sibling(message: Message) -> str:
    """Always the same id for the same words, so that merging twice adds nothing."""
    said = f"{message.id}\0{message.text}\0{message.reasoning}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:22]


def _laid_over(base: Mapping[str, JSON], ours: Mapping[str, JSON], theirs: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """Theirs, with every name that we have changed as we have it."""
    changed = {name: value for name, value in ours.items() if name not in base or base[name] != value}
    return {
        **{name: value for name, value in theirs.items() if name in ours or name not in base},
        **changed,
    }

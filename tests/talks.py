"""Conversations in a store, and everything that a search finds in it."""

from chattui.chat import Conversation, Message
from chattui.index import Index
from chattui.query import Query, parse
from chattui.search import Found, search
from chattui.store import Store

NOW = 1_700_000_000.0
Talks = list[list[str]]


def filled(store: Store, talks: Talks, first: int = 0) -> None:
    """A conversation for each list of texts, each newer than the one before."""
    for number, texts in enumerate(talks, first):
        found = Conversation(f"talk{number:06}", NOW, NOW, title=f"Talk {number}", endpoint="lab", model="m")
        parent = None
        for at, text in enumerate(texts):
            message = Message(f"{number}-{at}", parent, "assistant" if at % 2 else "user", text, NOW + number)
            found, parent = found.with_message(message, now=NOW + number), message.id
        store.path(found.id).unlink(missing_ok=True)  # else the two would be merged
        store.save(found)
        store.release(found.id)


def all_of(store: Store, index: Index | None, query: Query | str) -> Found:
    found = Found()
    for batch in search(store, index, parse(query, NOW) if isinstance(query, str) else query, most=0):
        found.add(batch)
    return found


def ids(found: Found) -> set[str]:
    return {hit.message for hit in found.hits if hit.message}

"""Search: messages that fit, in batches as they are found, the newest documents first.

What the index knows comes first, within milliseconds; then what it does not know yet, from the files themselves. The
index alone is never believed: every message is read from its document before it is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from chattui.chat import Message
from chattui.disk import Stamp
from chattui.document import Row
from chattui.errors import NotFound
from chattui.fold import Span, excerpt
from chattui.index import Candidate, Index, Unusable, row_of
from chattui.index.lines import read
from chattui.query import Query, among
from chattui.scan import Sieve, document
from chattui.store import Store

TITLES = 20
"""Conversations that are found by their titles alone, at most, when words are looked for everywhere."""
MOST = 1000
"""Messages after which a search ends: nobody reads more, and a person who sees so many types on."""
BATCH = 50
"""Messages after which they are told."""
WAIT = 0.03
"""Seconds after which those that were found so far are told, however few."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that fits; or a conversation whose title does, then `message` is ""."""

    conversation: str
    title: str
    message: str
    role: str | None
    who: str
    """The model or endpoint of an answer, the endpoint of a conversation."""
    created: float
    excerpt: str
    """One harmless line around the words."""
    marks: tuple[Span, ...]
    """Where the words stand in it."""


class Found:
    """Hits as they come in, each once, the newest message first."""

    def __init__(self) -> None:
        self._hits: dict[tuple[str, str], Hit] = {}
        self._spoken: set[str] = set()  # conversations of which a message fits

    def add(self, hits: Iterable[Hit]) -> None:
        """More of them. A title counts as long as none of the messages below it does."""
        for hit in hits:
            if hit.message:
                self._hits.pop((hit.conversation, ""), None)
                self._spoken.add(hit.conversation)
            elif hit.conversation in self._spoken:
                continue
            self._hits[hit.conversation, hit.message] = hit

    @property
    def hits(self) -> list[Hit]:
        return sorted(self._hits.values(), key=lambda hit: -hit.created)

    @property
    def messages(self) -> int:
        """How many messages fit."""
        return sum(1 for _, message in self._hits if message)

    @property
    def conversations(self) -> int:
        """In how many conversations something fits."""
        return len({conversation for conversation, _ in self._hits})

    @property
    def words(self) -> str:
        """17 messages in 6 conversations."""
        messages, conversations = self.messages, self.conversations
        if not conversations:
            return "nothing found"
        many = "+" if messages >= MOST else ""
        titles = conversations - len(self._spoken)
        told = [f"{messages:,}{many} message{'s' if messages != 1 else ''}"] if messages else []
        more = "+" if titles >= MOST else ""
        told += [f"{titles:,}{more} title{'s' if titles != 1 else ''}"] if titles else []
        inside = f" in {len(self._spoken):,} conversation{'s' if len(self._spoken) != 1 else ''}" if messages else ""
        return told[0] + inside + (f" and {told[1]}" if len(told) > 1 else "")


def search(
    store: Store,
    index: Index | None,
    query: Query,
    *,
    behind: Collection[str] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    most: int = MOST,
) -> Iterator[list[Hit]]:
    """Batches of hits, some of them empty; at most `most` messages, 0 = all. Blocks between two of them.

    `behind` are the documents that the index does not know as they are now; it is found out when it is not given.
    Raises StoreError when the folder cannot be read.
    """
    if query.empty:
        return
    left = _Left(most)
    sieve = Sieve(query)
    unknown: Collection[str] | None = None  # all
    if index is not None:
        try:
            late = stale(store.stamps(), index.stamps()) if behind is None else behind
            answer = _Answer(store, index, query, sieve, late, cancelled)
            yield from left.counted(answer.titles())
            found = index.candidates(query, cancelled) if query.words or query.filtered else ()
            if found is not None:
                yield from left.counted(answer.batches(found))
                unknown = late
        except Unusable:
            pass
    newest = [name for name in store.ids() if unknown is None or name in unknown] if unknown != set() else []
    yield from left.counted(_scanned(store, newest, query, sieve, cancelled))


def stale(now: Mapping[str, Stamp], known: Mapping[str, Stamp]) -> set[str]:
    """The documents of which the index knows nothing, or something old, or that are gone."""
    return {name for name, stamp in now.items() if known.get(name) != stamp} | (known.keys() - now.keys())


class _Left:
    """How many messages may still come."""

    def __init__(self, most: int) -> None:
        self.count = most or -1

    def counted(self, batches: Iterable[list[Hit]]) -> Iterator[list[Hit]]:
        if self.count == 0:
            return
        for batch in batches:
            shown: list[Hit] = []
            for hit in batch:
                shown.append(hit)
                if hit.message:
                    self.count -= 1
                    if self.count == 0:
                        break
            yield shown
            if self.count == 0:
                return


class _Answer:
    """What the index finds, read from the documents."""

    def __init__(
        self,
        store: Store,
        index: Index,
        query: Query,
        sieve: Sieve,
        behind: Collection[str],
        cancelled: Callable[[], bool],
    ) -> None:
        """`behind` are documents that are others now than those that the index knows."""
        self.store, self.index, self.query, self.sieve = store, index, query, sieve
        self.behind, self.cancelled = behind, cancelled
        self.rows: dict[str, Row] = {}

    def titles(self) -> Iterator[list[Hit]]:
        """Conversations by their titles."""
        if not self.query.filtered:
            rows = self.index.titled(self.query, TITLES if self.query.words else MOST)
            yield [_titled(row, self.query) for row in rows if row.id not in self.behind]

    def batches(self, found: Iterable[Candidate]) -> Iterator[list[Hit]]:
        """Messages, those that have changed meanwhile left out."""
        batch = _Batch()
        for one in found:
            if self.cancelled():
                return
            if one.conversation not in self.behind and (hit := self._hit(one)) is not None:
                batch.hits.append(hit)
            if batch.due:
                yield batch.taken()
        yield batch.taken()

    def _hit(self, one: Candidate) -> Hit | None:
        try:
            path = self.store.path(one.conversation)
        except NotFound:  # what the index says is no id
            return None
        message = read(path, one.id, one.at, one.size, self.sieve.lets)
        if message is None:
            return None
        if (row := self.rows.get(one.conversation)) is None:
            row = self.rows[one.conversation] = row_of(one.row)
        return _said(message, row, self.query) if self.query.fits(message, row) else None


def _scanned(
    store: Store, names: Iterable[str], query: Query, sieve: Sieve, cancelled: Callable[[], bool]
) -> Iterator[list[Hit]]:
    batch = _Batch()
    for name in names:
        if cancelled():
            return
        if (found := document(store, name, query, sieve)) is not None:
            row, messages = found
            batch.hits += [_said(message, row, query) for message in messages]
            if not query.filtered and query.fits_row(row) and _words_in_title(row, query):
                batch.hits.append(_titled(row, query))
        if batch.due:
            yield batch.taken()
    yield batch.taken()


class _Batch:
    """Hits until it is time to tell them: there are enough, or somebody has waited."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self._told = time.perf_counter()

    @property
    def due(self) -> bool:
        return bool(self.hits) and (len(self.hits) >= BATCH or time.perf_counter() - self._told > WAIT)

    def taken(self) -> list[Hit]:
        """What there is; a new batch begins."""
        hits, self.hits, self._told = self.hits, [], time.perf_counter()
        return hits


def _words_in_title(row: Row, query: Query) -> bool:
    return among(query.words, row.title)


def _said(message: Message, row: Row, query: Query) -> Hit:
    text, marks = excerpt(message.text, query.words)
    who = "" if message.role == "user" else message.model or message.endpoint or row.endpoint
    return Hit(row.id, row.title, message.id, message.role, who, message.created or row.updated, text, marks)


def _titled(row: Row, query: Query) -> Hit:
    text, marks = excerpt(row.title, (*query.words, *query.title))
    return Hit(row.id, row.title, "", None, row.endpoint, row.updated, text, marks)

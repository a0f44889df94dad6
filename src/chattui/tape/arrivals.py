"""The arrivals of an answer that is recorded, packed as they come: each reply is, and most are never looked at."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, MutableSequence
from itertools import accumulate, pairwise
from typing import NoReturn, overload

Arrival = tuple[float, bytes]
"""When it came, in ms, and its bytes."""
BLOCK = 1 << 17
"""Bytes that are packed together."""


class Arrivals(MutableSequence[Arrival]):
    """A list that is only ever appended to. Streams of JSON take about a tenth of their size in it."""

    def __init__(self, arrivals: Iterable[Arrival] = ()) -> None:
        self._times = array("d")
        self._sizes = array("L")
        self._packed: list[bytes] = []
        self._first = [0]
        """The number of the first arrival in each block; the last one is that of `_open`."""
        self._open: list[bytes] = []
        self._room = BLOCK
        self._read: tuple[int, list[bytes]] = (-1, [])  # the block that was unpacked last
        self.extend(arrivals)

    def append(self, value: Arrival) -> None:
        at, data = value
        self._times.append(at)
        self._sizes.append(len(data))
        self._open.append(data)
        self._room -= len(data)
        if self._room <= 0:
            self._packed.append(zlib.compress(b"".join(self._open), 1))
            self._first.append(len(self._times))
            self._open, self._room = [], BLOCK

    def __len__(self) -> int:
        return len(self._times)

    @overload
    def __getitem__(self, index: int) -> Arrival: ...
    @overload
    def __getitem__(self, index: slice) -> list[Arrival]: ...
    def __getitem__(self, index: int | slice) -> Arrival | list[Arrival]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        at = index if index >= 0 else len(self) + index
        if not 0 <= at < len(self):
            raise IndexError(index)
        block = bisect_right(self._first, at) - 1
        return self._times[at], self._block(block)[at - self._first[block]]

    def _block(self, number: int) -> list[bytes]:
        if number == len(self._packed):
            return self._open
        known, found = self._read
        if known != number:
            data = zlib.decompress(self._packed[number])
            sizes = self._sizes[self._first[number] : self._first[number + 1]]
            found = [data[start:end] for start, end in pairwise(accumulate(sizes, initial=0))]
            self._read = (number, found)
        return found

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, list | Arrivals) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it grows

    def insert(self, index: int, value: Arrival) -> None:
        """At the end, as `append`."""
        if index != len(self):
            self._refuse()
        self.append(value)

    def __setitem__(self, index: object, value: object) -> None:
        self._refuse()

    def __delitem__(self, index: object) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise TypeError("what has arrived stays as it is")

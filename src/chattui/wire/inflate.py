"""Answers that come compressed although `identity` was asked for. Bounded: 100 KB of gzip can hold 100 MB."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from chattui.errors import CutShort, NotAnApi

STEP = 256 * 1024
"""Bytes that are made at a time."""


class Inflate:
    """gzip or deflate, as the Content-Encoding says."""

    def __init__(self, encoding: str) -> None:
        """Raises NotAnApi for an encoding that was not asked for and is not known."""
        if encoding not in {"gzip", "x-gzip", "deflate"}:
            raise NotAnApi("The answer is compressed in a way that was not asked for.")
        self._encoding = encoding
        self._inner: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes, in pieces; b"" is the end of the body. Raises NotAnApi, and CutShort at an early end."""
        if not data:
            if self._inner is not None and not self._inner.eof:
                raise CutShort("The connection dropped in the middle of the reply.")
            yield b""
            return
        if self._inner is None:
            # deflate comes with and without the zlib header; the first byte tells
            bits = 31 if self._encoding != "deflate" else 15 if data[0] & 0x0F == 8 else -15
            self._inner = zlib.decompressobj(bits)
        try:
            piece = self._inner.decompress(data, STEP)
            while piece:
                yield piece
                piece = self._inner.decompress(self._inner.unconsumed_tail, STEP)
        except zlib.error:
            raise NotAnApi(f"The answer is marked {self._encoding} but is not.") from None

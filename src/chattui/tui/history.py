"""The prompts sent before, walked with up and down; the draft comes back at the end of the way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MOST = 500


class History:
    """Oldest first, no prompt twice."""

    def __init__(self, prompts: Iterable[str] = ()) -> None:
        self._prompts = list(prompts)
        self._at: int | None = None
        self._draft = ""

    @property
    def prompts(self) -> Sequence[str]:
        """All of them, the oldest first."""
        return self._prompts

    def load(self, prompts: Iterable[str]) -> None:
        """Prompts of former sessions, put before those of this one."""
        self._prompts = [*(old for old in prompts if old not in self._prompts), *self._prompts]

    def add(self, prompt: str) -> None:
        """A prompt was sent, or cleared away."""
        self._at = None
        if prompt.strip():
            self._prompts = [*(old for old in self._prompts if old != prompt), prompt][-MOST:]

    def older(self, shown: str) -> str | None:
        """The prompt before the one shown; None at the oldest."""
        if self._at is None:
            self._draft = shown
        at = (len(self._prompts) if self._at is None else self._at) - 1
        if at < 0:
            return None
        self._at = at
        return self._prompts[at]

    def newer(self) -> str | None:
        """The prompt after the one shown, at the end the draft; None when the draft is what is shown."""
        if self._at is None:
            return None
        if self._at + 1 < len(self._prompts):
            self._at += 1
            return self._prompts[self._at]
        self._at = None
        return self._draft

    def leave(self) -> None:
        """What is shown is being edited: it is a draft of its own now."""
        self._at = None

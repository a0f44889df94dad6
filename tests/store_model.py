"""The store against a model of it: whatever is done in whatever order, with crashes between, the disk says the same."""

import os
import shutil
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from unittest import mock

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chattui import branches, disk
from chattui.chat import Conversation, Message
from chattui.document import encode
from chattui.store import Store

TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)
"""With lone surrogates, controls, and whatever else."""
WHICH = st.integers(0, 7)


class Disk(RuleBasedStateMachine):
    """`model`: what is acknowledged. `open`: the conversations that this process holds, as they are in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="chattui-model-"))
        self.patches = mock.patch.object(os, "fsync", return_value=None)  # crashes here are of processes, not of power
        self.patches.start()
        self.model: dict[str, Conversation] = {}
        self.trash: dict[str, Conversation] = {}
        self.draft: dict[str, Message] = {}
        self.open: dict[str, Conversation] = {}
        self.count = 0
        self.now = 1_000_000.0

    @initialize()
    def begin(self) -> None:
        self.store = Store(self.folder / "data")
        self.rival = Store(self.folder / "data")

    def teardown(self) -> None:
        for name in list(self.open):
            self.store.release(name)
        self.patches.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -------------------------------------------------------- what people do

    def name(self) -> str:
        self.count += 1
        return f"{self.count:022x}"

    def one(self, which: int) -> str:
        return sorted(self.open)[which % len(self.open)]

    def saved(self, conversation: Conversation) -> None:
        found = self.store.save(conversation)
        assert found is conversation, "nobody else has written"
        self.model[conversation.id] = self.open[conversation.id] = conversation

    @rule(text=TEXTS)
    def new(self, text: str) -> None:
        if len(self.model) < 6:
            found = Conversation(self.name(), self.now, self.now)
            self.saved(found.with_message(Message(self.name(), None, "user", text, self.now), now=self.now))

    @rule(which=WHICH)
    @precondition(lambda self: len(self.open) < len(self.model))
    def open_one(self, which: int) -> None:
        closed = sorted(set(self.model) - set(self.open))
        name = closed[which % len(closed)]
        opened = self.store.open(name)
        assert not opened.refused
        assert not opened.trouble
        found, draft = opened.conversation, self.draft.pop(name, None)
        if draft is None:
            assert found == self.model[name]
        else:  # a crash was in between
            assert found.messages[draft.id].text == draft.text
            assert replace(found, messages=self.model[name].messages, head=self.model[name].head,
                           title=self.model[name].title) == self.model[name]  # fmt: skip
        self.model[name] = self.open[name] = found

    @rule(which=WHICH, text=TEXTS, role=st.sampled_from(["user", "assistant"]))
    @precondition(lambda self: self.open)
    def append(self, which: int, text: str, role: str) -> None:
        known = self.open[self.one(which)]
        self.saved(known.with_message(Message(self.name(), known.head, role, text, self.now), now=self.now))

    @rule(which=WHICH, place=WHICH, text=TEXTS)
    @precondition(lambda self: self.open)
    def edit(self, which: int, place: int, text: str) -> None:
        known = self.open[self.one(which)]
        if known.messages:
            messages = list(known.walk())
            old = messages[place % len(messages)]
            self.saved(known.with_message(replace(old, text=text), now=self.now))

    @rule(which=WHICH, place=WHICH, text=TEXTS)
    @precondition(lambda self: self.open)
    def branch(self, which: int, place: int, text: str) -> None:
        known = self.open[self.one(which)]
        if known.messages:
            messages = list(known.walk())
            beside = messages[place % len(messages)]
            self.saved(known.with_message(Message(self.name(), beside.parent, beside.role, text), now=self.now))

    @rule(which=WHICH, place=WHICH)
    @precondition(lambda self: self.open)
    def cut(self, which: int, place: int) -> None:
        known = self.open[self.one(which)]
        messages = list(known.walk())
        if len(messages) > 1 and known.id not in self.draft:
            self.saved(branches.without(known, messages[1 + place % (len(messages) - 1)].id))

    @rule(which=WHICH, title=TEXTS)
    @precondition(lambda self: self.open)
    def rename(self, which: int, title: str) -> None:
        self.saved(self.open[self.one(which)].named(title))

    @rule(which=WHICH, key=st.sampled_from("abc"), value=st.one_of(TEXTS, st.integers(), st.none()))
    @precondition(lambda self: self.open)
    def issued(self, which: int, key: str, value: object) -> None:
        self.saved(self.open[self.one(which)].with_remote({key: value}))

    @rule(which=WHICH, text=TEXTS)
    @precondition(lambda self: self.open)
    def stream(self, which: int, text: str) -> None:
        """A checkpoint of a reply: a new one, or more of the same."""
        name = self.one(which)
        known = self.open[name]
        old = self.draft.get(name) or Message(self.name(), known.head, "assistant", "", self.now, "streaming")
        if old.parent is None or old.parent in known.messages:
            self.draft[name] = replace(old, text=old.text + text)
            self.store.drafts.save(name, self.draft[name])

    @rule(which=WHICH)
    @precondition(lambda self: self.open)
    def finish(self, which: int) -> None:
        name = self.one(which)
        if (draft := self.draft.pop(name, None)) is not None:
            self.saved(self.open[name].with_message(replace(draft, state="complete"), now=self.now))
            self.store.drafts.drop(name)

    @rule(which=WHICH)
    @precondition(lambda self: self.open)
    def close(self, which: int) -> None:
        name = self.one(which)
        if name not in self.draft:
            del self.open[name]
            self.store.release(name)

    @rule(which=WHICH)
    @precondition(lambda self: self.open)
    def delete(self, which: int) -> None:
        name = self.one(which)
        if name not in self.draft:
            self.store.delete(name)
            self.trash[name] = self.model.pop(name)
            del self.open[name]

    @rule(which=WHICH)
    @precondition(lambda self: self.trash)
    def restore(self, which: int) -> None:
        name = sorted(self.trash)[which % len(self.trash)]
        self.store.restore(name)
        self.model[name] = self.trash.pop(name)

    @rule(which=WHICH, text=TEXTS)
    @precondition(lambda self: self.open)
    def another_wrote(self, which: int, text: str) -> None:
        """A program that knows no locks puts another version in the place of the file; the next save brings both."""
        name = self.one(which)
        there = self.model[name].with_message(Message(self.name(), None, "user", text), now=self.now)
        disk.replace(self.store.path(name), encode(replace(there, head=self.model[name].head)))
        here = self.open[name].with_message(Message(self.name(), self.open[name].head, "user", "here"), now=self.now)
        found = self.store.save(here)
        assert {**there.messages, **here.messages} == found.messages
        assert found.head == here.head
        self.model[name] = self.open[name] = found

    # -------------------------------------------------------- what happens to them

    @rule()
    def crash(self) -> None:
        """The process is gone, its locks with it; the next one finds what was acknowledged."""
        for name in self.open:
            lock = self.store._locks.pop(name, None)
            if lock is not None:
                os.close(lock._file)  # the file stays, as after kill -9
        (self.store.folder / f"{'0' * 22}.json.0a1b2c3d.tmp").touch() if self.store.folder.exists() else None
        self.open.clear()
        self.store = Store(self.folder / "data")

    @rule(hours=st.sampled_from([-1, 1]))
    def clock(self, hours: int) -> None:
        self.now += 3600 * hours

    @rule()
    def tidy(self) -> None:
        with mock.patch.object(time, "time", return_value=time.time() + 7200):
            assert self.store.tidy() == 0

    # -------------------------------------------------------- what must hold

    @invariant()
    def agrees(self) -> None:
        assert set(self.store.ids()) == set(self.model)
        for name, known in self.model.items():
            draft = self.draft.get(name)
            found = self.rival.load(name)
            if draft is None or draft.id in known.messages:
                assert found == known, "the disk says something else"
            else:
                assert {**found.messages, draft.id: None} == {**known.messages, draft.id: None}
                assert found.messages[draft.id].text == draft.text
            assert self.rival.row(name).title == known.title

    @invariant()
    def others_only_read(self) -> None:
        assert all(disk.is_locked(self.store.path(name, ".lock")) for name in self.open)

    @invariant()
    def nothing_is_left(self) -> None:
        left = [path.name for path in self.folder.rglob("*.tmp") if not path.name.startswith("0" * 22)]
        assert not left
        drafts = {path.name.partition(".")[0] for path in self.store.folder.glob("*.draft.json")}
        assert drafts == set(self.draft)

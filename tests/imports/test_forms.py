"""What is read of each form: texts, branches, reasoning, tools, sources, files, times."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from chattui.chat import Conversation
from chattui.events import SourceCited
from chattui.store import Store
from foreign import BRANCHED, CLAUDE, DOT, OPENAI, PICTURED, TREED, Take, dumped, zipped

FILES = Path(__file__).parent / "files"


def only(store: Store) -> Conversation:
    (name,) = store.ids()
    return store.load(name)


def said(conversation: Conversation) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in conversation.branch()]


# ---------------------------------------------------------------- ChatGPT


@pytest.mark.parametrize("data", [dumped([BRANCHED]), dumped(BRANCHED),
                                  zipped({"conversations.json": dumped([BRANCHED])}),
                                  zipped({"x/conversations-000.json": dumped([BRANCHED]), "chat.html": b"<html>"})],
                         ids=["array", "object", "zip", "parts"])  # fmt: skip
def test_a_chatgpt_tree_with_its_steps_as_one_reply(data: bytes, take: Take, store: Store) -> None:
    (taken,) = take(data)
    assert (taken.what, taken.title, taken.source, taken.messages) == ("new", "End markers", "ChatGPT", 6)
    found = only(store)
    assert said(found) == [
        ("user", "How do SSE streams end?"),
        ("assistant", "With an **end marker**. ([example](https://example.org))"),
        ("user", "And if not?"),
        ("assistant", "Then it is"),
    ]
    reply = found.branch()[1]
    assert reply.reasoning == "Looking\n\nEach format differs."
    assert [(tool.name, tool.arguments, tool.result) for tool in reply.tools] == [("python", "1 + 1", "2")]
    assert reply.sources == (SourceCited("https://example.org", "Example"),)
    assert (reply.model, reply.finish, reply.state) == ("gpt-5", "stop", "complete")
    assert found.branch()[3].state == "incomplete"
    assert found.children("u1")[0].text == "An older answer."
    assert [message.text for message in found.children(reply.id)] == ["And then?", "And if not?"]
    assert (found.created, found.updated, found.titled) == (1.7e9, 1.7e9 + 60, True)
    assert (store.folder / f"{found.id}.json").stat().st_mtime == 1.7e9 + 60


def test_what_is_archived_or_starred_there_is_archived_or_pinned_here_once(take: Take, store: Store) -> None:
    kept = {**BRANCHED, "is_archived": True, "is_starred": True}
    (taken,) = take(dumped([kept]))
    row = store.row(taken.id)
    assert (row.archived, row.pinned) == (True, True)
    store.edit(taken.id, lambda old: replace(old, archived=False))
    assert [one.what for one in take(dumped([kept]))] == ["unchanged"]
    assert not store.row(taken.id).archived
    (taken,) = take(dumped([{**CLAUDE, "is_starred": True}]))
    assert store.row(taken.id).pinned


def test_a_picture_comes_along_from_the_zip(take: Take, store: Store) -> None:
    members = {"conversations.json": dumped([PICTURED]), "file-AbC1-photo.png": DOT, "../../evil.png": DOT}
    (taken,) = take(zipped(members))
    assert (taken.what, taken.why) == ("new", "")
    (file,) = only(store).branch()[0].attachments
    assert (file.name, file.type, file.digest) == ("file-AbC1-photo.png", "image/png", hashlib.sha256(DOT).hexdigest())
    assert store.files.path(file).read_bytes() == DOT


def test_a_picture_that_is_not_there_is_told(take: Take, store: Store) -> None:
    (taken,) = take(dumped([PICTURED]))
    assert (taken.what, taken.why) == ("new", "left out: a file that is not in the export")
    assert only(store).branch()[0].text == "What is this?"


# ---------------------------------------------------------------- Claude.ai


def test_a_claude_conversation(take: Take, store: Store) -> None:
    (taken,) = take(zipped({"conversations.json": dumped([CLAUDE]), "users.json": b"[]"}))
    assert (taken.what, taken.source) == ("new", "Claude.ai")
    assert taken.why == "left out: a file that is not in the export"
    found = only(store)
    assert said(found) == [("user", "What does it say?"), ("assistant", "Three months."), ("user", "Thanks")]
    asked, reply, _ = found.branch()
    pasted, scan = asked.attachments
    assert store.files.contents([pasted])[pasted.digest] == b"Drei Monate."
    assert (scan.name, scan.digest) == ("scan.pdf", "")
    assert reply.reasoning == "It is German."
    assert [(tool.name, tool.arguments, tool.result) for tool in reply.tools] == [("search", '{"q": "Frist"}', "found")]
    assert reply.sources == (SourceCited("https://example.org", "BGB"),)
    assert found.created == pytest.approx(1774767995.552627)


def test_a_claude_tree_shows_the_branch_that_was_shown(take: Take, store: Store) -> None:
    take(dumped([TREED]))
    found = only(store)
    assert said(found) == [("user", "Hello"), ("assistant", "First")]
    assert [message.text for message in found.children("m1")] == ["First", "Second"]
    assert (found.title, found.titled) == ("Hello", False)


# ---------------------------------------------------------------- OpenAI messages


@pytest.mark.parametrize("data", [dumped(OPENAI), dumped(OPENAI["messages"]), dumped([OPENAI]),
                                  dumped([OPENAI["messages"]]),
                                  dumped(OPENAI) + b"\n", b"\n".join(map(dumped, OPENAI["messages"]))],
                         ids=["request", "list", "requests", "lists", "line", "lines"])  # fmt: skip
def test_openai_messages(data: bytes, take: Take, store: Store) -> None:
    (taken,) = take(data)
    assert (taken.what, taken.title, taken.source) == ("new", "Weather?", "OpenAI messages")
    found = only(store)
    assert found.system == "Be brief."
    assert said(found) == [("user", "Weather?"), ("assistant", "It rains."), ("user", "Thanks")]
    (file,) = found.branch()[0].attachments
    assert file.type == "image/png"
    (tool,) = found.branch()[1].tools
    assert (tool.id, tool.name, tool.arguments, tool.result) == ("c1", "weather", '{"at": "Zürich"}', "rain")


def test_jsonl_is_a_conversation_a_line(take: Take, store: Store) -> None:
    lines = [{"messages": [{"role": "user", "content": f"Question {number}"}]} for number in range(5)]
    broken = [json.dumps(lines[0]), '{"messages": [{"role"', *map(json.dumps, lines[1:])]
    taken = take("\n".join(broken).encode())
    assert [one.what for one in taken] == ["failed", *["new"] * 5]
    assert "It is no JSON" in taken[0].why
    assert {only.title for only in taken[1:]} == {f"Question {number}" for number in range(5)}


# ---------------------------------------------------------------- files that the real programs have written


@pytest.mark.parametrize("name", ["llm.db", "llm-before-0.32.db"])
def test_a_log_that_llm_has_written(name: str, take: Take, store: Store) -> None:
    taken = take(FILES / name)
    assert [(one.what, one.source) for one in taken] == [("new", "llm")] * 7
    found = {conversation.title: conversation for conversation in map(store.load, store.ids())}
    first = found["How do SSE streams end?"]
    assert said(first) == [
        ("user", "How do SSE streams end?"),
        ("assistant", "You said: How do SSE streams end?"),
        ("user", "And what if the proxy cuts it?\nTwo lines."),
        ("assistant", "You said: And what if the proxy cuts it?\nTwo lines."),
    ]
    assert first.system == "Be brief."
    reply = first.branch()[1]
    assert reply.usage is not None
    assert (reply.model, reply.usage.input, reply.usage.output) == ("echo", 7, 11)
    assert reply.created > 1.7e9
    assert found["think"].branch()[1].reasoning == ("Let me see. Yes." if name == "llm.db" else "")
    assert "Größe 日本語 🎒" in found
    assert any("A fragment about quokkas." in one.branch()[0].text for one in found.values())
    shout = found["Shout quokka"]
    assert said(shout) == [("user", "Shout quokka"), ("assistant", "The tool says QUOKKA.")]
    (tool,) = shout.branch()[1].tools
    assert (tool.name, json.loads(tool.arguments), tool.result) == ("upper", {"text": "quokka"}, "QUOKKA")
    (file,) = found["And this?"].branch()[0].attachments
    assert store.files.contents([file])[file.digest] == DOT + b"\0"
    (named,) = found["What is this?"].branch()[0].attachments
    assert (named.name, named.digest) == ("dot.png", "")  # the log has its path only, and that is not followed


def test_a_database_that_elia_has_written(take: Take, store: Store) -> None:
    taken = take(FILES / "elia.db")
    assert [(one.what, one.source, one.title) for one in taken] == [
        ("new", "elia", "End markers"), ("new", "elia", "Archived, unanswered"),
        ("new", "elia", "Imported from ChatGPT"),
    ]  # fmt: skip
    found = store.load(taken[0].id)
    assert said(found) == [
        ("user", "How do SSE streams end?"), ("assistant", "With an **end marker**."), ("user", "日本語 🎒"),
        ("assistant", "Yes."),
    ]  # fmt: skip
    assert (found.system, found.model) == ("You are a helpful assistant.", "elia-gpt-4o")
    assert found.branch()[0].created == 1791795660.0  # 2026-10-12 09:01 UTC
    assert [store.row(one.id).archived for one in taken] == [False, True, False]


@pytest.mark.parametrize("name", ["llm.db", "llm-before-0.32.db", "elia.db"])
def test_a_database_is_left_as_it_is(name: str, take: Take) -> None:
    before = {path.name: path.read_bytes() for path in FILES.iterdir()}
    assert {one.what for one in take(FILES / name)} == {"new"}
    assert {one.what for one in take(FILES / name)} == {"unchanged"}
    assert {path.name: path.read_bytes() for path in FILES.iterdir()} == before

"""The JSON form of a conversation: exact out, tolerant in."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import pieces
from chattui.chat import Conversation, Failure, Line, Message, Timing, Tool
from chattui.document import conversation_json, encode, message_json, row_of
from chattui.errors import Damaged
from chattui.events import Choice, Kept, SourceCited, ToolCalled, ToolReturned, Usage
from chattui.reading import decode, head_row, message

FULL = Message(
    "a1",
    "u1",
    "assistant",
    "text",
    3.5,
    "incomplete",
    reasoning="hm",
    tools=(Tool("t", "look", "{}", "found"), Tool("t2", failed=True)),
    sources=(SourceCited("https://example.org", "E"),),
    choices=(Choice("yes", "1"), Choice("no")),
    notices=("cut",),
    finish="length",
    endpoint="lab",
    model="m",
    error=Failure("CutShort", "It ended.", "Retry.", True),
    usage=Usage(input=1, output=0, cost=0.25),
    timing=Timing(0.5, 2.0, None),
    kept=Kept("anthropic/lab/m", ({"type": "thinking", "signature": "s"},)),
    extra={"later": [1]},
)
TALK = Conversation(
    "0123456789abcdef012345",
    1.0,
    3.5,
    "A talk",
    titled=True,
    endpoint="lab",
    model="m",
    system="Be brief.",
    params={"temperature": 0.2, "reasoning": {"effort": "high"}},
    head="a1",
    messages={"u1": Message("u1", None, "user", "hi", 2.0), "a1": FULL},
    remote={"thread": {"deep": 1}},
    lines=(Line("lab", "a1", {"id": 7}, "x"), Line("other")),
    beyond={"lines": (("lab", {}), ("other", {"since": 3}))},
    chosen={"": "u1"},
    pinned=True,
    archived=True,
    tags=("Work", "rust"),
    strays=({"what": "is this"}, 7),
    extra={"starred": True},
)


def test_everything_survives_a_round_trip() -> None:
    assert decode(encode(TALK), "x") == TALK


def test_the_file_is_json_and_says_the_same_as_the_value() -> None:
    assert json.loads(encode(TALK)) == conversation_json(TALK)


def test_the_row_stands_in_the_first_bytes() -> None:
    data = encode(TALK)
    assert head_row(data[:1024], data[-8:], TALK.id) == row_of(TALK)


def test_parameters_stand_behind_the_messages_and_only_when_there_are_some() -> None:
    assert list(conversation_json(TALK))[-6:] == ["messages", "params", "chosen", "lines", "remote", "starred"]
    assert "params" not in conversation_json(replace(TALK, params={}))
    assert decode(encode(replace(TALK, params={})), "x").params == {}
    assert decode(b'{"id": "x", "messages": [], "params": [1]}', "x").params == {}


def test_what_keeps_it_tidy_stands_in_the_head_and_only_when_there_is_some() -> None:
    row = head_row(encode(TALK)[:1024], b"]}", TALK.id)
    assert row is not None
    assert (row.pinned, row.archived, row.tags) == (True, True, ("Work", "rust"))
    plain = conversation_json(replace(TALK, pinned=False, archived=False, tags=()))
    assert not {"pinned", "archived", "tags"} & plain.keys()


@pytest.mark.parametrize(
    ("value", "pinned", "archived", "tags"),
    [
        ("{}", False, False, ()),
        ('{"pinned": 1, "archived": "yes", "tags": "work"}', False, False, ()),
        ('{"pinned": true, "tags": ["work", 7, null, "#Work", "", "a b,c"]}', True, False, ("work", "a-b-c")),
    ],
)
def test_an_old_or_foreign_document_stays_readable(
    value: str, pinned: bool, archived: bool, tags: tuple[str, ...]
) -> None:
    found = decode(json.dumps({"id": "x", "messages": [], **json.loads(value)}).encode(), "x")
    assert (found.pinned, found.archived, found.tags) == (pinned, archived, tags)


def test_what_is_no_line_and_no_way_is_left_out() -> None:
    found = decode(
        b'{"id": "x", "messages": [], "lines": [1, {}, {"endpoint": "e", "last": 3}], "chosen": {"a": 1}}', "x"
    )
    assert found.lines == (Line("e"),)
    assert found.chosen == {}


def test_a_row_of_an_unfinished_head_is_none() -> None:
    assert head_row(encode(TALK)[:40], b"}\n", TALK.id) is None
    assert head_row(b"", b"", "x") is None
    assert head_row(b'{"id":"x","messages":[]}', b"]}", "x") is None


@pytest.mark.parametrize("end", [b"", b'"text": "cut', b"},\n", b"}\n>>>>>>> theirs\n"])
def test_a_file_that_ends_early_has_no_row_before_it_was_read_whole(end: bytes) -> None:
    assert head_row(encode(TALK)[:1024], end, TALK.id) is None


def as_a_whole(data: bytes) -> Conversation | str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "read", lambda *_: None)
        return piece_by_piece(data)


def piece_by_piece(data: bytes) -> Conversation | str:
    try:
        return decode(data, "x.json")
    except Damaged as error:
        return str(error)


@given(
    st.lists(st.text(max_size=8), max_size=6),
    st.integers(1, 300),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from([b"", b",", b"\n", b",\n", b"]", b'"', b"\xff"]))
    ),
)
def test_a_document_that_is_read_in_pieces_says_what_it_says_as_a_whole(
    texts: list[str], size: int, changes: list[tuple[float, int, bytes]]
) -> None:
    talk = replace(TALK, messages={"u1": TALK.messages["u1"]}, head="u1", strays=({"what": [1, {"a": "b"}]}, [[7], []]))
    for text in texts:
        talk = talk.with_message(Message(text or "-", talk.head, "user", text, 5.0), now=5.0)
    data = encode(talk)
    for where, cut, put in changes:
        at = int(where * len(data))
        data = data[:at] + put + data[at + cut :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", size)
        assert piece_by_piece(data) == as_a_whole(data)


def test_a_document_of_ours_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 1)
    texts: list[str] = []

    def read(text: str) -> Any:
        texts.append(text)
        return json.loads(text)

    found = pieces.read(encode(TALK), read)
    assert found is not None
    assert {**found, "messages": list(found["messages"])} == json.loads(encode(TALK))
    assert len(texts) == 2 + len(TALK.messages) + len(TALK.strays)
    assert pieces.read(json.dumps(json.loads(encode(TALK)), indent=1).encode(), json.loads) is None


@given(st.text(st.characters(exclude_categories=())), st.text())
def test_any_text_survives_lone_surrogates_included(text: str, title: str) -> None:
    talk = replace(TALK, title=title, messages={"u": Message("u", None, "user", text)}, head="u", strays=())
    assert decode(encode(talk), "x") == talk


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty or no JSON"),
        (b"\0" * 413, "it is empty or no JSON"),
        (b'{"id": "x", "messages": [', "no JSON at line 1"),
        (b"[1, 2]", "not a conversation"),
        (b'{"id": 7, "messages": []}', "its id or its version"),
        (b'{"id": "x", "messages": {}}', "not a conversation"),
        (b"\xff\xfe{}", "it is not UTF-8 text"),
        (b'{"id": "x", "n": ' + b"9" * 5000 + b', "messages": []}', "a number that is too long"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_damaged_file_is_told_with_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Damaged, match=reason):
        decode(data, "file.json")


def test_a_newer_version_is_read_as_far_as_it_is_understood() -> None:
    assert decode(b'{"v": 99, "id": "x", "messages": []}', "x").newer
    assert not decode(b'{"v": 1, "id": "x", "messages": []}', "x").newer


@pytest.mark.parametrize("version", ['"1"', "null", "true", "1.5"])
def test_a_version_is_a_number(version: str) -> None:
    with pytest.raises(Damaged, match="its id or its version"):
        decode(f'{{"v": {version}, "id": "x", "messages": []}}'.encode(), "x")


def test_a_role_of_others_is_kept_as_it_is() -> None:
    talk = decode(b'{"id": "x", "messages": [{"id": "t", "parent": null, "role": "tool", "text": "42"}]}', "x")
    assert talk.messages["t"].role == "tool"
    assert b'"role": "tool"' in encode(talk)


@pytest.mark.parametrize(
    ("content", "text"), [("hi", "hi"), ([{"type": "text", "text": "hi"}, {"type": "image"}, "you"], "hi\n\nyou")]
)
def test_content_is_read_as_text(content: object, text: str) -> None:
    found = message({"id": "m", "role": "user", "content": content})
    assert found is not None
    assert (found.text, found.extra) == (text, {})


def test_numbers_that_are_none_never_reach_a_file() -> None:
    talk = decode(b'{"id": "x", "messages": [], "a": NaN, "b": [1e400, {"c": -Infinity}], "updated": NaN}', "x")
    assert (talk.extra["a"], talk.updated) == (None, 0.0)
    assert json.loads(encode(talk), parse_constant=pytest.fail)["b"] == [None, {"c": None}]


def test_the_last_of_two_equal_keys_counts() -> None:
    assert decode(b'{"id": "x", "title": "a", "title": "b", "messages": []}', "x").title == "b"


@pytest.mark.parametrize("head", ["null", "7", "[]", "{}", '"nobody"'])
def test_a_head_that_is_none_is_the_last_message(head: str) -> None:
    data = f'{{"id": "x", "head": {head}, "messages": [{{"id": "m", "role": "user", "text": ""}}]}}'
    assert decode(data.encode(), "x").head == "m"


@pytest.mark.parametrize(
    "entry",
    [
        None,
        7,
        {},
        {"id": "", "role": "user", "text": ""},
        {"id": "x", "role": "", "text": ""},
        {"id": "x", "role": "w" * 41, "text": ""},
        {"id": "x", "role": "user", "text": 7},
        {"id": "x", "role": "user", "text": "", "parent": 3},
    ],
)
def test_what_is_no_message_is_kept_aside(entry: object) -> None:
    assert message(entry) is None
    talk = decode(json.dumps({"id": "x", "messages": [entry]}).encode(), "x")
    assert talk.messages == {}
    assert json.loads(encode(talk))["messages"] == [entry]


PARTS: dict[str, Any] = {
    "tools": [{"id": "t", "name": "look", "server": "mcp"}, {"id": "t", "arguments": {"a": 1}}, {"name": "no id"}, 7],
    "sources": [{"url": "https://a.example"}, {"url": "https://a.example", "title": "A", "rank": 1, "span": [1, 2]}],
    "attachments": [{"name": "a.png", "type": "image/png", "size": "12", "is_image": True, "width": 7}],
    "choices": [{"label": "yes", "hotkey": "y"}, "no"],
    "notices": ["cut", {"text": "later", "level": 3}],
    "error": {"kind": "X", "text": "It ended.", "status": 529},
    "usage": {"audio": 3},
    "timing": {"first": 0.5, "queued": "soon"},
    "kept": {"by": "lab", "items": [{"a": 1}], "until": 5},
}


def test_unknown_fields_survive_within_the_parts_of_a_message_and_of_a_conversation() -> None:
    one = {
        "id": "m",
        "parent": None,
        "role": "assistant",
        "text": "hi",
        "created": 1.0,
        "state": "complete",
        **PARTS,
        "lines": 3,
    }
    lines = [{"endpoint": "lab", "last": "m", "etag": "x"}, {"no": "endpoint"}]
    talk = decode(json.dumps({"id": "x", "messages": [one], "lines": lines}).encode(), "x")
    stored = json.loads(encode(talk))
    assert stored["lines"] == lines
    for part, value in PARTS.items():
        kept = stored["messages"][0][part]
        assert kept == value, part
    assert decode(encode(talk), "x").messages == talk.messages


@pytest.mark.parametrize("value", ["oops", 7, [1], {"kind": 3}])
@pytest.mark.parametrize("part", ["error", "kept"])
def test_a_part_that_cannot_be_read_is_written_back_until_there_is_a_real_one(part: str, value: object) -> None:
    read = message({"id": "m", "parent": None, "role": "user", "text": "hi", part: value})
    assert read is not None
    kept = message_json(read)[part]
    assert kept == (value[0] if isinstance(value, list) else value)
    real = replace(read, error=Failure("X", "It ended."), kept=Kept("lab"))
    assert message_json(real)[part] in ({"kind": "X", "text": "It ended."}, {"by": "lab"})


def test_what_belongs_to_an_entry_goes_with_it_and_stays_while_it_grows() -> None:
    read = message({"id": "m", "parent": None, "role": "assistant", "text": "", "tools": PARTS["tools"]})
    assert read is not None
    grown = read + ToolReturned("t", "found") + ToolCalled("new", "look")
    assert message_json(grown)["tools"] == [
        {"id": "t", "name": "look", "result": "found", "server": "mcp"},
        {"id": "t", "arguments": {"a": 1}},
        {"id": "new", "name": "look"},
        *PARTS["tools"][2:],
    ]
    assert message_json(replace(read, tools=(Tool("other"),)))["tools"] == [{"id": "other"}, *PARTS["tools"][2:]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created", "yesterday"),
        ("created", float("nan")),
        ("state", "dreaming"),
        ("usage", [1]),
        ("usage", {"input": True, "cost": float("inf")}),
        ("error", {"kind": "x"}),
        ("tools", [{"id": 3}, "x"]),
        ("sources", {"url": 1}),
        ("timing", {"first": "soon"}),
        ("notices", [1, None]),
    ],
)
def test_a_part_of_a_wrong_shape_is_not_shown_and_the_message_kept(field: str, value: object) -> None:
    read = message({"id": "m", "parent": None, "role": "user", "text": "hi", field: value})
    assert read is not None
    assert read.text == "hi"
    assert read.state == "complete"
    assert read.created == 0.0


def test_the_second_of_two_messages_with_one_id_is_set_aside() -> None:
    one = {"id": "m", "parent": None, "role": "user", "text": "first"}
    talk = decode(json.dumps({"id": "x", "messages": [one, {**one, "text": "second"}]}).encode(), "x")
    assert talk.messages["m"].text == "first"
    assert talk.strays == ({**one, "text": "second"},)


def test_a_head_that_is_not_there_becomes_the_last_message() -> None:
    one = {"id": "m", "parent": None, "role": "user", "text": "first"}
    assert decode(json.dumps({"id": "x", "head": "lost", "messages": [one]}).encode(), "x").head == "m"

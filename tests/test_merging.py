"""Two versions of one conversation become one: what either side has said is there, and each side's changes count."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Conversation, Message
from chattui.merging import merged

BASE = Conversation("c" * 22, 1.0, 2.0, title="base", endpoint="lab", remote={"lab": 1}, extra={"x": 1})


def said(known: str, parent: str | None, text: str = "", role: str = "user") -> Message:
    return Message(known, parent, role, text or known)


def talk(*messages: Message, base: Conversation = BASE) -> Conversation:
    for message in messages:
        base = base.with_message(message, now=base.updated)
    return base


START = talk(said("a", None), said("b", "a"))


def test_both_have_gone_on() -> None:
    found = merged(START, talk(said("ours", "b"), base=START), talk(said("theirs", "b"), base=START))
    assert list(found.messages) == ["a", "b", "theirs", "ours"]
    assert found.head == "ours"


def test_only_they_have_gone_on() -> None:
    theirs = talk(said("theirs", "b"), base=START)
    assert merged(START, START, theirs) == theirs


def test_nobody_has_changed_anything() -> None:
    assert merged(START, START, START) == START
    assert merged(None, START, START) == START


def test_the_head_is_the_one_that_was_moved() -> None:
    assert merged(START, START, replace(START, head="a")).head == "a"
    assert merged(START, replace(START, head="a"), START).head == "a"
    assert merged(START, replace(START, head="a"), talk(said("theirs", "b"), base=START)).head == "a"


def test_what_we_have_deleted_is_gone_unless_they_went_on_from_it() -> None:
    ours = replace(START, messages={"a": START.messages["a"]}, head="a")
    assert list(merged(START, ours, START).messages) == ["a"]
    assert set(merged(START, ours, talk(said("theirs", "b"), base=START)).messages) == {"a", "b", "theirs"}
    changed = replace(START, messages={**START.messages, "b": said("b", "a", "other words")})
    assert merged(START, ours, changed).messages["b"].text == "other words"


def test_what_is_missing_there_is_not_deleted_here() -> None:
    older = replace(START, messages={"a": START.messages["a"]}, head="a")
    found = merged(START, talk(said("ours", "b"), base=START), older)
    assert set(found.messages) == {"a", "b", "ours"}


def test_of_a_reply_the_fuller_one_stays() -> None:
    half, whole = said("r", "b", "Half", "assistant"), said("r", "b", "Half and whole", "assistant")
    base = talk(said("r", "b", "Ha", "assistant"), base=START)
    for here, there in ((half, whole), (whole, half)):
        found = merged(base, talk(here, base=base), talk(there, base=base))
        assert [message.text for message in found.walk()] == ["a", "b", "Half and whole"]


def test_of_two_different_texts_both_stay_and_merging_again_adds_nothing() -> None:
    ours, theirs = talk(said("b", "a", "mine"), base=START), talk(said("b", "a", "yours"), base=START)
    found = merged(START, ours, theirs)
    assert found.messages["b"].text == "mine"
    assert [message.text for message in found.children("a")] == ["mine", "yours"]
    assert merged(START, found, theirs) == found
    assert merged(theirs, found, theirs).messages == found.messages


def test_a_title_that_a_person_gave_wins_over_an_automatic_one() -> None:
    mine, theirs = replace(START, title="auto"), replace(START, title="Named", titled=True)
    assert (merged(START, mine, theirs).title, merged(START, mine, theirs).titled) == ("Named", True)
    assert merged(START, theirs, mine).title == "Named"
    assert merged(START, replace(START, title="Mine", titled=True), theirs).title == "Mine"
    assert merged(START, START, theirs).title == "Named"


def test_each_field_is_that_of_the_side_that_changed_it() -> None:
    ours = replace(START, model="m2", remote={"lab": 2}, extra={})
    theirs = replace(START, endpoint="other", system="Be brief.", remote={"lab": 1, "bot": 7}, params={"t": 1},
                     extra={"x": 1, "y": 2}, updated=9.0)  # fmt: skip
    found = merged(START, ours, theirs)
    assert (found.model, found.endpoint, found.system, found.params) == ("m2", "other", "Be brief.", {"t": 1})
    assert found.remote == {"lab": 2, "bot": 7}
    assert found.extra == {"y": 2}
    assert found.updated == 9.0


def test_pin_archive_and_tags_are_those_of_the_side_that_changed_them() -> None:
    found = merged(START, replace(START, pinned=True), replace(START, archived=True, tags=("work",)))
    assert (found.pinned, found.archived, found.tags) == (True, True, ("work",))


def test_what_is_no_message_stays_once() -> None:
    found = merged(START, replace(START, strays=(None, 1)), replace(START, strays=(1, 2)))
    assert found.strays == (1, 2, None)


def test_without_a_base_nothing_is_taken_for_deleted() -> None:
    theirs = talk(said("theirs", "b"), base=START)
    assert set(merged(None, talk(said("ours", "b"), base=START), theirs).messages) == {"a", "b", "ours", "theirs"}


TEXTS = st.sampled_from(["", "x", "xy", "z"])
VERSIONS = st.dictionaries(st.sampled_from("abcd"), TEXTS, max_size=4)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_no_new_word_is_ever_lost(base: dict[str, str], ours: dict[str, str], theirs: dict[str, str]) -> None:
    """Of what either side has added or changed, everything is in the result, at least as the beginning of more."""
    versions = [
        replace(BASE, messages={name: Message(name, None, "user", text) for name, text in version.items()})
        for version in (base, ours, theirs)
    ]
    found = [message.text for message in merged(*versions).walk()]
    for side in (ours, theirs):
        for name, text in side.items():
            if base.get(name) != text:
                assert any(one.startswith(text) for one in found)

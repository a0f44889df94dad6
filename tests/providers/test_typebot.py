"""Typebot against a server that behaves like it (tests/fakes/typebot.py)."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from talk import Talk, endpoint

from chattui.chat import Tool
from chattui.errors import CutShort, Rejected, Reported, Unsupported
from chattui.events import Choice, Finished, SourceCited, TextDelta
from chattui.providers.typebot import bubbles
from chattui.providers.typebot.streamed import Streamed
from chattui.wire import Frame
from chattui.wire.framing import framer
from fakes import Shape
from fakes.typebot import Fails, Stream, Typebot
from server import cut

Start = Callable[..., Talk]
GREETING = "Hi there 👋\n\nHow can I help?"


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs a fake for the time of the test, and a conversation with one of its bots."""
    with ExitStack() as stack:

        def run(fake: Typebot, bot: str, more: str = "") -> Talk:
            stack.enter_context(fake.running())
            lines = f'url = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "{bot}"{more} }}'
            return Talk(endpoint(lines))

        yield run


@pytest.mark.parametrize("stream_as", ["lines", "no end", "events", "openai events", "old text"])
@pytest.mark.parametrize("shape", ["plain", "bytewise", "one chunk", "gzip"])
async def test_the_bot_speaks_first_and_its_ai_is_streamed(start: Start, stream_as: Stream, shape: Shape) -> None:
    fake = Typebot(stream_as=stream_as, shape=shape)
    said = start(fake, "llm")
    first = await said.say("What is SSE?")
    assert said.error is None
    assert first.text == f"{GREETING}\n\n{fake.text}"
    second = await said.say("And then?")
    assert second.text == fake.text
    assert said.finished
    (session,) = fake.sessions.values()
    assert session.heard == ["What is SSE?", fake.text, "And then?", fake.text]
    assert len(fake.started) == 1
    assert said.kept["session"] == "s1"
    assert "pending" not in said.kept


async def test_what_is_prefilled_and_asked_for(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "llm", ', variables = { Name = "Ana" }')
    await said.say("Hi")
    assert fake.started == [
        {"isStreamEnabled": True, "textBubbleContentFormat": "markdown", "prefilledVariables": {"Name": "Ana"}}
    ]


async def test_two_streams_in_a_row_and_a_bubble_between(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "twice")
    assert (await said.say("x")).text == f"{GREETING}\n\n{fake.text}\n\n{fake.text}"
    fake = Typebot()
    said = start(fake, "late")
    assert (await said.say("x")).text == f"{GREETING}\n\nFirst this.\n\n{fake.text}\n\nLast this."


async def test_questions_are_answered_by_number_or_typed_until_the_end(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "inputs")
    reply = await said.say("hello?")
    assert reply.text == "Hello **bold**\n\n[image](https://bot.example/x.png)"
    assert reply.choices == (Choice("Yes", "Yes"), Choice("No", "No"))
    assert reply.notices == ("The bot speaks first: answer its question. Your message was not sent.",)
    (session,) = fake.sessions.values()
    assert session.heard == []
    wrong = await said.say("perhaps")
    assert wrong.text == "Invalid message. Please, try again."
    assert wrong.choices == reply.choices
    email = await said.say("1")
    assert session.heard[-1] == "Yes"
    assert (email.text, email.notices) == ("Your e-mail?", ("The bot asks for an e-mail address.",))
    assert (await said.say("nope")).text == "Not an e-mail."
    rating = await said.say("a@b.example")
    assert [choice.value for choice in rating.choices] == ["1", "2", "3", "4", "5"]
    last = await said.say("5")
    assert last.text == "Bye."
    assert last.sources == (SourceCited("https://example.com", "The bot leads here"),)
    assert last.notices == ("The bot's conversation has ended; your next message, or a retry, begins a new one.",)
    assert said.kept is None or said.remote == {"it": None}
    again = await said.say("Yes")
    assert again.text.endswith("Your e-mail?")
    assert len(fake.started) == 2


async def test_a_session_that_has_gone_offers_a_new_one(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "llm")
    await said.say("one")
    fake.sessions.clear()
    await said.say("two")
    assert isinstance(said.error, Rejected)
    assert str(said.error) == "The bot's session has ended. A retry begins a new one with this message."
    del said.messages[-2:]
    reply = await said.say("two")
    assert reply.text == f"{GREETING}\n\n{fake.text}"


@pytest.mark.parametrize("fails", ["line", "plain line", "document", "status"])
async def test_a_failed_stream_is_run_again_by_a_retry(start: Start, fails: Fails) -> None:
    fake = Typebot(fails=fails)
    said = start(fake, "llm")
    reply = await said.say("one")
    assert said.error is not None
    assert ("Rate limit reached" if "line" in fails else "Could not create stream") in said.error.text
    assert reply.text.startswith(GREETING)
    (session,) = fake.sessions.values()
    assert session.heard == ["one"]
    fake.fails = ""
    said.messages.pop()
    question = said.messages.pop()
    reply = await said.say(question.text)  # the same message: a retry
    assert said.finished
    assert reply.text == fake.text
    assert session.heard == ["one", fake.text]


async def test_after_a_failed_stream_one_may_also_go_on(start: Start) -> None:
    fake = Typebot(fails="line")
    said = start(fake, "llm")
    await said.say("one")
    assert isinstance(said.error, Reported)
    fake.fails = ""
    reply = await said.say("two")
    (session,) = fake.sessions.values()
    assert session.heard == ["one", fake.text[:6], "two", fake.text]
    assert reply.text == fake.text


async def test_what_the_bot_wants_its_page_to_do_is_never_done(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "page")
    reply = await said.say("go")
    assert reply.text == f"{GREETING}\n\nOne moment.\n\nHeard None."
    assert "The bot wants its page to do something (‘httpRequestToExecute’); chattui does not." in reply.notices
    assert "The bot says: A block failed" in reply.notices
    assert not [request for request in fake.requests if "steal" in request.path]


async def test_a_flow_that_never_asks_is_stopped(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "loop")
    await said.say("go")
    assert isinstance(said.error, Reported)
    assert "25 steps" in said.error.text


@pytest.mark.parametrize(
    ("bot", "words"),
    [("closed", "400: This bot is now closed."), ("nobody", "404: Typebot not found."), ("a/b", "404")],
)
async def test_a_bot_that_cannot_be_started(start: Start, bot: str, words: str) -> None:
    said = start(Typebot(), bot)
    await said.say("go")
    assert isinstance(said.error, Rejected)
    assert said.error.text.startswith(words)


async def test_without_an_id_nothing_is_sent(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "")
    await said.say("go")
    assert isinstance(said.error, Unsupported)
    assert "params.public_id" in said.error.text
    assert fake.requests == []


def decoded(data: bytes, size: int = 1 << 20) -> list[Any]:
    cutter = framer("auto")
    frames = [frame for piece in cut(data, size) for frame in cutter.feed(piece)] + cutter.flush()
    decode = Streamed()
    return [event for frame in frames if isinstance(frame, Frame) for event in decode(frame)]


def test_tool_parts_are_shown_once() -> None:
    from chattui.chat import Message

    lines = [
        'f:{"messageId":"step-1"}', 'b:{"toolCallId":"c1","toolName":"get_weather"}',
        'c:{"toolCallId":"c1","argsTextDelta":"{\\"cit"}', 'c:{"toolCallId":"c1","argsTextDelta":"y\\":\\"Z\\"}"}',
        '9:{"toolCallId":"c1","toolName":"get_weather","args":{"city":"Z"}}',
        '9:{"toolCallId":"c2","toolName":"other","args":{}}', 'a:{"toolCallId":"c1","result":"sunny"}',
        'e:{"finishReason":"tool-calls"}', 'g:"hm"', "2:[1]", 'k:{"data":"","mimeType":"x"}', '0:"21 °C"',
        'd:{"finishReason":"stop"}',
    ]  # fmt: skip
    reply = Message("a", None, "assistant")
    for event in decoded("".join(f"{line}\n" for line in lines).encode(), 3):
        reply += event
    assert reply.tools == (Tool("c1", "get_weather", '{"city":"Z"}', "sunny"), Tool("c2", "other", "{}"))
    assert (reply.text, reply.reasoning, reply.finish) == ("21 °C", "hm", "stop")


def test_the_ai_sdk_s_newer_chunks_are_understood_too() -> None:
    events = decoded(b'data: {"type":"text-delta","id":"1","delta":"Hi"}\n\ndata: {"type":"finish"}\n\n')
    assert events[0].text == "Hi"
    assert isinstance(events[1], Finished)


@pytest.mark.parametrize(
    ("tree", "markdown"),
    [
        ([{"type": "p", "children": [{"text": "Hello "}, {"bold": True, "text": "bold "},
                                     {"text": "it", "italic": True}]}],
         "Hello **bold** *it*"),
        ([{"type": "p", "children": [{"type": "a", "url": "https://e.example", "children": [{"text": "a link"}]}]}],
         "[a link](https://e.example)"),
        ([{"type": "ol", "children": [{"type": "li", "children": [{"type": "lic", "children": [{"text": "one"}]}]},
                                      {"type": "li", "children": [{"type": "lic", "children": [{"text": "two"}]}]}]}],
         "1. one\n2. two"),
        ([{"type": "p", "children": [{"text": "a"}]}, {"type": "p", "children": [{"text": ""}]},
          {"type": "p", "children": [{"text": "b"}]}], "a\n\nb"),
        ("nonsense", ""),
        ([3, {"type": "p"}], ""),
    ],
)  # fmt: skip
def test_rich_text_becomes_markdown(tree: Any, markdown: str) -> None:
    assert bubbles.rich_text(tree) == markdown


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("1", "Red"), (" no. 5 ", "no. 5"), ("3", "3"), ("9", "9"), ("something else", "something else"), ("Blue!", "b")],
)
def test_the_number_of_an_answer_stands_for_it(typed: str, sent: str) -> None:
    offered = (Choice("Red", "Red"), Choice("Blue!", "b"), Choice("3", "3"), Choice("no. 5", "no. 5"))
    assert bubbles.answer(typed, offered) == sent


@pytest.mark.parametrize(
    ("asked", "labels", "hint"),
    [
        ({"type": "picture choice input", "items": [{"id": "p1", "title": "Cat"}, {"id": "p2"}]}, ["Cat", "p2"], ""),
        ({"type": "choice input", "options": {"isMultipleChoice": True}, "items": [{"id": "1", "content": "A"}]}, ["A"],
         "Several answers may be given, for example: 1, 3"),
        ({"type": "rating input", "options": {}}, [str(number) for number in range(1, 11)], ""),
        ({"type": "date input"}, [], "The bot asks for a date."),
        ({"type": "payment input"}, [], "The bot asks for a payment, which only its web page can take."),
        ({"type": "text input"}, [], ""),
    ],
)  # fmt: skip
def test_what_is_asked(asked: dict[str, Any], labels: list[str], hint: str) -> None:
    assert [choice.label for choice in bubbles.choices(asked)] == labels
    assert bubbles.hint(asked) == hint


async def test_a_stream_that_drops_is_cut_short_and_run_again(start: Start) -> None:
    class Dropping(Typebot):
        def _stream(self, name: str, body: Any) -> None:
            from server import CUT

            if self.fails:
                self.reply(b'0:"SSE "\n', 0.01, CUT, type=None)
            else:
                super()._stream(name, body)

    fake = Dropping(fails="line")
    said = start(fake, "llm")
    await said.say("one")
    assert isinstance(said.error, CutShort)
    fake.fails = ""
    del said.messages[-2:]
    assert (await said.say("one")).text == fake.text


# ---------------------------------------------------------------- recordings of typebot 3.18

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "typebot"


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
@pytest.mark.parametrize(
    ("case", "text", "error"),
    [
        ("chat_t1_2_stream", "Hello there! This is a mocked reply.", ""),
        ("tool_2_stream", "It is 21 °C in Zürich.", ""),
        ("cut_2_stream", "This sen", "terminated."),
        ("up429_2_stream", "", "Failed after 3 attempts. Last error: Rate limit reached"),
        ("err_stream_unknown_session", "", "Could not find session."),
    ],
)
def test_a_recorded_stream(case: str, text: str, error: str, size: int) -> None:
    cutter, decode = framer("auto"), Streamed()
    said, told = "", ""
    pieces = list(cut((TRANSCRIPTS / f"{case}.body").read_bytes(), size))
    for frame in [item for piece in pieces for item in cutter.feed(piece)] + cutter.flush():
        try:
            events = list(decode(frame)) if isinstance(frame, Frame) else []
        except Reported as failed:
            told = failed.text
            break
        said += "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == text
    assert error in told
    assert bool(told) is bool(error)


def test_a_recorded_start() -> None:
    answer = json.loads((TRANSCRIPTS / "inputs_0_start.body").read_bytes())
    shown = [bubbles.bubble(message) for message in answer["messages"]]
    assert shown == [
        "Hello **bold** and *it*\n[a link](https://example.com)",
        "[image](http://127.0.0.1:18010/x.png)",
    ]
    assert [choice.label for choice in bubbles.choices(answer["input"])] == ["Yes", "No"]


@pytest.mark.parametrize("stream_as", ["lines", "old text"])
async def test_the_stream_action_of_old_versions_brings_its_messages_along(start: Start, stream_as: Stream) -> None:
    fake = Typebot(legacy=True, stream_as=stream_as)
    said = start(fake, "llm")
    assert (await said.say("What is SSE?")).text == f"{GREETING}\n\n{fake.text}"
    (session,) = fake.sessions.values()
    assert session.heard == ["What is SSE?", fake.text]
    bodies = [request.json for request in fake.requests if request.path.endswith("streamMessage")]
    assert all(body == {"messages": [{"role": "user", "content": "What is SSE?"}]} for body in bodies)
    assert bodies


async def test_a_draft_is_talked_to_with_a_key(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "llm", ", preview = true")
    await said.say("What is SSE?")
    assert isinstance(said.error, Rejected)
    assert "401" in str(said.error)
    fake = Typebot()
    said = start(fake, "llm", ', preview = true }\napi_key = "builder-token"\nheaders = { X-Test = "1"')
    reply = await said.say("What is SSE?")
    assert (said.error, reply.text) == (None, f"{GREETING}\n\n{fake.text}")
    assert fake.requests[0].path == "/api/v1/typebots/llm/preview/startChat"
    assert fake.requests[0].headers["authorization"] == "Bearer builder-token"


async def test_nobody_has_said_anything_and_the_bot_begins(start: Start) -> None:
    fake = Typebot()
    said = start(fake, "inputs")
    reply = await said.begin()
    assert (said.error, said.finished) == (None, True)
    assert reply.text.startswith("Hello **bold**")
    assert [choice.label for choice in reply.choices] == ["Yes", "No"]
    assert reply.notices == ()
    assert (await said.say("perhaps")).text == "Invalid message. Please, try again."
    assert (await said.say("Yes")).text == "Your e-mail?"
    assert len(fake.started) == 1
    del said.messages[:]
    again = await said.begin()  # asked for anew, it is a new session
    assert (again.text, len(fake.started), said.kept["session"]) == (reply.text, 2, "s2")

"""The systems that are presets in the rule language, against servers that behave like them (tests/fakes)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from talk import Talk, endpoint

from chattui.errors import CutShort, Rejected, Reported, Unsupported
from chattui.events import Choice, Progress, SourceCited, Usage
from chattui.providers.rules import check, models
from chattui.wire.http import HttpWire
from fakes import SHAPES, Ending, Fake, Shape
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import STATUS, ChatIQ, Play
from fakes.flowise import Flowise
from fakes.hardwire import COOKIE, WRONG, HardWire
from fakes.motia_sse import MotiaSse
from fakes.snackprompt import KEY as SNACK_KEY
from fakes.snackprompt import Snackprompt
from fakes.tgi import Tgi

Start = Callable[[Fake], Fake]
LINES: dict[type[Fake], str] = {
    ChatIQ: f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ bot_slug = "support-bot" }}',
    HardWire: 'preset = "hardwire"\napi_key = "tok.sig%3D"\nuser = "user-123"\nmodel = "gpt-5.2"',
    Snackprompt: f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {{ tenant_id = "t-1" }}',
    MotiaSse: 'preset = "motia-sse"',
    Flowise: 'preset = "flowise"\nparams = { flow = "flow-1" }',
    Tgi: 'preset = "tgi"',
}
"""What a user writes, but for the address."""


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs a fake for the time of the test."""
    with ExitStack() as stack:

        def run(fake: Fake) -> Fake:
            stack.enter_context(fake.running())
            return fake

        yield run


def talk(fake: Fake, lines: str | None = None, *, tries: int = 0, more: str = "") -> Talk:
    written = LINES[type(fake)] if lines is None else lines
    return Talk(endpoint(f'url = "{fake.base}"\n{written}\n{more}', tries=tries))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("system", LINES)
async def test_a_reply_is_the_same_however_its_bytes_travel(start: Start, system: type[Fake], shape: Shape) -> None:
    fake = start(system(shape=shape))
    said = talk(fake)
    reply = await said.say("Hello ✓")
    assert said.error is None
    assert said.finished
    assert reply.text == fake.text  # type: ignore[attr-defined]
    assert reply.notices == ()


@pytest.mark.parametrize("ending", ["eof", "cut", "reset"])
@pytest.mark.parametrize("system", LINES)
async def test_a_reply_without_its_end_marker_is_kept_and_called_cut_short(
    start: Start, system: type[Fake], ending: Ending
) -> None:
    fake = start(system(ending=ending))
    said = talk(fake)
    reply = await said.say("Hello")
    assert isinstance(said.error, CutShort)
    assert reply.text
    assert fake.text.startswith(reply.text)  # type: ignore[attr-defined]


# ---------------------------------------------------------------- ChatIQ


async def test_chatiq_gets_its_history_until_it_has_given_an_id(start: Start) -> None:
    fake = start(ChatIQ(play="private"))
    assert isinstance(fake, ChatIQ)
    said = talk(fake)
    for number in range(7):
        await said.say(f"question {number}")
    assert fake.bodies[0] == {"message": "question 0", "stream": True, "bot_slug": "support-bot"}
    sent = fake.bodies[-1]["history"]
    assert len(sent) == 10
    assert sent[-1] == {"role": "assistant", "content": fake.text}
    assert sent[0] == {"role": "user", "content": "question 1"}
    fake.play = "answer"
    await said.say("now with an id")
    await said.say("and then")
    assert "history" not in fake.bodies[-1]
    assert fake.bodies[-1]["conversation_id"] == said.kept["conversation_id"] == next(reversed(fake.conversations))


async def test_chatiq_keeps_the_id_also_when_the_end_is_missing(start: Start) -> None:
    said = talk(start(ChatIQ(ending="eof")))
    await said.say("Hello")
    assert isinstance(said.error, CutShort)
    assert said.kept["conversation_id"].startswith("550e8400")


@pytest.mark.parametrize("code", STATUS)
@pytest.mark.parametrize("stream", ["true", "false"])
async def test_chatiq_tells_its_errors_under_status_200_and_by_status(start: Start, code: str, stream: str) -> None:
    fake = start(ChatIQ(fails=code))
    params = f'params = {{ bot_slug = "support-bot", stream = {stream} }}'
    said = talk(fake, f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\n{params}')
    reply = await said.say("Hello")
    assert said.error is not None
    if stream == "true":
        assert isinstance(said.error, Reported)
        assert said.error.text == f"The provider reported: {code.replace('_', ' ').capitalize()} it is ({code})."
    else:
        assert isinstance(said.error, Rejected)
        assert str(STATUS[code]) in said.error.text
    assert not reply.has_content


async def test_chatiq_a_wrong_key_and_a_wrong_bot(start: Start) -> None:
    fake = start(ChatIQ())
    said = talk(fake, 'preset = "chatiq"\napi_key = "sk_wrong"')
    await said.say("Hello")
    assert said.error is not None
    assert "INVALID_API_KEY" in said.error.text
    said = talk(fake, f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ bot_slug = "other" }}')
    await said.say("Hello")
    assert said.error is not None
    assert "BOT_NOT_FOUND" in said.error.text


async def test_chatiq_an_error_after_content_keeps_the_content(start: Start) -> None:
    said = talk(start(ChatIQ(play="late error")))
    reply = await said.say("Hello")
    assert isinstance(said.error, Reported)
    assert reply.text == ChatIQ.text[:15]


async def test_chatiq_a_person_has_taken_over(start: Start) -> None:
    said = talk(start(ChatIQ(play="takeover")))
    reply = await said.say("Hello")
    assert said.error is None
    assert reply.notices == ("Delivered. A person will answer; the bot was taken over.",)
    assert reply.text == ""
    assert said.kept["conversation_id"]


@pytest.mark.parametrize(
    ("play", "text", "picture", "choices"),
    [
        ("responses", "First message.\n\nSecond message.", "https://cdn.example/a.png",
         (Choice("Opening hours", "Opening hours"), Choice("A person", "agent"))),
        ("beside", "Look here.", "https://cdn.example/b.png", (Choice("More", "More"),)),
    ],
)  # fmt: skip
async def test_chatiq_answers_in_whole_messages(
    start: Start, play: Play, text: str, picture: str, choices: tuple[Choice, ...]
) -> None:
    said = talk(start(ChatIQ(play=play)))
    reply = await said.say("Hello")
    assert said.finished
    assert (reply.text, reply.choices) == (text, choices)
    assert [source.url for source in reply.sources] == [picture]
    assert said.kept["conversation_id"]


async def test_chatiq_json_mode_and_the_proxy_of_ones_own(start: Start) -> None:
    fake = start(ChatIQ())
    said = talk(fake, f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ stream = false }}')
    reply = await said.say("Hello")
    assert (reply.text, said.finished) == (ChatIQ.text, True)
    assert said.kept["conversation_id"]
    said = talk(fake, 'preset = "chatiq"\npath = "/api/chatbot"')
    reply = await said.say("Hello")
    assert (reply.text, said.finished) == (ChatIQ.text, True)
    assert "authorization" not in fake.requests[-1].headers


async def test_chatiq_a_redirect_is_told_and_never_followed(start: Start) -> None:
    fake = start(ChatIQ(apex=True))
    said = talk(fake)
    await said.say("Hello")
    assert isinstance(said.error, Rejected)
    assert "https://www.chatiq.io" in said.error.text
    assert len(fake.requests) == 1


# ---------------------------------------------------------------- HardWire


@pytest.mark.parametrize("speaks", ["docs", "code"])
async def test_hardwire_speaks_two_vocabularies_and_keeps_its_chat(start: Start, speaks: str) -> None:
    fake = start(HardWire(speaks=speaks, tools=True))  # type: ignore[arg-type]
    assert isinstance(fake, HardWire)
    said = talk(fake)
    first = await said.say("Explain quantum computing")
    await said.say("And then?")
    assert said.error is None
    assert first.text == fake.text
    (chat,) = fake.chats  # both turns went to the same one
    assert said.kept == {"chat": chat}
    assert fake.bodies[0] == {"content": "Explain quantum computing", "modelId": "gpt-5.2", "userId": "user-123"}
    assert fake.requests[0].path.endswith("/messages/stream")
    assert fake.requests[0].headers["cookie"] == COOKIE
    if speaks == "docs":
        assert [(tool.name, tool.arguments, tool.result) for tool in first.tools] == [
            ("web-search", '{"q": "qubits"}', '{"items": [1]}'),
            ("web-search", '{"q": "gates"}', "none"),
        ]
    else:
        assert first.sources == (SourceCited("https://qubits.example", "Qubits", "All about them"),)


@pytest.mark.parametrize("cookie", ["tok.sig%3D", COOKIE, f"other=1; {COOKIE}"])
async def test_hardwire_takes_a_cookie_as_its_value_or_whole(start: Start, cookie: str) -> None:
    said = talk(start(HardWire()), f'preset = "hardwire"\napi_key = "{cookie}"\nuser = "user-123"\nmodel = "m"')
    reply = await said.say("Hello")
    assert reply.text == HardWire.text


@pytest.mark.parametrize("speaks", ["docs", "code"])
async def test_hardwire_without_a_model_takes_the_servers_first(start: Start, speaks: str) -> None:
    fake = start(HardWire(speaks=speaks))  # type: ignore[arg-type]
    said = talk(fake, 'preset = "hardwire"\napi_key = "tok.sig%3D"\nuser = "user-123"')
    reply = await said.say("Hello")
    assert reply.model == fake.bodies[-1]["modelId"] == "gemini-2.5-pro"
    wire = HttpWire()
    assert await models(said.endpoint, wire) == ("gemini-2.5-pro", "gpt-5.2")
    await wire.aclose()


@pytest.mark.parametrize("speaks", ["docs", "code"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
async def test_hardwire_refuses_in_two_shapes(start: Start, speaks: str, status: int) -> None:
    said = talk(start(HardWire(speaks=speaks, fails=status)))  # type: ignore[arg-type]
    await said.say("Hello")
    assert isinstance(said.error, Rejected)
    assert said.error.status == status
    assert WRONG[status][2] in said.error.text


@pytest.mark.parametrize("speaks", ["docs", "code"])
async def test_hardwire_a_session_that_has_ended(start: Start, speaks: str) -> None:
    fake = start(HardWire(speaks=speaks))  # type: ignore[arg-type]
    said = talk(fake, 'preset = "hardwire"\napi_key = "old"\nuser = "user-123"\nmodel = "m"')
    await said.say("Hello")
    assert isinstance(said.error, Rejected)
    assert said.error.text.startswith("401")
    assert "the configuration file" in str(said.error)


@pytest.mark.parametrize(
    ("speaks", "words"), [("docs", "The model is overloaded."), ("code", "Streaming failed (STREAMING_ERROR).")]
)
async def test_hardwire_an_error_inside_the_stream(start: Start, speaks: str, words: str) -> None:
    said = talk(start(HardWire(speaks=speaks, breaks=True)))  # type: ignore[arg-type]
    reply = await said.say("Hello")
    assert isinstance(said.error, Reported)
    assert said.error.text == f"The provider reported: {words}"
    assert reply.text


async def test_hardwire_an_empty_end_does_not_erase_what_was_said(start: Start) -> None:
    class Silent(HardWire):
        def _code(self, chat: str, body: dict[str, object]) -> list[object]:
            complete = {"type": "complete", "message": {"content": "", "sources": []}, "chatId": chat}
            return [{"type": "token", "token": self.text}, complete] if self.text else [complete]

    said = talk(start(Silent()), LINES[HardWire])
    assert (await said.say("Hello")).text == HardWire.text
    said = talk(start(Silent(text="")), LINES[HardWire])
    assert (await said.say("Hello")).notices == ("The server finished without an answer.",)


async def test_hardwire_says_what_is_missing_before_anything_is_sent(start: Start) -> None:
    fake = start(HardWire())
    said = talk(fake)
    said.endpoint = replace(said.endpoint, user="")
    await said.say("Hello")
    assert isinstance(said.error, Unsupported)
    assert "needs user" in said.error.text
    assert fake.requests == []


# ---------------------------------------------------------------- Snackprompt


async def test_snackprompt_sends_every_filter_and_may_ask_for_sources(start: Start) -> None:
    fake = start(Snackprompt())
    said = talk(
        fake,
        f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\n'
        'params = { tenant_id = "t-1", tag_names = ["Sales"], sources = true }',
    )
    reply = await said.say("what are the products?")
    body = {"query": "what are the products?", "filters": {"tenant_id": "t-1", "tag_names": ["Sales"]}}
    assert fake.bodies == [body, body]
    assert [request.path for request in fake.requests] == ["/v1/kb/chat/stream", "/v1/kb/chat"]
    assert reply.sources == (SourceCited("", "item-789", "Our products include tea"),)
    assert said.finished
    fake = start(Snackprompt())
    said = talk(fake, f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {{ tenant_id = "t-1" }}')
    assert (await said.say("what?")).sources == ()
    assert len(fake.requests) == 1  # the second one is for those who ask for it


@pytest.mark.parametrize(
    ("params", "words"),
    [('{ tenant_id = "t", sort = "up" }', "400: Invalid filter: sort."), ('{ tenant_id = "t" }', "")],
)
async def test_snackprompt_words_its_refusals(start: Start, params: str, words: str) -> None:
    said = talk(start(Snackprompt()), f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {params}')
    await said.say("Hello")
    assert (said.error.text if said.error else "") == words


@pytest.mark.parametrize("play", ["error", "error without end"])
async def test_snackprompt_an_error_inside_the_stream(start: Start, play: str) -> None:
    said = talk(start(Snackprompt(play=play)))  # type: ignore[arg-type]
    reply = await said.say("Hello")
    assert isinstance(said.error, Reported)
    assert said.error.text == "The provider reported: upstream model failed."
    assert reply.text


@pytest.mark.parametrize("play", ["unknown event", "odd data"])
async def test_snackprompt_what_is_not_understood_is_passed_over(start: Start, play: str) -> None:
    said = talk(start(Snackprompt(play=play)))  # type: ignore[arg-type]
    reply = await said.say("Hello")
    assert (reply.text, reply.notices, said.finished) == (Snackprompt.text, (), True)


async def test_snackprompt_limits(start: Start) -> None:
    fake = start(Snackprompt(limited=True))
    said = talk(fake)
    await said.say("Hello")
    assert isinstance(said.error, Rejected)
    assert said.error.text.startswith("429: ")
    assert (said.error.retryable, said.error.after) == (True, 1.0)


async def test_snackprompt_tests_its_key_without_a_question(start: Start) -> None:
    fake = start(Snackprompt())
    wire = HttpWire()
    await check(talk(fake).endpoint, wire)
    with pytest.raises(Rejected, match="401"):
        await check(talk(fake, 'preset = "snackprompt"\napi_key = "no"\nparams = { tenant_id = "t" }').endpoint, wire)
    await wire.aclose()
    assert [request.path for request in fake.requests] == ["/v1/auth/token/validate"] * 2


# ---------------------------------------------------------------- Motia, Flowise, TGI


async def test_motia_gets_the_history_without_the_message(start: Start) -> None:
    fake = start(MotiaSse())
    said = talk(fake)
    await said.say("one")
    await said.say("two")
    assert fake.bodies[0] == {"message": "one", "history": []}
    history = [{"role": "user", "content": "one"}, {"role": "assistant", "content": MotiaSse.text}]
    assert fake.bodies[1] == {"message": "two", "history": history}
    assert Progress("thinking", "processing") in said.events


@pytest.mark.parametrize(
    ("fails", "kind", "words"),
    [
        ("before", Rejected, "500: OpenAI key missing."),
        ("0.x", Rejected, "500: Internal server error."),
        ("inside", CutShort, "The reply ended without an end marker; it may be cut short."),
        ("told", Reported, "The provider reported: the worker failed."),
    ],
)
async def test_motia_fails(start: Start, fails: str, kind: type[Exception], words: str) -> None:
    said = talk(start(MotiaSse(fails=fails)))  # type: ignore[arg-type]
    await said.say("one")
    assert type(said.error) is kind
    assert said.error is not None
    assert said.error.text == words


@pytest.mark.parametrize("speaks", ["server", "page", "json"])
async def test_flowise_speaks_three_ways(start: Start, speaks: str) -> None:
    fake = start(Flowise(speaks=speaks))  # type: ignore[arg-type]
    said = talk(fake)
    reply = await said.say("Tell me")
    assert (said.error, said.finished) == (None, True)
    assert reply.text == Flowise.text
    assert reply.sources == (SourceCited("https://book.example/1", "Book", "It began."),)
    assert fake.bodies[0]["overrideConfig"] == {"sessionId": "conv-1"}
    if speaks == "server":
        assert [(tool.name, tool.arguments, tool.result) for tool in reply.tools] == [("calc", '{"n": 1}', "2")]
        assert reply.usage == Usage(5, 7)


@pytest.mark.parametrize("speaks", ["server", "page"])
async def test_flowise_fails(start: Start, speaks: str) -> None:
    said = talk(start(Flowise(speaks=speaks, fails=True)))  # type: ignore[arg-type]
    await said.say("Tell me")
    assert isinstance(said.error, Reported)
    assert said.error.text == "The provider reported: The model is gone."
    said = talk(start(Flowise()), 'preset = "flowise"\nparams = { flow = "no/such" }')
    await said.say("Tell me")
    assert said.error is not None
    assert said.error.text == "404: Chatflow not found."


@pytest.mark.parametrize(("special", "reason"), [(True, "eos_token"), (False, "length")])
async def test_tgi_drops_special_tokens_and_tells_why_it_ended(start: Start, special: bool, reason: str) -> None:
    fake = start(Tgi(special=special))
    said = talk(fake, more="params = { max_new_tokens = 20 }")
    reply = await said.say("Hello")
    assert (reply.text, reply.finish, reply.usage) == (Tgi.text, reason, Usage(5, 3 if special else 2))
    assert fake.bodies == [{"inputs": "Hello", "parameters": {"max_new_tokens": 20}}]


async def test_tgi_fails(start: Start) -> None:
    said = talk(start(Tgi(fails=True)))
    await said.say("Hello")
    assert isinstance(said.error, Reported)
    assert said.error.text == "The provider reported: Request failed during generation."

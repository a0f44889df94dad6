"""`chattui ask` in this process, against scripted replies: what it prints where, how it ends, what it leaves."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui import attach
from chattui.cli import main
from chattui.errors import CutShort, Rejected, SecretError, TimedOut, Unreachable
from chattui.events import (
    ChatEvent,
    Choice,
    ChoicesOffered,
    FileReturned,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    SourceCited,
    Started,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers import Turn
from chattui.store import Store

Script = Callable[..., list[Turn]]
Out = pytest.CaptureFixture[str]
HELLO: tuple[ChatEvent, ...] = (TextDelta("Hel"), TextDelta("lo"), Finished("stop"))


def store(home: Path) -> Store:
    return Store(home / "data")


def test_the_text_and_nothing_else_goes_to_standard_output(script: Script, capsys: Out) -> None:
    script(Progress("connecting", host="h"), Started("m"), ReasoningDelta("hm"), *HELLO)
    assert main(["ask", "hi"]) == 0
    assert capsys.readouterr() == ("Hello", "")


def test_what_was_said_is_in_the_store(script: Script, home: Path) -> None:
    script(*HELLO)
    main(["ask", "How", "are", "you?"])
    (name,) = store(home).ids()
    found = store(home).load(name)
    assert found.title == "How are you?"
    assert found.endpoint == "demo"
    assert [(message.role, message.text) for message in found.branch()] == [
        ("user", "How are you?"),
        ("assistant", "Hello"),
    ]


def test_with_no_save_nothing_is_left(script: Script, home: Path) -> None:
    script(*HELLO)
    assert main(["ask", "--no-save", "hi"]) == 0
    assert not home.exists()


@pytest.mark.parametrize(
    ("words", "stdin", "prompt"),
    [
        (["one", "two"], b"", "one two"),
        ([], b"from a pipe\n", "from a pipe"),
        (["Review this:"], b"a = 1\n\nb = 2\n", "Review this:\n\na = 1\n\nb = 2"),
        (["one"], b"  \n", "one"),
        ([], b"  indented\r\n", "  indented"),
        ([], b"\xef\xbb\xbfwith a mark", "with a mark"),
        ([], b"not utf-8: \xff", "not utf-8: \ufffd"),
        (["--", "-e is an option"], b"", "-e is an option"),
        (["one", "-m", "x", "two"], b"", "one two"),
        ([], b"x" * 1_000_000, "x" * 1_000_000),
    ],
)
def test_the_prompt_is_made_of_words_and_standard_input(
    words: list[str], stdin: bytes, prompt: str, script: Script, piped: Callable[[bytes], None]
) -> None:
    asked = script(*HELLO)
    piped(stdin)
    assert main(["ask", *words]) == 0
    assert asked[0].prompt == prompt


@pytest.mark.parametrize("words", [[], [""], ["  ", "\n"]])
def test_an_empty_prompt_sends_nothing(words: list[str], script: Script, capsys: Out, home: Path) -> None:
    asked = script(*HELLO)
    assert main(["ask", *words]) == 2
    assert not asked
    assert "There is no prompt." in capsys.readouterr().err
    assert not (home / "data").exists()


def test_model_and_system_are_asked_for_and_remembered(script: Script, home: Path) -> None:
    asked = script(*HELLO)
    main(["ask", "-m", "big", "-s", "Be brief.", "hi"])
    main(["ask", "--continue", "and?"])
    assert [(turn.model, turn.system) for turn in asked] == [("big", "Be brief.")] * 2
    assert [message.text for message in asked[1].messages] == ["hi", "Hello", "and?"]
    assert len(store(home).ids()) == 1


def test_another_endpoint_does_not_inherit_the_model(script: Script, config: Callable[[str], Path]) -> None:
    config('[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\nmodel = "small"\n')
    asked = script(*HELLO)
    main(["ask", "-m", "big", "hi"])
    main(["ask", "--continue", "-e", "demo", "hi"])
    assert [(turn.endpoint.name, turn.model) for turn in asked] == [("lab", "big"), ("demo", "demo")]


@pytest.mark.parametrize("reference", ["1", "id", "ending"])
def test_a_conversation_is_named_by_number_id_or_ending(reference: str, script: Script, home: Path) -> None:
    asked = script(*HELLO)
    main(["ask", "first"])
    (name,) = store(home).ids()
    assert main(["ask", "-c", {"1": "1", "id": name, "ending": name[-6:]}[reference], "second"]) == 0
    assert asked[1].conversation == name


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["ask", "-c", "7", "hi"], "There is no conversation number 7"),
        (["ask", "--continue", "hi"], "There is no conversation to continue."),
        (["ask", "-e", "dem", "hi"], "There is no endpoint ‘dem’. Did you mean ‘demo’?"),
        (["ask", "-e", "a\x1b[31m", "hi"], "There is no endpoint ‘a␛[31m’."),
        (["--config", "/nowhere/c.toml", "ask", "hi"], "There is no file /nowhere/c.toml."),
        (["--profile", "A B", "ask", "hi"], "A profile name is"),
        (["ask", "--no-save", "--continue", "hi"], "not allowed with"),
        (["ask", "--events", "--json", "hi"], "not allowed with"),
        (["ask", "hi", "--wrong"], "there is no option ‘--wrong’ here"),
        (["asq", "hi"], "there is no command ‘asq’; did you mean ‘ask’?"),
        (["What is SSE?"], "To ask a question: chattui ask"),
        (["config", "what"], "there is no command ‘what’; choose one of: path, init, show, edit\n"),
        (["config"], "the following arguments are required: WHAT"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(argv: list[str], said: str, script: Script, capsys: Out) -> None:
    asked = script(*HELLO)
    assert main(argv) == 2
    out, err = capsys.readouterr()
    assert said in err
    assert err.startswith("chattui")
    assert not out
    assert not asked


@pytest.mark.parametrize(
    ("events", "code", "state", "out"),
    [
        ((TextDelta("a"), Finished("stop")), 0, "complete", "a"),
        ((TextDelta("a"), CutShort("The reply ended without an end marker.")), 3, "incomplete", "a"),
        ((TextDelta("a"), TimedOut("No data for 2 s.")), 3, "incomplete", "a"),
        ((TimedOut("No answer within 2 s."),), 3, "failed", ""),
        ((CutShort("The connection dropped."),), 3, "failed", ""),
        ((Unreachable("Nothing is listening on h:1.", hint="Is the server running?"),), 1, "failed", ""),
        ((Rejected("401: refused.", status=401),), 1, "failed", ""),
        ((SecretError("$KEY is not set."),), 2, "failed", ""),
        ((ZeroDivisionError("ours"),), 1, "failed", ""),
    ],
)
def test_the_exit_code_tells_how_the_reply_ended(
    events: tuple[ChatEvent | Exception, ...], code: int, state: str, out: str, script: Script, capsys: Out, home: Path
) -> None:
    script(*events)
    assert main(["ask", "hi"]) == code
    shown, err = capsys.readouterr()
    assert shown == out
    error = events[-1]
    if isinstance(error, Exception):
        assert err.startswith("chattui: ")
        assert "Traceback" not in err
        assert isinstance(error, ZeroDivisionError) or str(error) in err
    (name,) = store(home).ids()
    assert store(home).load(name).branch()[-1].state == state


def test_a_partial_reply_says_where_it_is_kept(script: Script, capsys: Out, home: Path) -> None:
    script(TextDelta("half"), CutShort("The connection dropped."))
    main(["ask", "hi"])
    (name,) = store(home).ids()
    assert f"chattui show {name[-6:]}" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_what_had_arrived(number: signal.Signals, script: Script, capsys: Out, home: Path) -> None:
    script(TextDelta("half"), lambda: os.kill(os.getpid(), number), TextDelta("never"))
    assert main(["ask", "hi"]) == 130
    out, err = capsys.readouterr()
    assert out == "half"
    assert "Stopped." in err
    (name,) = store(home).ids()
    reply = store(home).load(name).branch()[-1]
    assert (reply.state, reply.text) == ("stopped", "half")


# ---------------------------------------------------------------- replaced text


@pytest.mark.parametrize(
    ("events", "out", "warned"),
    [
        ((TextReplaced("He"), TextReplaced("Hello"), TextReplaced("Hello!")), "Hello!", False),
        ((TextDelta("He"), TextReplaced("Hello"), TextDelta("!")), "Hello!", False),
        ((TextDelta("Hex"), TextReplaced("Hello"), TextDelta("!")), "Hex", True),
        ((TextDelta("He"), TextReplaced("Sorry"), TextReplaced("Hello")), "Hello", False),
        ((TextDelta("He"), TextReplaced("")), "He", True),
    ],
)
def test_replaced_text_prints_what_it_adds_and_a_taken_back_one_is_told(
    events: tuple[ChatEvent, ...], out: str, warned: bool, script: Script, capsys: Out
) -> None:
    script(*events, Finished())
    assert main(["ask", "hi"]) == 0
    shown, err = capsys.readouterr()
    assert shown == out
    assert ("took back text" in err) is warned


# ---------------------------------------------------------------- other things that arrive


def test_notices_and_choices_go_to_standard_error(script: Script, capsys: Out) -> None:
    script(
        TextDelta("Which plan?"),
        Notice("filtered\x1b[2J"),
        ChoicesOffered((Choice("Free"), Choice("Team"))),
        Finished(),
    )
    main(["ask", "hi"])
    assert capsys.readouterr() == (
        "Which plan?", "chattui: filtered␛[2J\nchattui: choice 1: Free\nchattui: choice 2: Team\n"
    )  # fmt: skip


def test_sources_are_numbered_on_standard_error(script: Script, capsys: Out) -> None:
    script(TextDelta("So [1][2]."), SourceCited("http://x", "The x\x1b[2J"), SourceCited("http://y"), Finished())
    main(["ask", "hi"])
    assert capsys.readouterr() == (
        "So [1][2].", "chattui: source 1: The x␛[2J · http://x\nchattui: source 2: http://y\n"
    )  # fmt: skip


def test_reasoning_is_shown_on_request_on_standard_error(script: Script, capsys: Out) -> None:
    script(ReasoningDelta("Let me "), ReasoningDelta("think\x1b[2J"), *HELLO)
    main(["ask", "--show-reasoning", "hi"])
    assert capsys.readouterr() == ("Hello", "Let me think␛[2J\n")


def test_raw_text_passes_a_pipe_unchanged_and_lone_surrogates_do_not_end_it(script: Script, capsys: Out) -> None:
    script(TextDelta("\x1b[31m \ud83d"), TextDelta("\ude00 \udc00 ü\r"), TextDelta("\nend"), Finished())
    assert main(["ask", "hi"]) == 0
    assert capsys.readouterr().out == "\x1b[31m 😀 \ufffd ü\r\nend"


def test_json_is_one_object_with_all_that_is_known(script: Script, capsys: Out, home: Path) -> None:
    script(
        Started("gpt-x"), ReasoningDelta("hm"), TextDelta("Hi \ud800"), UsageReported(Usage(3, 5)),
        SourceCited("http://x"), Finished("stop"),
    )  # fmt: skip
    assert main(["ask", "--json", "hi"]) == 0
    found = json.loads(capsys.readouterr().out)
    (name,) = store(home).ids()
    assert found["text"] == "Hi \ud800"
    assert (found["state"], found["finish"], found["endpoint"], found["model"]) == ("complete", "stop", "demo", "gpt-x")
    assert found["conversation"] == name
    assert found["usage"]["output"] == 5
    assert found["reasoning"] == "hm"
    assert found["sources"] == [{"url": "http://x"}]
    assert found["timing"]["total"] >= found["timing"]["first"] >= 0
    assert found["error"] is None


def test_json_of_a_failure_has_the_error_and_no_conversation_unless_saved(script: Script, capsys: Out) -> None:
    script(Rejected("401: refused.", status=401, hint="Check the key."))
    assert main(["ask", "--json", "--no-save", "hi"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["conversation"] is None
    assert found["error"] == {"kind": "Rejected", "text": "401: refused.", "hint": "Check the key.", "retryable": False}


def test_events_are_one_json_object_a_line_with_growing_times(script: Script, capsys: Out) -> None:
    script(
        Progress("connecting", host="h", attempt=1), Progress("retrying", "busy", "h", 0.5, 2), Started("m"),
        ReasoningDelta("r"), TextDelta("t"), TextReplaced("tt"), ToolCalled("1", "f", "{}"), ToolReturned("1", "ok"),
        SourceCited("http://x", "X"), ChoicesOffered((Choice("A", "a"),)), Notice("n"), UsageReported(Usage(output=1)),
        Finished("stop"),
    )  # fmt: skip
    assert main(["ask", "--events", "hi"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    times = [line.pop("ms") for line in lines]
    assert times == sorted(times)
    end = lines.pop()
    assert lines == [
        {"event": "connecting", "host": "h"},
        {"event": "retrying", "text": "busy", "host": "h", "seconds": 0.5, "attempt": 2},
        {"event": "started", "model": "m"},
        {"event": "reasoning", "text": "r"},
        {"event": "text", "text": "t"},
        {"event": "text_replaced", "text": "tt"},
        {"event": "tool_call", "id": "1", "name": "f", "arguments": "{}"},
        {"event": "tool_result", "id": "1", "result": "ok"},
        {"event": "source", "url": "http://x", "title": "X"},
        {"event": "choices", "choices": [{"label": "A", "value": "a"}]},
        {"event": "notice", "text": "n"},
        {"event": "usage", "output": 1},
        {"event": "finished", "reason": "stop"},
    ]
    assert (end["event"], end["state"], end["error"]) == ("end", "complete", None)


def test_events_end_with_the_state_also_when_it_failed(script: Script, capsys: Out) -> None:
    script(TextDelta("t"), CutShort("cut"))
    assert main(["ask", "--events", "hi"]) == 3
    end = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (end["event"], end["state"], end["error"]["kind"]) == ("end", "incomplete", "CutShort")


# ---------------------------------------------------------------- configuration and disk


def test_a_mistake_is_told_where_it_bears_on_the_question_and_good_endpoints_still_work(
    script: Script, config: Callable[[str], Path], capsys: Out
) -> None:
    path = config(
        '[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\n[endpoints.bad]\nurl = 7\n[keys]\n"no.such" = "f6"\n'
    )
    asked = script(*HELLO)
    assert main(["ask", "hi"]) == 0
    assert asked[0].endpoint.name == "lab"
    assert capsys.readouterr().err == ""
    assert main(["ask", "-e", "bad", "hi"]) == 2
    told = capsys.readouterr().err
    assert "The endpoint ‘bad’ is disabled by a mistake" in told
    assert f"{path}:4" in told
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[endpoints.lab\nurl = "http://127.0.0.1:9/v1"\n', ":1:"),
        ('default = "labb"\n[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\n', ":1:"),
    ],
    ids=["no TOML", "no such default"],
)
def test_a_mistake_of_the_whole_file_is_told_by_every_question(
    script: Script, config: Callable[[str], Path], capsys: Out, text: str, told: str
) -> None:
    path = config(text)
    script(*HELLO)
    main(["ask", "hi"])
    assert f"{path}{told}" in capsys.readouterr().err


def test_a_disabled_default_is_not_replaced_by_another_endpoint(
    script: Script, config: Callable[[str], Path], capsys: Out
) -> None:
    config('default = "bad"\n[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\n[endpoints.bad]\nurl = 7\n')
    asked = script(*HELLO)
    assert main(["ask", "hi"]) == 2
    assert "disabled by a mistake" in capsys.readouterr().err
    assert not asked


def test_a_syntax_error_leaves_the_built_in_endpoints(
    script: Script, config: Callable[[str], Path], capsys: Out
) -> None:
    path = config("[endpoints.lab\n")
    asked = script(*HELLO)
    assert main(["ask", "hi"]) == 0
    assert asked[0].endpoint.name == "demo"
    assert f"{path}:1:" in capsys.readouterr().err


@pytest.mark.parametrize(("remembered", "expected"), [("lab", "lab"), ("gone", "first"), (7, "first"), (None, "first")])
def test_the_endpoint_last_chosen_comes_before_the_first_that_can_work(
    remembered: object, expected: str, script: Script, config: Callable[[str], Path], home: Path
) -> None:
    config(
        '[endpoints.keyless]\nurl = "http://127.0.0.1:9"\napi_key = { env = "NOT_SET_ANYWHERE" }\n'
        '[endpoints.first]\nurl = "http://127.0.0.1:9"\n[endpoints.lab]\nurl = "http://127.0.0.1:9"\n'
    )
    store(home).memory.remember(endpoint=remembered)
    asked = script(*HELLO)
    main(["ask", "hi"])
    assert asked[0].endpoint.name == expected


def test_a_home_that_cannot_be_written_costs_the_history_and_not_the_answer(
    script: Script, capsys: Out, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CHATTUI_HOME", str(tmp_path / "file" / "home"))
    script(*HELLO)
    assert main(["ask", "hi"]) == 0
    out, err = capsys.readouterr()
    assert out == "Hello"
    assert err.splitlines()[-1].startswith("chattui: The conversation is not saved: ")
    assert "Traceback" not in err
    assert main(["ask", "--no-save", "hi"]) == 0
    out, err = capsys.readouterr()
    assert out == "Hello"
    assert "not saved" not in err


def test_a_conversation_that_another_chattui_holds_is_refused(script: Script, capsys: Out, home: Path) -> None:
    asked = script(*HELLO)
    main(["ask", "hi"])
    other = store(home)
    (name,) = other.ids()
    other.hold(name)
    try:
        assert main(["ask", "--continue", "more"]) == 1
    finally:
        other.release(name)
    assert len(asked) == 1
    assert capsys.readouterr().err.startswith("chattui: ")


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


def test_files_are_sent_along_and_kept(script: Script, home: Path, tmp_path: Path) -> None:
    turns = script(*HELLO)
    (tmp_path / "a.txt").write_text("one")
    (tmp_path / "b.txt").write_text("two")
    assert main(["ask", "-a", str(tmp_path / "a.txt"), "Compare", "--attach", str(tmp_path / "b.txt")]) == 0
    assert turns[0].prompt == "Compare\n\na.txt:\n```txt\none\n```\n\nb.txt:\n```txt\ntwo\n```"
    question, _ = store(home).load(store(home).ids()[0]).branch()
    assert question.text == "Compare"
    assert [file.name for file in question.attachments] == ["a.txt", "b.txt"]
    assert set(store(home).files.contents(question.attachments).values()) == {b"one", b"two"}
    (tmp_path / "a.txt").unlink()
    assert main(["ask", "--continue", "And now?"]) == 0
    assert "\none\n" in turns[1].messages[0].text, "later turns send the copy"


def test_files_are_sent_along_without_a_store(script: Script, home: Path, tmp_path: Path) -> None:
    turns = script(*HELLO)
    (tmp_path / "a.txt").write_text("one")
    assert main(["ask", "--no-save", "-a", str(tmp_path / "a.txt"), "Read"]) == 0
    assert "\none\n" in turns[0].prompt
    assert not home.exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.txt", "There is no file"),
        ("cat.png", "takes no images (demo); nothing was sent"),
        ("x.bin", "neither"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(
    name: str, said: str, script: Script, home: Path, tmp_path: Path, capsys: Out
) -> None:
    turns = script(*HELLO)
    (tmp_path / "cat.png").write_bytes(PNG)
    (tmp_path / "x.bin").write_bytes(b"\x00\x01")
    assert main(["ask", "-a", str(tmp_path / name), "Look"]) == 2
    assert said in capsys.readouterr().err
    assert not turns
    assert not store(home).ids()
    assert not (home / "data" / "attachments").exists()


def test_a_file_of_the_reply_is_saved_and_told(script: Script, home: Path, capsys: Out) -> None:
    file = attach.described(PNG, "cat.png")
    script(TextDelta("Here."), FileReturned(file, PNG), Finished("stop"))
    assert main(["ask", "Paint"]) == 0
    out, err = capsys.readouterr()
    path = store(home).files.path(file)
    assert out == "Here."
    assert err == f"chattui: file: cat.png (48 B) · {path}\n"
    assert path.read_bytes() == PNG
    main(["show", "1"])
    assert f"[cat.png (48 B)] {path}" in capsys.readouterr().out


def test_events_tell_of_a_file_without_its_bytes(script: Script, capsys: Out) -> None:
    script(FileReturned(attach.described(PNG, "cat.png"), PNG), Finished("stop"))
    main(["ask", "--events", "Paint"])
    file = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (file["event"], file["name"], file["type"], file["size"]) == ("file", "cat.png", "image/png", 48)


def test_what_a_conversation_has_cost_is_summed(script: Script, capsys: Out) -> None:
    script(TextDelta("Hi"), UsageReported(Usage(input=10, output=4, cached=2, cost=0.25)), Finished("stop"))
    main(["ask", "One"])
    main(["ask", "--continue", "Two"])
    capsys.readouterr()
    main(["show", "1"])
    assert capsys.readouterr().out.endswith("── 20 tokens in (4 cached) · 8 out · $0.50\n")


@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["temperature=0.2"], {"temperature": 0.2}),
        (["reasoning_effort=high", "seed=7", "stream_options={ include_usage = true }"],
         {"reasoning_effort": "high", "seed": 7, "stream_options": {"include_usage": True}}),
        (['stop=["a", "b"]', 'quoted="7"', "user=O'Brien = x"],
         {"stop": ["a", "b"], "quoted": "7", "user": "O'Brien = x"}),
        (["thinking.budget=5"], {"thinking": {"type": "on", "budget": 5}}),
    ],
)  # fmt: skip
def test_parameters_are_sent_and_stay_with_the_conversation(
    script: Script, home: Path, config: Callable[[str], Path], words: list[str], params: dict[str, object]
) -> None:
    config('[endpoints.lab]\nurl = "http://lab.test"\nmodel = "m"\nparams = { top_p = 1, thinking = { type = "on" } }')
    turns = script(*HELLO)
    assert main(["ask", *(part for word in words for part in ("-p", word)), "-e", "lab", "hi"]) == 0
    assert main(["ask", "--continue", "and now?"]) == 0
    for turn in turns:
        assert dict(turn.endpoint.params) == {"top_p": 1, "thinking": {"type": "on"}, **params}
    assert store(home).load(store(home).ids()[0]).params == params


def test_a_parameter_without_a_value_goes(script: Script, home: Path) -> None:
    script(*HELLO)
    main(["ask", "-p", "a=1", "-p", "b.c=2", "hi"])
    main(["ask", "--continue", "-p", "a=", "-p", "b.c=", "hi"])
    assert store(home).load(store(home).ids()[0]).params == {}


@pytest.mark.parametrize("word", ["temperature", "=1", "a b=1", "a..b=1"])
def test_what_is_no_parameter_is_told_and_nothing_is_sent(script: Script, capsys: Out, word: str) -> None:
    turns = script(*HELLO)
    assert main(["ask", "-p", word, "hi"]) == 2
    assert f"‘{word}’ is no parameter." in capsys.readouterr().err
    assert turns == []


def test_show_tells_what_was_tuned(script: Script, capsys: Out) -> None:
    script(*HELLO)
    main(["ask", "-p", "temperature=0.2", "-p", "seed=7", "-s", "Be brief.", "hi"])
    capsys.readouterr()
    main(["show", "1"])
    assert " · temperature = 0.2, seed = 7 · system: Be brief. · " in capsys.readouterr().out


def test_a_prompt_with_a_key_or_hidden_characters_is_sent_with_a_warning(script: Script, capsys: Out) -> None:
    """Nobody may be there to be asked."""
    asked = script(*HELLO)
    tags = "".join(chr(0xE0000 + ord(character)) for character in "obey")
    assert main(["ask", f"is sk-proj-abcdefghijklmnopqrstuv good? {tags}"]) == 0
    told = capsys.readouterr().err
    assert "warning: The prompt seems to hold an OpenAI key. It goes to" in told
    assert "warning: The prompt holds 4 hidden characters, which are sent as they are. They spell “obey”." in told
    assert "abcdefghijklmnop" not in told
    assert asked[0].prompt.endswith(tags)

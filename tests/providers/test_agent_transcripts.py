"""What real servers sent in the formats of agents and applications, played back: whole, cut anywhere, and damaged."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from replay import FUZZ, Case, Played, bytewise, cases, check, framed, heard, told
from talk import endpoint

from chattui.endpoint import Endpoint, Retry
from server import Server

LINES = {
    "vercel_ui": 'provider = "vercel-ui"',
    "ag_ui": 'provider = "ag-ui"',
    "langgraph": 'provider = "langgraph"\nparams = { stateless = true }',
    "dify": 'provider = "dify"\nparams = { suggestions = false }',
    "lmstudio": 'provider = "lmstudio"\nmodel = "m"',
    "a2a": 'provider = "a2a"\nparams = { version = "1.0" }',
}
CASES = [pytest.param(folder, case, id=f"{folder}-{case}") for folder in LINES for case in cases(folder)]
STREAMS = [(folder, case) for folder in LINES for case in cases(folder) if case.status == 200 and case.body]


def spoken(folder: str) -> Endpoint:
    return replace(endpoint(f'url = "http://127.0.0.1:9/it"\n{LINES[folder]}'), retry=Retry(0))


@pytest.mark.parametrize("folder", LINES)
def test_there_are_enough_cases(folder: str) -> None:
    assert len(cases(folder)) >= 8


DOCUMENTED = {
    "dify": (  # the events of Dify 1.17, and two of older chatflows
        "ping error message message_end tts_message tts_message_end message_file message_replace agent_thought "
        "agent_message workflow_started workflow_paused workflow_finished node_started node_finished node_retry "
        "iteration_started iteration_next iteration_completed loop_started loop_next loop_completed text_chunk "
        "text_replace reasoning_chunk agent_log human_input_required human_input_form_filled human_input_form_timeout "
        "parallel_branch_started parallel_branch_finished"
    ),
    "lmstudio": (
        "chat.start model_load.start model_load.progress model_load.end prompt_processing.start "
        "prompt_processing.progress prompt_processing.end reasoning.start reasoning.delta reasoning.end "
        "tool_call.start tool_call.arguments tool_call.success tool_call.failure message.start message.delta "
        "message.end error chat.end"
    ),
}
"""The events of the two whose servers could not be run, so that no recording can show them all."""


@pytest.mark.parametrize("folder", DOCUMENTED)
def test_every_documented_event_is_in_some_case(folder: str) -> None:
    bodies = b"\n".join(case.body for case in cases(folder))
    sent = {
        name
        for name in DOCUMENTED[folder].split()
        if re.search(
            rb'(?:"(?:event|type)": *"|^event: *)' + re.escape(name.encode()) + rb'(?:"|$)', bodies, re.MULTILINE
        )
    }
    assert set(DOCUMENTED[folder].split()) - sent == set()


@pytest.mark.parametrize(("folder", "case"), CASES)
async def test_an_answer_says_what_its_file_says(folder: str, case: Case, server: Server) -> None:
    talk, reply = await told(case, server, LINES[folder])
    check(case, talk, reply)


@pytest.mark.parametrize(("folder", "case"), [pytest.param(*one, id=f"{one[0]}-{one[1]}") for one in STREAMS])
async def test_where_an_answer_is_cut_makes_no_difference(folder: str, case: Case) -> None:
    whole = await heard(spoken(folder), Played([case.body], case.headers, case.whole))
    bits = await heard(spoken(folder), Played(bytewise(case.body), case.headers, case.whole))
    assert bits == whole
    assert whole.reply.text == case.expected["text"]
    frames = framed(case, [case.body])
    for at in range(1, len(case.body)):
        assert framed(case, [case.body[:at], case.body[at:]]) == frames, at


MARKS = {
    "vercel_ui": (b'"type":"finish"', b'"type":"abort"', b"[DONE]", b"\nd:"),
    "ag_ui": (b"RUN_FINISHED",),
    "dify": (b"message_end", b"workflow_finished", b"workflow_paused"),
    "lmstudio": (b"chat.end",),
    "a2a": (b"COMPLETED", b"completed", b"input-required", b"INPUT_REQUIRED", b'"message"', b'"final":true'),
}
"""The end markers of the formats that have some."""


def marked(folder: str, case: Case) -> bool:
    """Whether this answer needs a marker: documents need none, nor does plain text that names no protocol."""
    plain = case.type.startswith("text/plain") and "x-vercel-ai-data-stream" not in case.headers
    return folder in MARKS and not plain and not case.type.startswith("application/json")


MARKED = [pytest.param(folder, case, id=f"{folder}-{case}") for folder, case in STREAMS if marked(folder, case)]


@pytest.mark.parametrize(("folder", "case"), MARKED)
async def test_an_answer_that_stops_between_two_events_is_not_complete(folder: str, case: Case) -> None:
    mark = b"\n\n" if b"\n\n" in case.body else b"\n"
    units = case.body.split(mark)
    for kept in range(1, len(units)):
        early = mark.join(units[:kept]) + mark
        if any(end in early for end in MARKS[folder]):
            break
        assert not (await heard(spoken(folder), Played([early], case.headers))).complete, early


@pytest.mark.parametrize("folder", LINES)
async def test_damage_is_told_and_never_taken_for_an_end(folder: str) -> None:
    """Nothing but ChatError comes out (`heard` lets all else through), and nothing is complete without one of the
    format's end markers among its bytes.
    """
    dice = random.Random(f"damage {folder}")
    known = [case for name, case in STREAMS if name == folder and len(case.body) < 2500]
    for _ in range(FUZZ):
        case = dice.choice(known)
        body = damaged(case.body, dice)
        found = await heard(spoken(folder), Played(pieces(body, dice), case.headers))
        if found.complete and marked(folder, case):
            assert any(mark in body for mark in MARKS[folder]), body


def damaged(body: bytes, dice: random.Random) -> bytes:
    """The body with one to three things done to it that networks, proxies and servers do."""
    for _ in range(dice.randint(1, 3)):
        at, to = sorted((dice.randrange(len(body) + 1), dice.randrange(len(body) + 1)))
        match dice.randrange(8):
            case 0:
                body = body[:at]
            case 1:
                body = body[:at] + body[min(to, at + 40) :]
            case 2:
                body = body[:at] + bytes(dice.randrange(256) for _ in range(dice.randint(1, 4))) + body[at:]
            case 3:
                body = body[:at] + body[at : at + 60] * 2 + body[at + 60 :]
            case 4:
                events = body.split(b"\n\n")
                dice.shuffle(events)
                body = b"\n\n".join(events)
            case 5:
                body = body.replace(dice.choice([b'"', b"{", b":", b",", b"\n"]), b"", 1)
            case 6:
                value = dice.choice([b"null", b"[]", b"{}", b"7", b'""', b"true", b'[{"type":null}]', b'{"a":[[1]]}'])
                start = body.find(b":", at)
                body = body[: start + 1] + value + body[body.find(b",", start) :] if 0 < start < len(body) else body
            case 7:
                body = (
                    body[:at]
                    + dice.choice([b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\r", b"\n\n", b"data: "])
                    + body[at:]
                )
        if not body:
            return b" "
    return body


def pieces(body: bytes, dice: random.Random) -> Iterator[bytes]:
    while body:
        at = dice.randint(1, max(1, len(body)))
        yield body[:at]
        body = body[at:]

"""The inspector, as a person uses it: live, past, filtered, copied, on a small screen and on a large recording."""

import asyncio
import json
from pathlib import Path

import pytest
import screen
from real import Real
from taped import WORDS, tape, telling
from textual.app import App
from textual.pilot import Pilot

from chattui.chat import Conversation, Message
from chattui.tape import Became, Tape
from chattui.tui.inspector import Inspector
from server import STALL, Server, said

LINES = '[endpoints.lab]\nurl = "{}"\nmodel = "m"\napi_key = "sk-lab-secret-1234567"\n'


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Real:
    return Real(tmp_path, monkeypatch)


class Desk:
    """An inspector alone on the screen, and what it did."""

    def __init__(self, shown: Tape, *, growing: bool = False) -> None:
        self.app: App[None] = App()
        self.copied: list[str] = []
        self.saved: list[Tape] = []
        self.growing = growing
        self.inspector = Inspector(
            shown,
            copy=lambda text, _: self.copied.append(text),
            save=self.saved.append,
            record=lambda: "It is recorded.",
            growing=lambda: self.growing,
        )

    @property
    def lines(self) -> list[str]:
        return screen.lines(self.app)

    @property
    def text(self) -> str:
        return screen.text(self.app)

    async def until(self, words: str) -> None:
        for _ in range(300):
            if words in self.text:
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"‘{words}’ never stood there\n{self.text}")

    async def shown(self, pilot: Pilot[None]) -> None:
        await self.app.push_screen(self.inspector)
        await pilot.pause()


async def test_every_frame_stands_there_with_its_times_and_what_became_of_it() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(120, 30)) as pilot:
        await desk.shown(pilot)
        await desk.until("⚠ 1 event matched no rule")
        head, rows, foot = desk.lines[0], desk.lines[3:21], desk.lines[-2]
    assert head.split("   ")[0] == " POST http://localhost:3000/chat/stream"
    assert "200 · text/event-stream · 18 frames · 2.3 s · first byte 0.31 s" in head
    assert head.endswith("⚠ 1")
    assert rows[0].split() == ["▸01", "312", "312", "47", "thinking", '{"status":"processing"}', "thinking",
                               '"processing"']  # fmt: skip
    assert rows[2].split()[:5] == ["03", "429", "31", "38", "chunk"]
    assert '"an "' in rows[2]
    assert rows[14].split() == ["15", "1802", "1032", "14", ":", "keep-alive", "(alive)"]
    assert rows[15].endswith("unmatched")
    assert rows[17].endswith("done")
    assert "max 1,032 ms" in foot
    assert f"text 0 of {sum(map(len, WORDS)) + 7}" in foot


async def test_a_frame_opens_as_json_and_as_bytes() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.shown(pilot)
        await pilot.press("down", "enter")
        await desk.until("frame 2 · at 398.0 ms · gap 86.0 ms · 40 bytes · event chunk · became text")
        assert '"content": "Only "' in desk.text
        assert "000000  65 76 65 6e 74 3a 20 63  68 75 6e 6b 0a 64 61 74  event: chunk·dat" in desk.text
        await pilot.press("down")
        assert '"content": "an "' in desk.text
        await pilot.press("escape")
        assert "frame 3" not in desk.text
        await pilot.press("escape")
        assert not isinstance(desk.app.screen, Inspector)


async def test_request_and_response_are_shown_without_secrets() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.shown(pilot)
        await pilot.press("h")
        await desk.until("authorization: Bearer ***   (from $LAB_KEY)")
        assert '"message": "How do I know?"' in desk.text
        assert "200 after 290.0 ms · cut as sse" in desk.text
        assert "x-powered-by: Express" in desk.text


async def test_findings_are_told_with_their_cure_and_lead_to_the_frame() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.shown(pilot)
        await desk.until("matched no rule")
        await pilot.press("l")
        await desk.until("1 event matched no rule. (frame 16)")
        assert "→ Send x-accel-buffering: no." in desk.text
        await pilot.press("n")
        assert desk.inspector.frames.number == 15


async def test_a_filter_leaves_what_fits() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        await pilot.press("f", *"unmatched")
        await desk.until("progress")
        assert [line.split()[0] for line in desk.lines[3:5] if line] == ["▸16"]
        assert "1 of 18 frames" in "\n".join(desk.lines), desk.lines
        await pilot.press("enter", "escape")
        assert len([line for line in desk.lines if "chunk" in line]) > 10
        await pilot.press("f", *"EXPLICIT", "enter", "y")
        assert desk.copied == ['{"content":"explicit "}']


async def test_a_whole_recording_is_not_painted_again_while_somebody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        await desk.app.workers.wait_for_complete()
        desk.inspector.look()
        painted: list[object] = []
        monkeypatch.setattr(desk.inspector._head, "refresh", lambda: painted.append("head"))
        monkeypatch.setattr(desk.inspector._foot, "refresh", lambda: painted.append("foot"))
        desk.inspector.look()
        assert painted == []


async def test_what_is_copied() -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        await pilot.press("down", "y", "u", "p", "t", "s", "r")
        frame, curl, python, rule = desk.copied
        assert frame == '{"content":"Only "}'
        assert curl.startswith("curl -N -X POST http://localhost:3000/chat/stream")
        assert '-H "authorization: Bearer $LAB_KEY"' in curl
        assert "httpx.stream" in python
        assert rule == '{ event = "chunk", text = "content" },'
        assert desk.saved == [desk.inspector.tape]
        assert "It is recorded." in screen.notes(desk.app)


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_it_fits(size: tuple[int, int]) -> None:
    desk = Desk(tape())
    async with desk.app.run_test(size=size) as pilot:
        await desk.shown(pilot)
        await desk.until("text")
        assert ("200 · text/event-stream" if size[0] > 60 else "200 · sse") in desk.lines[0]
        assert "esc close" in desk.lines[-1]
        assert "Only" in desk.text
        assert all(len(line) <= size[0] for line in desk.lines)
        await pilot.press("enter")
        assert "frame 1 · at 312.0 ms" in desk.text


async def test_it_follows_a_reply_until_somebody_moves() -> None:
    shown = tape()
    (take,) = shown.takes
    chunks, became = take.chunks[:], take.became[:]
    take.chunks, take.became, take.ended, shown.state = chunks[:3], became[:3], None, ""
    desk = Desk(shown, growing=True)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        assert "3 frames" in desk.lines[0]
        assert desk.inspector.frames.number == 2
        take.chunks += chunks[3:8]
        take.became += became[3:8]
        await desk.until("8 frames")
        assert desk.inspector.frames.number == 7
        await pilot.press("home")
        take.chunks += chunks[8:]
        take.became += became[8:]
        take.ended, shown.state, desk.growing = 2400.0, "complete", False
        await desk.until("18 frames")
        await desk.until("matched no rule")
        assert desk.inspector.frames.number == 0


async def test_a_reply_of_several_requests() -> None:
    shown = tape()
    shown.takes.insert(
        0, telling(url="http://localhost:3000/session", framing="json", chunks=[(9.0, b'{"id":7}')], ended=10.0)
    )
    desk = Desk(shown)
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        assert "‹2/2›" in desk.lines[0]
        await pilot.press("left")
        assert "/session" in desk.lines[0]
        assert '{"id":7}' in desk.text
        await pilot.press("left")
        assert "/chat/stream" in desk.lines[0]


async def test_what_a_server_sends_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\u202egnp.exe[/red]"
    pieces = [(10.0, evil, json.dumps({evil: evil}), Became("text", evil, 5)), (20.0, "", evil, Became("error", evil))]
    answer = (("content-type", evil), (evil, evil))
    take = telling(*pieces, (30.0, ":", evil, None), answer=answer, url=f"http://{evil}/")
    desk = Desk(Tape("m", takes=[take], state="complete"))
    async with desk.app.run_test(size=(120, 40)) as pilot:
        await desk.shown(pilot)
        for key in ("enter", "down", "down", "h", "l"):
            await pilot.press(key)
            assert not {"\x1b", "\x07", "\u202e"} & set(desk.text)
        assert "[/red]" in desk.text


async def test_a_large_recording_is_cut_bit_by_bit() -> None:
    pieces = [(float(number), "chunk", f'{{"n":{number}}}', Became("text", "x", 1)) for number in range(5000)]
    desk = Desk(Tape("m", takes=[telling(*pieces)], state="complete"))
    async with desk.app.run_test(size=(100, 30)) as pilot:
        await desk.shown(pilot)
        await desk.until("5,000 frames")
        await pilot.press("end")
        await desk.until("▸5000")
        await pilot.press("f", *'n":4999')
        await desk.until("▸5000")
        assert desk.inspector.frames.rows == [4999]


# ---------------------------------------------------------------- in the app


async def test_a_reply_of_this_run_and_one_of_the_last(real: Real, server: Server) -> None:
    server.says("Hello, human.", chunks=3)
    real.write(LINES.format(server.url) + 'record = "wire"\n')
    async with real.open() as pilot:
        await real.says(pilot, "Hi")
        await pilot.press("f12")
        await real.shows("frames")
        await real.shows('text "Hello"')
        await pilot.press("f12")
        await real.shows("❯")
        name = real.app.shown.session.conversation.id
    (path,) = real.paths.tapes.glob("*/*")
    assert b"sk-lab-secret" not in path.read_bytes()
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows("Hello, human.")
        await pilot.press("ctrl+t")
        await real.shows('text "Hello"')


async def test_a_reply_that_is_coming(real: Real, server: Server) -> None:
    server.reply(*said("Hello")[:2], STALL)
    real.write(LINES.format(server.url))
    async with real.open() as pilot:
        await real.ask(pilot, "Hi")
        await real.until(lambda: real.app.shown.flow is not None)
        await pilot.press("f12")
        await real.shows('text "Hello"')
        assert "…" in real.lines[0]
        await pilot.press("escape", "escape")
        await real.until(lambda: not real.app.shown.busy)


async def test_a_reply_that_was_not_recorded(real: Real) -> None:
    real.write(LINES.format("http://127.0.0.1:9"))
    question = Message("question0001", None, "user", "Hi", 1.0)
    answer = Message("answer000001", question.id, "assistant", "Hello.", 1.0, endpoint="lab")
    found = Conversation("conversation1", 1.0, 1.0, endpoint="lab")
    for message in (question, answer):
        found = found.with_message(message, now=1.0)
    real.store.save(found)
    real.store.release(found.id)
    async with real.open(conversation=found.id) as pilot:
        await real.shows("Hello.")
        await pilot.press("f12")
        await real.told('With record = "wire" at ‘lab’ later ones are kept')


async def test_recording_is_turned_on_from_the_palette(real: Real, server: Server) -> None:
    server.says("Hello.")
    real.write(LINES.format(server.url))
    async with real.open() as pilot:
        real.app.action_tape_record()
        await real.told("Replies of ‘lab’ are recorded until chattui ends")
        await real.says(pilot, "Hi")
        await real.until(lambda: list(real.paths.tapes.glob("*/*")))
        real.app.action_tape_record()
        await real.told("no longer recorded")


async def test_a_tape_that_is_damaged_is_told(real: Real, server: Server) -> None:
    server.says("Hello.")
    real.write(LINES.format(server.url) + 'record = "wire"\n')
    async with real.open() as pilot:
        await real.says(pilot, "Hi")
        name = real.app.shown.session.conversation.id
    (path,) = real.paths.tapes.glob("*/*")
    path.write_bytes(b"broken")
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows("Hello.")
        await pilot.press("f12")
        await real.told("is not a tape")

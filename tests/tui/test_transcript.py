"""The message pane shows messages, follows the tail, stays where a reader is, and copies clean text."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.geometry import Offset, Region
from textual.pilot import Pilot
from textual.selection import Selection

from chattui.chat import Failure, Message, Timing, Tool
from chattui.events import (
    ChatEvent,
    Choice,
    ChoicesOffered,
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
from chattui.tui.transcript import FRAME, Transcript

NOW = 1_760_000_000.0
SIZES = [(60, 15), (80, 24), (120, 40)]


@dataclass
class Clock:
    now: float = NOW

    def __call__(self) -> float:
        return self.now


class Pane(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.posted: list[object] = []

    def compose(self) -> ComposeResult:
        yield Transcript(clock=self.clock)

    def on_transcript_link_clicked(self, event: Transcript.LinkClicked) -> None:
        self.posted.append(event.url)

    def on_transcript_code_clicked(self, event: Transcript.CodeClicked) -> None:
        self.posted.append((event.message_id, event.number, event.text))

    def on_transcript_choice_clicked(self, event: Transcript.ChoiceClicked) -> None:
        self.posted.append((event.message_id, event.number))


@dataclass
class Stage:
    """A pane on a screen, and what can be read there."""

    app: Pane
    pilot: Pilot[None]
    pane: Transcript = field(init=False)

    def __post_init__(self) -> None:
        self.pane = self.app.query_one(Transcript)

    @property
    def rows(self) -> list[str]:
        """The rows of the screen, without the scroll bar and blanks at their ends."""
        width = self.pane.size.width - 1
        return [
            "".join(s.text for s in strip.crop(0, width)).rstrip()
            for strip in self.app.screen._compositor.render_strips()
        ]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    async def say(self, text: str, to: str = "a") -> None:
        self.pane.write(to, TextDelta(text))
        self.pane.flush()
        await self.pilot.pause()

    def find(self, words: str) -> tuple[int, int]:
        """Where the words stand: column and row."""
        row = next(at for at, line in enumerate(self.rows) if words in line)
        return self.rows[row].index(words), row


@asynccontextmanager
async def stage(*messages: Message, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    app = Pane()
    async with app.run_test(size=size) as pilot:
        made = Stage(app, pilot)
        made.pane.show(messages)
        await pilot.pause()
        yield made


def user(text: str) -> Message:
    return Message("u", None, "user", text, created=NOW)


def reply(text: str = "", name: str = "a", **more: object) -> Message:
    return replace(Message(name, "u", "assistant", text, model="gpt-x"), **more)  # type: ignore[arg-type]  # fields by name


def live(text: str = "") -> Message:
    return reply(text, state="streaming")


def numbered(first: int, last: int) -> str:
    return "\n".join(f"line {at}" for at in range(first, last + 1)) + "\n"


def long(number: int) -> Iterator[Message]:
    for at in range(number):
        text = f"start {at}\n\n" + "some words of prose " * (at % 17) + "\n\n- item\n" * (at % 5) + f"\n\nend {at}"
        yield reply(text, name=str(at))


# ---------------------------------------------------------------- what is shown


@pytest.mark.parametrize("size", SIZES)
async def test_roles_measures_and_text_are_shown_at_every_size(size: tuple[int, int]) -> None:
    answer = reply("An **answer**.", timing=Timing(0.42, 3.1, 1.8), usage=Usage(output=163), reasoning="hm")
    async with stage(user("A question"), answer, size=size) as on:
        text = on.text
        for words in ("▌ you", "A question", "▍ gpt-x", "3.1 s", "▸ thought for 1.8 s", "An answer."):
            assert words in text
        if size[0] >= 80:
            assert "0.42 s to first · 61 tok/s" in text
        assert all(len(row) <= size[0] for row in on.rows)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (reply(), ["empty reply"]),
        (reply("part", state="incomplete", error=Failure("CutShort", "The connection dropped.")),
         ["incomplete", "⚠ The connection dropped. Kept 1 word.", "f5 retry"]),
        (reply(state="failed", error=Failure("Rejected", "401: refused [/x].")),
         ["failed", "✗ 401: refused [/x].", "f5 retry"]),
        (reply("part", state="stopped"), ["■ stopped"]),
        (reply("cut", finish="length"), ["cut at the length limit"]),
        (reply("x", notices=("A filter was at work.",)), ["· A filter was at work."]),
        (reply("x", sources=(SourceCited("https://a.b/c", "A"), SourceCited("https://d.e"))),
         ["sources  1 A  2 https://d.e"]),
        (reply("Which?", choices=(Choice("Free"), Choice("Team plan"))), ["1 Free   2 Team plan"]),
        (reply("x", usage=Usage(output=1204, cost=0.0125)), ["1,204 tokens", "$0.0125"]),
        (reply("\x1b]0;title\x07 \u202e &#8238; [@click=app.quit]x[/]"), ["␛]0;title␇ ␦ ␦ [@click=app.quit]x[/]"]),
        (replace(reply("x"), model="\x1b[31mevil"), ["▍ ␛[31mevil"]),
    ],
)  # fmt: skip
async def test_every_state_says_its_words(message: Message, words: list[str]) -> None:
    async with stage() as on:
        on.pane.keys = {"incomplete": "f5 retry   C continue", "failed": "f5 retry"}
        on.pane.add(message)
        await on.pilot.pause()
        for word in words:
            assert word in on.text


async def test_events_of_a_reply_become_rows() -> None:
    async with stage(user("q"), live()) as on:
        assert "waiting 0.0 s" in on.text
        on.app.clock.now += 2
        begins: tuple[ChatEvent, ...] = (Progress("waiting"), Started("model-7"), ReasoningDelta("Let me *think*."))
        for event in begins:
            on.pane.write("a", event)
        on.pane.flush()
        await on.pilot.pause()
        assert "▍ model-7" in on.text
        assert "▸ thinking … 2.0 s" in on.text
        on.pane.write("a", ToolCalled("t", "search", '{"q": "a b"'))
        on.pane.write("a", ToolCalled("t", "", "}"))
        on.pane.flush()
        await on.pilot.pause()
        assert '⚙ search  q="a b"' in on.text
        on.app.clock.now += 1
        for event in (
            ToolReturned("t", "3 results"), TextDelta("The "), TextDelta("answer"), SourceCited("https://a.b", "A"),
            Notice("n"), UsageReported(Usage(output=5)), ChoicesOffered((Choice("Yes"),)),
        ):  # fmt: skip
            on.pane.write("a", event)
        on.pane.flush()
        await on.pilot.pause()
        for words in ("→ 3 results", "▸ thought for 1.0 s", "The answer▋", "sources  1 A", "· n", "5 tokens", "1 Yes"):
            assert words in on.text
        on.pane.write("a", TextReplaced("Something else"))
        on.pane.flush()
        await on.pilot.pause()
        assert "Something else▋" in on.text
        assert "The answer" not in on.text
        on.pane.finish(reply("Something else", timing=Timing(1.0, 4.0)))
        await on.pilot.pause()
        assert "▋" not in on.text
        assert "4.0 s" in on.text


async def test_no_timer_runs_while_nothing_streams() -> None:
    async with stage(user("q"), live()) as on:
        assert on.pane._ticker is not None
        on.pane.write("a", TextDelta("x"))
        on.pane.finish(reply("x"))
        on.pane.flush()
        assert on.pane._ticker is None
        assert on.pane._timer is None


async def test_what_was_streamed_is_shown_as_what_is_stored() -> None:
    text = "# T\n\n- a\n- [r]\n\n```py\nx = 1\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[r]: https://x.y\n" * 2
    async with stage(user("q"), live(), size=(80, 40)) as on:
        for at in range(0, len(text), 7):
            on.pane.write("a", TextDelta(text[at : at + 7]))
            on.pane.flush()
        on.pane.finish(reply(text))
        await on.pilot.pause()
        streamed = on.rows
        on.pane.show([user("q"), reply(text)])
        await on.pilot.pause()
        assert on.rows == streamed


# ---------------------------------------------------------------- following and staying


async def test_the_tail_is_followed_until_somebody_scrolls_up() -> None:
    async with stage(user("q"), live()) as on:
        await on.say(numbered(1, 60))
        assert "line 60" in on.text
        on.pane.line_up()
        await on.pilot.pause()
        assert not on.pane.following
        on.pane.scroll_lines(-4)
        await on.pilot.pause()
        before = on.rows[:-1]
        await on.say(numbered(61, 70))
        assert on.rows[:-1] == before
        assert on.rows[-1].endswith("↓ 10 new lines  End")
        on.pane.to_end()
        await on.pilot.pause()
        assert "line 70" in on.text
        assert "new lines" not in on.text
        await on.say(numbered(71, 75))
        assert "line 75" in on.text


async def test_following_moves_by_some_rows_at_once_and_the_end_of_a_reply_moves_nothing() -> None:
    async with stage(user("q"), live()) as on:
        tops = []
        for at in range(60):
            await on.say(f"line {at}\n")
            assert f"line {at}" in on.text
            tops.append(on.pane.scroll_offset.y)
        steps = [after - before for before, after in pairwise(tops) if after != before]
        assert set(steps) == {4}
        before = on.find("line 59")
        on.pane.finish(reply(numbered(0, 59)))
        await on.pilot.pause()
        assert on.find("line 59") == before


async def test_the_first_text_is_looked_at_when_it_comes_and_not_behind_the_name_of_the_model() -> None:
    async with stage(user("q"), live()) as on:
        await asyncio.sleep(FRAME * 1.5)
        looks = 0
        shown = on.pane.flush

        def counted() -> None:
            nonlocal looks
            looks += 1
            shown()

        on.pane.flush = counted  # type: ignore[method-assign]  # to count the looks
        on.pane.write("a", Started("m-large"))
        assert looks == 0
        on.pane.write("a", TextDelta("Hello"))
        assert looks == 1


async def test_the_wheel_releases_and_two_lines_from_the_bottom_count_as_the_bottom() -> None:
    async with stage(user("q"), live(numbered(1, 60))) as on:
        await on.pilot._post_mouse_events([MouseScrollUp], Transcript, button=0)
        await on.pilot.pause()
        assert not on.pane.following
        on.pane.line_down()
        assert on.pane.following
        on.pane.page_up()
        on.pane.page_up()
        assert not on.pane.following
        on.pane.page_down()
        assert not on.pane.following
        on.pane.page_down()
        assert on.pane.following


async def test_the_note_of_new_lines_goes_to_the_end_when_clicked() -> None:
    async with stage(user("q"), live(numbered(1, 60))) as on:
        on.pane.to_start()
        await on.say("more\n\nand more")
        column, row = on.find("new lines")
        await on.pilot.click(Transcript, offset=(column, row))
        await on.pilot.pause()
        assert on.pane.following
        assert "and more" in on.text


@pytest.mark.parametrize("step", [1, 3, 22])
async def test_scrolling_through_unseen_messages_never_jumps(step: int) -> None:
    async with stage(*long(60), size=(50, 24)) as on:
        seen = on.rows[:]
        for _ in range(120 // step + 8):
            before, top = on.rows, on.pane.scroll_offset.y
            on.pane.scroll_lines(-step)
            await on.pilot.pause()
            if on.pane.scroll_offset.y == 0:
                break
            assert on.rows[step:] == before[: 24 - step], top
        on.pane.to_end()
        await on.pilot.pause()
        assert on.rows == seen


async def test_ends_are_reached_from_anywhere() -> None:
    async with stage(*long(300)) as on:
        on.pane.to_start()
        await on.pilot.pause()
        assert "start 0" in on.text
        on.pane.to_end()
        await on.pilot.pause()
        assert "end 299" in on.text
        assert on.pane.scroll_offset.y == on.pane.max_scroll_y


async def test_a_resize_keeps_the_tail_or_the_top_row() -> None:
    async with stage(*long(80)) as on:
        await on.pilot.resize_terminal(50, 20)
        await on.pilot.pause()
        assert "end 79" in on.text
        on.pane.scroll_lines(-200)
        await on.pilot.pause()
        on.pane.scroll_lines(on.find("start")[1])
        await on.pilot.pause()
        first = on.rows[0]
        await on.pilot.resize_terminal(90, 30)
        await on.pilot.pause()
        assert on.rows[0] == first
        await on.pilot.resize_terminal(40, 10)
        await on.pilot.pause()
        assert on.rows[0] == first


async def test_no_change_of_size_lets_go_of_the_tail_while_a_reply_streams() -> None:
    async with stage(user("q"), live()) as on:
        await on.say(numbered(1, 25))
        for size in ((120, 40), (60, 10), (100, 30), (40, 8), (80, 20)):
            await on.pilot.resize_terminal(*size)
            await on.pilot.pause()
            assert on.pane.following, size
        await on.say(numbered(26, 60))
        assert "60" in on.text
        assert "new line" not in on.text


async def test_a_reply_that_ends_while_the_reader_is_elsewhere_moves_nothing() -> None:
    async with stage(user("q"), live()) as on:
        text = numbered(1, 60) + "\n[r]\n\n" + numbered(61, 70) + "\n[r]: https://x.y\n"
        await on.say(text)
        on.pane.scroll_lines(-30)
        await on.pilot.pause()
        before = on.rows[:-1]
        on.pane.finish(reply(text))
        await on.pilot.pause()
        assert on.rows[:-1] == before


# ---------------------------------------------------------------- cost, in counts


async def test_opening_ten_thousand_messages_reads_only_those_in_view() -> None:
    async with stage(*long(10_000)) as on:
        assert sum(view.read for view in on.pane.layout_of.views) < 40
        assert "end 9999" in on.text


async def test_painting_before_heights_are_known_fails_nowhere() -> None:
    async with stage(reply("x")) as on:
        on.pane.layout_of.show([reply("word " * 4000 + "`" * 4000 + "  \n" * 90, name=str(at)) for at in range(5)])
        on.pane.repaint()
        for top in range(0, on.pane.layout_of.height, 7):
            on.pane.set_reactive(Transcript.scroll_y, float(top))
            on.pane._picture = []
            assert len(on.pane.render_lines(on.pane.size.region)) == 24


async def test_a_delta_repaints_only_the_rows_that_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(user("q"), live("first\n\nsecond")) as on:
        await on.say(" more")
        regions: list[Region] = []
        monkeypatch.setattr(on.pane, "refresh", lambda *found: regions.extend(found))
        await on.say(" words")
        assert [region.height for region in regions] == [1]


async def test_deltas_between_two_looks_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage(user("q"), live()) as on:
        await on.say("x")
        looks: list[int] = []
        monkeypatch.setattr(on.pane, "updated", looks.append)
        for _ in range(1000):
            on.pane.write("a", TextDelta("word "))
        assert len(looks) <= 1  # the first one may be shown at once
        on.pane.flush()
        assert len(looks) <= 2


# ---------------------------------------------------------------- marking, copying, clicking


async def drag(on: Stage, start: tuple[int, int], end: tuple[int, int]) -> str:
    await on.pilot.mouse_down(Transcript, offset=start)
    await on.pilot.hover(Transcript, offset=end)
    await on.pilot.mouse_up(Transcript, offset=end)
    await on.pilot.pause()
    return on.app.screen.get_selected_text() or ""


async def test_dragging_copies_clean_text() -> None:
    prose = "words that go on and on until they must be wrapped at the edge of the pane " * 2
    text = f"{prose.strip()}\n\n- item\n  - nested\n\n> quoted\n\n```py\nx = 1\nif x:\n    y()\n```\n"
    async with stage(reply(text), size=(60, 30)) as on:
        first = on.find("words")
        column, row = on.find("y()")
        got = await drag(on, first, (column + 2, row))
        assert got == f"{prose.strip()}\n\n- item\n  - nested\n\nquoted\n\nx = 1\nif x:\n    y()"
        style = on.pane.look.palette.selection
        painted = on.pane.render_lines(on.pane.size.region)[first[1]]
        assert any(segment.style and segment.style.bgcolor == style.bgcolor for segment in painted)


async def test_part_of_a_row_is_copied_by_its_characters() -> None:
    async with stage(reply("日本語 and words")) as on:
        _, row = on.find("and words")
        assert await drag(on, (5, row), (12, row)) == "本語 and"


async def test_all_text_can_be_marked_without_having_been_seen() -> None:
    async with stage(*long(200)) as on:
        got = on.pane.get_selection(Selection(None, None))
        assert got is not None
        assert [line for line in got[0].split("\n") if line.startswith("end")] == [f"end {at}" for at in range(200)]


async def test_a_mark_stays_on_its_text_while_text_streams() -> None:
    async with stage(user("q"), live("alpha beta\n\n")) as on:
        column, row = on.find("beta")
        assert await drag(on, (column, row), (column + 3, row)) == "beta"
        await on.say(numbered(1, 40))
        assert on.app.screen.get_selected_text() == "beta"


async def test_clicks_on_links_codes_choices_and_reasoning() -> None:
    text = "[ok](https://a.b/c) [no](ssh://x)\n\n```py\nx = 1\n\ty\n```\n"
    async with stage(reply(text, reasoning="Deep *thought*", choices=(Choice("Yes"), Choice("No")))) as on:
        for words in ("ok", "no", "1 · py", "No"):
            await on.pilot.click(Transcript, offset=on.find(words))
        await on.pilot.pause()
        assert on.app.posted == ["https://a.b/c", ("a", 1, "x = 1\n\ty"), ("a", 2)]
        await on.pilot.click(Transcript, offset=on.find("▸ thought"))
        await on.pilot.pause()
        assert "▾ thought" in on.text
        assert "Deep thought" in on.text
        on.pane.toggle_reasoning()
        await on.pilot.pause()
        assert "Deep thought" not in on.text


async def test_code_blocks_are_those_of_the_message() -> None:
    async with stage(reply("```\na\n```\n"), reply("none", name="b")) as on:
        assert on.pane.code_blocks("a") == ("a",)
        assert on.pane.code_blocks("b") == ()
        assert on.pane.code_blocks("unknown") == ()


async def test_messages_are_selected_one_by_one_and_come_into_view() -> None:
    async with stage(*long(40)) as on:
        on.pane.select_prev()
        assert on.pane.selected == "39"
        for _ in range(39):
            on.pane.select_prev()
        await on.pilot.pause()
        assert on.pane.selected == "0"
        assert "start 0" in on.text
        assert on.rows[0].startswith(" ┃ gpt-x")
        on.pane.select_prev()
        assert on.pane.selected == "0"
        on.pane.select_next()
        assert on.pane.selected == "1"


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord", "gruvbox"])
async def test_a_theme_changes_the_colours_and_nothing_else(theme: str) -> None:
    async with stage(user("q"), reply("# T\n\n`code` and *words*\n\n```py\nx = 1\n```")) as on:
        before = on.rows
        old = on.pane.look.palette
        on.app.theme = "dracula"
        await on.pilot.pause()
        on.app.theme = theme
        await on.pilot.pause()
        assert on.rows == before
        assert (on.pane.look.palette == old) is (theme == "textual-dark")


async def test_no_color_has_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage(user("q"), reply("`code` **b**\n\n```py\nx = 'a'\n```")) as on:
        palette = on.pane.look.palette
        assert all(
            style.color is None
            for style in (palette.text, palette.code, palette.keyword, palette.user, *palette.headings)
        )
        assert palette.code.bold


async def test_offsets_of_rows_are_told_to_the_screen() -> None:
    async with stage(reply("alpha")) as on:
        column, row = on.find("alpha")
        widget, offset = on.app.screen.get_widget_and_offset_at(column + 2, row)
        assert widget is on.pane
        assert isinstance(offset, Offset)
        assert offset.x == column + 2


async def test_a_message_that_is_painted_before_the_pane_knows_its_size_is_shown_whole() -> None:
    """The first reply of a conversation may be over before the pane that it made visible has been laid out."""
    tool = Tool("t", "get_weather", '{"city": "Bern"}')
    reply = Message("a", None, "assistant", "Let me look that up. Done.", NOW, tools=(tool,))
    async with stage() as on:
        on.pane.display = False
        await on.pilot.pause()
        on.pane.add(reply)
        on.pane.layout_of.views[0].open()  # as painting does
        on.pane.display = True
        await on.pilot.pause()
        assert "Let me look that up. Done." in on.text

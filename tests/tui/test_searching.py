"""Search on the screen: everything, the open conversation, and the titles of the list."""

import asyncio
from pathlib import Path

import pytest
from rich.segment import Segment
from textual import events
from textual.pilot import Pilot
from world import NOW, World

from chattui import indexing, safe
from chattui.chat import Conversation, Message
from chattui.fold import fold
from chattui.query import FILTERS
from chattui.store import Store
from chattui.tui import search as search_screen
from chattui.tui.finder import Finder
from chattui.tui.hits import when
from chattui.tui.rows import Line


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(indexing, "REST", 0.01)
    monkeypatch.setattr(search_screen, "PAUSE", 0.001)
    return World(tmp_path, monkeypatch)


def keep(world: World, *texts: str, title: str = "", age: float = 3600, branches: bool = False) -> str:
    """A conversation of these texts on the disk; with `branches` the second answer is a sibling of the first, and the
    branch of the last one is shown. Its id.
    """
    then = world.now - age
    found = Conversation(next(world.ids), then, then, title=title, titled=bool(title), endpoint="lab")
    parent = None
    for at, text in enumerate(texts):
        role = "assistant" if at % 2 or (branches and at) else "user"
        message = Message(next(world.ids), parent, role, text, then + at, endpoint="lab" if at else "")
        found = found.with_message(message, now=then)
        parent = next(iter(found.messages)) if branches else message.id
    world.store.save(found)
    world.store.release(found.id)
    return found.id


async def typed(world: World, pilot: Pilot[int], words: str) -> None:
    await pilot.press("ctrl+f")
    await world.shows("search all conversations")
    await pilot.press(*words)


# ---------------------------------------------------------------- everything


@pytest.mark.parametrize("indexed", [True, False])
async def test_results_come_as_one_types_and_enter_opens_at_the_hit(world: World, indexed: bool) -> None:
    world.indexed = indexed
    keep(world, "What breaks a stream?", "Often a *proxy cuts* it.\n\n" + "More text.\n\n" * 60, title="How SSE ends")
    keep(world, "hello", "world", age=60)
    async with world.open() as pilot:
        await world.shows("How SSE ends")
        await typed(world, pilot, "prox")
        await world.shows("1 message in 1 conversation · 0 ms")
        assert "▌ How SSE ends" in world.screen
        assert "Often a *proxy cuts* it." in world.screen
        assert "lab · Nov 14 21:13" in world.screen or "lab · today" in world.screen
        await pilot.press(*"zzz")
        await world.shows("nothing found")
        await world.shows("Nothing says that.")
        await pilot.press(*["backspace"] * 3, *"y ofte")
        await world.shows("1 message in 1 conversation")
        await pilot.press("enter")
        await world.shows("1 of 1 message")
        assert "Often a proxy cuts it." in world.screen
        assert "How SSE ends" in world.lines[0]
        assert world.app.transcript.selected is not None
        assert world.app.transcript.has_focus
        await pilot.press("slash")
        await world.shows("1 of 1 message")  # the same words, not the phrase


async def test_a_hit_in_another_branch_shows_that_branch(world: World) -> None:
    name = keep(world, "question", "an old answer with a quokka", "the new answer", branches=True)
    async with world.open(conversation=name) as pilot:
        await world.shows("the new answer")
        await typed(world, pilot, "quokka")
        await world.shows("1 message")
        await pilot.press("enter")
        await world.shows("1 of 1 message")
        assert "an old answer with a quokka" in world.screen
        assert "the new answer" not in world.screen
    assert Store(world.paths.data).load(name).branch()[-1].text == "an old answer with a quokka"


async def test_up_and_down_choose_and_esc_leaves_everything_as_it_was(world: World) -> None:
    for number in range(30):
        keep(world, f"quokka {number}", "yes", age=60 * (number + 1))
    async with world.open(size=(80, 24)) as pilot:
        await world.shows("quokka 3")
        await typed(world, pilot, "quokka")
        await world.shows("30 messages in 30 conversations")
        await pilot.press("down", "down", "pagedown", "up")
        results = world.app._screen.results  # type: ignore[union-attr]  # it is open
        assert results.cursor == 2 + results.page - 1
        assert results.chosen is not None
        assert results.chosen.excerpt == f"quokka {results.cursor}"
        assert f"quokka {results.cursor}" in world.screen
        await pilot.press("escape")
        await world.shows("Ask anything")
        assert world.app.prompt.has_focus
        await pilot.press("ctrl+f")
        await world.shows("30 messages in 30 conversations")  # what was looked for is still there
        await pilot.press(*"yes")
        await world.shows("30 messages in 30 conversations")


async def test_a_click_opens_a_hit(world: World) -> None:
    keep(world, "quokka one", "yes", age=60)
    keep(world, "quokka two", "yes", age=120)
    async with world.open() as pilot:
        await world.shows("quokka two")
        await typed(world, pilot, "quokka")
        await world.shows("2 messages")
        await pilot.click("#hits", offset=(5, 3))
        await world.shows("1 of 1 message")
        assert "quokka two" in world.lines[0]


async def test_a_title_opens_its_conversation_at_the_prompt(world: World) -> None:
    keep(world, "hello", "world", title="Wombats")
    async with world.open() as pilot:
        await world.shows("Wombats")
        await typed(world, pilot, "title:womb")
        await world.shows("1 title")
        await pilot.press("enter")
        await world.shows("world")
        assert world.app.prompt.has_focus


async def test_the_filters_are_told_and_so_is_a_mistake(world: World) -> None:
    keep(world, "quokka", "```\nquokka\n```", title="Code")
    async with world.open(size=(140, 24)) as pilot:
        await world.shows("Code")
        await typed(world, pilot, "quokka ")
        await world.shows("2 messages")
        assert all(name in world.lines[-1] for name in FILTERS)
        assert "enter open  esc close" in world.lines[-1]
        await pilot.press(*"role:robot")
        await world.shows("role: is you or assistant, not ‘robot’")
        await pilot.press(*["backspace"] * 10, *"has:code")
        await world.shows("1 message in 1 conversation")
        assert "role: is" not in world.screen


async def test_hostile_text_is_harmless(world: World) -> None:
    keep(world, "quokka \x1b]52;c;eA==\x07 \u202e [/x] [bold]", "yes", title="\x1b[2Jtitle [/foo]")
    async with world.open() as pilot:
        await world.shows("title [/foo]")
        await typed(world, pilot, "quokka")
        await world.shows("␛]52;c;eA==␇ ␦ [/x] [bold]")
        assert "␛[2Jtitle [/foo]" in world.screen
        assert safe.clean(world.screen) == world.screen


async def test_while_the_index_is_built_it_says_so_and_files_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MANY", 1)
    go_on = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(_: object) -> list[int]:
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(5)
        return []

    monkeypatch.setattr(indexing.Indexer, "_by_process", slowly)
    world.indexed = True
    keep(world, "quokka", "yes")
    async with world.open() as pilot:
        await world.shows("quokka")
        await typed(world, pilot, "quokka")
        await world.shows("the index is being built: 0 of 1; the files are read meanwhile")
        await world.shows("1 message in 1 conversation")
        go_on.set()
        await world.until(lambda: "the index is being built" not in world.screen)
    assert world.app.indexer is not None
    world.app.indexer.stop()


async def test_what_was_said_just_now_is_found(world: World) -> None:
    world.indexed = True
    keep(world, "hello", "world")
    async with world.open() as pilot:
        await world.shows("hello")
        await world.ask(pilot, "about the wombat")
        await world.shows("Hello, human.")
        await typed(world, pilot, "wombat")
        await world.shows("1 message in 1 conversation")
    assert world.app.indexer is not None
    world.app.indexer.stop()


async def test_the_list_comes_from_the_index_and_is_put_right(world: World) -> None:
    world.indexed = True
    gone, changed = keep(world, "Going", "x"), keep(world, "Old name", "x", age=7200)
    indexer = indexing.Indexer(world.store, world.paths.index)
    indexer.index.take(world.store.ids())
    other = Store(world.paths.data)
    other.delete(gone)
    from dataclasses import replace

    other.save(replace(other.load(changed), title="New name", updated=NOW))
    keep(world, "Added", "x", age=10)
    async with world.open():
        await world.shows("Added")
        await world.shows("New name")
        await world.until(lambda: "Going" not in world.screen and "Old name" not in world.screen)
        assert "2" in world.lines[0]
    assert world.app.indexer is not None
    world.app.indexer.stop()


async def test_what_another_chattui_said_is_there_when_one_comes_back(world: World) -> None:
    world.indexed = True
    keep(world, "hello", "world")
    async with world.open() as pilot:
        await world.shows("hello")
        await world.until(lambda: world.app.indexer is not None and world.app.indexer.behind == set())
        other, world.store = world.store, Store(world.paths.data)
        keep(world, "the wombat", "yes", age=5)
        world.store = other
        world.app.post_message(events.AppFocus())
        await world.shows("the wombat")
        await typed(world, pilot, "wombat")
        await world.shows("1 message in 1 conversation")
    assert world.app.indexer is not None
    world.app.indexer.stop()


# ---------------------------------------------------------------- the open conversation


async def test_finds_are_gone_to_one_after_the_other(world: World) -> None:
    filler = "Some other words that fill the screen.\n\n" * 30
    name = keep(world, "first quokka", f"a quokka{filler}and one more quokka", "no such animal", filler)
    async with world.open(size=(100, 20), conversation=name) as pilot:
        await world.shows("Some other words")
        await pilot.press("tab", "slash", *"quok")
        await world.shows("2 of 2 messages")  # upwards from the end
        assert "one more quokka" in world.screen
        await pilot.press("enter", "N")
        await world.shows("a quokkaSome other")
        await pilot.press("N")
        await world.shows("1 of 2 messages")
        assert "first quokka" in world.screen
        await pilot.press("N")  # around
        await world.shows("2 of 2 messages")
        assert "one more quokka" in world.screen
        await pilot.press("n")
        await world.shows("1 of 2 messages")
        await pilot.press("slash", *"zebra")
        await world.shows("not found")
        await pilot.press("escape")
        assert "not found" not in world.screen
        assert world.app.transcript.has_focus
        assert world.app.transcript.finding is None
        await pilot.press("n")
        await world.told("/ finds words here")


async def test_esc_stops_the_reply_before_it_ends_the_search(world: World) -> None:
    world.script = [*world.script[:-1], asyncio.Event()]
    async with world.open() as pilot:
        await world.ask(pilot, "hello")
        await world.shows("Hello, human.")
        await pilot.press("tab", "slash", *"human")
        await world.shows("1 of 1 message")
        await pilot.press("enter", "escape")
        await world.until(lambda: not world.app.shown.busy)
        assert "1 of 1 message" in world.screen
        await pilot.press("escape")
        assert "1 of 1 message" not in world.screen


async def test_another_conversation_ends_the_search_in_this_one(world: World) -> None:
    first, _ = keep(world, "quokka", "yes"), keep(world, "other", "no", age=7200)
    async with world.open(conversation=first) as pilot:
        await world.shows("yes")
        await pilot.press("tab", "slash", *"quokka", "enter")
        await world.shows("1 of 1 message")
        await pilot.press("ctrl+pagedown")
        await world.shows("▌  other")
        await world.until(lambda: "1 of 1 message" not in world.screen)


async def test_an_empty_conversation_has_nothing_to_find(world: World) -> None:
    async with world.open():
        world.app.action_search_here()
        await world.told("nothing yet to search")


@pytest.mark.parametrize("size", [(60, 15), (200, 50)])
async def test_there_is_room_on_every_screen(world: World, size: tuple[int, int]) -> None:
    keep(world, "the quokka", "yes a quokka 模型" * 40)
    async with world.open(size=size, conversation=world.store.ids()[0]) as pilot:
        await world.shows("quokka")
        await pilot.press("tab", "slash", *"quokka")
        await world.shows("of 2 messages")
        await pilot.press("escape", "ctrl+f", *"quokka")
        await world.shows("2 messages")


# ---------------------------------------------------------------- the list


async def test_the_filter_narrows_by_letters_in_order_and_esc_takes_it_away(world: World) -> None:
    world.has("Trip to Zürich", "Proxy cuts", "Release notes")
    async with world.open() as pilot:
        await world.shows("Proxy cuts")
        await pilot.press("tab", "slash", *"zurtrp")
        await world.shows("no conversation fits")
        await pilot.press(*["backspace"] * 6, *"tzu")
        await world.until(lambda: "Proxy cuts" not in world.screen)
        assert "Trip to Zürich" in world.screen
        await pilot.press("escape")
        await world.shows("Proxy cuts")
        assert world.app.rows.has_focus
        assert "Conversations" in world.lines[0]


async def test_what_was_filtered_stays_filtered_until_esc(world: World) -> None:
    world.has("Proxy one", "Other", "Proxy two")
    async with world.open() as pilot:
        await world.shows("Other")
        await pilot.press("tab", "slash", *"pro", "down", "enter")
        await world.shows("About Proxy one.")
        assert "/pro" in world.lines[0]
        assert "2 of 3" in world.lines[0]
        assert "Other" not in world.screen
        await pilot.press("escape")  # from the prompt it does not concern the list
        assert "/pro" in world.lines[0]
        world.app.rows.focus()
        await pilot.press("escape")
        await world.shows("Other")


# ---------------------------------------------------------------- pure parts


def rows(*texts: tuple[str, str]) -> list[Line]:
    return [Line([Segment("  "), Segment(text)], text, 2, 0, join) for text, join in texts]


@pytest.mark.parametrize(
    ("lines", "word", "finds"),
    [
        (rows(("a proxy here", "\n")), "proxy", [[(0, 4, 9)]]),
        (rows(("ends with a pro", ""), ("xy here", "\n")), "proxy", [[(0, 14, 17), (1, 2, 4)]]),
        (rows(("the proxy", " "), ("cuts it", "\n")), "proxy cuts", [[(0, 6, 11), (1, 2, 6)]]),
        (rows(("the proxy", "\n"), ("cuts it", "\n")), "proxy cuts", []),
        (rows(("naïve", "\n"), ("NAIVE", "\n")), "naive", [[(0, 2, 7)], [(1, 2, 7)]]),
        ([Line([Segment("drawn proxy")], None), *rows(("proxy", "\n"))], "proxy", [[(1, 2, 7)]]),
    ],
)
def test_finds_in_rows(lines: list[Line], word: str, finds: list[list[tuple[int, int, int]]]) -> None:
    assert Finder([word]).finds(lines) == finds


def test_marks_of_markdown_do_not_hide_words() -> None:
    assert Finder([fold("bold text")]).said("some **bold** text")
    assert not Finder(["bold", "missing"]).said("some **bold** text")


def test_the_time_of_a_hit() -> None:
    assert when(NOW, NOW).startswith("today ")
    assert when(NOW - 40 * 86400, NOW).startswith("Oct ")
    assert when(NOW - 400 * 86400, NOW).endswith(", 2022")
    assert when(1e40, NOW) == "?"

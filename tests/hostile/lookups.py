"""Places of finding, choosing and waiting where text of others is shown: see `surfaces`."""

from __future__ import annotations

from dataclasses import replace

from places import Stage, answer, held, surface
from textual.widgets import Input
from world import LAB

from chattui.document import row_of


@surface(room=1)
async def words_to_find(stage: Stage, text: str) -> None:
    await stage.messages(answer(text))
    bar = await stage.app._find_bar()
    bar.about([text, "x"])
    stage.app.transcript.seek([text])
    await stage.pilot.pause()
    bar.query_one(Input).value = text
    await stage.pilot.pause()
    bar.about(["nothing"])
    bar.display = False


@surface(room=1)
async def a_filter_of_the_list(stage: Stage, text: str) -> None:
    stage.app.chat_screen.remove_class("-hidden")
    stage.app.rows.load([row_of(held(text))])
    sidebar = stage.app.chat_screen.sidebar
    await sidebar.begin_filter()
    assert sidebar.filter is not None
    sidebar.filter.query_one(Input).value = text
    await stage.pilot.pause()
    stage.app.prompt.focus()  # what was typed stays in the heading
    await stage.pilot.pause()
    sidebar.conversations.narrow(text)
    await stage.pilot.pause()
    sidebar.filter.query_one(Input).value = ""
    sidebar.conversations.narrow("")


@surface(room=10)
async def tags_in_the_list(stage: Stage, text: str) -> None:
    stage.app.chat_screen.remove_class("-hidden")
    stage.app.rows.load([replace(row_of(held("t")), tags=(text, text))])


@surface(room=1)
async def tags_to_edit(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import Tags

    stage.app.push_screen(Tags([text], [text, "other"], 2))


@surface(room=40)
async def prompts_sent_before(stage: Stage, text: str) -> None:
    from chattui.tui.past import Past

    stage.app.push_screen(Past(["one", text], ""))


@surface(room=40)
async def prompts_that_wait(stage: Stage, text: str) -> None:
    chat = stage.app.shown
    chat.queue += [text, text]
    stage.app._show_queue()
    await stage.painted()
    chat.queue.clear()


@surface(room=1)
async def endpoints_to_ask_at_once(stage: Stage, text: str) -> None:
    from chattui.tui.rivals import Rivals

    offers = {"a": replace(LAB, name=text, model=text, models=(text,)), text: replace(LAB, name="b", models=(text,))}
    before = [(text, text), ("a", text)]
    stage.app.push_screen(Rivals(offers, stage.app.means.wire, ("a", text), {}, lambda _: None, before, lambda _: None))
    await stage.pilot.pause()
    await stage.pilot.press("space", "down", "space")


@surface(room=1)
async def paths_that_fit(stage: Stage, text: str) -> None:
    from chattui.tui.completing import Round, Typed

    app = stage.app
    names = [f"/x/{text}", f"/x/y{text}/"]
    app._round = Round(Typed(0, text), names, app._prompt_now)
    await app._show_round()
    await stage.painted()
    app.end_round()

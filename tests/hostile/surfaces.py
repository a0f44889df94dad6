"""Every place of chattui where text of others is shown, one entry each: put the text there, and it is tested there.

Those of finding, choosing and waiting are in `lookups`; `places` says what an entry is.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from places import SURFACES, Stage, Surface, answer, held, surface, unhurried
from textual import events
from textual.widgets import Input
from world import LAB, NOW

from chattui.chat import Conversation, Failure, Message, Tool
from chattui.config import Problem
from chattui.document import row_of
from chattui.events import (
    Attachment,
    Choice,
    Finished,
    Progress,
    ReasoningDelta,
    SourceCited,
    TextDelta,
    ToolCalled,
    ToolReturned,
)
from chattui.session import Session
from chattui.tape import Became, Failed, Take, Tape
from chattui.tui.chat import Chat
from chattui.tui.doubts import BeforeSending
from chattui.tui.flow import Flow
from chattui.tui.history import History

# ---------------------------------------------------------------- in the messages


@surface(markdown=True)
async def a_reply(stage: Stage, text: str) -> None:
    await stage.messages(answer(text))


@surface(markdown=True)
async def a_reply_letter_by_letter(stage: Stage, text: str) -> None:
    await stage.streamed(*map(TextDelta, text if len(text) < 300 else [text]))


@surface(markdown=True)
async def a_reply_with_its_hidden_characters_named(stage: Stage, text: str) -> None:
    await stage.messages(answer(text))
    stage.app.transcript.toggle_hidden()


@surface(markdown=True)
async def a_question(stage: Stage, text: str) -> None:
    await stage.messages(Message("b" * 22, None, "user", text, NOW))


@surface(markdown=True)
async def reasoning(stage: Stage, text: str) -> None:
    await stage.messages(answer("ok", reasoning=text), keys=("space",))


@surface(markdown=True)
async def reasoning_that_streams(stage: Stage, text: str) -> None:
    reply = answer(state="streaming")
    await stage.messages(reply)
    stage.app.transcript.write(reply.id, ReasoningDelta("Hm. "))
    stage.app.transcript.flush()
    stage.app.transcript.toggle_reasoning()
    stage.app.transcript.write(reply.id, ReasoningDelta(text))
    stage.app.transcript.flush()


@surface()
async def code(stage: Stage, text: str) -> None:
    await stage.messages(answer(f"````\n{text}\n````"))


@surface()
async def coloured_code(stage: Stage, text: str) -> None:
    await stage.messages(answer(f"````python\n{text}\n````"))


@surface(room=1)
async def a_language_of_code(stage: Stage, text: str) -> None:
    await stage.messages(answer(f"~~~~{text}\nx\n~~~~"))


@surface(markdown=True, room=60)
async def a_table(stage: Stage, text: str) -> None:
    cell = text.replace("|", "\\|").replace("\n", " ")
    await stage.messages(answer(f"| a | b |\n|---|---|\n| {cell} | x |"))


@surface(markdown=True)
async def a_heading_a_quote_and_a_list(stage: Stage, text: str) -> None:
    line = " ".join(text.split("\n"))
    await stage.messages(answer(f"# {line}\n\n> {line}\n\n- {line}\n- **{line}**"))


@surface(markdown=True, room=1)
async def the_words_of_a_link(stage: Stage, text: str) -> None:
    await stage.messages(answer(f"[x {text} y](https://example.org/)"))


@surface(markdown=True, room=1)
async def the_address_of_a_link(stage: Stage, text: str) -> None:
    await stage.messages(
        answer(f"[x](https://example.org/{text}) <https://e.org/{text}> https://e.org/{text} [y]({text})")
    )


@surface(markdown=True, room=1)
async def an_image(stage: Stage, text: str) -> None:
    await stage.messages(answer(f"![{text}](https://example.org/{text}.png) ![a](data:image/png;base64,{text})"))


@surface(markdown=True)
async def html_with_entities(stage: Stage, text: str) -> None:
    entities = "".join(f"&#{ord(character)};" for character in text[:300])
    await stage.messages(answer(f"<b onclick='{text}'>{text}</b> {entities}"))


@surface(room=30)
async def the_name_of_a_model(stage: Stage, text: str) -> None:
    await stage.messages(answer("ok", model=text))


@surface(room=25)
async def a_tool(stage: Stage, text: str) -> None:
    await stage.messages(
        answer("ok", tools=(Tool("1", text, text, text), Tool("2", text, '{"a": 1}', text, failed=True)))
    )


@surface()
async def a_tool_in_full(stage: Stage, text: str) -> None:
    await stage.messages(answer("ok", tools=(Tool("1", "tool", text, text),)), keys=("space",))


@surface(room=40)
async def sources(stage: Stage, text: str) -> None:
    cited = (SourceCited("https://example.org/", text), SourceCited(text), SourceCited("javascript:x", text, text))
    await stage.messages(answer("ok", sources=cited))


@surface(room=100)
async def sources_in_full(stage: Stage, text: str) -> None:
    cited = (SourceCited("https://example.org/", text, text), SourceCited(f"https://example.org/{text}", text))
    await stage.messages(answer("ok", sources=cited), keys=("space",))


@surface(room=60)
async def offered_answers(stage: Stage, text: str) -> None:
    await stage.messages(answer("Which?", choices=(Choice(text), Choice("b", text))))


@surface(room=50)
async def files(stage: Stage, text: str) -> None:
    digest = "0" * 64
    kept = (Attachment(text, text, 5, digest), Attachment(text, "image/png", 0, "", f"https://example.org/{text}"))
    await stage.messages(answer("ok", attachments=kept))


@surface()
async def a_notice(stage: Stage, text: str) -> None:
    await stage.messages(answer("ok", notices=(text,)))


@surface()
async def an_error(stage: Stage, text: str) -> None:
    await stage.messages(answer(state="failed", error=Failure("Reported", text, text)))


@surface(markdown=True)
async def a_reply_from_the_session(stage: Stage, text: str) -> None:
    stage.world.script = [
        Progress("connecting", text, text), Progress("thinking", text), ReasoningDelta(text), TextDelta(text),
        ToolCalled("1", text, text), ToolReturned("1", text), Finished(text),
    ]  # fmt: skip
    stage.app.prompt.focus()
    await stage.world.ask(stage.pilot, "hey")
    for _ in range(3000):
        if stage.world.turns and not stage.app.shown.busy:
            break
        await asyncio.sleep(0.01)
    stage.world.turns.clear()


# ---------------------------------------------------------------- around the messages


@surface(room=40)
async def the_title(stage: Stage, text: str) -> None:
    stage.app.show(stage.app.new_chat(held(text)))


@surface(room=20)
async def the_list(stage: Stage, text: str) -> None:
    stage.app.chat_screen.remove_class("-hidden")
    found = held(text)
    stage.app.rows.load(
        [row_of(found), replace(row_of(found), id="x", state=text), replace(row_of(found), id="y", damaged=text)]
    )


@surface(room=20)
async def the_endpoint_in_the_list(stage: Stage, text: str) -> None:
    stage.app.chat_screen.remove_class("-hidden")
    stage.app.rows.load([replace(row_of(held("title")), endpoint=text)])


@surface(room=30)
async def the_endpoint_and_its_model(stage: Stage, text: str) -> None:
    stage.app.show(Chat(Session(stage.app.means, replace(LAB, name=text, model=""))))
    stage.app.chat_screen.look(
        Chat(Session(stage.app.means, replace(LAB, name="e", model=text, url=f"https://{text}/")))
    )


@surface(room=20)
async def what_was_found(stage: Stage, text: str) -> None:
    stage.app.chat_screen.welcome.found({text: text})


@surface(room=60)
async def the_state_of_a_reply(stage: Stage, text: str) -> None:
    chat = stage.app.shown
    chat.flow = Flow(stage.world.tick)
    chat.flow.feed(Progress("thinking", text), stage.world.tick)
    stage.app.chat_screen.look(chat)
    await stage.pilot.pause()
    chat.flow.feed(Progress("retrying", text, text, 3.0, 2), stage.world.tick)
    stage.app.chat_screen.status.refresh()
    await stage.pilot.pause()
    chat.flow = None


@surface(room=60)
async def why_nothing_is_saved(stage: Stage, text: str) -> None:
    stage.app.shown.session._saving._trouble = text
    stage.app.chat_screen.look(stage.app.shown)


@surface()
async def a_warning(stage: Stage, text: str) -> None:
    stage.app.warn_of(text)


@surface()
async def a_notification(stage: Stage, text: str) -> None:
    stage.app.notify(text, title=text)


@surface()
async def an_error_that_is_told(stage: Stage, text: str) -> None:
    from chattui.errors import StoreError

    stage.app.tell(StoreError(text, hint=text))


@surface(room=1)
async def the_notification_of_the_terminal(stage: Stage, text: str) -> None:
    from chattui.config import Notify

    stage.app.config = replace(stage.app.config, notify=Notify(after=0, bell=False, osc9=True))
    stage.app.app_focus = False
    stage.app._call(stage.app.new_chat(held(text)), answer("ok"), 10.0)
    stage.app.app_focus = True


@surface(room=1)
async def the_clipboard(stage: Stage, text: str) -> None:
    stage.app.copy(text, "it")


# ---------------------------------------------------------------- in the prompt


@surface()
async def a_paste(stage: Stage, text: str) -> None:
    stage.app.prompt.post_message(events.Paste(text))


@surface()
async def a_prompt_that_comes_back(stage: Stage, text: str) -> None:
    stage.app.prompt.put(text)


@surface()
async def a_prompt_of_the_history(stage: Stage, text: str) -> None:
    stage.app.prompt.past = History()
    stage.app.prompt.past.load([text])
    stage.app.prompt.focus()
    await stage.pilot.press("up")


# ---------------------------------------------------------------- in dialogs


@surface(room=1)
async def a_title_to_edit(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import Rename

    stage.app.push_screen(Rename(text))


@surface(room=1)
async def a_link_to_open(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import OpenLink
    from chattui.tui.transcript import Transcript

    for url in (text, f"https://example.org/{text}", f"https://{text}/", f"mailto:{text}"):
        stage.app.transcript.post_message(Transcript.LinkClicked(url))
    await stage.pilot.pause()
    stage.app.push_screen(OpenLink(f"https://example.org/{text}"))  # as if it had been let through


@surface()
async def mistakes_in_the_configuration(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import Problems

    stage.app.push_screen(Problems([Problem(text, "error")]))


@surface()
async def parameters_and_a_system_prompt(stage: Stage, text: str) -> None:
    from chattui.tui.settings import Settings

    stage.app.push_screen(Settings({"stop": text, text: text}, text, {"stop": [text]}, text))


@surface(room=1)
async def parameters_that_others_have_set(stage: Stage, text: str) -> None:
    from chattui.tui.settings import Settings

    stage.app.push_screen(Settings({}, None, {"stop": [text]}, text))


@surface(room=40)
async def endpoints_to_choose_from(stage: Stage, text: str) -> None:
    from chattui.tui.picker import Picker

    offers = {
        "a": replace(LAB, name=text, model=text, models=(text,)),
        "b": replace(LAB, name="b", model="", models="fetch"),
    }
    stage.world.models = (text,)
    stage.app.push_screen(Picker(offers, stage.app.means.wire, "lab", text, {}, lambda _: None))


@surface(room=1)
async def the_palette(stage: Stage, text: str) -> None:
    stage.app.rows.load([row_of(held(text))])
    stage.app.endpoints["evil"] = replace(LAB, name=text)
    stage.app.action_palette()
    await stage.pilot.pause()
    await stage.pilot.press("O", "p", "e", "n", ":")
    await stage.pilot.pause()
    del stage.app.endpoints["evil"]


@surface(room=1)
async def a_question_before_sending(stage: Stage, text: str) -> None:
    from chattui.tui.doubts import doubts

    found = doubts("sk-proj-abcdefghijklmnopqrstuv ␦", text, text)
    stage.app.push_screen(BeforeSending(found, removable=True))


@surface(room=1)
async def a_question_with_a_yes(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import Confirm

    stage.app.push_screen(Confirm(text, text, "do it"))


@surface(room=40)
async def code_blocks_to_choose_from(stage: Stage, text: str) -> None:
    from chattui.tui.code import Blocks

    stage.app.push_screen(Blocks([(text, text), ("a", text)], "copy"))


@surface(room=1)
async def a_file_to_save(stage: Stage, text: str) -> None:
    from pathlib import Path

    from chattui.tui.code import SaveAs

    stage.app.push_screen(SaveAs(safe_name(text), Path("/tmp") / safe_name(text)))


def safe_name(text: str) -> str:
    """What file systems take."""
    return text.replace("\0", "").replace("/", "_")[:80].encode("utf-8", "replace").decode()


@surface(room=1)
async def a_conversation_to_export(stage: Stage, text: str) -> None:
    from chattui.tui.export import Export

    stage.app.push_screen(Export(held(text), stage.world.folder))


@surface(room=1)
async def a_file_to_import(stage: Stage, text: str) -> None:
    from chattui.tui.dialogs import Line
    from chattui.tui.importing import Import

    path = stage.world.folder / "import.json"
    path.write_text(json.dumps([{"role": "user", "content": text}, {"role": text, "content": text}]), "utf-8")
    stage.app.push_screen(Import(stage.world.paths.data))
    await stage.pilot.pause()
    line = stage.app.screen.query_one(Line)
    for said in (str(path), safe_name(text)):
        line.value = said
        await stage.pilot.press("enter")
        await stage.pilot.pause()


# ---------------------------------------------------------------- other views of messages


@surface()
async def a_reply_as_it_was_written(stage: Stage, text: str) -> None:
    await stage.messages(answer(text), keys=("m",))
    await stage.pilot.press("m")  # the next text begins rendered
    await stage.pilot.press("m")


def talk(text: str) -> Conversation:
    """A question and two answers to it, with the text everywhere."""
    question = Message("b" * 22, None, "user", text, NOW, model=text)
    found = Conversation("0" * 21 + "1", NOW, NOW, text, titled=True, endpoint="lab", model=text)
    for name in "cd":
        found = found.with_message(question, now=NOW)
        said = answer(f"{name} {text}", model=text, endpoint=text, finish=text, error=Failure(text, text, text))
        found = found.with_message(replace(said, id=name * 22, parent=question.id), now=NOW)
    return found


@surface(room=30)
async def the_tree(stage: Stage, text: str) -> None:
    from chattui.tui.tree import Tree

    stage.app.push_screen(Tree(talk(text), "c" * 22))


@surface(room=40)
async def all_prompts_that_wait(stage: Stage, text: str) -> None:
    from chattui.tui.lined import LinedUp

    stage.app.push_screen(LinedUp([text, text], lambda: None, lambda _: None))


@surface(room=30)
async def files_that_the_prompt_names(stage: Stage, text: str) -> None:
    from chattui.tui.chips import Chips

    screen = stage.app.chat_screen
    chips = screen.query(Chips).first() if screen.query(Chips) else Chips(markup=False)
    if not chips.is_mounted:
        await screen.query_one("#main").mount(chips, before="#write")
    stage.app._seen_for = (text, "", "")  # for another prompt they go
    chips.show([Attachment(text, "text/plain", 5)], [text])


@surface(room=24)
async def the_trash(stage: Stage, text: str) -> None:
    from chattui.trash import Deleted
    from chattui.tui.discarded import Discarded

    async def never(_: object) -> bool:
        return False

    row = replace(row_of(held(text)), endpoint=text)
    stage.app.push_screen(Discarded([Deleted(row, NOW)], lambda: NOW, never, never))


@surface(room=30)
async def two_versions(stage: Stage, text: str) -> None:
    from chattui.tui.difference import Difference

    one, other = (message for message in talk(text).walk() if message.role == "assistant")
    stage.app.push_screen(Difference([one, replace(other, text=f"{text} more {text}")], 1))


@surface(room=60)
async def about_a_message(stage: Stage, text: str) -> None:
    from chattui.tui.about import About

    found = talk(text)
    stage.app.push_screen(About(found, found.messages["d" * 22]))


@surface(room=1)
async def replies_side_by_side(stage: Stage, text: str) -> None:
    app = stage.app
    stage.world.script = [TextDelta(text), Finished("stop")]
    app.prompt.put("compare")
    app.endpoints["evil"] = replace(LAB, name=text, model=text)
    app.compare([(LAB, "m"), (app.endpoints["evil"], text)])
    for _ in range(600):
        if len(app.screen_stack) > 1 and not app.shown.busy:
            break
        await asyncio.sleep(0.005)
    del app.endpoints["evil"]


@surface(room=20)
async def what_a_search_finds(stage: Stage, text: str) -> None:
    from chattui.tui.search import SearchScreen

    found = talk(f"needle {text}")
    stage.world.store.save(found)
    stage.app.push_screen(
        SearchScreen(
            stage.world.store, None, lambda: None, lambda: text, lambda: NOW, lambda: 0.0, f"needle endpoint:{text}"
        )
    )
    await stage.painted()
    stage.app.screen.query_one(Input).value = "needle"
    await stage.painted()
    stage.world.store.release(found.id)


@surface(room=20)
async def statistics(stage: Stage, text: str) -> None:
    from chattui.tui.figures import Statistics

    stage.world.store.save(talk(text))
    stage.app.push_screen(Statistics(stage.world.paths.data, lambda: NOW))
    await stage.painted()
    stage.world.store.release("0" * 21 + "1")


# ---------------------------------------------------------------- what an endpoint sends


def tape(text: str) -> Tape:
    """A recording in which everything is the text."""
    data = text.encode("utf-8", "replace")
    frame = b"event: " + data + b"\ndata: " + data + b"\nid: " + data + b"\n\n"
    take = Take(
        method="POST",
        url=f"https://example.org/{text}",
        headers=(("x-" + text, text),),
        sources={text: text},
        proxy=text,
        body={text: text},
        sent=1.0,
        answered=2.0,
        status=200,
        answer=(("x-" + text, text), ("server", text)),
        framing="sse",
        chunks=[(3.0, frame), (4.0, data), (5.0, b"data: " + data)],
        became=[Became("text", text, 5), Became("unreadable", text), Became("error", text)],
        ended=6.0,
        error=Failed(text, text),
    )
    return Tape("a" * 22, endpoint=text, provider=text, preset=text, model=text, prompt=text, made=NOW, by=text,
                takes=[take], state="failed", error=Failed(text, text))  # fmt: skip


async def inspected(stage: Stage, text: str, *keys: str) -> None:
    from chattui.tui.inspector import Inspector

    screen = Inspector(tape(text), copy=stage.app.copy, save=lambda _: None, record=lambda: text, growing=lambda: False)
    stage.app.push_screen(screen)
    await stage.pilot.pause(0.05)
    if keys:
        await stage.pilot.press(*keys)


@surface(room=1)
async def the_inspector(stage: Stage, text: str) -> None:
    await inspected(stage, text)


@surface(room=1)
async def a_frame_in_the_inspector(stage: Stage, text: str) -> None:
    await inspected(stage, text, "enter")


@surface(room=1)
async def the_head_in_the_inspector(stage: Stage, text: str) -> None:
    await inspected(stage, text, "h")


@surface(room=1)
async def the_findings_in_the_inspector(stage: Stage, text: str) -> None:
    await inspected(stage, text, "l", "r")


import lookups  # noqa: E402 - its places belong to the table, too

__all__ = ["SURFACES", "Stage", "Surface", "answer", "held", "lookups", "surface", "tape", "unhurried"]

"""Every action that a key can trigger: its id, default keys, words and place. `chattui.keymap` lays `[keys]` over it.

The keys are named as in Textual: "ctrl+n", "f9", "pageup", "left_square_bracket", a letter or digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["anywhere", "prompt", "list", "messages"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does. `keys` are the defaults, the first one is shown."""

    id: str
    keys: tuple[str, ...]
    words: str
    scope: Scope = "anywhere"
    shown: str = ""
    """The short word in the line of keys; "" keeps it out of there."""


ACTIONS: tuple[Action, ...] = (
    Action("prompt.send", ("enter", "ctrl+enter"), "Send the prompt", "prompt"),
    Action("prompt.newline", ("ctrl+j", "shift+enter", "alt+enter"), "Start a new line", "prompt"),
    Action("prompt.history_prev", ("up",), "Older prompt, on the first line", "prompt"),
    Action("prompt.history_next", ("down",), "Newer prompt, on the last line", "prompt"),
    Action("prompt.undo", ("ctrl+underscore", "alt+z"), "Undo", "prompt"),
    Action("prompt.editor", ("ctrl+g", "f4"), "Write the prompt in $EDITOR", "prompt"),
    Action("stream.stop", ("escape",), "Stop the reply; else back to the prompt", shown="stop"),
    Action("app.interrupt", ("ctrl+c",), "Copy the selection; else stop; else clear the prompt"),
    Action("app.quit", ("ctrl+q",), "Quit (also ctrl+d on an empty prompt)"),
    Action("conversation.new", ("ctrl+n",), "New conversation", shown="new"),
    Action("conversation.next", ("ctrl+pagedown", "alt+right"), "Next conversation in the list"),
    Action("conversation.prev", ("ctrl+pageup", "alt+left"), "Previous conversation in the list"),
    Action("conversation.1", ("alt+1",), "Open the 1st conversation"),
    Action("conversation.2", ("alt+2",), "Open the 2nd conversation"),
    Action("conversation.3", ("alt+3",), "Open the 3rd conversation"),
    Action("conversation.4", ("alt+4",), "Open the 4th conversation"),
    Action("conversation.5", ("alt+5",), "Open the 5th conversation"),
    Action("conversation.6", ("alt+6",), "Open the 6th conversation"),
    Action("conversation.7", ("alt+7",), "Open the 7th conversation"),
    Action("conversation.8", ("alt+8",), "Open the 8th conversation"),
    Action("conversation.9", ("alt+9",), "Open the 9th conversation"),
    Action("conversation.rename", ("f2",), "Rename the conversation"),
    Action("conversation.pin", (), "Pin the conversation to the top of the list, or unpin it"),
    Action("conversation.tag", (), "Tags of this conversation"),
    Action("conversation.archive", (), "Put the conversation into the archive, or take it out"),
    Action("conversation.archived", (), "Show the archive in the list, or the list again"),
    Action("conversation.sort", (), "Sort the list by change, creation, title or endpoint"),
    Action("conversation.settings", ("f7",), "Parameters and system prompt of this conversation"),
    Action("conversation.copy", ("f10",), "Open a copy of the conversation", shown="copy"),
    Action("conversation.pull", (), "Fetch what the server has more of this conversation"),
    Action("conversation.export", ("f6",), "Export the conversation to a file"),
    Action("conversation.import", (), "Import conversations from a file"),
    Action("list.open", ("enter", "right"), "Open the conversation", "list"),
    Action("list.next", ("j", "right_square_bracket"), "Down the list", "list"),
    Action("list.prev", ("k", "left_square_bracket"), "Up the list", "list"),
    Action("list.rename", ("r",), "Rename the conversation", "list"),
    Action("list.select", ("space",), "Select it for what comes next (esc selects none)", "list"),
    Action("list.select_down", ("shift+down", "J"), "Select on down the list", "list"),
    Action("list.select_up", ("shift+up", "K"), "Select on up the list", "list"),
    Action("list.select_all", ("ctrl+a",), "Select all that are shown, or none", "list"),
    Action("list.pin", ("p",), "Pin to the top, or unpin", "list"),
    Action("list.tag", ("t",), "Tags of the conversation", "list"),
    Action("list.archive", ("a",), "Put into the archive, or take out of it", "list"),
    Action("list.archived", ("A",), "Show the archive, or the list again", "list"),
    Action("list.sort", ("s",), "Sort by change, creation, title or endpoint", "list"),
    Action("list.delete", ("delete", "d"), "Delete the conversation (u brings it back)", "list"),
    Action("list.filter", ("slash",), "Filter the list by title; esc shows all again", "list"),
    Action("list.undo", ("u",), "Bring what was deleted last back", "list"),
    Action("search.all", ("ctrl+f",), "Search all conversations", shown="search"),
    Action("endpoint.pick", ("ctrl+o",), "Choose endpoint and model", shown="endpoint"),
    Action("compare", ("f11", "alt+o"), "Ask several endpoints at once, side by side"),
    Action("palette", ("ctrl+p",), "All commands", shown="commands"),
    Action("help.keys", ("f1",), "Help: every key that works here", shown="help"),
    Action("focus.next", ("tab",), "Complete the path behind @; else prompt, messages, list"),
    Action("focus.prev", ("shift+tab",), "Focus, the other way round"),
    Action("pane.list", ("f9", "ctrl+l"), "Show or hide the list"),
    Action("pane.inspector", ("f12", "ctrl+t"), "Inspect the reply: every frame that was sent"),
    Action("tape.record", (), "Record this endpoint's replies on disk, or no longer"),
    Action("scroll.page_up", ("pageup",), "A page up; the tail is no longer followed"),
    Action("scroll.page_down", ("pagedown",), "A page down"),
    Action("scroll.line_up", ("ctrl+up",), "A line up"),
    Action("scroll.line_down", ("ctrl+down",), "A line down"),
    Action("scroll.home", ("ctrl+home",), "To the first message"),
    Action("scroll.end", ("ctrl+end",), "To the end, following the tail again"),
    Action("message.copy_last", ("f3",), "Copy the last answer"),
    Action("message.retry", ("f5",), "Answer again: retry or regenerate (the old answer is kept)"),
    Action("message.prev", ("alt+up",), "Select the message above"),
    Action("message.next", ("alt+down",), "Select the message below"),
    Action("messages.up", ("up", "k"), "Scroll up", "messages"),
    Action("messages.down", ("down", "j"), "Scroll down", "messages"),
    Action("messages.home", ("home", "g"), "To the first message", "messages"),
    Action("messages.end", ("end", "G"), "To the end, following the tail again", "messages"),
    Action("messages.prev", ("K", "shift+up"), "Select the message above", "messages"),
    Action("messages.next", ("J", "shift+down"), "Select the message below", "messages"),
    Action("message.copy", ("y", "c"), "Copy the selected or last answer as it was written", "messages"),
    Action("message.regenerate", ("r",), "Answer again (the old answer is kept)", "messages"),
    Action("message.continue", ("C",), "Go on with an incomplete answer", "messages"),
    Action(
        "message.sibling_prev",
        ("left",),
        "The version before, of the selected or last message",
        "messages",
    ),
    Action("message.sibling_next", ("right",), "The version after", "messages"),
    Action("message.edit", ("e",), "Edit your message and ask again (the old is kept)", "messages"),
    Action("message.fork", ("f",), "Fork: the branch up to here as a conversation of its own", "messages"),
    Action("message.tree", ("b",), "All branches of the conversation, as a tree", "messages"),
    Action("message.diff", ("v",), "Two versions side by side, with what differs", "messages"),
    Action("message.delete", ("delete", "d"), "Delete the message and all below it (u brings it back)", "messages"),
    Action("message.undo", ("u",), "Bring the deleted messages back", "messages"),
    Action("search.here", ("slash",), "Find words in this conversation", "messages"),
    Action("search.next", ("n",), "The next find below", "messages"),
    Action("search.prev", ("N",), "The find above", "messages"),
    Action("message.fold", ("space", "enter"), "Open or close reasoning, tools and usage", "messages"),
    Action("message.reveal", ("H",), "Name hidden characters, or veil them again", "messages"),
    Action("message.code_1", ("1",), "Pick answer 1 that the bot offers; else copy code block 1", "messages"),
    Action("message.code_2", ("2",), "Pick answer 2; else copy code block 2", "messages"),
    Action("message.code_3", ("3",), "Pick answer 3; else copy code block 3", "messages"),
    Action("message.code_4", ("4",), "Pick answer 4; else copy code block 4", "messages"),
    Action("message.code_5", ("5",), "Pick answer 5; else copy code block 5", "messages"),
    Action("message.code_6", ("6",), "Pick answer 6; else copy code block 6", "messages"),
    Action("message.code_7", ("7",), "Pick answer 7; else copy code block 7", "messages"),
    Action("message.code_8", ("8",), "Pick answer 8; else copy code block 8", "messages"),
    Action("message.code_9", ("9",), "Pick answer 9; else copy code block 9", "messages"),
    Action("message.code_save", ("s",), "Save a code block to a file", "messages"),
    Action("message.code_edit", ("o",), "Open a code block in $EDITOR", "messages"),
    Action("message.fold_code", ("z",), "Fold long blocks, or open them", "messages"),
    Action("message.raw", ("m",), "Show Markdown as it was written, or rendered", "messages"),
    Action("message.quote", ("q",), "Quote it in the prompt", "messages"),
    Action("message.details", ("a",), "About it: times, usage, model, ids, how it ended", "messages"),
    Action("focus.prompt", ("i",), "Back to the prompt", "messages"),
    Action("stats", (), "Statistics: speed, failures and cost of every endpoint"),
    Action("theme.pick", (), "Choose a theme"),
    Action("mouse.toggle", ("f8",), "Give the mouse back to the terminal, or take it"),
    Action("app.suspend", ("ctrl+z",), "Suspend to the shell (fg brings chattui back)"),
)

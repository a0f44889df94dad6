r"""Texts in an exported Markdown file cannot pass for what the file itself says: who speaks, where a message begins.

A backslash goes into a line of a text that looks like a mark of ours (`<!-- chattui:`), and into a heading that names a
speaker, in any of Markdown's three ways (## you · you over --- · <h2>you</h2>): it is read as plain words then. Where
such a line has backslashes already, it gets one more, so that `unshielded` gives back every text to the letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

ROLES = frozenset({"you", "user", "human", "system", "assistant", "tool"})
"""Who speaks in any conversation; models and endpoints come besides."""
_AT = r"(?:^|(?<=\r))"  # Markdown's lines end there, too
_MARK = re.compile(r"^(<!-- )(\\*)(?=chattui:)()", re.MULTILINE)
_LED = r"(?:(?:>|[-+*]|\d{1,9}[.)])[ \t]*)*"  # quotes and lists
_ATX = re.compile(rf"({_AT}[ \t]*{_LED})(\\*)(?=#{{1,6}}(?:[ \t\r]|$)([^\r\n]*))", re.MULTILINE)
_UNDERLINE = re.compile(rf"({_AT}[ \t>]*)(\\*)(?=(?:=+|-+)[ \t]*(?:\r|$))()", re.MULTILINE)
_TAG = re.compile(r"(<)(\\*)(?=h[1-6](?=[\s/>]|$)((?s:.{0,300})))", re.IGNORECASE)
_LOOKALIKE = str.maketrans("аеорсухіјѕԁһӏոуαορυνικτ", "aeopcyxijsdhlnyaopuvikt")
"""Letters of other scripts that look like Latin ones."""
_CLOSERS = ("```", "~~~", "-->", "</pre>", "</script>", "</style>", "</textarea>", "?>", "]]>", ">")
_NEXT = "\n\n<!-- chattui:text -->\n"


def shielded(text: str, speakers: Collection[str]) -> str:
    """The text, in which nothing passes for a mark, or for a heading that names one of the speakers (see `plain`)."""
    if "chattui:" in text:
        text = _MARK.sub(r"\1\\\2", text)
    if "#" in text:
        text = _ATX.sub(lambda found: _more(found, names(found[3], speakers)), text)
    if "-" in text or "=" in text:
        whole = text
        text = _UNDERLINE.sub(lambda found: _more(found, _names_above(whole, found.start(), speakers)), text)
    if "<" in text:
        text = _TAG.sub(lambda found: _more(found, names(_inside(found[3]), speakers)), text)
    return text


def unshielded(text: str) -> str:
    """The text as it was before `shielded`."""
    if "\\" in text:
        for pattern in (_TAG, _UNDERLINE, _ATX, _MARK):
            text = pattern.sub(lambda found: found[1] + found[2][1:], text)
    return text


def _more(found: re.Match[str], spoofs: bool) -> str:
    return f"{found[1]}\\{found[2]}" if found[2] or spoofs else found[0]


def _names_above(text: str, at: int, speakers: Collection[str]) -> bool:
    """Whether a line of the paragraph that ends there names a speaker, or all of it does."""
    lines: list[str] = []
    for line in reversed(re.split(r"\r\n|\r|\n", text[max(0, at - 2000) : at].rstrip("\r\n"))):
        if not line.strip(" \t>"):
            break
        lines.insert(0, re.sub(rf"^[ \t]*{_LED}", "", line))
    return any(names(said, speakers) for said in (*lines, " ".join(lines)))


def _inside(rest: str) -> str:
    """What a tag encloses, of the source behind its <."""
    return re.split(r"(?i)</h[1-6]", rest.partition(">")[2])[0]


def names(heading: str, speakers: Collection[str]) -> bool:
    """Whether a heading looks like one that says who speaks, perhaps with a number or a time behind the name."""
    said = plain(heading)
    return any(said == name or (said.startswith(name) and said[len(name) :].isdigit()) for name in speakers)


def plain(text: str) -> str:
    """The letters and digits that one sees of a heading, in one case."""
    shown = re.sub(r"<[^<>]*>|\]\([^()]*\)|\]\[[^\[\]]*\]", "", unescape(text))
    folded = unicodedata.normalize("NFKD", shown).casefold().translate(_LOOKALIKE)
    return "".join(character for character in folded if character.isalnum())


def closer(text: str) -> str:
    """What must follow a text so that it does not swallow what comes after it, such as the end of a code block that
    was cut; "" for most.
    """
    if not any(sign in text for sign in ("```", "~~~", "<")) or not _swallows(text):
        return ""
    fences = {"".join(found) for found in re.findall(r"(`{3,}|~{3,})", text)}
    for end in (*_CLOSERS, *sorted(fences)):
        if not _swallows(f"{text}{_NEXT}{end}"):
            return end
    return ""


def _swallows(text: str) -> bool:
    """Whether a heading behind the text would be read as a part of it."""
    tokens = _markdown().parse(f"{text}{_NEXT}## x")
    return len(tokens) < 3 or (tokens[-3].type, tokens[-3].level) != ("heading_open", 0)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - few texts need it

    return MarkdownIt("commonmark").disable("inline")

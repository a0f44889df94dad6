"""What is inside of a Markdown block — emphasis, code, links — as styled spans. markdown-it reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from rich.style import Style

from chattui import safe
from chattui.tui.palette import Palette
from chattui.tui.wrap import Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_SIGNS = re.compile(r"[\\`*_~\[<&\t]|://")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+")


_OPEN_MAX = 200
"""Brackets that are not closed, beyond which a text is no prose, and looking for links in it takes too long."""


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 — loaded with the first message, after the first frame

    return MarkdownIt("commonmark", {"html": False}).enable("strikethrough").disable("html_inline")


def spans(text: str, base: Style, palette: Palette, references: Mapping[str, Mapping[str, str]]) -> list[Span]:
    """The text, styled over `base`. A newline in it is a newline on the screen."""
    if not _SIGNS.search(text) or sum(map(text.count, "[(")) - sum(map(text.count, "])")) > _OPEN_MAX:
        return [(text, base)]
    (token,) = _markdown().parseInline(text, {"references": references}) or (None,)
    found: list[Span] = []
    if token is not None:
        _walk(token.children or [], base, palette, found)
    return found


def _walk(tokens: list[Token], base: Style, palette: Palette, found: list[Span]) -> None:
    stack = [base]
    pending: list[tuple[str, int]] = []  # addresses of open links, and where their words begin
    for token in tokens:
        style = stack[-1]
        match token.type:
            case "text" | "html_inline" | "text_special":
                _text(safe.clean(token.content).replace("\t", "    "), style, palette, found)
            case "softbreak" | "hardbreak":
                found.append(("\n", base))
            case "code_inline":
                found.append((safe.clean(token.content).replace("\t", " "), style + palette.code))
            case "strong_open":
                stack.append(style + palette.strong)
            case "em_open":
                stack.append(style + palette.emphasis)
            case "s_open":
                stack.append(style + palette.strike)
            case "link_open":
                href = str(token.attrs.get("href", ""))
                stack.append(style + linked(href, palette))
                pending.append((href, len(found)))
            case "link_close":
                stack.pop()
                _close(*pending.pop(), style + palette.dim, found)
            case "image":
                href = str(token.attrs.get("src", ""))
                words = safe.line(token.content) or "image"
                found.append((f"▣ {words}", style + linked(href, palette)))
            case kind if kind.endswith("_close") and len(stack) > 1:
                stack.pop()
            case _:
                found.append((safe.clean(token.content), style))


def _close(href: str, first: int, style: Style, found: list[Span]) -> None:
    """The end of a link. An address that cannot be opened, or is not what its words say, is shown after them."""
    words = "".join(text for text, _ in found[first:])
    if safe.link(href) is None:
        found.append((f" ({safe.line(href)})", style.update_link(None)))
    elif safe.poses(words, href):
        found[first:] = [(text, had.update_link(None)) for text, had in found[first:]]
        found.append((f" ({safe.host(href)})", style.update_link(None)))


def _text(text: str, style: Style, palette: Palette, found: list[Span]) -> None:
    if "://" not in text or style.link:
        if text:
            found.append((text, style))
        return
    at = 0
    for match in _ADDRESS.finditer(text):
        address = match.group().rstrip(".,;:!?*_~")
        while address.endswith(")") and address.count(")") > address.count("("):
            address = address[:-1]
        if match.start() > at:
            found.append((text[at : match.start()], style))
        found.append((address, style + linked(address, palette)))
        at = match.start() + len(address)
    if at < len(text):
        found.append((text[at:], style))


def linked(href: str, palette: Palette, words: str = "") -> Style:
    """The style of a link. Only what `safe.link` allows can be clicked. The terminal itself (OSC 8), which asks nobody
    before it follows an address, gets plain ASCII ones only, and none whose words pretend to be another.
    """
    address = safe.link(href)
    if address is None:
        return palette.link
    plain = address.isascii() and not safe.poses(words, address)
    return palette.link + Style(link=address if plain else None, meta={"url": address})

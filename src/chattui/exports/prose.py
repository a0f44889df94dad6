"""Markdown of a message -> HTML that can do nothing: no tags of its own, no images, code in colours.

`prose` never raises, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from chattui import safe

OPEN_MAX = 200
"""Brackets that are not closed, beyond which looking for links takes too long."""
CODE_MAX = 200_000
"""Characters of a code block that is coloured."""


def prose(text: str) -> str:
    """The text as HTML."""
    source = safe.clean(text)
    if sum(map(source.count, "[(")) - sum(map(source.count, "])")) > OPEN_MAX:
        return f"<pre>{escape(source)}</pre>\n"
    return str(_markdown().render(source))


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "highlight": _coloured, "breaks": True})
    made.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])
    made.validateLink = lambda url: safe.link(url) is not None  # type: ignore[method-assign]  # the library's own way
    made.core.ruler.push("clean", _cleaned)  # entities come alive only while parsing
    made.add_render_rule("image", _image)
    made.add_render_rule("link_open", _link)
    return made


def _cleaned(state: StateCore) -> None:
    for token in state.tokens:
        for part in (token, *(token.children or ())):
            part.content = safe.clean(part.content)


def _image(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    """An image is somebody's request: its words stand for it, and its address can be opened by hand."""
    alt = escape("".join(child.content for child in tokens[at].children or ())) or "image"
    address = str(tokens[at].attrGet("src") or "")
    return f'<a href="{escape(address)}" rel="noreferrer noopener">▣ {alt}</a>' if safe.link(address) else f"▣ {alt}"


def _link(_: RendererHTML, tokens: Sequence[Token], at: int, *__: Any) -> str:
    address = safe.link(str(tokens[at].attrGet("href") or ""))
    return f'<a href="{escape(address)}" rel="noreferrer noopener">' if address else "<a>"


def _coloured(code: str, language: str, _: str) -> str:
    """The lines of a block in spans; without a known language the caller escapes them."""
    if not language or len(code) > CODE_MAX:
        return ""
    try:
        lexer = get_lexer_by_name(language.strip("{}.").lower(), stripnl=False)
    except ClassNotFound:
        return ""
    coloured: str = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="code"><code>{coloured}</code></pre>\n'

"""HTML: everything that was said is text, nothing asks the network, files come along."""

import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import exports
from chattui.chat import Conversation, Failure, Message, Tool
from chattui.events import Attachment, Choice, SourceCited
from chattui.exports.prose import prose
from chattui.files import Files

HOSTILE = (
    "<script>alert(1)</script>", "<img src=http://evil.example/x>", "![x](http://evil.example/y.png)",
    "[x](javascript:alert(1))", "[x](data:text/html,<b>)", "[x](vbscript:x)", "<http://evil.example/'onclick=x>",
    '[a](http://evil.example/"onmouseover=alert(1))', "&#x202e;&lt;b&gt;", "\u202ebidi", "\x1b]52;c;eA==\x07",
    "```html\n<script>alert(2)</script>\n```", '```"><script>\nx\n```', "`</code><script>`", "</main></body>",
    "| <b> | x |\n|---|---|\n| <i> | </table> |", "</style><script>", "-->", "<!--", "[x]: http://evil.example/z\n[x]",
    "\u2028<svg onload=alert(1)>", "\ud800", "[" * 500,
)  # fmt: skip
TAGS = frozenset((
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "p", "small", "article", "details", "summary", "div", "pre", "code", "span", "em", "strong", "s", "ul", "ol", "li",
    "blockquote", "table", "thead", "tbody", "tr", "th", "td", "hr", "br", "a", "figure", "img", "figcaption",
))  # fmt: skip
ATTRIBUTES = frozenset(("lang", "charset", "http-equiv", "content", "name", "class", "dir", "href", "rel", "alt", "src",
                        "start", "style"))  # fmt: skip
"""`style`: how the cells of a table are aligned."""


class Page(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def talk(*messages: Message, title: str = "A talk") -> Conversation:
    found = Conversation("0190000000aa11223344ab", 1.7e9, 1.7e9, title, True)
    for message in messages:
        found = found.with_message(message, now=1.7e9)
    return found


def page(conversation: Conversation, files: Files, *, tree: bool = False) -> str:
    text = exports.rendered(conversation, exports.FORMATS["html"], files, tree=tree)
    return exports.encoded(text).decode()


def harmless(text: str) -> Page:
    found = Page(text)
    for tag, attributes in found.tags:
        assert tag in TAGS, tag
        assert set(attributes) <= ATTRIBUTES, (tag, attributes)
        for name in ("src", "href"):
            if (address := attributes.get(name)) is not None:
                assert address.startswith(("data:image/",) if name == "src" else ("http://", "https://", "mailto:"))
        if "style" in attributes:
            assert re.fullmatch(r"text-align:(left|right|center)", attributes["style"] or "")
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_everywhere(text: str, tmp_path: Path) -> None:
    message = Message(
        "a", "u", "assistant", text, 1.7e9, "failed", text, (Tool("t", text, text, text, True),),
        (SourceCited(text, text, text), SourceCited(f"http://evil.example/{text}", text)),
        (Attachment(text, "image/png", 3, "", f"http://evil.example/{text}"),), (Choice(text, text),), (text,),
        model=text, endpoint=text, error=Failure(text, text, text),
    )  # fmt: skip
    made = replace(talk(Message("u", None, "user", text), message, title=text), endpoint=text, model=text, system=text)
    found = harmless(page(made, Files(tmp_path)))
    assert "http-equiv" in found.tags[3][1]
    assert not any(character in "".join(found.words) for character in "\x1b\u202e\x07")


@given(st.one_of(st.text(), st.text(alphabet="<>&\"'`[]()!#*_|-\n \\:/ahtp"), st.sampled_from(HOSTILE)))
def test_any_markdown_makes_harmless_html(text: str) -> None:
    harmless(prose(text))


def test_nothing_but_its_own_style_and_pictures_is_allowed(tmp_path: Path) -> None:
    text = page(talk(Message("u", None, "user", "hi")), Files(tmp_path))
    assert "default-src &#x27;none&#x27;" in text or "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "url(" not in text
    assert "@import" not in text


def test_prose_is_rendered_and_code_is_coloured() -> None:
    html = prose(
        "# Head\n\nOne\ntwo **bold** ~~gone~~\n\n- a\n- b\n\n```python\nimport x\n```\n\n| a |\n|---|\n| 1 |\n"
    )
    for part in ("<h1>Head</h1>", "One<br />\ntwo <strong>bold</strong> <s>gone</s>", "<li>a</li>", "<table>"):
        assert part in html
    assert '<pre class="code"><code><span class="kn">import</span>' in html
    assert prose("```nonsense\n<b>\n```") == '<pre><code class="language-nonsense">&lt;b&gt;\n</code></pre>\n'
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="noreferrer noopener">here</a>' in prose(
        "[here](https://example.org/?a=1&b=2)"
    )


def test_an_image_is_words_and_an_attached_one_comes_along(tmp_path: Path) -> None:
    assert prose("![a cat](https://example.org/cat.png)") == (
        '<p><a href="https://example.org/cat.png" rel="noreferrer noopener">▣ a cat</a></p>\n'
    )
    files = Files(tmp_path)
    data = b"\x89PNG\r\n\x1a\nx"
    file = Attachment("dot.png", "image/png", len(data), hashlib.sha256(data).hexdigest())
    files.keep({file: data})
    text = page(talk(Message("u", None, "user", "See", attachments=(file,))), files)
    assert '<img alt="dot.png" src="data:image/png;base64,iVBORw0KGgp4">' in text


def test_other_versions_stand_folded_beside_the_shown_one(tmp_path: Path) -> None:
    made = talk(
        Message("u", None, "user", "How?"),
        Message("a1", "u", "assistant", "An older answer.", model="old"),
        Message("u2", "a1", "user", "A question to it"),
        Message("a2", "u", "assistant", "The shown answer."),
    )
    text = page(made, Files(tmp_path), tree=True)
    assert text.index("another version: old") < text.index("An older answer.") < text.index("A question to it")
    assert text.index("A question to it") < text.index("</details>") < text.index("The shown answer.")
    assert text.count("<details") == text.count("</details>")
    assert "An older answer." not in page(made, Files(tmp_path))


def test_a_tree_of_any_depth_and_with_loops(tmp_path: Path) -> None:
    messages = [Message(f"m{n}", f"m{n - 1}" if n else None, "user", f"n {n}") for n in range(3000)]
    messages += [Message(f"s{n}", f"m{n}", "user", f"s {n}") for n in range(2000)]
    loop = [Message("x", "y", "user", "lost"), Message("y", "x", "user", "lost")]
    text = page(talk(*messages, *loop), Files(tmp_path), tree=True)
    assert text.count("<article") == 5000

"""Hostile texts: what a terminal, Textual's markup or Markdown might do something with, and what must stay as it is.

`ALL` has each by itself; `BATCHES` puts many into few texts, for tests that have little time.
"""

# ruff: noqa: E501 - tables of texts

from __future__ import annotations

TAGS = "".join(chr(0xE0000 + ord(character)) for character in "obey")
SELECTORS = "".join(chr(0xE0100 + ord(character)) for character in "obey")

SEQUENCES = (
    "\x1b]52;c;SEFDS0VE\x07", "\x1b]52;c;?\x07", "\x9d52;c;SEFDS0VE\x9c", "\x1b]0;TITLE\x07", "\x1b]2;TITLE\x1b\\",
    "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\", "\x1b]9;note\x07", "\x1b]133;A\x07", "\x1b]1337;ClearScrollback\x07",
    "\x1b[2J", "\x1b[3J", "\x1b[H", "\x1b[5A\x1b[K", "\x1b[?1049l", "\x1b[?25l", "\x1b[?2004l", "\x1b[6n", "\x1b[c", "\x1b[8mX",
    "\x1b[99999999b", "\x1b[38;5", "\x1b[!p", "\x1b[200~", "\x1b[201~\r", "\x1bc", "\x1b#8", "\x1b(0", "\x1bOP", "\x1b%@",
    "\x1bP1;1|17/0d\x1b\\", "\x1bP+q544e\x1b\\", "\x1bPq#0!99~-\x1b\\", "\x1b_Ga=T;L3RtcA==\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\",
    "\x9b2J", "\x90$qm\x9c", "\x8d\x84", "\x1b[2\x1b[2JJ", "\x1b]52;c;\x1b]52;c;QQ==\x07\x07", "\x1b",
)  # fmt: skip
CONTROLS = "".join(map(chr, [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)])) + "a\rb\r\nc"
UNSEEN = (
    "\u202eabc\u202c", "\u2067abc\u2069", "\u200e\u200f\u061c", "\u200b\u2060\u2062\ufeff\u00ad\u180e", "\u115f\u3164\uffa0",
    TAGS, f"😀{SELECTORS}", "a\u200db\u200cc", "x\ufe0f\ufe0e", "\u034f\u17b4", "\ufff9a\ufffb", "\u2028\u2029\x85",
    "\ud800 \udc00", "\ufdd0\uffff\U0001ffff", "\U0001f3f4" + TAGS, "葛\U000e0100\U000e0101",
)  # fmt: skip
ENTITIES = "&#x202e;&#8203;&lrm;&rlm;&shy;&zwj;&zwnj;&#27;&#155;&#7;&#0;&#xE0041;&#xD800;&NewLine;&Tab;"
MARKUP = (
    "[/x]", "[@click=app.quit]x[/]", '[a="b', "[/", "[/]", "[a=b:c", "[$primary]x", "[A-Z]+", "[[x]]", "[bold]x[/bold]",
    "[black on black]x[/]", "[link=file:///x]y[/link]", "list[int]", "[red",
)  # fmt: skip
LINKS = (
    "[x](file:///etc/passwd)", "[x](ssh://-oProxyCommand=id)", "[x](vscode://x)", "[https://a.com](https://b.com)",
    "[x](https://e/%1b%5d0;PCT%07)", "[x](https://e/\x1b]0;T\x07)", "![x](https://e/p.png)", "![x][r]\n\n[r]: https://e/q",
    "<https://e/\u202e>", "https://e/\u200bx",
)  # fmt: skip
HTML = ("<script>alert(1)</script>", "<img src=https://e/x onerror=y>", "<a href='javascript:x'>y</a>", "<!-- x", "<?x")
KEPT = ("👩‍💻", "❤️", "🇩🇪", "नमस्ते", "می‌خواهم", "שלום", "日本語", "한국어", "ไทย", "Ελλάδα", "┌─┐", "␛", "1️⃣")

ALL: dict[str, str] = {
    **{f"sequence {at}": f"before {text} after" for at, text in enumerate(SEQUENCES)},
    **{f"unseen {at}": f"before {text} after" for at, text in enumerate(UNSEEN)},
    **{f"markup {text}": text for text in MARKUP},
    **{f"link {text}": text for text in LINKS},
    **{f"html {text}": text for text in HTML},
    "controls": CONTROLS,
    "entities": ENTITIES,
    "nothing": "",
}
ONE_OF_EACH = "\x1b]0;T\x07\x1b[2J\x9b2J\x00\x7f\u202e\u200b\U000e0041\ud800[/x]&#x202e;"
"""What stands first is seen, also where there is little room."""
BATCHES: dict[str, str] = {
    "all": " ".join((ONE_OF_EACH, *SEQUENCES, CONTROLS, *UNSEEN, ENTITIES, *LINKS, *HTML)),
    "shown": " ".join(KEPT) + "\n" + " ".join(MARKUP),
}

"""A terminal that knows only what chattui may say to one: whatever else comes is a leak.

It reads the bytes of a pty, keeps the cells of the screen, and lists every sequence and character that is not on the
list of what Textual and chattui write by themselves. A list of what is allowed finds what nobody thought of; it is
written down here a second time on purpose and shares nothing with `chattui.safe`.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator

from rich.cells import cell_len

MODES = {7, 25, 1000, 1003, 1004, 1006, 1015, 1049, 2004, 2026}
"""Private modes: line wrap, cursor, mouse, focus, mouse formats, alternate screen, paste, synchronised output."""
MARK = "\x1b[?7$p"
"""A question to the terminal (is line wrap on?), which nobody but the stage asks: between two texts."""

_TOKEN = re.compile(
    r"\x1b\[(?P<parameters>[0-9:;<=>?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\x1b\](?P<osc>[^\x07\x1b\x9c]*)(?:\x07|\x1b\\)"
    r"|(?P<text>[^\x00-\x1f\x7f\x80-\x9f]+)|(?P<control>(?s:.))"
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-9:;<=>?]*[ -/]*|\][^\x07\x1b\x9c]{0,400000}\x1b?)?")
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a\U000e0030-\U000e0039]+\U000e007f")
_KANJI = re.compile(
    "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef](?![\U000e0100-\U000e01ef])"
)
_LINK = re.compile(r"8;(?:id=[\w-]+)?;(?:(?:https?://|mailto:)[!-~]+)?", re.IGNORECASE)
_VISIBLE_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Characters of category Cf that are seen: signs of Arabic, Syriac and Kaithi numbers."""
_UNSEEN = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0xE0100, 0xE01F0)}


class Screen:
    """The cells, and what leaked. `clipboard` allows one copy at a time (OSC 52), `bell` the notification (OSC 9). What
    commands print may hold `tabs`.
    """

    def __init__(self, width: int, height: int, *, tabs: bool = False) -> None:
        self.width, self.height, self.tabs = width, height, tabs
        self.leaks: list[str] = []
        self.copied: list[str] = []
        self.told: list[str] = []
        self.links: set[str] = set()
        self.marks = 0
        self._cells: dict[tuple[int, int], str] = {}
        self._top = 0
        """Rows that have left the screen; those of the cells are counted from there on."""
        self._at = (0, 0)
        self._rest = ""

    @property
    def rows(self) -> list[str]:
        seen = range(self._top, self._top + self.height)
        return ["".join(self._cells.get((x, y), " ") for x in range(self.width)).rstrip() for y in seen]

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    def feed(self, data: str) -> Iterator[None]:
        """Take what was written; comes back at every mark."""
        data, self._rest = self._rest + data, ""
        for found in _TOKEN.finditer(data):
            cut = found.end() == len(data) and found["text"]  # what follows may belong to its last sign
            if cut or (found[0] == "\x1b" and _UNFINISHED.fullmatch(data, found.start())):
                self._rest = data[found.start() :]
                return
            if found[0] == MARK:
                self.marks += 1
                yield
            else:
                self._take(found)

    def ended(self) -> None:
        """Nothing more comes: a sequence that never ended is a leak."""
        if self._rest.startswith("\x1b"):
            self.leaks.append(ascii(self._rest[:60]))
        else:
            self._write(self._rest)

    def _take(self, found: re.Match[str]) -> None:
        match found.lastgroup:
            case "text":
                self._write(found[0])
            case "final":
                self._csi(found["parameters"], found["between"], found["final"], found[0])
            case "osc":
                self._osc(found["osc"], found[0])
            case _:
                x, y = self._at
                match found[0]:
                    case "\r":
                        self._at = 0, y
                    case "\n":
                        if y + 1 < self.height:
                            self._at = x, y + 1
                        else:
                            self._scroll()
                    case "\t" if self.tabs:
                        self._at = min(x // 8 * 8 + 8, self.width - 1), y
                    case _:
                        self.leaks.append(ascii(found[0]))

    def _scroll(self) -> None:
        for x in range(self.width):
            self._cells.pop((x, self._top), None)
        self._top += 1

    def _csi(self, parameters: str, between: str, final: str, whole: str) -> None:
        match between, final:
            case "", "m" if re.fullmatch(r"[0-9;]*", parameters):
                if "8" in parameters.split(";") and not re.search(r"[34]8;", parameters):
                    self.leaks.append(ascii(whole))  # concealed text
            case "", "H" if re.fullmatch(r"\d+;\d+", parameters):
                y, x = map(int, parameters.split(";"))
                self._at = x - 1, y - 1
            case "", "K" if parameters == "" and self._at[0] == 0:  # the progress line of a plain command
                for x in range(self.width):
                    self._cells.pop((x, self._top + self._at[1]), None)
            case "", "h" | "l" if re.fullmatch(r"\?\d+", parameters) and int(parameters[1:]) in MODES:
                if parameters == "?1049":
                    self._cells.clear()
            case "", "u" if parameters in {">1", ">25", "<"}:
                pass
            case "$", "p" if parameters in {"?2026", "?2048"}:
                pass
            case _:
                self.leaks.append(ascii(whole))

    def _osc(self, text: str, whole: str) -> None:
        kind, _, value = text.partition(";")
        if text == "22;default" or (kind == "8" and _LINK.fullmatch(text)):
            self.links.add(value.partition(";")[2])
        elif kind == "52" and value.startswith("c;"):
            self.copied.append(base64.b64decode(value[2:]).decode())
            self._seen(self.copied[-1])
        elif kind == "9" and value.startswith("chattui: "):
            self.told.append(value)
            self._seen(value)
        else:
            self.leaks.append(ascii(whole[:80]))

    def _write(self, text: str) -> None:
        self._seen(text)
        x, y = self._at
        y += self._top
        for character in text:
            wide = 1 if character < "\x7f" else cell_len(character)
            if wide == 0:
                before = x - 1 if self._cells.get((x - 1, y)) else x - 2
                self._cells[before, y] = self._cells.get((before, y), " ") + character
                continue
            if x >= self.width:
                x, y = 0, min(y + 1, self._top + self.height - 1)
            self._cells[x, y] = character
            if wide == 2:
                self._cells[x + 1, y] = ""
            x += wide
        self._at = x, y - self._top

    def _seen(self, text: str) -> None:
        if text.isascii():  # its controls are tokens of their own
            return
        plain = _KANJI.sub("", _FLAG.sub("", text))
        for at, character in enumerate(plain):
            code = ord(character)
            kind = unicodedata.category(character)
            joiner = code in {0x200C, 0x200D}
            bad = (
                (kind == "Cc" and character not in "\n\t")
                or kind in {"Cs", "Zl", "Zp"}
                or (kind == "Cf" and not joiner and code not in _VISIBLE_FORMATS)
                or code in _UNSEEN
                or code & 0xFFFE == 0xFFFE
                or 0xFDD0 <= code < 0xFDF0
                or (joiner and (at + 1 < len(plain) and plain[at + 1] in "\u200c\u200d"))
            )
            if bad:
                self.leaks.append(f"U+{code:04X} in {text[max(0, at - 10) : at + 10]!a}")
                return

"""The looks of the message pane: the colours of a Textual theme as Rich styles.

Meaning never rests on a colour alone: weight, underline and signs carry it too; the monochrome palette says the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.color import Color as RichColor
from rich.style import Style
from textual.color import Color
from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """One style for each thing that the pane shows. Text styles hold no background, but for `code` and `selection`."""

    text: Style
    dim: Style
    faint: Style
    """Rules and bars: less than dim text."""
    strong: Style
    emphasis: Style
    strike: Style
    code: Style
    link: Style
    headings: tuple[Style, ...]
    quote: Style
    bullet: Style
    head: Style
    """The header of a table."""
    user: Style
    assistant: Style
    system: Style
    warning: Style
    error: Style
    accent: Style
    selection: Style
    badge: Style
    """The note of new text below."""
    keyword: Style
    string: Style
    number: Style
    comment: Style
    function: Style
    type: Style
    inserted: Style
    deleted: Style

    def role(self, name: str) -> Style:
        """The style of a role's bar and name."""
        match name:
            case "user":
                return self.user
            case "assistant":
                return self.assistant
            case _:
                return self.system

    @property
    def quiet(self) -> Palette:
        """The same looks, dim: reasoning is read less than answers."""
        return replace(self, text=self.dim, quote=self.dim)


MONOCHROME = Palette(
    text=Style(),
    dim=Style(dim=True),
    faint=Style(dim=True),
    strong=Style(bold=True),
    emphasis=Style(italic=True),
    strike=Style(strike=True),
    code=Style(bold=True),
    link=Style(underline=True),
    headings=(
        Style(bold=True, underline=True),
        Style(bold=True),
        Style(bold=True, italic=True),
        Style(italic=True, underline=True),
        Style(italic=True),
        Style(italic=True, dim=True),
    ),
    quote=Style(italic=True),
    bullet=Style(bold=True),
    head=Style(bold=True),
    user=Style(bold=True),
    assistant=Style(bold=True),
    system=Style(dim=True),
    warning=Style(bold=True),
    error=Style(bold=True),
    accent=Style(bold=True),
    selection=Style(reverse=True),
    badge=Style(reverse=True),
    keyword=Style(bold=True),
    string=Style(),
    number=Style(),
    comment=Style(italic=True, dim=True),
    function=Style(bold=True),
    type=Style(),
    inserted=Style(),
    deleted=Style(strike=True),
)
"""Weight, slant and lines, but no colour."""


def palette_of(theme: Theme, *, no_color: bool = False) -> Palette:
    """The palette of a theme. With `no_color` (https://no-color.org) it holds no colour at all."""
    if no_color:
        return MONOCHROME
    return _ansi() if theme.ansi else _truecolor(theme)


def _ansi() -> Palette:
    """The terminal's own 16 colours; bright ones are avoided, because they vanish on light backgrounds."""

    def ink(name: str, *, bold: bool | None = None) -> Style:
        return Style(color=name, bold=bold)

    accent = ink("blue", bold=True)
    return replace(
        MONOCHROME,
        code=ink("magenta"),
        link=Style(color="blue", underline=True),
        headings=(accent + Style(underline=True), accent, *MONOCHROME.headings[2:]),
        bullet=accent,
        head=accent,
        user=ink("green", bold=True),
        assistant=accent,
        warning=ink("yellow", bold=True),
        error=ink("red", bold=True),
        accent=accent,
        keyword=ink("blue"),
        string=ink("green"),
        number=ink("magenta"),
        function=ink("cyan"),
        type=ink("yellow"),
        inserted=ink("green"),
        deleted=ink("red"),
    )


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of two colours, 1 to 21 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""

    def luminance(color: Color) -> float:
        parts = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in color.normalized]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _truecolor(theme: Theme) -> Palette:
    named = theme.to_color_system().generate()
    back = Color.parse(named["background"])
    fore = Color.parse(named["foreground"]) if not named["foreground"].startswith("auto") else back.get_contrast_text()

    def legible(color: Color, least: float = 4.5) -> Color:
        """The colour, moved towards the text colour until it can be read on the background (WCAG contrast)."""
        for share in range(0, 100, 8):
            mixed = color.blend(fore, share / 100)
            if contrast(mixed, back) >= least:
                return mixed
        return fore

    def ink(name: str, *, bold: bool | None = None, italic: bool | None = None, underline: bool | None = None) -> Style:
        color = Color.parse(named.get(name, named["primary"]))
        return Style(color=legible(color).rich_color, bold=bold, italic=italic, underline=underline)

    def grey(share: float) -> RichColor:
        return back.blend(fore, share).rich_color

    text = Style(color=fore.rich_color)
    dim = Style(color=legible(back.blend(fore, 0.55), 4.0).rich_color)
    accent = ink("primary", bold=True)
    tint = back.blend(Color.parse(named["primary"]), 0.35).rich_color
    return Palette(
        text=text,
        dim=dim,
        faint=Style(color=grey(0.3)),
        strong=Style(bold=True),
        emphasis=Style(italic=True),
        strike=Style(strike=True, color=dim.color),
        code=Style(color=legible(Color.parse(named["accent"])).rich_color, bgcolor=grey(0.07)),
        link=ink("secondary" if named["secondary"] != named["background"] else "primary", underline=True),
        headings=(
            accent + Style(underline=True),
            accent,
            text + Style(bold=True),
            text + Style(bold=True, italic=True),
            text + Style(italic=True),
            dim + Style(italic=True),
        ),
        quote=Style(color=back.blend(fore, 0.8).rich_color, italic=True),
        bullet=accent,
        head=accent,
        user=ink("success", bold=True),
        assistant=accent,
        system=dim,
        warning=ink("warning", bold=True),
        error=ink("error", bold=True),
        accent=accent,
        selection=Style(bgcolor=tint),
        badge=Style(color=back.rich_color, bgcolor=legible(Color.parse(named["primary"])).rich_color, bold=True),
        keyword=ink("primary"),
        string=ink("success"),
        number=ink("warning"),
        comment=dim + Style(italic=True),
        function=ink("accent"),
        type=ink("secondary"),
        inserted=ink("success"),
        deleted=ink("error"),
    )

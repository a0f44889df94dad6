"""Code as coloured lines. Pygments is loaded with the first block that names a language."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.style import Style

from chattui.tui.palette import Palette
from chattui.tui.wrap import Span

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

_KINDS = (
    ("Comment.Preproc", "keyword"),
    ("Comment", "comment"),
    ("Keyword.Constant", "number"),
    ("Keyword.Type", "type"),
    ("Keyword", "keyword"),
    ("Operator.Word", "keyword"),
    ("Literal.String.Doc", "comment"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Name.Function", "function"),
    ("Name.Class", "type"),
    ("Name.Decorator", "function"),
    ("Name.Builtin", "type"),
    ("Name.Exception", "type"),
    ("Name.Tag", "keyword"),
    ("Name.Attribute", "function"),
    ("Name.Variable", "type"),
    ("Name.Constant", "number"),
    ("Generic.Inserted", "inserted"),
    ("Generic.Deleted", "deleted"),
    ("Generic.Heading", "strong"),
    ("Generic.Subheading", "strong"),
    ("Generic.Prompt", "comment"),
    ("Generic.Output", "dim"),
    ("Generic.Emph", "emphasis"),
    ("Generic.Strong", "strong"),
)
"""Families of Pygments' tokens and the field of the palette that shows them; the first that fits wins."""


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 — loaded with the first code, not at start
    from pygments.util import ClassNotFound  # noqa: PLC0415 — as above

    name = language.strip("{}.").lower()
    try:
        lexer = get_lexer_by_name(name, stripnl=False, ensurenl=True, startinline=True)
    except ClassNotFound:
        return None
    return None if lexer.name in {"Text only", "Raw token data"} else lexer


@lru_cache(maxsize=512)
def _kind(token: _TokenType) -> str:
    name = ".".join(token)
    return next((kind for family, kind in _KINDS if name == family or name.startswith(family + ".")), "text")


def highlight(lines: list[str], language: str, palette: Palette) -> list[list[Span]]:
    """The lines, coloured; with an unknown language plain. As many lists as there are lines, with the same text."""
    lexer = _lexer(language) if language else None
    if lexer is None:
        return [[(line, palette.text)] if line else [] for line in lines]
    found: list[list[Span]] = [[]]
    for token, value in lexer.get_tokens("\n".join(lines)):
        style: Style = getattr(palette, _kind(token))
        first, *others = value.split("\n")
        if first:
            found[-1].append((first, style))
        found += [[(other, style)] if other else [] for other in others]
    del found[len(lines) :]
    found += [[] for _ in range(len(lines) - len(found))]
    return found

"""What a Typebot shows and asks, as Markdown and choices. Pure.

Facts: typebot.io 3.18 (packages/bot-engine, packages/chat-api) and recorded answers. Rich text is a Plate tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chattui.events import JSON, Choice

MARKS = {"bold": "**", "italic": "*", "code": "`", "strikethrough": "~~"}
WANTED = {
    "email input": "an e-mail address",
    "url input": "a web address",
    "date input": "a date",
    "time input": "a time",
    "phone number input": "a phone number with its country code",
    "number input": "a number",
    "rating input": "a rating",
}
ELSEWHERE = {"payment input": "a payment", "file input": "a file"}
"""What only the bot's web page can take."""


def bubble(message: JSON) -> str:
    """One message of the bot as Markdown; "" when it shows nothing."""
    if not isinstance(message, Mapping) or not isinstance(content := message.get("content"), Mapping):
        return ""
    if message.get("type") == "text":
        for key in ("markdown", "plainText"):
            if isinstance(text := content.get(key), str):
                return text.strip("\n")
        return rich_text(content.get("richText"))
    url = content.get("url")
    return f"[{message.get('type') or 'link'}]({url})" if isinstance(url, str) and url else ""


def rich_text(tree: JSON) -> str:
    """A Plate tree as Markdown."""
    blocks = [_block(node) for node in tree if isinstance(node, Mapping)] if isinstance(tree, list) else []
    return "\n".join(blocks).strip("\n")


def _block(node: Mapping[str, JSON]) -> str:
    match node.get("type"):
        case "ul" | "ol" as kind:
            items = [_item(item) for item in _children(node)]
            return "\n".join(
                f"{number}. {text}" if kind == "ol" else f"- {text}" for number, text in enumerate(items, 1)
            )
        case "h1" | "h2" | "h3" | "h4" as kind:
            return f"{'#' * int(kind[1])} {_inline(node)}"
        case "blockquote":
            return f"> {_inline(node)}"
        case "variable" | "inline-variable":
            return "\n".join(_block(child) for child in _children(node))
        case _:
            return _inline(node)


def _item(node: Mapping[str, JSON]) -> str:
    return " ".join(
        _inline(child) if child.get("type") not in {"ul", "ol"} else "" for child in _children(node)
    ) or _text(node)


def _children(node: Mapping[str, JSON]) -> Iterator[Mapping[str, JSON]]:
    children = node.get("children")
    return (child for child in children if isinstance(child, Mapping)) if isinstance(children, list) else iter(())


def _inline(node: Mapping[str, JSON]) -> str:
    if isinstance(node.get("text"), str):
        return _text(node)
    inner = "".join(_inline(child) for child in _children(node))
    url = node.get("url")
    return f"[{inner or url}]({url})" if node.get("type") == "a" and isinstance(url, str) else inner


def _text(node: Mapping[str, JSON]) -> str:
    text = node.get("text")
    if not isinstance(text, str) or not text.strip():
        return text if isinstance(text, str) else ""
    core = text.strip()
    for mark, sign in MARKS.items():
        if node.get(mark) is True:
            core = f"{sign}{core}{sign}"
    start = len(text) - len(text.lstrip())
    return text[:start] + core + text[start + len(text.strip()) :]


def choices(asked: Mapping[str, JSON]) -> tuple[Choice, ...]:
    """The answers that an input offers; () for one that is typed."""
    items, options = asked.get("items"), asked.get("options")
    if asked.get("type") == "rating input":
        length = options.get("length") if isinstance(options, Mapping) else None
        most = length if isinstance(length, int) and 0 < length <= 20 else 10
        return tuple(Choice(str(number), str(number)) for number in range(1, most + 1))
    found = (_choice(item) for item in items if isinstance(item, Mapping)) if isinstance(items, list) else ()
    return tuple(choice for choice in found if choice.label)


def _choice(item: Mapping[str, JSON]) -> Choice:
    label = next((text for key in ("content", "title", "value") if isinstance(text := item.get(key), str) and text), "")
    value = next((text for key in ("content", "value", "id") if isinstance(text := item.get(key), str) and text), label)
    return Choice(label or value, value)


def hint(asked: Mapping[str, JSON]) -> str:
    """What to say about an input that is not just a text; "" for one that explains itself."""
    kind = str(asked.get("type"))
    if kind in ELSEWHERE:
        return f"The bot asks for {ELSEWHERE[kind]}, which only its web page can take."
    options = asked.get("options")
    if isinstance(options, Mapping) and options.get("isMultipleChoice") is True:
        return "Several answers may be given, for example: 1, 3"
    return f"The bot asks for {WANTED[kind]}." if kind in WANTED and kind != "rating input" else ""


def answer(text: str, offered: tuple[Choice, ...]) -> str:
    """What the user typed, as the bot takes it: the number of an offered answer stands for it."""
    said = text.strip()
    if any(said in {choice.label, choice.value} for choice in offered):
        return next(choice.value for choice in offered if said in {choice.label, choice.value})
    if said.isdecimal() and 0 < int(said) <= len(offered):
        return offered[int(said) - 1].value
    return text

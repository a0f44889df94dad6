"""What replies have cost: one report per reply, summed over a conversation, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from chattui.chat import Conversation
from chattui.events import Usage


def summed(reports: Iterable[Usage | None]) -> Usage:
    """The sum of the reports, field by field; None where no report said anything."""
    total: dict[str, float] = {}
    for report in reports:
        for name in _NAMES if report is not None else ():
            if (value := getattr(report, name)) is not None:
                total[name] = total.get(name, 0) + value
    return Usage(**total)  # type: ignore[arg-type]  # sums of whole numbers are whole


_NAMES = tuple(field.name for field in fields(Usage))


def of(conversation: Conversation) -> Usage:
    """The usage of all replies, those of other branches included: they were paid for, too."""
    return summed(message.usage for message in conversation.walk())


def facts(usage: Usage) -> list[str]:
    """What is known: ["1,204 tokens in (1,024 cached)", "312 out (120 reasoning)", "$0.0012"]; [] when nothing is."""
    found: list[str] = []
    if usage.input:  # servers that do not count say 0
        found.append(f"{usage.input:,} tokens in" + (f" ({usage.cached:,} cached)" if usage.cached else ""))
    if usage.output:
        out = f"{usage.output:,} out" if found else f"{usage.output:,} tokens out"
        found.append(out + (f" ({usage.reasoning:,} reasoning)" if usage.reasoning else ""))
    if usage.cost:
        found.append(dollars(usage.cost))
    return found


def dollars(cost: float) -> str:
    """An amount, precise where it is small: $1.25, $0.0312, $0.00012."""
    if cost >= 0.1:
        return f"${cost:,.2f}"
    return f"${cost:.3g}" if cost >= 0.0001 else f"${cost:.7f}".rstrip("0").rstrip(".")


def speed(output: int | None, first: float | None, total: float | None) -> float | None:
    """Tokens per second from the first token to the end; None where too little is known, or it came in one piece."""
    if not output or first is None or total is None or total - first <= 0.2:
        return None
    return output / (total - first)

"""docs/commands.md says what the program does."""

from pathlib import Path

from chattui.commands import docs, eventlines
from chattui.commands.exits import Exit
from chattui.config.docs import brought_up_to_date

DOCUMENT = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_reference_is_up_to_date() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert brought_up_to_date(text, docs.reference()) == text, "run: python -m chattui.commands.docs docs"


def test_every_event_and_exit_code_is_documented() -> None:
    text = DOCUMENT.read_text("utf-8")
    for name in eventlines.NAMES.values():
        assert f"| `{name}` |" in text
    for code in Exit:
        assert f"| {code.value} |" in text

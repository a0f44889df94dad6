"""The long runs of proofs/ about security, in sizes that a test run can afford."""

import random

import markup
import pytest
import secret_hunt
from surfaces import SURFACES

AFTER = (("show", "--json", "1"),)


@pytest.mark.parametrize(
    "name",
    ["401 that quotes", "a reply that quotes letter by letter", "a mistake of chattui's own", "a redirect to a path"],
)  # fmt: skip
def test_no_key_is_written_or_shown(name: str) -> None:
    assert not secret_hunt.hunted(name, AFTER)


def test_the_hunt_finds_a_key_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    leak = secret_hunt.Way(argv=("ask", "-e", "demo", secret_hunt.KEYS["env"]))
    monkeypatch.setitem(secret_hunt.PATHS, "a key that was typed", leak)
    assert secret_hunt.hunted("a key that was typed", AFTER)


@pytest.mark.parametrize("name", ["a reply", "a notification", "the title"])
async def test_random_markup_is_shown_as_it_is(name: str) -> None:
    surface = next(surface for surface in SURFACES if surface.name == name)
    assert not await markup.run(surface, 80, random.Random(3))

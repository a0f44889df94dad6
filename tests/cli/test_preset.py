"""`chattui preset`: what is printed can be pasted."""

import tomllib

import pytest

from chattui import presets
from chattui.cli import main

Out = pytest.CaptureFixture[str]


def test_the_list_names_every_preset(capsys: Out) -> None:
    assert main(["preset", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(presets.names())


@pytest.mark.parametrize("name", presets.names())
def test_a_preset_is_printed_as_the_toml_that_it_is(name: str, capsys: Out) -> None:
    assert main(["preset", "show", name]) == 0
    assert tomllib.loads(capsys.readouterr().out)["endpoints"][name] == presets.preset(name).table


def test_an_unknown_name_says_what_was_meant(capsys: Out) -> None:
    assert main(["preset", "show", "snakprompt"]) == 2
    assert "Did you mean ‘snackprompt’?" in capsys.readouterr().err

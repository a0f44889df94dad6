"""Where things live: by system, under $CHATTUI_HOME, per profile, and never in the working directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from chattui import paths
from chattui.errors import ConfigError


def test_the_systems_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    found = paths.find({})
    assert found.config.name == "config.toml"
    assert len({found.config.parent, found.data, found.cache, found.log}) == 4
    assert all("chattui" in str(path) for path in (found.config, found.data, found.cache, found.log))
    assert found.conversations == found.data / "conversations"


def test_one_variable_moves_all_of_them(tmp_path: Path) -> None:
    found = paths.find({"CHATTUI_HOME": str(tmp_path)})
    assert found == paths.Paths(tmp_path / "config.toml", tmp_path / "data", tmp_path / "cache", tmp_path / "log")


def test_a_profile_is_a_separate_user(tmp_path: Path) -> None:
    environ = {"CHATTUI_HOME": str(tmp_path)}
    work, home = paths.find(environ, profile="work"), paths.find(environ)
    for one, other in zip(
        (work.config, work.data, work.cache, work.log), (home.config, home.data, home.cache, home.log), strict=True
    ):
        assert one != other
        assert tmp_path in one.parents
        assert "work" in one.parts


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "A", "-x", ".x", "a" * 33, "a\n", "é"])
def test_a_profile_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ConfigError, match="lower-case"):
        paths.find({}, profile=name)


def test_a_named_configuration_moves_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {"CHATTUI_HOME": str(tmp_path / "home")}
    found = paths.find(environ, config=Path("mine.toml"))
    assert found.config == tmp_path / "mine.toml"
    assert found.data == paths.find(environ).data


def test_finding_creates_nothing(tmp_path: Path) -> None:
    paths.find({"CHATTUI_HOME": str(tmp_path / "home")}, profile="x")
    assert list(tmp_path.iterdir()) == []


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert paths.find({"CHATTUI_HOME": "here"}).data == tmp_path / "here" / "data"

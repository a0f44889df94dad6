"""Where chattui keeps things on this system. Nothing is ever read from the working directory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from chattui.errors import ConfigError

PROFILE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders of one user; they need not exist yet."""

    config: Path
    """The configuration file."""
    data: Path
    cache: Path
    log: Path

    @property
    def conversations(self) -> Path:
        return self.data / "conversations"

    @property
    def index(self) -> Path:
        """The derived index: see chattui.index."""
        return self.cache / "index.sqlite"

    @property
    def tapes(self) -> Path:
        return self.data / "tapes"


def find(environ: Mapping[str, str], *, profile: str | None = None, config: Path | None = None) -> Paths:
    """The paths for this environment.

    $CHATTUI_HOME moves all four under one folder, with `config.toml` right in it; `profile` gives a separate user below
    each; `config` names another configuration file and moves nothing else. Raises ConfigError for a profile name that
    is not a plain word.
    """
    if profile is not None and not PROFILE.fullmatch(profile):
        raise ConfigError(
            "A profile name is lower-case letters, digits, - and _, at most 32 of them.",
            hint="For example: --profile work",
        )
    if home := environ.get("CHATTUI_HOME"):
        root = Path(home).expanduser().absolute()
        if profile is not None:
            root = root / "profiles" / profile
        config_dir, data, cache, log = root, root / "data", root / "cache", root / "log"
    else:
        dirs = platformdirs.PlatformDirs("chattui", appauthor=False)
        config_dir, data, cache, log = (
            dirs.user_config_path,
            dirs.user_data_path,
            dirs.user_cache_path,
            dirs.user_log_path,
        )
        if profile is not None:
            config_dir, data, cache, log = (folder / "profiles" / profile for folder in (config_dir, data, cache, log))
    return Paths(config.expanduser().absolute() if config else config_dir / "config.toml", data, cache, log)

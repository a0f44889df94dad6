"""The file that `chattui config init` writes: comments that become a configuration when their # is taken away."""

from __future__ import annotations

import os
from pathlib import Path

from chattui.errors import ConfigError

_TEMPLATE = """\
# chattui's configuration. Take a # away to use a line; `chattui config show` prints what counts in the end.
# Every key is described in docs/configuration.md. Times are seconds.

# default = "openai"               # the endpoint for new conversations; else the first one below
# theme = "textual-light"          # the palette (ctrl+p) lists them
# mouse = true
# titles = "model"                 # after the first reply the model names the conversation: one small request more
# list_width = 32
# notify = { bell = true, osc9 = true, after = 10 }   # when a long reply ends while you look elsewhere

# ---- a preset knows the rest: its key comes from $OPENAI_API_KEY unless you say otherwise
# [endpoints.openai]
# preset = "openai"                # azure deepseek groq llamacpp lmstudio mistral ollama openrouter vllm xai
# model = "gpt-5-mini"
# api_key = { cmd = ["pass", "show", "openai"] }     # or { env = … }, { file = … }, { keyring = "service/name" }

# ---- any OpenAI-compatible server
# [endpoints.lab]
# url = "https://llm.lab.example/v1"
# api_key = { env = "LAB_KEY" }
# model = "some-model"
# models = "fetch"                 # what the picker offers; or a list
# system = "Answer briefly."
# params = { temperature = 0.3 }
# headers = { X-Team = "research", X-User = { env = "USER" } }
# proxy = false                    # or "socks5://127.0.0.1:1080"; else the environment's

# ---- laid under every endpoint
# [defaults]
# timeouts = { connect = 10, first_token = 300, idle = 120 }   # 0 = off
# retry = { attempts = 2 }

# ---- keys: one, several, or "" for none; docs/keys.md has every action
# [keys]
# "conversation.new" = "alt+n"
# "pane.list" = ["f9", "ctrl+l"]
"""


def template() -> str:
    """The commented file."""
    return _TEMPLATE


def write_template(path: Path) -> None:
    """Write it, readable by its owner only (0600, its folder 0700). Never replaces a file.

    Raises ConfigError.
    """
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True)
        with open(path, "x", encoding="utf-8", opener=_private) as file:
            file.write(_TEMPLATE)
    except OSError as error:
        if isinstance(error, FileExistsError) and path.exists():
            said, hint = "exists already; it was left as it is.", "chattui config edit opens it."
        else:
            reason = (error.strerror or type(error).__name__).lower()
            said, hint = f"cannot be written: {reason}.", "Try another place with --config FILE."
        raise ConfigError(f"{path} {said}", hint=hint) from None


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)

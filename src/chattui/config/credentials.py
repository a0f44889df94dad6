"""How keys are read: references to where a secret is, or a literal text. No message ever holds a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chattui import secret
from chattui.config.values import SOURCES, At, Wrong, is_reference, meant, variable, word
from chattui.errors import SecretError
from chattui.secret import Secret

_DOLLAR = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


def api_key(value: Any, at: At) -> Secret | None:
    """A key: a reference, or a literal text, or false for none."""
    if value is False:
        return None
    if isinstance(value, Secret):
        return _literal(value.known or "", at)
    if isinstance(value, str):
        return _literal(value, at)
    return reference(value, at)


def _literal(value: str, at: At) -> Secret | None:
    if not value.strip():
        at.warn("is empty and counts as not set.", "Remove it, or write api_key = false.")
        return None
    if found := _DOLLAR.fullmatch(value.strip()):
        raise Wrong("is the name of a variable, not a key.", f'Write {{ env = "{found[1]}" }}.')
    try:
        return Secret(secret.checked(value, "the configuration file"), "the configuration file")
    except SecretError as error:
        raise Wrong(f"cannot be used. {error.text}", error.hint) from None


def reference(value: Any, at: At) -> Secret:
    """`{ env | cmd | file | keyring = … }` as a Secret that is read when it is needed."""
    if not is_reference(value):
        hint = meant(next(iter(value)), SOURCES) if isinstance(value, Mapping) and len(value) == 1 else ""
        raise Wrong(
            "must be text or one of { env = … }, { cmd = … }, { file = … }, { keyring = … }.",
            hint,
        )
    kind, source = next(iter(value.items()))
    match kind:
        case "env":
            return secret.from_env(variable(source), at.environ)
        case "cmd":
            return secret.from_command(_command(source, at))
        case "file":
            return secret.from_file(at.file.parent / Path(word(source, at)).expanduser())
        case _:
            service, slash, name = word(source, at).rpartition("/")
            if not (service and slash and name):
                raise Wrong('needs the service and the name: { keyring = "service/name" }.')
            return secret.from_keyring(service, name)


def _command(value: Any, at: At) -> tuple[str, ...]:
    if not at.commands:
        raise Wrong(
            "is a command in a file that others may change; it is not run.", "Make the file yours alone: chmod 600."
        )
    if isinstance(value, str):
        import shlex  # noqa: PLC0415 - rarely needed

        try:
            value = shlex.split(value)
        except ValueError:
            raise Wrong("has a quote that is not closed.") from None
        if any(part.endswith(";") or part in {"|", "||", "&&", ">", "<", "&"} for part in value):
            raise Wrong(
                "is run without a shell, so ; | & < > mean nothing in it.",
                'Name a program: { cmd = ["pass", "show", "lab"] }; or a shell: { cmd = ["sh", "-c", "…"] }.',
            )
    if not value or not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise Wrong('must be a command: { cmd = ["pass", "show", "lab"] }.')
    first = Path(value[0]).expanduser() if value[0].startswith("~") else value[0]
    return (str(first), *value[1:])

"""`chattui login NAME`: e-mail and password for a cookie, which becomes the endpoint's key."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

from chattui import cookies, disk, safe
from chattui.commands import running, world
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import is_terminal, say
from chattui.config import Config
from chattui.endpoint import Endpoint
from chattui.wire import Wire


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Sign in and keep the cookie. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    name = arguments.name
    endpoint = world.endpoint(here, name)
    path = cookie_file(here.config, name)
    email, password = asked()
    cookie, user = running.run(_login(endpoint, world.wire(), email, password))
    try:
        disk.private_folder(path.parent)
        disk.replace(path, f"{cookie}\n".encode())
    except OSError as error:
        raise disk.trouble(error, path) from None
    say(f"Signed in. The cookie is in {path}.")
    if user and user != endpoint.user:
        say(f'Your user id there is {safe.line(user)}: write user = "{safe.line(user)}" into [endpoints.{name}].')
    return Exit.COMPLETE


def cookie_file(config: Config, name: str) -> Path:
    """The file that `api_key = { file = … }` of the endpoint names. Raises UsageError when it names none."""
    for layer in reversed(config.layers.get(name, ())):
        key = layer.table.get("api_key")
        if isinstance(key, Mapping) and isinstance(file := key.get("file"), str) and config.file is not None:
            path = config.file.parent / Path(file).expanduser()
            if cookies.is_jar_file(path):
                raise UsageError(
                    f"{path} is a cookie jar of curl's; it was left as it is.",
                    hint="Name another file for this cookie.",
                )
            return path
    raise UsageError(
        f"‘{safe.line(name, 40)}’ has no file for its cookie.",
        hint=f'Add api_key = {{ file = "~/.{name}-cookie" }} to it.',
    )


def asked() -> tuple[str, str]:
    """E-mail and password from the terminal, or from two lines of standard input. Raises UsageError."""
    if is_terminal(sys.stdin):
        email, password = input("E-mail: ").strip(), getpass.getpass("Password: ")
    else:
        email, password = (sys.stdin.readline().rstrip("\r\n") for _ in range(2))
    if not email.strip() or not password:
        raise UsageError("Nothing was sent: it needs an e-mail address and a password.")
    return email.strip(), password


async def _login(endpoint: Endpoint, wire: Wire, email: str, password: str) -> tuple[str, str]:
    from chattui.providers.rules import login

    try:
        return await login(endpoint, wire, email, password)
    finally:
        await wire.aclose()

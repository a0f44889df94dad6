"""`chattui preset list | show NAME`: the shipped endpoints, to be copied and changed."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from chattui import presets, safe
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import put
from chattui.config.values import meant


def run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Do what `preset` was asked for. Raises UsageError for an unknown name."""
    if arguments.what == "list":
        known = [presets.preset(name) for name in presets.names()]
        width = max(len(preset.name) for preset in known)
        for preset in known:
            put(f"{preset.name:<{width}}  {preset.title:<26}  {preset.table.get('url', 'an address of yours')}")
        return Exit.COMPLETE
    name = arguments.name
    if name not in presets.names():
        hint = meant(name, presets.names()) or "chattui preset list names them all."
        raise UsageError(f"There is no preset ‘{safe.line(name, 40)}’.", hint=hint)
    put(presets.preset(name).text.rstrip("\n"))
    return Exit.COMPLETE

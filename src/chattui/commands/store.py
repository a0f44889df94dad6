"""`chattui store check | repair | path`: is everything there, and where."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from chattui import paths
from chattui.commands.exits import Exit
from chattui.commands.output import put, put_json, say
from chattui.paths import Paths
from chattui.store import Store


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """See the exit codes in the help. Raises ChattuiError."""
    place = paths.find(environ, profile=arguments.profile, config=arguments.config)
    match arguments.does:
        case "path":
            return _path(place, json=arguments.json)
        case "repair":
            return _repair(place, json=arguments.json)
        case _:
            return _check(place, json=arguments.json)


def _path(place: Paths, *, json: bool) -> int:
    if json:
        folders = {"data": place.data, "conversations": place.conversations, "trash": place.data / "trash",
                   "attachments": place.data / "attachments", "index": place.index, "config": place.config}  # fmt: skip
        put_json({name: str(path) for name, path in folders.items()}, indent=1)
    else:
        put(str(place.data))
    return Exit.COMPLETE


def _check(place: Paths, *, json: bool) -> int:
    from chattui.checkup import as_json, check

    store = Store(place.data)
    found = list(check(store, place.index))
    problems = sum(not finding.is_note for finding in found)
    if json:
        put_json(
            {"path": str(place.data), "conversations": len(store.ids()), "problems": problems,
             "findings": [as_json(finding) for finding in found]}, indent=1
        )  # fmt: skip
        return Exit.FAILED if problems else Exit.COMPLETE
    for finding in found:
        mends = f" (repair: {finding.mends})" if finding.mends else ""
        put(f"{'note' if finding.is_note else 'problem'}: {finding.text}{mends}")
        put(f"    {finding.path}")
    count = len(store.ids())
    said = "1 conversation" if count == 1 else f"{count:,} conversations"
    wrong = "nothing is wrong" if not problems else "1 problem" if problems == 1 else f"{problems} problems"
    say(f"{said} in {place.data}: {wrong}." + (" chattui store repair mends what can be." if problems else ""))
    return Exit.FAILED if problems else Exit.COMPLETE


def _repair(place: Paths, *, json: bool) -> int:
    from chattui.checkup import as_json
    from chattui.means import new_id
    from chattui.mending import repair

    done = list(repair(Store(place.data), place.index, new_id))
    left = sum(bool(why) for _, why in done)
    if json:
        put_json(
            {"path": str(place.data), "left": left,
             "findings": [{**as_json(finding), "repaired": bool(finding.mends) and not why, "why": why or None}
                          for finding, why in done]}, indent=1
        )  # fmt: skip
        return Exit.FAILED if left else Exit.COMPLETE
    for finding, why in done:
        put(f"left: {finding.text} {why}" if why else f"repaired: {finding.text} Done: {finding.mends}."
            if finding.mends else f"note: {finding.text}")  # fmt: skip
        put(f"    {finding.path}")
    mended = sum(bool(finding.mends) and not why for finding, why in done)
    say(f"{mended} repaired, {left} left." if done else "Nothing is wrong.")
    return Exit.FAILED if left else Exit.COMPLETE

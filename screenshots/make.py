"""Write the pictures of the README from the scenes of the snapshot tests.

    .venv/bin/python screenshots/make.py            all of them, as SVG
    .venv/bin/python screenshots/make.py --png      and as PNG, with a Chromium that is on the PATH

The PNGs are what the README shows: a code host shows an SVG without the fonts that it names.
"""

import argparse
import asyncio
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "tests"), str(HERE.parent / "tests" / "tui")]

from scenes import SCENES, Scene  # noqa: E402 - the path above leads there
from staging import staged  # noqa: E402

FONTS = "'Fira Code', 'DejaVu Sans Mono', 'Noto Sans Mono CJK JP', 'Noto Color Emoji', monospace"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


async def draw(scene: Scene) -> str:
    """The scene as SVG."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, pytest.MonkeyPatch.context() as patch:
        app, act = staged(scene, Path(folder), patch)
        async with app.run_test(size=scene.size) as pilot:
            await act(pilot)
            return app.export_screenshot(title="chattui")


def checked() -> str:
    """`chattui check` of a server that sends everything at once, as SVG."""
    with tempfile.TemporaryDirectory() as home:
        chattui = [sys.executable, "-m", "chattui"]
        mock = subprocess.Popen(
            [*chattui, "mock", "--script", "buffered"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert mock.stdout is not None
        config = Path(home, "config.toml")
        config.write_text(f'[endpoints.lab]\nurl = "{mock.stdout.readline().decode().strip()}/v1"\nmodel = "m"\n')
        config.chmod(0o600)
        environ = {**os.environ, "CHATTUI_HOME": home}
        said = subprocess.run(
            [*chattui, "check", "lab"], capture_output=True, text=True, env=environ, check=False
        ).stdout
        mock.kill()
        mock.wait()
    console = Console(record=True, width=110, file=io.StringIO())
    console.print(Text(f"$ chattui check lab\n{said.replace(home, '~')}".rstrip()))
    return console.export_svg(title="chattui check", theme=DIMMED_MONOKAI)


def offline(svg: str) -> str:
    """Without the fonts that the SVG would load from the network; the ones on this machine take their place."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", svg)


def to_png(svg: Path, png: Path) -> None:
    """The picture as a browser draws it, at twice its size."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"--png needs one of {', '.join(BROWSERS)} on the PATH")
    text = svg.read_text("utf-8")
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert size is not None
    width, height = (int(float(number)) + 1 for number in size.groups())
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        style = "<style>body{margin:0}svg{display:block}</style>"
        page.write_text(f"<!doctype html><meta charset=utf-8>{style}{text}", "utf-8")
        subprocess.run(
            [
                *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
                *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"),
                *(f"--user-data-dir={folder}/profile", "--force-device-scale-factor=1.5"),
                *(f"--window-size={width},{height}", f"--screenshot={png}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
        )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--png", action="store_true", help="PNGs as well, drawn by Chromium")
    parser.add_argument("names", nargs="*", help="only these pictures")
    wanted = parser.parse_args()
    os.environ["TZ"] = "UTC"
    time.tzset()
    if not wanted.names or "check" in wanted.names:
        path = HERE / "check.svg"
        path.write_text(offline(checked()), "utf-8")
        if wanted.png:
            to_png(path, path.with_suffix(".png"))
        print(path.name)
    for scene in SCENES:
        if not scene.picture or (wanted.names and scene.picture not in wanted.names):
            continue
        path = HERE / f"{scene.picture}.svg"
        path.write_text(offline(asyncio.run(draw(scene))), "utf-8")
        if wanted.png:
            to_png(path, path.with_suffix(".png"))
        print(path.name)


if __name__ == "__main__":
    main()

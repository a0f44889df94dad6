"""The screens: the only package that knows Textual and Rich."""

from chattui.tui.app import run

__all__ = ["run"]

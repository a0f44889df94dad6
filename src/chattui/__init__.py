"""chattui: a terminal chat client for any streaming chat endpoint."""

from importlib import metadata

__all__ = ["version"]


def version() -> str:
    """The installed version, e.g. "0.1.0"."""
    return metadata.version("chattui")

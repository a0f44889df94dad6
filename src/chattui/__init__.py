"""chattui: a terminal chat client for any streaming chat endpoint."""

__version__ = "0.1.0"

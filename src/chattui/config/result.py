"""What a configuration file becomes: Config, and the Problems that were found on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from chattui.endpoint import Endpoint

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake, or something to know. `text` and `hint` are sentences that hold no secret and no control character."""

    text: str
    hint: str = ""
    file: str = ""
    line: int = 0
    """From 1; 0 = the file as a whole."""
    column: int = 0
    key: str = ""
    """The dotted key, as it could be written in the file."""
    endpoint: str = ""
    """The endpoint that is disabled by it, if one is."""
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """file:line:column, as editors and terminals understand it."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        said = f"{self.key}: {self.text}" if self.key else self.text
        return " ".join(part for part in (f"{self.place}:" if self.place else "", said, self.hint) if part)


@dataclass(frozen=True, slots=True)
class Notify:
    """How the end of a long reply is told while the terminal has no focus."""

    bell: bool = True
    osc9: bool = True
    """A desktop notification, where the terminal knows OSC 9."""
    after: float = 10.0
    """Seconds that a reply must have taken; 0 = every reply."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the tables that an endpoint is merged from, as it was written. Literal keys are held as Secret."""

    origin: Literal["file", "defaults", "preset"]
    name: str
    table: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the user has said, checked. What is wrong in the file is in `problems` and nowhere else."""

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    """By name, in the order of the file; those with a mistake are absent."""
    default: str = ""
    """The endpoint for new conversations: the one that the file names when it can be used, else the first; "" = none.

    What the file names, usable or not, is `said.get("default")`.
    """
    theme: str = ""
    """"" = what was last chosen in the app."""
    mouse: bool = True
    titles: Literal["prompt", "model"] = "prompt"
    """Who names conversations: their first words, or then the model, with a request of its own."""
    list_width: int = 32
    """Cells."""
    notify: Notify = Notify()
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Every action's keys, defaults included."""
    problems: tuple[Problem, ...] = ()
    file: Path | None = None
    """The file that was read, whether it exists or not."""
    said: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The top-level settings as they were written, without defaults and endpoints."""
    layers: Mapping[str, tuple[Layer, ...]] = field(default_factory=dict, repr=False)
    """What each endpoint was merged from, the weakest first."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")

"""The screen that plays a tape: the real app with the tape as its network. Nothing is sent, nothing is saved."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from chattui.chat import Conversation
from chattui.config import Config
from chattui.endpoint import Endpoint
from chattui.paths import Paths
from chattui.session import Means
from chattui.tape import Tape
from chattui.tape.play import Played
from chattui.tapes import Tapes
from chattui.tui.app import ChattuiApp


class Replay(ChattuiApp, inherit_bindings=False):
    """Asks what was asked, as soon as it stands there."""

    def __init__(
        self,
        config: Config,
        paths: Paths,
        means: Means,
        environ: Mapping[str, str],
        *,
        tape: Tape,
        conversation: Conversation,
    ) -> None:
        super().__init__(config, paths, means, environ, look_around=False)
        self._tape = tape
        session = self.shown.session
        session.conversation = replace(conversation, id=session.conversation.id)

    def _begin(self) -> None:
        super()._begin()
        chat = self.shown
        self.turn(chat, chat.session.send(self._tape.prompt) if self._tape.prompt else chat.session.begin())


def replay(
    config: Config,
    paths: Paths,
    environ: Mapping[str, str],
    *,
    tape: Tape,
    endpoint: Endpoint,
    conversation: Conversation,
    speed: float,
) -> int:
    """Play the tape on the screen and stay until the user quits; the exit code."""
    shown = replace(config, endpoints={endpoint.name: endpoint}, default=endpoint.name, layers={endpoint.name: ()},
                    problems=())  # fmt: skip
    means = Means(Played(tape, speed), None, tapes=Tapes(None, lambda work: work(), time.monotonic, time.time))
    app = Replay(shown, paths, means, environ, tape=tape, conversation=conversation)
    app.run(mouse=config.mouse)
    if app.failed is not None:
        raise app.failed
    return app.return_code or 0

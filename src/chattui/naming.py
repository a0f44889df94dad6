"""A title by the model: one small request beside the conversation, of which nothing but the title stays."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing

from chattui import safe
from chattui.chat import Conversation, Message
from chattui.errors import ChattuiError
from chattui.events import TextDelta, TextReplaced
from chattui.providers import Turn, provider, speaks_first
from chattui.session import Session

log = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds after which nobody waits for a title any more."""
LONGEST = 60
"""Characters of a title."""
ENOUGH = 400
"""Characters after which an answer is no title, and is not read on."""
EXCERPT = 1500
"""Characters of the question and of the answer that the model is shown."""
ASKED = (
    "Name the conversation below with a title of two to six words, in its language. Answer with the title alone: no "
    "quotes, no full stop.\n\nQuestion:\n{question}\n\nAnswer:\n{answer}"
)


def wants_title(conversation: Conversation) -> bool:
    """Whether the first complete reply has just come, and nobody has named the conversation."""
    replies = [one for one in conversation.walk() if one.role == "assistant" and one.state == "complete" and one.text]
    return len(replies) == 1 and not conversation.titled and conversation.last_question is not None


async def title(session: Session) -> str:
    """What the model calls the conversation; "" when it does not say, or its back-end is a bot that leads the talk.

    Raises nothing: a conversation has its first words for a title.
    """
    means, endpoint, conversation = session.means, session.endpoint, session.conversation
    question, answer = conversation.last_question, conversation.messages.get(conversation.head or "")
    if question is None or answer is None or speaks_first(endpoint):
        return ""
    asked = ASKED.format(question=question.text[:EXCERPT], answer=answer.text[:EXCERPT])
    known = means.new_id()
    message = Message(known, None, "user", asked, means.clock())
    turn = Turn(endpoint, session.model, (message,), conversation=known, reply=means.new_id())
    said = ""
    try:
        async with asyncio.timeout(PATIENCE), aclosing(provider(endpoint.provider).reply(turn, means.wire)) as events:  # type: ignore[type-var]  # all providers are generators
            async for event in events:
                match event:
                    case TextDelta(text):
                        said += text
                    case TextReplaced(text):
                        said = text
                if len(said) > ENOUGH:
                    return ""
    except (ChattuiError, TimeoutError, KeyError) as error:
        log.info("no title: %s", type(error).__name__)
        return ""
    return cleaned(said)


def cleaned(said: str) -> str:
    """An answer as a title: its first line without what models put around it; "" when that is none."""
    line = next((line for line in said.splitlines() if line.strip()), "")
    line = safe.line(line).strip().removeprefix("Title:").strip(" #*_`\"'“”„«».")
    return line if 0 < len(line) <= LONGEST else ""

"""An agent of Pydantic AI with a scripted model, over AG-UI (/agui) and the AI SDK's UI message stream (/api/chat).

    pip install 'pydantic-ai-slim[ag-ui]' uvicorn && uvicorn agent:app --port 18075

What it says depends on the words of the question: think, tool, unicode, crash.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall, FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from pydantic_ai.ui.vercel_ai import VercelAIAdapter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

UNICODE = ("Grüße 👩\u200d👩\u200d👧 ", "— 日本", "語 \u2028 sep")


def question(messages: list[Any]) -> str:
    """What the user said last."""
    for message in reversed(messages):
        for part in reversed(message.parts):
            if part.part_kind == "user-prompt":
                texts = [part.content] if isinstance(part.content, str) else part.content
                return " ".join(text for text in texts if isinstance(text, str))
    return ""


async def play(messages: list[Any], _info: object) -> AsyncIterator[Any]:
    """The model."""
    said = question(messages)
    returned = any(part.part_kind == "tool-return" for part in messages[-1].parts)
    if "think" in said:
        for piece in ("Let me ", "think."):
            yield {0: DeltaThinkingPart(content=piece)}
    if "tool" in said and not returned:
        yield "Let me look. "
        yield {1: DeltaToolCall(name="weather", json_args="", tool_call_id="call_1")}
        for piece in ('{"ci', 'ty": "Zü', 'rich"}'):
            yield {1: DeltaToolCall(json_args=piece)}
        return
    plain = ("It is 21 °C.",) if returned else ("Hello ", "from ", "Pydantic AI.")
    for at, piece in enumerate(UNICODE if "unicode" in said else plain):
        if "crash" in said and at == 1:
            raise RuntimeError("the model crashed")
        yield piece
        await asyncio.sleep(0.02)


agent = Agent(FunctionModel(stream_function=play))


@agent.tool_plain
def weather(city: str) -> str:
    """The weather in a city."""
    return f"21 °C in {city}"


async def agui(request: Request) -> Response:
    return await AGUIAdapter.dispatch_request(request, agent=agent)


async def vercel(request: Request) -> Response:
    return await VercelAIAdapter.dispatch_request(request, agent=agent)


app = Starlette(routes=[Route("/agui", agui, methods=["POST"]), Route("/api/chat", vercel, methods=["POST"])])

"""An agent on the A2A project's own server, with scripted answers, over JSON-RPC: version 1.0
(/new), version 0.3 (/old), and 1.0 without streams (/plain).

    pip install 'a2a-sdk[http-server]' uvicorn && uvicorn a2a_agent:app --port 18076

The first word of a question says what it does; `words` in it adds a message at the end.
"""

import asyncio

from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.server.routes.jsonrpc_routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    Message,
    Part,
    Role,
    Task,
    TaskState,
    TaskStatus,
)
from google.protobuf.struct_pb2 import Value
from starlette.applications import Starlette
from starlette.routing import Mount

PORT = 18076


class Scripted(AgentExecutor):
    """Says what its question asks for."""

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        asked = context.get_user_input()
        task, thread = context.task_id or "", context.context_id or ""
        if "hello" in asked:
            said = Message(
                role=Role.ROLE_AGENT, message_id="m1", context_id=thread, parts=[Part(text="Hello from an agent.")]
            )
            await event_queue.enqueue_event(said)
            return
        if context.current_task is None:
            submitted = TaskStatus(state=TaskState.TASK_STATE_SUBMITTED)
            await event_queue.enqueue_event(Task(id=task, context_id=thread, status=submitted))
        await _play(asked, TaskUpdater(event_queue, task, thread))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        await TaskUpdater(event_queue, context.task_id or "", context.context_id or "").cancel()


async def _play(asked: str, task: TaskUpdater) -> None:
    def said(text: str) -> Message:
        return task.new_agent_message([Part(text=text)])

    async def artifact(*texts: str, name: str = "a1", grows: bool = True) -> None:
        for at, text in enumerate(texts):
            await task.add_artifact([Part(text=text)], name, append=grows and at > 0, last_chunk=at == len(texts) - 1)
            await asyncio.sleep(0.01)

    await task.start_work(said("Looking it up…") if "think" in asked else None)
    match asked.split(maxsplit=1)[0]:
        case "unicode":
            await artifact("Grüße 👩\u200d👩\u200d👧 ", "— 日本", "語 \u2028 sep")
        case "growing":
            await artifact(*(f"word{number} " for number in range(60)))
        case "replaced":
            await artifact("A draft.", "The second draft.", "What counts.", grows=False)
        case "two":
            await artifact("The first ", "artifact.")
            await artifact("The second ", "artifact.", name="a2")
        case "data":
            value = Value()
            value.struct_value.update({"city": "Zürich"})
            await task.add_artifact([Part(data=value)], "a1")
        case "think":
            await artifact("Found it.")
        case "ask":
            await task.requires_input(said("Which city?"))
            return
        case "fail":
            await artifact("Half of ", "it")
            await task.failed(said("The tool broke."))
            return
        case "reject":
            await task.reject(said("Not my field."))
            return
        case "crash":
            await artifact("Half of ", "it")
            raise RuntimeError("a mistake in the agent")
    await task.complete(said("That is all.") if "words" in asked else None)


def _mounted(name: str, version: str, *, streaming: bool = True) -> Mount:
    card = AgentCard(
        name=name, description="scripted", version="1", default_input_modes=["text"], default_output_modes=["text"],
        capabilities=AgentCapabilities(streaming=streaming),
        skills=[AgentSkill(id="s", name="s", description="s", tags=["s"])],
        supported_interfaces=[AgentInterface(
            url=f"http://127.0.0.1:{PORT}/{name}/", protocol_binding="JSONRPC", protocol_version=version
        )],
    )  # fmt: skip
    handler = DefaultRequestHandler(Scripted(), InMemoryTaskStore(), card)
    routes = [
        *create_agent_card_routes(card),
        *create_jsonrpc_routes(handler, "/", enable_v0_3_compat=version == "0.3"),
    ]
    return Mount(f"/{name}", routes=routes)


app = Starlette(routes=[_mounted("new", "1.0"), _mounted("old", "0.3"), _mounted("plain", "1.0", streaming=False)])

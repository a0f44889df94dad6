"""What the vendors' own Python clients make of a server's answer: jobs as JSON on standard input, one line for each.

    pip install openai anthropic google-genai cohere ollama langgraph-sdk a2a-sdk ag-ui-protocol

A job is {"kind", "url", "key", "model", "prompt"}; its line is {"text": …, "error": "" or the exception's class}.
`compare.py` runs this with a Python that has them; chattui itself knows none of these packages.
"""

import asyncio
import json
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

Job = dict[str, str]
PARAGRAPH = "\n\n"
"""What chattui writes between two messages of one reply."""


def openai_chat(job: Job) -> Iterator[str]:
    import openai

    client = openai.OpenAI(base_url=job["url"], api_key=job["key"], max_retries=0, timeout=30)
    asked: Any = [{"role": "user", "content": job["prompt"]}]
    for chunk in client.chat.completions.create(model=job["model"], messages=asked, stream=True):
        if chunk.choices:
            yield chunk.choices[0].delta.content or ""


def openai_responses(job: Job) -> Iterator[str]:
    import openai

    client = openai.OpenAI(base_url=job["url"], api_key=job["key"], max_retries=0, timeout=30)
    for event in client.responses.create(model=job["model"], input=job["prompt"], stream=True):
        if event.type == "response.output_text.delta":
            yield event.delta


def anthropic(job: Job) -> Iterator[str]:
    import anthropic as sdk

    client = sdk.Anthropic(base_url=job["url"], api_key=job["key"], max_retries=0, timeout=30)
    asked: Any = [{"role": "user", "content": job["prompt"]}]
    with client.messages.stream(model=job["model"], max_tokens=100, messages=asked) as stream:
        yield from stream.text_stream


def gemini(job: Job) -> Iterator[str]:
    from google import genai

    client = genai.Client(api_key=job["key"], http_options={"base_url": job["url"], "api_version": "v1beta"})
    for chunk in client.models.generate_content_stream(model=job["model"], contents=job["prompt"]):
        yield chunk.text or ""


def cohere(job: Job) -> Iterator[str]:
    import cohere as sdk

    client = sdk.ClientV2(api_key=job["key"], base_url=job["url"], timeout=30)
    for event in client.chat_stream(model=job["model"], messages=[{"role": "user", "content": job["prompt"]}]):
        if event.type == "content-delta":
            yield event.delta.message.content.text or ""


def ollama(job: Job) -> Iterator[str]:
    import ollama as sdk

    client = sdk.Client(host=job["url"], timeout=30)
    for part in client.chat(model=job["model"], messages=[{"role": "user", "content": job["prompt"]}], stream=True):
        yield part.message.content or ""


def langgraph(job: Job) -> Iterator[str]:
    from langgraph_sdk import get_sync_client

    client = get_sync_client(url=job["url"])
    before = ""
    asked = {"messages": [{"role": "user", "content": job["prompt"]}]}
    for part in client.runs.stream(None, job["model"], input=asked, stream_mode="messages-tuple"):
        if part.event == "error":
            raise RuntimeError(str(part.data))
        if part.event == "messages" and part.data[0]["type"] in {"AIMessageChunk", "ai"}:
            content, name = part.data[0]["content"], part.data[0]["id"]
            blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
            text = "".join(block["text"] for block in blocks if block["type"] == "text")
            yield PARAGRAPH + text if text and before not in {"", name} else text
            before = name if text else before


def a2a(job: Job) -> Iterator[str]:
    text, state = asyncio.run(_a2a(job))
    yield text
    if state in {"TASK_STATE_FAILED", "TASK_STATE_REJECTED", "TASK_STATE_CANCELED"}:
        raise RuntimeError(state)


async def _a2a(job: Job) -> tuple[str, str]:
    """The client hands over events; what they add up to is told by the protocol: a piece grows or is replaced."""
    import httpx
    from a2a.client import A2ACardResolver, ClientConfig, create_client
    from a2a.types import Message, Part, Role, SendMessageRequest, Task, TaskState
    from google.protobuf.json_format import MessageToDict

    def words(parts: Any) -> str:
        shown = (
            f"```json\n{json.dumps(MessageToDict(part.data), ensure_ascii=False, indent=2)}\n```\n"
            if part.HasField("data")
            else part.text
            for part in parts
        )
        return "".join(shown)

    pieces: dict[str, str] = {}
    status: Any = None
    async with httpx.AsyncClient(timeout=30) as http:
        card = await A2ACardResolver(http, job["url"]).get_agent_card()
        client = await create_client(card, ClientConfig(httpx_client=http, streaming=True))
        said = Message(role=Role.ROLE_USER, parts=[Part(text=job["prompt"])], message_id=str(uuid.uuid4()))
        async for response in client.send_message(SendMessageRequest(message=said)):
            match getattr(response, response.WhichOneof("payload")):
                case Message() as message:
                    pieces["message"] = words(message.parts)
                case Task() as task:
                    pieces |= {artifact.artifact_id: words(artifact.parts) for artifact in task.artifacts}
                    status = task.status
                case update if response.HasField("artifact_update"):
                    name, text = update.artifact.artifact_id, words(update.artifact.parts)
                    pieces[name] = pieces.get(name, "") + text if update.append else text
                case update:
                    status = update.status
    state = TaskState.Name(status.state) if status is not None else ""
    if state in {"TASK_STATE_COMPLETED", "TASK_STATE_INPUT_REQUIRED"}:
        pieces["status"] = words(status.message.parts)
    return PARAGRAPH.join(filter(None, pieces.values())), state


def ag_ui(job: Job) -> Iterator[str]:
    """The protocol's package has no client for Python: its types read what a plain request brings."""
    import httpx
    from ag_ui.core import Event, RunAgentInput, UserMessage
    from pydantic import TypeAdapter

    read: Any = TypeAdapter(Event)
    asked = RunAgentInput(
        thread_id="t", run_id="r", state={}, tools=[], context=[], forwarded_props={},
        messages=[UserMessage(id="u1", role="user", content=job["prompt"])],
    )  # fmt: skip
    body = asked.model_dump(by_alias=True, exclude_none=True)
    with httpx.stream("POST", job["url"], json=body, timeout=30) as answer:
        answer.raise_for_status()
        before = ""
        for line in answer.read().decode().split("\n"):  # iter_lines would cut at U+2028, too
            if line.startswith("data: "):
                event = read.validate_json(line.removeprefix("data: "))
                if event.type == "RUN_ERROR":
                    raise RuntimeError(event.message)
                if event.type == "TEXT_MESSAGE_CONTENT":
                    yield PARAGRAPH + event.delta if before not in {"", event.message_id} else event.delta
                    before = event.message_id


KINDS: dict[str, Callable[[Job], Iterator[str]]] = {
    "openai-chat": openai_chat, "openai-responses": openai_responses, "anthropic": anthropic, "gemini": gemini,
    "cohere": cohere, "ollama": ollama, "langgraph": langgraph, "a2a": a2a, "ag-ui": ag_ui,
}  # fmt: skip


def heard(job: Job) -> dict[str, str]:
    """The text up to its end, or up to the exception."""
    text, error = "", ""
    try:
        for piece in KINDS[job["kind"]](job):
            text += piece
    except Exception as failed:
        error = type(failed).__name__
    return {"text": text, "error": error}


if __name__ == "__main__":
    for one in json.load(sys.stdin):
        print(json.dumps(heard(one)), flush=True)

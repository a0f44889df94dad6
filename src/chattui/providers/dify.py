"""Dify: chatbots, agents and chatflows. The server keeps the conversation; only the new message is sent.

    POST /chat-messages {query, inputs, response_mode, conversation_id, user, files}
    images of the new message: POST /files/upload, one after the other, before it
    complete: message_end (workflow_finished follows it in chatflows), workflow_finished, workflow_paused
    stopping: POST /chat-messages/{task_id}/stop; a closed connection does not stop a Dify

Source: langgenius/dify-docs en/api-reference at 9d8344e7. A chatflow may pause for a form: the next message answers it.
`params`: `inputs` of the app; `suggestions = false` asks for no follow-up questions; the rest goes into the body.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

from chattui.attach import EXTENSIONS
from chattui.endpoint import Auth, BodyEdits, Endpoint
from chattui.errors import ChatError, NotAnApi, Rejected
from chattui.events import (
    JSON,
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Notice,
)
from chattui.providers import Provider, Turn, prepared, stream
from chattui.providers.dify_events import Reading
from chattui.providers.fields import table, text
from chattui.providers.parts import (
    TELL_SECONDS,
    items,
    kept,
    tell,
)
from chattui.providers.refused import fetched, refusal
from chattui.providers.retold import RETOLD, earlier, retold
from chattui.wire import Request, Wire

PATH = "/chat-messages"
IMAGES = 10_000_000
"""Bytes of an image, unless the server's owner has set another limit."""


def request(turn: Turn, conversation: str = "", files: Sequence[JSON] = ()) -> Request:
    """The new message with its uploaded files, in the server's conversation; or in a new one, which hears what was said
    before.
    """
    params = {name: value for name, value in turn.endpoint.params.items() if name != "suggestions"}
    body = {
        "query": turn.prompt if conversation else retold(turn),
        "inputs": {},
        "response_mode": "streaming",
        "conversation_id": conversation,
        "user": user(turn),
        "files": list(files),
        **params,
    }
    return prepared(turn.endpoint, PATH, body, auth=Auth())


def user(turn: Turn) -> str:
    """The end user, who must stay the same within a conversation: Dify finds it by both."""
    return turn.endpoint.user or f"chattui-{turn.conversation}"


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply."""
    known = kept(turn)
    conversation = text(known.get("conversation_id"))
    form = table(known.get("form"))
    files = [] if form else await _uploaded(turn, wire)
    if form:
        await _submit(turn, wire, form)
        again = _side(turn.endpoint, f"/workflow/{text(form.get('run'))}/events", method="GET")
        sent = replace(again, query={**again.query, "user": user(turn)})
    else:
        sent = request(turn, conversation, files)
        if not conversation and earlier(turn):
            yield RETOLD
    try:
        async with aclosing(_answer(turn, wire, sent)) as events:
            async for event in events:
                yield event
    except Rejected as error:
        if error.status != 404 or not conversation or form:
            raise
        yield Notice("The server no longer knows this conversation; what was said before went along as text.")
        async with aclosing(_answer(turn, wire, request(turn, files=files))) as events:
            async for event in events:
                yield event


async def _uploaded(turn: Turn, wire: Wire) -> list[JSON]:
    """The images of the new message, as it refers to them."""
    asked = next((message for message in reversed(turn.messages) if message.role == "user"), None)
    found: list[JSON] = []
    for file in asked.attachments if asked is not None else ():
        if file.is_image and file.digest in turn.files:
            mark = f"chattui-{file.digest[:32]}"
            name = f"image.{EXTENSIONS.get(file.type, 'bin')}"
            form = (
                f'--{mark}\r\nContent-Disposition: form-data; name="user"\r\n\r\n{user(turn)}\r\n--{mark}\r\n'
                f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {file.type}\r\n\r\n'
            )
            body = form.encode() + turn.files[file.digest] + f"\r\n--{mark}--\r\n".encode()
            sent = _side(turn.endpoint, "/files/upload")
            headers = {**sent.headers, "Content-Type": f"multipart/form-data; boundary={mark}"}
            answer = await fetched(wire, replace(sent, headers=headers, body=body), turn.endpoint)
            if not (known := text(table(answer).get("id"))):
                raise NotAnApi(f"{turn.endpoint.host} did not name the file that was sent.")
            found.append({"type": "image", "transfer_method": "local_file", "upload_file_id": known})
    return found


async def _answer(turn: Turn, wire: Wire, sent: Request) -> AsyncGenerator[ChatEvent, None]:
    endpoint = turn.endpoint
    reading = Reading(endpoint.name)

    def decoder() -> Reading:
        nonlocal reading
        reading = Reading(endpoint.name)
        return reading

    try:
        async with aclosing(stream(wire, endpoint, sent, decoder)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    yield reading.remote
                    for offered in await _suggestions(turn, wire, reading):
                        yield offered
                yield event
    finally:
        if reading.task and not reading.ended:
            tell(wire, _side(endpoint, f"{PATH}/{reading.task}/stop", {"user": user(turn)}), endpoint)


async def _suggestions(turn: Turn, wire: Wire, reading: Reading) -> list[ChatEvent]:
    """The follow-up questions that the app offers. Apps without them refuse; a reply is whole without them, too."""
    if not reading.message or turn.endpoint.params.get("suggestions") is False or reading.offered:
        return []
    asked = _side(turn.endpoint, f"/messages/{reading.message}/suggested", method="GET")
    asked = replace(asked, query={**asked.query, "user": user(turn)})
    with suppress(ChatError, TimeoutError):
        async with asyncio.timeout(TELL_SECONDS):
            answer = table(await wire.fetch(asked, turn.endpoint))
            questions = [said for said in answer.get("data") or () if isinstance(said, str) and said.strip()]
            return [ChoicesOffered(tuple(Choice(said, said) for said in questions))] if questions else []
    return []


async def _submit(turn: Turn, wire: Wire, form: JSON) -> None:
    """Answer the form that the chatflow waits for: by an action's name, or with words for its first field."""
    said = turn.prompt.strip()
    actions = items(form.get("actions"))
    named = [
        action
        for action in actions
        if said.lower() in {text(action.get("id")).lower(), text(action.get("title")).lower()}
    ]
    fields = dict(table(form.get("defaults")))
    if not named and (field := text(form.get("field"))):
        fields[field] = said
    action = text((named or actions or [{}])[0].get("id"))
    body = {"inputs": fields, "action": action, "user": user(turn)}
    sent = _side(turn.endpoint, f"/form/human_input/{text(form.get('token'))}", body)
    try:
        async with wire.exchange(sent, turn.endpoint):
            pass
    except ChatError as error:
        raise refusal(error, turn.endpoint) from None


def _side(endpoint: Endpoint, path: str, body: JSON = None, *, method: str = "POST") -> Request:
    return prepared(replace(endpoint, path=None, body=BodyEdits()), path, body, auth=Auth(), method=method)


PROVIDER = Provider(reply=reply, images=IMAGES)

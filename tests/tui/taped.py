"""A recording to look at: the one of the plan's picture, with what servers do wrong in it."""

from chattui.tape import Became, Take, Tape

WORDS = ("Only ", "an ", "explicit ", "end ", "marker ", "tells", ". ", "Each ", "format ", "has ", "its ", "own", ": ")


def telling(*pieces: tuple[float, str, str, Became | None], **more: object) -> Take:
    """A take of events: when, event, data, what became of it; an event ":" is a comment."""
    chunks = []
    for at, name, data, _ in pieces:
        text = f": {data}\n\n" if name == ":" else f"event: {name}\ndata: {data}\n\n" if name else f"data: {data}\n\n"
        chunks.append((at, text.encode()))
    became = [made for _, _, _, made in pieces if made is not None]
    fields = {
        "method": "POST",
        "url": "http://localhost:3000/chat/stream",
        "headers": (("accept", "text/event-stream"), ("authorization", "Bearer ***")),
        "sources": {"authorization": "$LAB_KEY"},
        "body": {"message": "How do I know?", "stream": True},
        "sent": 0.0,
        "answered": 290.0,
        "status": 200,
        "answer": (("content-type", "text/event-stream"), ("x-powered-by", "Express")),
        "framing": "sse",
        "chunks": chunks,
        "became": became,
        "ended": chunks[-1][0] + 1.0 if chunks else 300.0,
    }
    return Take(**(fields | more))  # type: ignore[arg-type]  # they fit


def tape() -> Tape:
    """Thinking, text, a silence with a keep-alive, a frame that no rule took, the end."""
    pieces: list[tuple[float, str, str, Became | None]] = [
        (312.0, "thinking", '{"status":"processing"}', Became("thinking", "processing"))
    ]
    for number, word in enumerate(WORDS):
        at = 398.0 + number * 31
        pieces.append((at, "chunk", f'{{"content":"{word}"}}', Became("text", word, len(word))))
    pieces += [
        (1802.0, ":", "keep-alive", None),
        (2201.0, "progress", '{"step":"citing","of":3}', Became("unmatched")),
        (2230.0, "chunk", '{"content":"[DONE]."}', Became("text", "[DONE].", 7)),
        (2301.0, "done", '{"complete":true}', Became("done")),
    ]
    return Tape("reply-1", "conversation-1", "motia", "rules", prompt="How do I know?", state="complete",
                takes=[telling(*pieces)])  # fmt: skip

"""The nodes of a foreign tree, as messages.

Other programs keep the steps of one reply as nodes of their own: a thought, a call, its result, the words. Here a reply
is one message: a row of such nodes becomes one, as long as nothing branches off within it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chattui.chat import Message, Timing, Tool
from chattui.usage import summed


@dataclass(frozen=True, slots=True)
class Node:
    """A node: `message` None is nothing to show, and what follows it follows its parent."""

    id: str
    parent: str | None
    message: Message | None


def messages(nodes: Mapping[str, Node], head: str | None) -> tuple[dict[str, Message], str | None]:
    """The messages by id, parents first, and the id of the one that `head` has become part of.

    Nodes that no way leads to from a beginning (they name each other as parents) are left out.
    """
    followers: dict[str | None, list[Node]] = {}
    for node in nodes.values():
        parent = node.parent if node.parent in nodes and node.parent != node.id else None
        followers.setdefault(parent, []).append(node)
    kept = _kept(followers)
    count: dict[str | None, int] = {}
    for _, above in kept.values():
        count[above] = count.get(above, 0) + 1
    found: dict[str, Message] = {}
    became: dict[str, str] = {}
    for name, (message, above) in kept.items():
        owner = None if above is None else became[above]
        if owner is not None and message.role == found[owner].role == "assistant" and count[above] == 1:
            found[owner] = joined(found[owner], message)
            became[name] = owner
        else:
            found[message.id] = message if message.parent == owner else replace(message, parent=owner)
            became[name] = message.id
    return found, _head(nodes, head, became, found)


def _kept(followers: Mapping[str | None, list[Node]]) -> dict[str, tuple[Message, str | None]]:
    """By the id of its node: a message, and the node of the nearest message above it; parents first."""
    kept: dict[str, tuple[Message, str | None]] = {}
    todo: list[tuple[Node, str | None]] = [(node, None) for node in reversed(followers.get(None, []))]
    while todo:
        node, above = todo.pop()
        if node.message is not None:
            kept[node.id] = (node.message, above)
            above = node.id
        todo += [(child, above) for child in reversed(followers.get(node.id, []))]
    return kept


def _head(
    nodes: Mapping[str, Node], head: str | None, became: Mapping[str, str], found: dict[str, Message]
) -> str | None:
    seen: set[str] = set()
    while head is not None and head in nodes and head not in seen:
        if head in became:
            return became[head]
        seen.add(head)
        head = nodes[head].parent
    return next(reversed(found), None)


def joined(first: Message, then: Message) -> Message:
    """Two steps of a reply as one message: texts one after the other, results with their calls."""
    return replace(
        first,
        text="\n\n".join(filter(None, (first.text, then.text))),
        reasoning="\n\n".join(filter(None, (first.reasoning, then.reasoning))),
        tools=_tools(first.tools, then.tools),
        sources=(*first.sources, *(one for one in then.sources if one not in first.sources)),
        attachments=(*first.attachments, *(one for one in then.attachments if one not in first.attachments)),
        model=then.model or first.model,
        finish=then.finish or first.finish,
        state=then.state,
        usage=summed((first.usage, then.usage)) if first.usage and then.usage else first.usage or then.usage,
        timing=Timing(total=(first.timing.total or 0.0) + (then.timing.total or 0.0) or None),
    )


def _tools(calls: tuple[Tool, ...], then: tuple[Tool, ...]) -> tuple[Tool, ...]:
    found = list(calls)
    for tool in then:
        at = next((at for at, call in enumerate(found) if _answers(tool, call)), None)
        if at is None:
            found.append(tool)
        else:
            found[at] = replace(found[at], result=tool.result, failed=tool.failed)
    return tuple(found)


def _answers(result: Tool, call: Tool) -> bool:
    """Whether this is the result of that call: by its id; without ids the first call that waits for one."""
    if result.result is None or result.arguments or call.result is not None:
        return False
    return result.id == call.id if result.id else True

"""Every finding of lint, on a stream that has it; and none on the one that is as it should be."""

import pytest
from recorder import event, take

from chattui.tape import Became, Failed, Outline, Take
from chattui.tape.lint import LARGE, lint

HELLO = (event("Hel"), event("lo"), event("[DONE]"))
SAID = ("text", "text", "done")
GROWING = [
    Became("text", text, len(text)) for text in ("It", "It was", "It was a", "It was a night", "It was a night.")
]

CASES: dict[str, Take] = {
    "space": take(b"data:Hel\n\n", *HELLO[1:], became=SAID),
    "content-type": take(*HELLO, became=SAID, type="text/plain"),
    "cr": take(b"data: Hel\r\r", b"data: lo\r\r", b"data: [DONE]\r\r", became=SAID),
    "bom": take(b"\xef\xbb\xbf" + HELLO[0], *HELLO[1:], became=SAID),
    "utf-8": take(b"data: Gr\xfc\xdfe\n\n", *HELLO[1:], became=SAID),
    "last-line": take(*HELLO[:2], b"data: [DONE]\n", became=SAID),
    "no-end": take(*HELLO[:2], became=SAID[:2], error=Failed("CutShort", "It may be cut short.")),
    "after-end": take(*HELLO, event("!"), became=(*SAID, "text")),
    "cumulative": take(*(event(str(number)) for number in range(6)), became=(*GROWING, "done")),
    "unmatched": take(HELLO[0], event("?"), *HELLO[1:], became=("text", "unmatched", "text", "done")),
    "unreadable": take(HELLO[0], event("{"), *HELLO[1:], became=("text", "unreadable", "text", "done")),
    "empty": take(HELLO[0], b"data:\n\n", *HELLO[1:], became=("text", "ignored", "text", "done")),
    "large": take(event("x" * (LARGE + 1)), HELLO[2], became=("text", "done")),
    "cache-control": take(*HELLO, became=SAID, good=False, headers={"x-accel-buffering": "no"}),
    "x-accel-buffering": take(*HELLO, became=SAID, good=False, headers={"cache-control": "no-cache"}),
    "compression": take(*HELLO, became=SAID, headers={"content-encoding": "gzip"}),
    "silence": take((100.0, HELLO[0]), (16_000.0, HELLO[1]), (16_020.0, HELLO[2]), became=SAID),
}
"""By the code of the finding: a stream with this one mistake."""


@pytest.mark.parametrize("code", CASES)
def test_each_mistake_is_found_and_nothing_else(code: str) -> None:
    (finding,) = lint(CASES[code])
    assert finding.code == code
    assert finding.text.endswith((".", "…"))
    assert finding.cure.endswith(".")


FINE = {
    "events": take(*HELLO, became=SAID),
    "crlf": take(b"data: Hel\r\n\r\n", b"data: lo\r\n\r\n", b"data: [DONE]\r\n\r\n", became=SAID),
    "crlf cut inside": take(b"data: Hel\r", b"\n\r\ndata: lo\r\n\r\n", b"data: [DONE]\r\n\r\n", became=SAID),
    "keep-alives": take((10.0, HELLO[0]), (14_000.0, b": ping\n\n"), (28_000.0, b":\n"), (40_000.0, HELLO[2]),
                        became=("text", "done")),
    "lines": take(b'{"a":1}\n', b'{"done":true}\n', became=("text", "done"), framing="ndjson",
                  type="application/x-ndjson"),
    "json lines": take(b'{"a":1}\n', b'{"done":true}\n', became=("text", "done"), framing="ndjson",
                       type="application/jsonl"),
    "usage after the end": take(*HELLO, event("{}"), became=(*SAID, "usage")),
    "a character in two arrivals": take(b"data: Gr\xc3", b"\xbc\xc3\x9fe\n\n", HELLO[2], became=("text", "done")),
    "we left inside a character": take(b"data: Gr\xc3", left=True),
    "the same word again": take(*(event("ha") for _ in range(6)), HELLO[2], became=("text",) * 6 + ("done",)),
    "a document": take(b"{}", framing="json", type="application/json", good=False),
    "a refusal": take(b"no", status=401, type=None, good=False),
    "nothing": take(good=False),
    "an error that was told": take(event("{}"), became=("error",), error=None),
    "a type with parameters": take(*HELLO, became=SAID, type="Text/Event-Stream; charset=utf-8"),
    "read by a provider that does not tell": take(*HELLO),
    "an nginx that keeps x-accel-buffering to itself": take(
        *HELLO, became=SAID, good=False, headers={"cache-control": "no-cache", "server": "nginx/1.22.1"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_is_as_it_should_be_is_not_complained_about(name: str) -> None:
    assert lint(FINE[name]) == ()


def test_a_finding_leads_to_its_frame() -> None:
    stream = take(HELLO[0], b": ping\n\n", b"data: Gr\xfc\n\n", event("?"), HELLO[2],
                  became=("text", "text", "unmatched", "done"))  # fmt: skip
    assert {finding.code: finding.first for finding in lint(stream)} == {"utf-8": 2, "unmatched": 3}


def test_plain_text_has_no_end_marker_and_that_is_a_note() -> None:
    (finding,) = lint(take(b"Hello", became=("text",), framing="text", type="text/plain"))
    assert (finding.code, finding.severity) == ("no-end", "note")


def test_warnings_stand_before_notes() -> None:
    found = lint(take(*HELLO[:2], became=SAID[:2], good=False, error=Failed("CutShort", "…")))
    assert [finding.severity for finding in found] == ["warning", "note", "note"]


def test_a_recording_without_content_is_still_judged() -> None:
    outline = (Outline(100, 10, "", Became("text", "", 3)), Outline(20_000, 10, "", Became("text", "", 3)))
    stream = take(framing="sse", outline=outline, ended=20_001.0)
    assert {finding.code for finding in lint(stream)} == {"no-end", "silence"}


def test_a_content_type_that_is_missing_is_told() -> None:
    (finding,) = lint(take(*HELLO, became=SAID, type=None))
    assert finding.code == "content-type"
    assert "is missing" in finding.text

"""What a recording must not hold: keys that were sent, wherever and however a server repeats them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from recorder import Recording

from chattui.providers.quoted import QUOTED
from chattui.tape import form, har, masking
from chattui.tape.pieces import pieces
from fakes.motia import Encoding, Motia
from server import Server, sse

sys.path.append(str(Path(__file__).parents[1] / "providers"))
from talk import endpoint

TOKEN, LATER = "token-Zx9q-W7vB3nM5kT8", "header-secret-rY2uP4Lk0a"
SECRETS = masking.variants((TOKEN, LATER))


def held_back(*written: str) -> None:
    """Neither key stands there, nor most of one."""
    for text in written:
        for key in (TOKEN, LATER):
            assert key[:14] not in text
            assert key[8:] not in text


@pytest.mark.parametrize("encoding", ["ephemeral", "stored", "items", "twice", "both"])
async def test_a_socket_that_repeats_keys(encoding: Encoding) -> None:
    """Its own token, and the secret of a header, which is read when the question is posted: the socket is open then."""
    fake = Motia(encoding=encoding, token=TOKEN, text=f"You sent {TOKEN} and {LATER}, and then {TOKEN[:-2]}")
    with fake.running():
        it = endpoint(
            f'url = "{fake.base}"\npreset = "motia"\nuser = "user-123"\napi_key = {{ env = "MOTIA_TOKEN" }}\n'
            f'headers = {{ X-Later = {{ cmd = ["echo", "{LATER}"] }} }}\n',
            environ={"MOTIA_TOKEN": TOKEN},
        )
        recording = Recording(it)
        reply, tape = await recording.say("one")
        await recording.wire.aclose()
    assert re.fullmatch(r"You sent \*\*\* and \*\*\*, and then t?o?k?\*\*\*", reply.text)
    assert reply.notices == (QUOTED,)
    assert tape.takes[0].framing == "socket"
    shown = [piece.raw.decode() for take in tape.takes for piece in pieces(take)]
    assert any("You sent" in text or '"You' in text for text in shown)
    held_back(form.encode(tape).decode(), repr(har.har(tape)), repr(tape.takes[0].became), *shown)


async def test_an_answer_that_grows_from_frame_to_frame() -> None:
    """Each frame has the whole answer so far, so the last but one holds all of a key but a letter."""
    said = f"You sent {TOKEN}."
    server = Server()
    server.reply(sse(*({"answer": said[:end]} for end in range(1, len(said) + 1)), "[DONE]"))
    with server.running():
        it = endpoint(
            f'url = "{server.url}"\napi_key = {{ env = "GROWING" }}\nbody = {{ q = "{{prompt}}" }}\n'
            'rules = [ { data = "[DONE]", done = true }, { replace = "answer" } ]\n',
            environ={"GROWING": TOKEN},
        )
        recording = Recording(it)
        reply, tape = await recording.say("one")
        await recording.wire.aclose()
    assert (reply.text, reply.notices) == ("You sent ***.", (QUOTED,))
    shown = [piece.raw.decode() for take in tape.takes for piece in pieces(take)]
    held_back(form.encode(tape).decode(), repr(har.har(tape)), repr(tape.takes[0].became), *shown)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"a {TOKEN} b", f"a {'*' * len(TOKEN)} b"),
        (f"a {TOKEN[:12]}", f"a {'*' * 12}"),
        (f"a {TOKEN[:12]}!{TOKEN}", f"a {'*' * 12}!{'*' * len(TOKEN)}"),
        (f"a {TOKEN[:11]} b", f"a {TOKEN[:11]} b"),
    ],
)
def test_a_key_and_a_long_beginning_of_one_are_starred_out(text: str, kept: str) -> None:
    assert masking.text(text, SECRETS) == kept
    assert masking.raw(text.encode(), SECRETS) == kept.encode()

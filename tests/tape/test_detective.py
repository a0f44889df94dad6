"""Who holds a stream back: the times and headers of real proxies (in ms, as recorded), and of healthy servers."""

import pytest
from recorder import event, take

from chattui.tape import Failed, Take
from chattui.tape.detective import investigate

WORDS = [event(f'{{"choices":[{{"delta":{{"content":"word{number}"}}}}]}}') for number in range(12)]
NGINX = {"server": "nginx/1.22.1"}


def spread(times: list[float], **more: object) -> Take:
    """A word at each of these times, and the end with the last one."""
    chunks = [(at, WORDS[number % 12]) for number, at in enumerate(times)]
    chunks.append((times[-1], event("[DONE]")))
    return take(*chunks, became=("text",) * len(times) + ("done",), **more)  # type: ignore[arg-type]  # they fit


def lump(at: float, **more: object) -> Take:
    """Everything in one arrival."""
    return take((at, b"".join(WORDS) + event("[DONE]")), became=("text",) * 12 + ("done",), **more)  # type: ignore[arg-type]


HEALTHY = {
    "30 words a second": spread([800 + 33.0 * n for n in range(30)]),
    "a thousand words a second": spread([300 + 1.5 * n for n in range(200)]),
    "two thousand words a second": spread([300 + 0.5 * n for n in range(1000)]),
    "bursts of two, unevenly": spread([500, 500.2, 541, 541.3, 600, 600.1, 612, 612.2, 690, 690.1]),
    "a short answer in one packet": take((900.0, WORDS[0] + event("[DONE]")), became=("text", "done")),
    "all at once, but at once": lump(60.0),
    "a pause for a tool": spread([100, 130, 160, 190, 4000, 4030, 4060, 4090, 4120]),
    "behind an nginx that does not buffer": spread([800 + 33.0 * n for n in range(30)], headers=NGINX),
    "behind a gzip that flushes": spread([800 + 33.0 * n for n in range(30)], headers={"content-encoding": "gzip"}),
    "keep-alives while it thinks": take(
        (1000.0, b": ping\n\n"), (2000.0, b": ping\n\n"), *((3000.0 + 20 * n, word) for n, word in enumerate(WORDS)),
        became=("text",) * 12,
    ),
    "a document": take((3000.0, b"{}"), framing="json", type="application/json"),
    "refused": take((20.0, b'{"error":"no"}'), status=401, type="application/json"),
    "cut, but not in a silence": take((100.0, WORDS[0]), became=("text",), ended=120.0, error=Failed("CutShort", "…")),
    "ends without a marker, which its format allows": take((100.0, WORDS[0]), became=("text",), ended=3000.0),
    "we waited no longer": take((100.0, WORDS[0]), became=("text",), ended=6100.0, error=Failed("TimedOut", "…")),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_the_detective_is_silent_about_a_healthy_stream(name: str) -> None:
    assert investigate(HEALTHY[name]) == ()


FOUND: dict[str, tuple[Take, str, str, str]] = {  # the stream, the code, words of the evidence, words of the first cure
    "nginx buffers": (lump(1027.0, headers=NGINX, good=False), "held", "nginx is on the way", "proxy_buffering off"),
    "nginx is overruled": (
        lump(1027.0, headers=NGINX), "held", "which nginx heeds", "proxy_ignore_headers",
    ),
    "gzip holds": (
        lump(1027.0, headers=NGINX | {"content-encoding": "gzip"}), "held", "It is compressed", "Compression: leave",
    ),
    "haproxy names nobody": (lump(1001.0, good=False), "held", "name nobody", "HAProxy: option http-no-delay"),
    "somebody had it all": (lump(1001.0, headers={"content-length": "900"}), "held", "content-length", ""),
    "a proxy of ours": (lump(1044.0, proxy="127.0.0.1:3128"), "held", "the proxy 127.0.0.1:3128", "Your proxy"),
    "headers came early": (lump(1044.0), "held", "The headers came at once", ""),
    "apache by its via": (lump(1044.0, headers={"via": "1.1 varnish, 1.1 Apache"}), "held", "Varnish", "Varnish"),
    "cloudflare by its ray": (lump(1044.0, headers={"cf-ray": "1"}), "held", "Cloudflare", "Cloudflare"),
    "keep-alives in one instant": (
        take((3000.0, b": ping\n\n" * 3 + b"".join(WORDS)), became=("text",) * 12), "held", "Several keep-alives", "",
    ),
    "bunches after silences": (
        take(*((600.0 * n, b"".join(WORDS)) for n in (1, 2.4, 3)), became=("text",) * 36), "held", "", "",
    ),
    "blocks of 4 KiB": (
        take(*((90.0 * n * n, (b"".join(WORDS) * 10)[:4096]) for n in range(1, 8)), (9999.0, WORDS[0]),
             became=("text",) * 560, headers=NGINX), "blocks", "nginx", "4k by default",
    ),
    "a proxy that delays": (spread([n // 3 * 80.0 + 800 for n in range(24)]), "ticks", "", "delaying TCP proxy"),
    "a proxy that delays, briefly": (spread([800.0, *[881.0] * 4, *[962.0] * 5]), "ticks", "", "delaying TCP proxy"),
    "HAProxy keeps packets open": (spread([n // 5 * 213.0 + 800 for n in range(40)]), "ticks", "nobody", "HAProxy"),
    "a busy machine reads a bunch in two": (
        spread([n // 5 * 224.0 + 800 + (3 if n % 5 > 2 else 0) for n in range(40)]), "ticks", "nobody", "HAProxy",
    ),
    "HAProxy begins and ends unevenly": (
        spread([705, 720, 720, 729, 729,
                *(729 + 215.0 * tick + (10 if tick % 2 else -5) for tick in range(1, 9) for _ in range(5)),
                2500, 2500, 2560, 2560]), "ticks", "nobody", "HAProxy",
    ),
    "nginx ticks when its events are of one size": (
        spread([n // 12 * 794.0 + 800 for n in range(36)], headers=NGINX), "held", "nginx", "proxy_buffering off",
    ),
    "nginx fills buffers, the first one with the headers": (
        take((1320.0, (b"".join(WORDS) * 10)[:3739]),
             *((1320.0 + 815 * n, (b"".join(WORDS) * 10)[:4096]) for n in range(1, 5)), (5409.0, WORDS[0]),
             became=("text",) * 400, headers=NGINX), "blocks", "nginx", "4k by default",
    ),
    "Nagle": (spread([n // 2 * 40.5 + 800 for n in range(24)]), "ticks", "", "TCP_NODELAY"),
    "64 bytes at a time": (
        take(*((128.0 * n, b"".join(WORDS)[n * 16 : n * 16 + 16]) for n in range(1, 40)), became=("text",) * 12),
        "splinters", "", "rate limit",
    ),
    "haproxy gives up": (
        take((100.0, WORDS[0]), became=("text",), ended=1105.0, error=Failed("CutShort", "…")), "idle", "",
        "timeout server",
    ),
    "nginx gives up": (
        take((100.0, WORDS[0]), became=("text",), ended=60_120.0, error=Failed("CutShort", "…"), headers=NGINX), "idle",
        "nginx", "proxy_read_timeout",
    ),
    "somebody ends the body in a silence": (
        take((100.0, WORDS[0]), became=("text",), ended=2900.0, unended=True), "idle", "", "HAProxy's timeout server",
    ),
    "nginx gives up early": (
        take((100.0, WORDS[0]), became=("text",), ended=2000.0, error=Failed("CutShort", "…"), headers=NGINX), "idle",
        "nginx is on the way", "proxy_read_timeout",
    ),
    "504 of nginx": (
        take((1010.0, b"<html><h1>504 Gateway Time-out"), status=504, type="text/html", headers=NGINX), "gateway", "",
        "proxy_read_timeout",
    ),
    "503 of haproxy": (
        take((3.0, b"<html><body><h1>503 Service Unavailable</h1>"), status=503, type="text/html"), "gateway", "",
        "perhaps HAProxy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FOUND)
def test_the_detective_names_who_it_is(name: str) -> None:
    stream, code, evidence, cure = FOUND[name]
    (suspicion,) = investigate(stream)
    assert suspicion.code == code, suspicion.text
    assert evidence in " ".join(suspicion.evidence)
    assert cure in suspicion.cures[0]
    assert suspicion.text.endswith(".")


def test_what_headers_say_is_shown_without_controls() -> None:
    (suspicion,) = investigate(lump(1000.0, headers={"content-encoding": "gz\x1b[31mip"}))
    assert "\x1b" not in " ".join(suspicion.evidence)

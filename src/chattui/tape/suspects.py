"""Who may hold a stream back, told from the headers of the answer, and how each is usually cured."""

from __future__ import annotations

from collections.abc import Collection

from chattui import safe
from chattui.tape import Take

NGINX = "nginx: proxy_buffering off; in this location, or let the server send X-Accel-Buffering: no."
HAPROXY = "HAProxy: option http-no-delay, and neither compression nor http-response wait-for-body for this backend."
GZIP = (
    "Compression: leave text/event-stream out of it (nginx: gzip_types; Express: compression's filter; Django: no "
    "GZipMiddleware), or flush it after every event."
)
FLUSH = (
    "The server itself: flush after every event. Python: an async generator in StreamingResponse, no list; Flask: "
    "stream_with_context; Node: res.flushHeaders(), and res.flush() under compression; PHP: ob_end_flush() and flush()."
)
_ENVOY = "Envoy: no buffer filter on this route, no compressor for text/event-stream."
_SERVERS = {  # what a server or via header begins with: who it is, the cure
    "nginx": ("nginx", NGINX),
    "openresty": ("OpenResty (nginx)", NGINX),
    "tengine": ("Tengine (nginx)", NGINX),
    "apache": ("Apache httpd", "Apache: flushpackets=on at its ProxyPass, and no mod_deflate for text/event-stream."),
    "cloudflare": ("Cloudflare", "Cloudflare: send Cache-Control: no-transform, and switch response buffering off."),
    "cloudfront": ("CloudFront", "CloudFront: caching and compression off for this path."),
    "caddy": ("Caddy", "Caddy: flush_interval -1 in reverse_proxy, and no encode for text/event-stream."),
    "envoy": ("Envoy", _ENVOY),
    "istio-envoy": ("Istio (Envoy)", _ENVOY),
    "traefik": ("Traefik", "Traefik: no buffering middleware, and compress without text/event-stream."),
    "haproxy": ("HAProxy", HAPROXY),
    "varnish": ("Varnish", "Varnish: set beresp.do_stream = true; and return (pass) for this path."),
    "squid": ("Squid", "Squid: bypass it for this host."),
    "mitmproxy": ("mitmproxy", "mitmproxy: --set stream_large_bodies=1."),
    "microsoft-iis": ("IIS", "IIS: responseBufferLimit=0 at the handler; no dynamic compression for this path."),
    "google frontend": ("a Google front end", "App Engine (standard) buffers whole answers: use Cloud Run instead."),
    "awselb": ("an AWS load balancer", "AWS: it does not buffer, but a Lambda behind it does: stream its response."),
    "waitress": ("Waitress", "Waitress collects up to send_bytes: serve streams with uvicorn, hypercorn or gevent."),
    "werkzeug": ("Werkzeug", "Flask: Response(stream_with_context(generator), mimetype='text/event-stream')."),
    "gunicorn": ("Gunicorn", "Gunicorn: a worker that streams (-k uvicorn.workers.UvicornWorker, or gevent)."),
}
_MARKS = {"cf-ray": "cloudflare", "x-amz-cf-id": "cloudfront", "x-varnish": "varnish",
          "x-envoy-upstream-service-time": "envoy"}  # fmt: skip
"""Headers that one of them alone sends."""


def suspects(take: Take) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(what the headers tell, a cure for each who may be it), the likeliest first."""
    header = take.header
    evidence: list[str] = []
    cures: dict[str, None] = {}
    encoding = header.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        evidence.append(f"It is compressed ({safe.line(encoding, 20)}): a compressor waits until it has enough.")
        cures[GZIP] = None
    if "content-length" in header:
        evidence.append("It has a content-length: somebody had the whole reply before sending its first byte.")
    if take.proxy:
        evidence.append(f"It went through the proxy {safe.line(take.proxy, 80)}.")
        cures[f"Your proxy ({safe.line(take.proxy, 80)}): try proxy = false at the endpoint, or let it stream."] = None
    for who, cure in named(take):
        evidence.append(f"{who} is on the way.")
        cures[cure] = None
    if header.get("x-accel-buffering", "").strip().lower() == "no":
        if cures.pop(NGINX, True) is None:
            cures["nginx: take X-Accel-Buffering out of proxy_ignore_headers, or proxy_buffering off."] = None
        evidence.append("x-accel-buffering: no is sent, which nginx heeds unless proxy_ignore_headers names it.")
    elif NGINX in cures:
        evidence.append(
            "No x-accel-buffering: no is seen; nginx buffers unless the server sends it or its configuration says so."
        )
    if not cures:
        evidence.append("The headers name nobody; HAProxy and most company proxies do not name themselves.")
        cures[HAPROXY] = None
    if header.get("x-accel-buffering", "").strip().lower() != "no":
        cures.setdefault(NGINX)
    cures[FLUSH] = None
    return tuple(evidence), tuple(cures)


def named(take: Take) -> list[tuple[str, str]]:
    """Who names himself in the headers, and the cure for each."""
    header = take.header
    said = [part.strip().lower() for part in (header.get("server", ""), *header.get("via", "").split(","))]
    words = [*said, *(part.partition(" ")[2] for part in said)]  # via: 1.1 varnish
    found = [who for word in words for start, who in _SERVERS.items() if word.startswith(start)]
    found += [_SERVERS[start] for name, start in _MARKS.items() if name in header]
    powered = header.get("x-powered-by", "").lower()
    if "php" in powered:
        found.append(("PHP", "PHP: output_buffering off, zlib.output_compression off, ob_end_flush() and flush()."))
    if "express" in powered and "content-encoding" in header:
        found.append(
            ("Express with compression", "Express: res.flush() after every event, or no compression for streams.")
        )
    return list(dict.fromkeys(found))


def blocks(size: int) -> tuple[str, ...]:
    """Whose buffers are so large."""
    if size in {1024, 1460}:
        return ("Somebody fills a packet before sending (nginx: postpone_output 0; gzip: flush).",)
    if size in {4096, 8192}:
        return (
            f"nginx's proxy_buffer_size is {size // 1024}k by default, as is the buffer of PHP and of many frameworks.",
        )
    return ()


def ticks(interval: float) -> tuple[str, ...]:
    """Who sends at such an interval (ms)."""
    nagle = "Nagle's algorithm with delayed acknowledgements (40 ms on Linux): set TCP_NODELAY at server and proxies."
    shaper = "A proxy or tunnel that delays or collects (a shaper, a VPN, a delaying TCP proxy): go around it to see."
    batch = "The server batches tokens on a timer: let it send each as it comes, or a shorter interval."
    corked = (
        "HAProxy, which leaves packets open for 200 ms to fill them (MSG_MORE on Linux): option http-no-delay. So does "
        "whatever sets TCP_CORK or TCP_NOPUSH."
    )
    if 190 <= interval <= 260:
        return (corked, batch, shaper)
    return (nagle, shaper, batch) if 35 <= interval <= 55 else (shaper, batch, nagle)


def idle(seconds: float, who: Collection[str] = ()) -> tuple[str, ...]:
    """Who closes after such a silence; `who` is on the way."""
    usual = {
        15: "a server timeout of 15 s (Go's http.Server, Vercel)",
        30: "HAProxy's timeout server, Heroku (30 s) or gunicorn's --timeout",
        55: "Heroku's router (55 s)",
        60: "nginx's proxy_read_timeout or an AWS load balancer's idle timeout (both 60 s by default)",
        100: "Cloudflare (100 s)",
    }
    near = min(usual, key=lambda known: abs(known - seconds))
    if abs(near - seconds) <= near * 0.05:
        likely = usual[near]
    elif any("nginx" in one for one in who):
        likely = "nginx's proxy_read_timeout"
    else:
        likely = "an idle timeout: HAProxy's timeout server, nginx's proxy_read_timeout, a load balancer's"
    return (
        f"It looks like {likely}: raise it for streams.",
        "Send a comment (: keep-alive) every 10 to 15 s while there is nothing to say.",
    )


def gateway(status: int, waited: float, server: str) -> tuple[str, ...]:
    """What to do about a 502, 503 or 504 of a proxy."""
    who = server or "a proxy, perhaps HAProxy, which does not name itself"
    if status == 504:
        limit = f"{who[0].upper()}{who[1:]} waits {waited:.{0 if waited >= 10 else 1}f} s for the first byte"
        return (
            f"{limit}: raise it (nginx: proxy_read_timeout; HAProxy: timeout server), or answer with headers at once.",
        )
    if status == 503:
        return (f"{who[0].upper()}{who[1:]} finds no server that is up: is it running, and is its health check right?",)
    return (f"{who[0].upper()}{who[1:]} cannot reach the server, or did not understand it: is it running there?",)

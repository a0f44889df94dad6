"""Which proxy a request goes through: the endpoint's, else the environment's, and none for this very machine."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from chattui.endpoint import Endpoint
from chattui.errors import Unsupported

SCHEMES = ("http", "https", "socks5", "socks5h")


def chosen(endpoint: Endpoint, scheme: str, host: str) -> str | None:
    """The proxy's address, or None. `host` is the target's, without a port.

    Raises Unsupported for an address that cannot be one; what it says holds no user name or password.
    """
    match endpoint.proxy:
        case False:
            return None
        case None:
            return _of_environment(scheme, host)
        case address:
            return _checked(address, f"The proxy of ‘{endpoint.name}’")


def shown(address: str | None) -> str:
    """host[:port] of a proxy for people, without user and password."""
    if not address:
        return ""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _of_environment(scheme: str, host: str) -> str | None:
    if is_loopback(host):
        return None
    proxies = urllib.request.getproxies()  # the system's settings, too, where it has some
    name = scheme if proxies.get(scheme) else "all"
    address = proxies.get(name)
    if not address or _bypassed(host, proxies):
        return None
    if "://" not in address:
        address = f"http://{address}"
    return _checked(address, f"{name.upper()}_PROXY")


def _bypassed(host: str, proxies: Mapping[str, str]) -> bool:
    if urllib.request.proxy_bypass(host):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    for entry in proxies.get("no", "").split(","):
        try:
            if address in ipaddress.ip_network(entry.strip(), strict=False):
                return True
        except ValueError:
            continue
    return False


def _checked(address: str, where: str) -> str:
    scheme = address.partition("://")[0].lower() if "://" in address else ""
    if scheme not in SCHEMES:
        what = f"{scheme}://…" if scheme.isalnum() else "something without http:// or socks5://"
        raise Unsupported(
            f"{where} is set to {what}, which is not supported.", hint=f"It may be {', '.join(SCHEMES)}://host:port."
        )
    try:
        parts = urlsplit(address)
        sound = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        sound = False
    if not sound:
        raise Unsupported(f"{where} is not a valid address.", hint=f"It looks like {scheme}://host:port.")
    return address

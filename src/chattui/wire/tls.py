"""TLS contexts: the system's certificates and certifi's, so that both company roots and bare containers work."""

from __future__ import annotations

import ssl
from functools import lru_cache

from chattui.endpoint import Tls
from chattui.errors import Insecure


@lru_cache(maxsize=16)
def context(tls: Tls) -> ssl.SSLContext:
    """The context for these settings, made once (some 20 ms: keep it off the event loop).

    Raises Insecure when a file named in the settings cannot be used.
    """
    import certifi  # noqa: PLC0415 - 20 ms that plain http need not pay
    import truststore  # noqa: PLC0415

    made: ssl.SSLContext
    if tls.verify:
        made = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.load_verify_locations(certifi.where())
    else:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.ca_file is not None:
        try:
            made.load_verify_locations(tls.ca_file)
        except (OSError, ValueError):
            raise Insecure(f"The certificates in {tls.ca_file} cannot be used.", hint="Check tls.ca_file.") from None
    if tls.client_cert is not None:
        try:
            made.load_cert_chain(tls.client_cert)
        except (OSError, ValueError):
            hint = "tls.client_cert is a PEM file with certificate and key."
            raise Insecure(f"The client certificate {tls.client_cert} cannot be used.", hint=hint) from None
    return made


@lru_cache(maxsize=1)
def unused() -> ssl.SSLContext:
    """A context that trusts nobody, for plain http: the HTTP library would load certificates without one."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

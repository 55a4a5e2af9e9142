"""Leads a stranger that has HubSpot's address written in to the twin: the name resolves to loopback, TLS stays on.

Put on PYTHONPATH of the stranger's own process. Its own code is untouched; of its libraries only the bundle of trusted
certificates is another one, because some clients go past the variables that would name it.
"""

import os
import socket

_real = socket.getaddrinfo
_port = int(os.environ.get("TWIN_TLS_PORT", "0"))


def _lead(host, port, *args, **kwargs):
    name = host.decode() if isinstance(host, bytes) else host
    if _port and name in {"api.hubapi.com", "api.hubspot.com", "app.hubspot.com"}:
        return _real("127.0.0.1", _port, *args, **kwargs)
    return _real(host, port, *args, **kwargs)


socket.getaddrinfo = _lead

try:
    import certifi

    certifi.where = lambda: os.environ["SSL_CERT_FILE"]
except ImportError:
    pass

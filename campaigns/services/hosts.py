"""Which mail servers members may name: public ones, at the ports of mail. Nobody reaches inside through us."""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings

from crm.web.errors import DomainError

MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525})
# The resolver's clear no; some systems do not have all of them.
NO_SUCH_NAME = frozenset(
    getattr(socket, name)
    for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")
    if hasattr(socket, name)
)
NAT64 = ip_network("64:ff9b::/96")


class HostRefused(DomainError):
    """The server must not be connected to from here."""


def check_host(host: str, port: int) -> str:
    """The host, if it may be connected to; else raises HostRefused with a sentence.

    Raises OSError while the name cannot be looked up: that passes, and says nothing of the host.
    """
    if not settings.PRIVATE_MAIL_HOSTS:
        addresses_of(host, port)
    return host


def addresses_of(host: str, port: int) -> list[str]:
    """What the host's name leads to now, all of it public unless inner servers may be named; raises as `check_host`."""
    if not settings.PRIVATE_MAIL_HOSTS and port not in MAIL_PORTS:
        ports = ", ".join(map(str, sorted(MAIL_PORTS)))
        raise HostRefused(f"Port {port} is none of mail's: {ports}.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if settings.PRIVATE_MAIL_HOSTS or error.errno not in NO_SUCH_NAME:
            raise
        raise HostRefused(f"There is no server called {host}.") from error
    except UnicodeError as error:
        raise HostRefused(f"There is no server called {host}.") from error
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
    if not settings.PRIVATE_MAIL_HOSTS and not all(map(is_public, addresses)):
        raise HostRefused(f"{host} is not a server on the public internet.")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address lies on the public internet, looked at through the forms that wrap another address."""
    found: IPv4Address | IPv6Address | None = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        # NAT64 (RFC 6052) wraps an IPv4 address in its last 32 bits.
        is_nat64 = found in NAT64
        teredo = found.teredo[1] if found.teredo else None
        inner = found.ipv4_mapped or found.sixtofour or teredo
        inner = IPv4Address(int(found) & 0xFFFFFFFF) if is_nat64 else inner
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return bool(found and found.is_global and not found.is_multicast)

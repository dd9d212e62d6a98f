"""The address of this machine in the local network, for those who come to watch."""

from __future__ import annotations

import ipaddress
import socket

from pellucid.errors import ParameterError
from pellucid.web.server import Address, listen

ELSEWHERE = ("192.0.2.1", 9)
"""An address that nobody has (RFC 5737). Nothing is sent there: the system is only asked by which
of this machine's own addresses it would go."""


def local_address() -> str | None:
    """This machine's address in the local network; None: it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(ELSEWHERE)
        except OSError:
            return None
        found = str(asked.getsockname()[0])
    address = ipaddress.ip_address(found)
    return None if address.is_loopback or address.is_unspecified else found


def listen_for_viewers(port: int) -> tuple[socket.socket, Address]:
    """Take a port at this machine's address in the local network, and at no other.

    Parameters:
        port: the one to take, if it is free.
    Raises: ``ParameterError`` where the machine is in no network.
    """
    host = local_address()
    if host is None:
        raise ParameterError(
            "--share-on-lan needs a local network, and this machine is in none. Join one, or leave "
            "--share-on-lan out."
        )
    try:
        return listen(host, port, "studio")
    except ParameterError:
        return listen(host, 0, "studio")

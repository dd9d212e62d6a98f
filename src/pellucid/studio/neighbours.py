"""Other users of this machine: whether one of them is at the other end of a connection.

The list of programs is open to all users of a machine, and a browser's line in it holds the address
that it was opened with. So a link works only for the user who started the studio. Linux tells whose
a connection is; elsewhere nobody is taken for a neighbour.
"""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path
from typing import TypeAlias

End: TypeAlias = tuple[str, int]
TABLE = Path("/proc/net/tcp")
USER = 7
"""The column that tells whose a connection is, by the user's number."""
ROOT = 0
"""Who is root reads whatever there is; the end of a line that was forwarded may be root's."""


def is_neighbours(client: End | None, server: End) -> bool:
    """Whether another user of this machine is at the other end.

    Parameters:
        client, server: the addresses and ports of both ends.
    """
    if client is None or not hasattr(os, "getuid"):
        return False
    try:
        owner = owner_of(TABLE.read_text(encoding="ascii"), client, server)
    except (OSError, ValueError):
        return False
    return owner is not None and owner not in (os.getuid(), ROOT)


def owner_of(table: str, client: End, server: End) -> int | None:
    """The user's number of a connection's other end; None: it is not on this machine."""
    ends = [_written(client), _written(server)]
    for line in table.splitlines()[1:]:
        cells = line.split()
        if cells[1:3] == ends:
            return int(cells[USER])
    return None


def _written(end: End) -> str:
    """An end as the table writes it.

    Example:
        >>> _written(("127.0.0.1", 8765))
        '0100007F:223D'
    """
    (number,) = struct.unpack("=I", socket.inet_aton(end[0]))
    return f"{number:08X}:{end[1]:04X}"

"""Who may ask the studio, and what a browser is told to hold back.

A page of any other site, open in the same browser, can send requests to this machine. What keeps
it out: its requests name another host (``is_host``), come from another origin (``is_origin``), and
carry no key (``Keys``). Each of the three would do; all are checked.
"""

from __future__ import annotations

import hmac
import re
import secrets
from enum import Enum

from pellucid.web.asgi import Scope, is_own_name

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""Of the code: no vowels, so that it never is a word; no digits, which look like letters."""
CODE_LENGTH = 6
HOST = re.compile(r"(?:[\w.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?", re.ASCII)
EMPTY = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
"""An empty style element, which Plotly fills rule by rule. It sets style attributes, too."""
MOST_LINKS = 8
MOST_COOKIES = 50


class Role(Enum):
    """What someone who was let in may do."""

    OWNER = "owner"
    VIEWER = "viewer"


class Keys:
    """The secrets of one studio, from its start to its end; they are never written down.

    Parameters:
        port: where it listens. Cookies are shared by all ports of a host, so its name tells which.

    Example:
        >>> keys = Keys(8000)
        >>> link = keys.link()
        >>> keys.spend(link), keys.spend(link)
        (True, False)
        >>> keys.role("a=b; " + keys.cookie(Role.OWNER).partition(";")[0])
        <Role.OWNER: 'owner'>
    """

    def __init__(self, port: int) -> None:
        self._name = f"pellucid_{port}"
        self._keys = {role: secrets.token_urlsafe(32) for role in Role}
        self._links: list[str] = []
        self.code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))

    def link(self) -> str:
        """A token that lets one browser in, once; of many that nobody used the oldest ends."""
        token = secrets.token_urlsafe(32)
        self._links = [*self._links[-MOST_LINKS + 1 :], token]
        return token

    def spend(self, token: str) -> bool:
        """Whether a token lets someone in; it does so once."""
        found = [link for link in self._links if _same(link, token)]
        self._links = [link for link in self._links if link not in found]
        return bool(found)

    def cookie(self, role: Role) -> str:
        """The header that hands a browser its key; no script can read it, no other site send it."""
        return f"{self._name}={self._keys[role]}; Path=/; HttpOnly; SameSite=Strict"

    def role(self, cookies: str) -> Role | None:
        """Who sends these cookies, by their header; None: a stranger."""
        pairs = [pair.strip().partition("=") for pair in cookies.split(";")[:MOST_COOKIES]]
        values = [value for name, _, value in pairs if name == self._name]
        for role, key in self._keys.items():
            if any([_same(key, value) for value in values]):  # noqa: C419 - in constant time
                return role
        return None

    def is_code(self, text: str) -> bool:
        """Whether this is the code, in small letters or large, with or without its dash."""
        return _same(self.code, re.sub(r"[\s-]", "", text).upper())

    @property
    def shown_code(self) -> str:
        """The code as it is told to people."""
        half = CODE_LENGTH // 2
        return f"{self.code[:half]}-{self.code[half:]}"

    def redacted(self, text: str) -> str:
        """A text for the log, without any of the secrets."""
        for secret in (*self._keys.values(), *self._links, self.code, self.shown_code):
            text = text.replace(secret, "...")
        return re.sub(r"(token=)[\w%+~.-]+", r"\1...", text)


def _same(wanted: str, given: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def values(scope: Scope, name: bytes) -> list[str]:
    """All values of a header."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def is_host(scope: Scope, shared: str | None) -> bool:
    """Whether a request names this machine, and once.

    Parameters:
        shared: the host and port of the address that it came to, where that is one of the local
            network; None: it came from this machine.
    """
    named = values(scope, b"host")
    if len(named) != 1 or not HOST.fullmatch(named[0]):
        return False
    return named[0] == shared if shared is not None else is_own_name(named[0])


def is_origin(scope: Scope) -> bool:
    """Whether a request was sent by a page of the studio itself, and by no program without pages.

    A browser says so in ``Origin`` with each WebSocket and each request that changes something;
    where it says more, in ``Sec-Fetch-Site``, that has to agree.
    """
    host, origins = values(scope, b"host")[0], values(scope, b"origin")
    own = len(origins) == 1 and origins[0] in (f"http://{host}", f"https://{host}")
    return own and values(scope, b"sec-fetch-site") in ([], ["same-origin"])


def is_asked_for(scope: Scope) -> bool:
    """Whether a request that changes nothing is one that a page of another site may not send.

    Another site may open a page of the studio, as a link does. It may not load its files or data.
    """
    if set(values(scope, b"sec-fetch-site")) <= {"same-origin", "none"}:
        return True
    return values(scope, b"sec-fetch-mode") == ["navigate"] and values(
        scope, b"sec-fetch-dest"
    ) == ["document"]


def policy(host: str) -> str:
    """What a page of the studio may load and do: only what comes from here.

    Parameters:
        host: as the request names it; old browsers want that of WebSockets in full.
    """
    named = f" ws://{host} wss://{host}" if HOST.fullmatch(host) else ""
    return (
        "default-src 'self'; script-src 'self'; "
        f"style-src 'self' '{EMPTY}'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
        f"connect-src 'self'{named}; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


def guards(host: str, *, local: bool) -> dict[str, str]:
    """The headers of each response, where it does not say otherwise.

    ``same-origin`` as the referrer's policy keeps addresses from other sites; with none at all, a
    browser would not say from where a form is sent.

    Parameters:
        local: whether the response stays on this machine. To other machines it goes without
            encryption, and there browsers pass over the opener's policy, with a warning.
    """
    opener = {"cross-origin-opener-policy": "same-origin"} if local else {}
    return opener | {
        "content-security-policy": policy(host),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
        "cache-control": "no-store",
    }

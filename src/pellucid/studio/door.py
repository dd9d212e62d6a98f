"""The pages before the studio: for who has no key, and for who has to type a code.

They need nothing else: the page that comes after them is not given to strangers.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape

from pellucid.web.refusal import Answer

STYLE = """
:root { color-scheme: light dark; }
body { font: 1.125rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 14vh auto 2rem;
  padding: 0 1.25rem; background: Canvas; color: CanvasText; }
h1 { font-size: 1.75rem; line-height: 1.2; }
input { font: 1.75rem ui-monospace, monospace; letter-spacing: .15em; width: 9ch;
  padding: .25rem .5rem; text-transform: uppercase; }
button { font: inherit; padding: .5rem 1.25rem; margin-left: .5rem; }
label { display: block; margin-bottom: .5rem; }
"""
HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
JOIN = "/join"
FORM = (
    f'<form method="post" action="{JOIN}"><label for="code">The code</label>'
    '<input id="code" name="code" required autofocus autocomplete="off" spellcheck="false" '
    'autocapitalize="characters" maxlength="12"><button>Come in</button></form>'
)


def refused(title: str, *paragraphs: str, status: int, wait: float = 0) -> Answer:
    """A page that says why not, and what to do.

    Parameters:
        wait: seconds after which to try again; 0: unsaid.
    """
    return _page(title, paragraphs, "", status, wait)


def ask_code(said: str = "", *, status: int = 401, wait: float = 0) -> Answer:
    """The page that asks for the code.

    Parameters:
        said: of the last guess.
    """
    first = "Whoever shares this studio has a code on the screen: six letters."
    return _page("Type the code", (first, *([said] if said else [])), FORM, status, wait)


def _page(title: str, paragraphs: tuple[str, ...], form: str, status: int, wait: float) -> Answer:
    text = "".join(f"<p>{escape(part)}</p>" for part in paragraphs[:1])
    text += "".join(f'<p role="alert">{escape(part)}</p>' for part in paragraphs[1:])
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Pellucid</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{text}{form}</main></body></html>"
    )
    more = (("retry-after", f"{int(wait) + 1}"),) if wait else ()
    headers = (("content-security-policy", POLICY), *more)
    return Answer(body.encode(), status, "text/html; charset=utf-8", headers)

"""A model as an HTTP service: ``pellucid serve MODEL``, or ``application(network)`` for ASGI.

Needs the extra ``serve``. ``service`` says what a request is answered, ``gate`` keeps it
from doing harm, ``app`` and ``server`` put it on the network.
"""

from pellucid.serve.app import application
from pellucid.serve.limits import Limits
from pellucid.serve.server import serve
from pellucid.web.server import listen

__all__ = ["Limits", "application", "listen", "serve"]

"""A network as a program in another language, or in plain Python, that needs nothing else.

``lower`` turns the operations of the graph into loops, once for all languages; a ``Language`` says
how each writes a loop, a number, a function; ``frame`` is what stands around it in a file.
"""

from pellucid.io.code.write import LANGUAGES, to_code

__all__ = ["LANGUAGES", "to_code"]

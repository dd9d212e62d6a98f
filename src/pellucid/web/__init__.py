"""What is served on a socket needs, whatever it serves: ports, patience, names, refusals.

``serve`` and ``studio`` stand on it. Nothing here loads more than the server itself, so that a page
is there soon after the command.
"""

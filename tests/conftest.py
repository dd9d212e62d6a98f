"""What holds for all tests: no example is judged by the clock, which is busy machines' own."""

from hypothesis import settings

settings.register_profile("by meaning", deadline=None)
settings.load_profile("by meaning")

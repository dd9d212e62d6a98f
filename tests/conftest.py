"""What holds for all tests: no example is judged by the clock, which is busy machines' own."""

import gc

from hypothesis import settings

settings.register_profile("by meaning", deadline=None)
settings.load_profile("by meaning")


def pytest_collection() -> None:
    """While thousands of tests are made, which all stay, there is no garbage to look for."""
    gc.disable()


def pytest_collection_finish() -> None:
    """From here on there is, but not among them."""
    gc.freeze()
    gc.enable()

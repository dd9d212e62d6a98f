"""The version, written down once: the build reads it here, ``pellucid.__version__`` hands it on."""

__version__ = "0.1.0"

"""Files: written whole or not at all, and read as if a stranger had written them."""

from pellucid.io.files import write_whole
from pellucid.io.model import FORMAT, VERSION, ModelFile, read_model, write_model

__all__ = ["FORMAT", "VERSION", "ModelFile", "read_model", "write_model", "write_whole"]

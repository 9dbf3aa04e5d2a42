"""Mapping files: how the next file of a sender is read, as a person decided it once. See docs/mapping.md.

What the gateway and the client both need of them; it knows neither, and of the contract only the options.
"""

from .mapping import Mapping
from .place import MappingError, Place
from .reader import MAX_BYTES, VERSION, read

__all__ = ["MAX_BYTES", "VERSION", "Mapping", "MappingError", "Place", "read"]

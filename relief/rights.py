"""What relief offers to the rights of a person."""

from relief.selectors.rights import copy_of, hold
from relief.services.expiring import FILES

__all__ = ["FILES", "copy_of", "hold"]

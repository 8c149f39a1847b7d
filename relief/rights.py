"""What relief offers to the rights of a person."""

from relief.selectors.rights import hold
from relief.services.expiring import FILES

__all__ = ["FILES", "hold"]

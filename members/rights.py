"""What members offers to the rights of a person."""

from members.selectors.rights import find, restricted, untold
from members.services.rights import forget_card, lift, restrict

__all__ = ["find", "forget_card", "lift", "restrict", "restricted", "untold"]

"""What members offers to the rights of a person."""

from members.selectors.rights import copy_of, find, restricted, untold
from members.services.expiring import PEOPLE
from members.services.rights import erase, forget_card, hold, lift, look, restrict

__all__ = [
    "PEOPLE",
    "copy_of",
    "erase",
    "find",
    "forget_card",
    "hold",
    "lift",
    "look",
    "restrict",
    "restricted",
    "untold",
]

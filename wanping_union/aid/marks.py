"""What two aids may share besides a person. Pure."""

from collections.abc import Iterable
from enum import IntEnum


class Mark(IntEnum):
    """First byte of a mark: an account never equals a phone."""

    ACCOUNT = 1
    MOBILE = 2
    ADDRESS = 3
    BILL = 4  # number, date and total together
    FILE = 5  # the content of a scan

    def of(self, hashed: bytes | memoryview) -> bytes:
        """hashed: 16 bytes of crypto.keyed_hash."""
        return bytes([self]) + bytes(hashed)


WORDS = {
    Mark.ACCOUNT: "收款账号相同",
    Mark.MOBILE: "电话相同",
    Mark.ADDRESS: "住址相同",
    Mark.BILL: "票据相同",
    Mark.FILE: "扫描件相同",
}
SAME_PERSON = "同一个人"
SAME_HOUSEHOLD = "家庭成员相同"


def shared(mine: Iterable[bytes], other: Iterable[bytes]) -> list[str]:
    """In words, which kinds of marks both hold."""
    both = {bytes(one) for one in mine} & {bytes(one) for one in other}
    return [WORDS[kind] for kind in Mark if any(one[0] == kind for one in both)]

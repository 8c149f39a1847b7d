"""How often one address may do something without an account, counted in Redis alone.

The address is kept for the limit's time and only as a keyed hash that changes every day.
"""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.utils import timezone
from redis.exceptions import RedisError

from wanping_union import patience
from wanping_union.crypto import keyed_hash


@dataclass(frozen=True)
class Limit:
    """most: times in so many seconds. is_closed: what stands while Redis is away; sending a form
    stays open then, guessing a code is closed.
    """

    name: str
    most: int
    seconds: int
    is_closed: bool = False

    def is_passed(self, address: str) -> bool:
        """Count one more time from this address. True: that was more than `most`."""
        who = f"{timezone.localdate()} {_network(address)}"
        key = f"limit:{self.name}:{keyed_hash('limit', who).hex()}"
        try:
            return patience.count(key, self.seconds) > self.most
        except RedisError:
            return self.is_closed


def _network(address: str) -> str:
    """Of IPv6 the first 64 bits: one household or office has all the rest to itself."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return found.exploded[:19] if isinstance(found, IPv6Address) else address

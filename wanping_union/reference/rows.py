"""The shape of a dated value that the portal starts with. Pure data: no models."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Row:
    """One value over one period. value is None where only words are known."""

    key: str
    label: str
    value: Decimal | None
    text: str
    unit: str
    valid_from: date
    valid_to: date | None
    source: str
    confidence: str
    note: str = ""


RULES_FROM = date(2016, 1, 1)  # the Beijing rules on the Trade Union Law in force
FROM_MEMORY = "凭一般业务知识录入，未见原文"
UNKNOWN = "待补"


def rule(
    key: str,
    label: str,
    value: str,
    unit: str,
    source: str,
    *,
    text: str = "",
    confidence: str = "H",
    note: str = "",
) -> Row:
    number = Decimal(value) if value else None
    return Row(key, label, number, text, unit, RULES_FROM, None, source, confidence, note)

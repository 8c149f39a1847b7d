"""The notices the portal starts with: who, why, what, how long, and how to use one's rights.

Source: 个人信息保护法 Art. 7, 17, 29, 30; domain.md 8.2, D-03 and D-11.
"""

from datetime import date
from pathlib import Path

VALID_FROM = date(2021, 11, 1)  # the law's own first day
TEXTS = Path(__file__).parent / "texts"


def _read(*titles: tuple[str, str]) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (purpose, title, (TEXTS / f"{purpose}.txt").read_text(encoding="utf-8").strip())
        for purpose, title in titles
    )


# (purpose, title, text)
NOTICES = _read(
    ("membership", "会员个人信息告知书"), ("sensitive_card", "京卡卡号（敏感个人信息）告知书")
)
RELIEF_NOTICES = _read(
    ("relief_health", "救助申请健康信息（敏感个人信息）告知书"),
    ("relief_finance", "救助申请家庭经济状况（敏感个人信息）告知书"),
)

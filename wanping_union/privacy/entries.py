"""What an entry of the register says, and words that many of them share. Pure data."""

from dataclasses import dataclass

from wanping_union.retention import KEEPS, Keep

CONSENT = "本人同意（个人信息保护法第十三条第一款第一项，入会登记时按第十七条告知）"
REGISTRATION = f"{CONSENT}；工会会员会籍管理办法（2016）第五条"
SEPARATE = "本人单独同意（个人信息保护法第二十九条，按敏感个人信息保护）"
IDENTITY = f"{SEPARATE}；居民身份证法第十三条、第十九条（保密）"
WORK = "履行工作职责所必需（个人信息保护法第十三条第一款第二项）"
LOGS = "网络安全法（2025修正）第二十三条；个人信息保护法第五十一条"

UNION_AND_ABOVE = "所属工会和上级工会的工作人员、系统管理员、审计员"
MASKED = (
    f"{UNION_AND_ABOVE}看到遮盖后的号码；所属工会和上级工会写明理由后可看完整号码，每次都有记录"
)
NOBODY = "任何人都看不到原文，只供系统查找和比对"
PROOF = "个人信息保护法第十四条至第十七条、第四十四条至第五十条"
RIGHTS_SEEN = "所属工会和上级工会的经办人、主席，审计员"


@dataclass(frozen=True)
class Entry:
    """One kind of information. fields: "app.Model.field" of every column that holds it.

    kept: one of KEEPS.
    """

    label: str
    fields: tuple[str, ...]
    purpose: str
    basis: str
    seen_by: str
    kept: str

    @property
    def keep(self) -> Keep:
        return KEEPS[self.kept]


@dataclass(frozen=True)
class Group:
    title: str
    entries: tuple[Entry, ...]


def of(model: str, *fields: str) -> tuple[str, ...]:
    return tuple(f"{model}.{field}" for field in fields)

"""The user's guide: short chapters, each for those who may do what it tells."""

from typing import NamedTuple

from wanping_union.accounts.models import User
from wanping_union.roles import (
    DECIDE_RELIEF,
    ENTER_RELIEF,
    EVERYONE,
    HELP_ACCOUNTS,
    IMPORT,
    KEEP_PEOPLE,
    PAY_RELIEF,
    SEE_FIGURES,
    SEE_RIGHTS,
    SIGN_RELIEF,
    VERIFY_RELIEF,
    Role,
)


class Chapter(NamedTuple):
    name: str  # of its template, and of its place in the page
    title: str
    roles: tuple[Role, ...]

    @property
    def template(self) -> str:
        return f"guide/{self.name}.html"


CHAPTERS = (
    Chapter("start", "登录和界面", EVERYONE),
    Chapter("people", "登记和查找会员", KEEP_PEOPLE),
    Chapter("imports", "导入名册", IMPORT),
    Chapter("apply", "替职工申请救助", ENTER_RELIEF),
    Chapter("verify", "走访、公示、签批和回访", (*VERIFY_RELIEF, *SIGN_RELIEF)),
    Chapter("decide", "审批救助", DECIDE_RELIEF),
    Chapter("pay", "拨付救助金", PAY_RELIEF),
    Chapter("figures", "统计与月报", SEE_FIGURES),
    Chapter("accounts", "账号", HELP_ACCOUNTS),
    Chapter("rights", "职工的个人信息权利", SEE_RIGHTS),
)


def chapters(user: User) -> list[Chapter]:
    return [chapter for chapter in CHAPTERS if user.may(chapter.roles)]

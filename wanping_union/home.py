"""What the home page is made of; apps offer functions that return these."""

from dataclasses import dataclass

A_SCREEN = 5  # to-dos of one list before the rest hides behind a link
DAYS_UP_TO = 60  # a longer delay is said in months
MONTHS_UP_TO = 730  # days; a longer delay is said in years


def overdue(days: int) -> str:
    """How long something is overdue, in the unit a person would use."""
    if days <= DAYS_UP_TO:
        return f"已超期 {days} 天"
    if days < MONTHS_UP_TO:
        return f"已超期 {days * 12 // 365} 个月"
    return f"已超期 {days // 365} 年"


@dataclass(frozen=True)
class Tile:
    """One number: how my union stands. url: the page of its rows."""

    label: str
    value: str
    unit: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class ToDo:
    """Something for this person. days_left: None without a date, negative when overdue."""

    title: str
    text: str
    url: str
    days_left: int | None = None

    @property
    def tag(self) -> str:
        """The time left in words; "" without a date."""
        if self.days_left is None:
            return ""
        if self.days_left < 0:
            return overdue(-self.days_left)
        return f"还有 {self.days_left} 天" if self.days_left else "今天到期"

    @property
    def tone(self) -> str:
        return "overdue" if (self.days_left or 0) < 0 else "due"


def greeting(hour: int) -> str:
    """hour: 0 to 23."""
    if hour < 5 or hour >= 18:
        return "晚上好"
    if hour < 11:
        return "早上好"
    return "中午好" if hour < 13 else "下午好"

"""The State Council's yearly notices 2004–2026, as the calendar the portal starts with."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from chinese_calendar.constants import Holiday, holidays, workdays

SOURCE = "国务院办公厅关于{}年部分节假日安排的通知"
NAMES = {
    Holiday.new_years_day.value: "元旦",
    Holiday.spring_festival.value: "春节",
    Holiday.tomb_sweeping_day.value: "清明节",
    Holiday.labour_day.value: "劳动节",
    Holiday.dragon_boat_festival.value: "端午节",
    Holiday.national_day.value: "国庆节",
    Holiday.mid_autumn_festival.value: "中秋节",
    Holiday.anti_fascist_70th_day.value: "抗战胜利七十周年纪念日",
}


class Row(NamedTuple):
    day: date
    is_rest: bool
    name: str
    source: str


def rows() -> Iterator[Row]:
    """Days off of each notice and weekends worked instead, by date."""
    for table, is_rest in ((holidays, True), (workdays, False)):
        for day, name in table.items():
            yield Row(day, is_rest, NAMES[name], SOURCE.format(day.year))

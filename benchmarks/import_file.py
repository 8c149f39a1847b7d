"""The roster that goes in: a workbook with people made up from one seed."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from rustpy_xlsxwriter import write_worksheet
from stdnum.cn import ric

UNIONS = 100
ENTERPRISES = 2_000
HEAD = (
    "姓名", "性别", "证件号码", "出生日期", "民族", "学历", "手机号码", "所属工会", "工作单位",
    "工种", "户籍类型", "入会日期", "入会途径", "备注",
)  # fmt: skip
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建文玉红梅志鹏飞宇浩然晨轩怡嘉子涵佳雪梓"


def generate(rows: int, target: Path) -> None:
    """A deterministic roster with valid numbers, all of them different."""
    write_worksheet(_people(rows), str(target), sheet_name="花名册")


def _people(rows: int) -> Iterator[dict[str, str]]:
    chance = random.Random(2016)
    first = date(1956, 1, 1)
    seen = set()
    for n in range(rows):
        born = first + timedelta(days=chance.randrange(17_000))
        body = f"{110101 + n // 40_000}{born:%Y%m%d}{n % 1000:03d}"
        while body in seen:
            body = f"{110101 + chance.randrange(8)}{born:%Y%m%d}{chance.randrange(1000):03d}"
        seen.add(body)
        number = body + ric.calc_check_digit(body + "0")
        union = n % UNIONS
        name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
        joined = date(2009, 1, 1) + timedelta(days=chance.randrange(2900))
        values = (
            name,
            "男" if int(number[16]) % 2 else "女",
            number,
            born.isoformat(),
            chance.choice(("汉族", "汉族", "汉族", "满族", "回族")),
            chance.choice(("初中", "高中", "中专", "大专", "本科", "硕士研究生")),
            f"1{chance.choice('3578')}{chance.randrange(10**9):09d}",
            f"第{union}社区联合工会",
            f"第{union + UNIONS * chance.randrange(ENTERPRISES // UNIONS)}商贸公司",
            chance.choice(("保洁", "保安", "厨师", "司机", "店员", "程序员")),
            chance.choice(("农业", "非农业")),
            joined.isoformat(),
            chance.choice(("新建会单位", "零散会员", "已建会单位")),
            "",
        )
        yield dict(zip(HEAD, values, strict=True))

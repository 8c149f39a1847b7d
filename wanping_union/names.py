"""Search keys of names of persons and organisations, and what a typed query looks for. Pure.

An array column with `search_keys` under GIN, read as a tsvector, answers substrings of Chinese and
prefixes of pinyin alike with `@@` on `Query.tsquery`. A NAME query of three or more characters
needs a recheck that the folded name contains `Query.key`: bigrams may be apart.
"""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from itertools import islice, product
from typing import NamedTuple

from pypinyin import Style, pinyin
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

LONGEST_KEY = 12  # letters of pinyin; more tells hardly anybody apart
SHORT_KEY = 5  # beginnings up to here are keys of their own: looked up, they need no scan
MOST_SPELLINGS = 16  # full ones of one name, and as many initials

# Surnames with a living reading that pypinyin lacks.
READINGS = {
    "贠": ("yun", "yuan"),
    "黑": ("he", "hei"),
    "谌": ("chen", "shen"),
}

# Frequent first characters whose other readings are archaic: 王 is not looked for under "yu".
ONE_READING = frozenset(
    "王吴朱许冯邓彭董潘于蔡余杜叶丁任沈姚陆汪石贾夏方白尹陶郝莫汤温施邢齐倪庄殷詹焦俞甘祝包"
    "宁尚舒阮童裴霍涂谷冉蓝路游柴祁蒲房屈艾司古车芦戚景冷柏臧卞姬和隋沙甄明池苑封匡鞠南栗位"
    "祖漆支狄平容芮鹿阿母杭那印亢嵇哈湛戎於呼居揭干但斯檀信幸由北宛中大首广"
)

# Later characters that are read in two ways in names of people and firms today.
TWO_READINGS = {
    "茜": ("qian", "xi"),
    "晟": ("sheng", "cheng"),
    "盛": ("sheng", "cheng"),
    "乐": ("le", "yue"),
    "长": ("chang", "zhang"),
    "行": ("xing", "hang"),
    "朝": ("chao", "zhao"),
    "重": ("chong", "zhong"),
    "传": ("chuan", "zhuan"),
    "柏": ("bai", "bo"),
    "莘": ("xin", "shen"),
    "参": ("shen", "can"),
    "曾": ("zeng", "ceng"),
    "都": ("du", "dou"),
    "厦": ("xia", "sha"),
    "俟": ("qi", "si"),
    "嬛": ("huan", "xuan"),
}

_BEGINNINGS = [slice(length) for length in range(2, SHORT_KEY + 1)]
_NOT_IN_A_NAME = re.compile(r"[\s·•‧・.]")
_TOKEN = re.compile(r"[a-z0-9]+|[^\W_]")
_LATIN = re.compile(r"[a-z0-9]{2,}")
_LETTERS = re.compile(r"[a-z]+")
_BETWEEN_LETTERS = re.compile(r"['’-]")
_PHONE = re.compile(r"(?:\+?86)?([0-9]{11})")
_PHONE_TAIL = re.compile(r"[0-9]{4}")
_RESIDENT_ID = re.compile(r"[0-9]{17}[0-9X]")
_OTHER_ID = re.compile(r"[A-Z]{1,2}[0-9]{7,10}")
_UNION_CODE = re.compile(r"[A-Z]{2,4}[0-9]{2,4}")


class Kind(StrEnum):
    NOTHING = "nothing"  # empty, or one letter
    NAME = "name"
    LETTERS = "letters"
    PHONE_TAIL = "phone_tail"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    CREDIT_CODE = "credit_code"
    UNION_CODE = "union_code"


class Query(NamedTuple):
    """What to look for.

    key: folded name, pinyin key, digits, or the number in upper case.
    terms: what the search keys must contain, of more LETTERS than SHORT_KEY what one must begin
    with; empty for the other kinds.
    """

    kind: Kind
    key: str
    terms: list[str]

    @property
    def is_broad(self) -> bool:
        """Whether it may mean every tenth person: one character, or the beginning of a spelling."""
        return len(self.terms) == 1 and (
            len(self.key) == 1 if self.kind == Kind.NAME else len(self.key) <= SHORT_KEY
        )

    @property
    def tsquery(self) -> str:
        """The terms as PostgreSQL reads them."""
        is_long = self.kind == Kind.LETTERS and len(self.key) > SHORT_KEY
        mark = ":*" if is_long else ""
        return " & ".join(f"{_lexeme(term)}{mark}" for term in self.terms)


def _lexeme(term: str) -> str:
    doubled = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def fold(text: str) -> str:
    """The text as it is compared: full width as half, lower case, no blanks or middle dots."""
    return _NOT_IN_A_NAME.sub("", _plain(text))


def _bigrams(folded: str) -> set[str]:
    return set(map(str.__add__, folded, folded[1:]))


def _grams(folded: str) -> list[str]:
    return sorted(_bigrams(folded).union(folded))


def grams(text: str) -> list[str]:
    """Distinct one- and two-character pieces of the folded text, sorted."""
    return _grams(fold(text))


def _readings(token: str, first: bool) -> tuple[str, ...]:
    if token.isascii():
        return (token,)
    if token in READINGS:
        return READINGS[token]
    if not first and token in TWO_READINGS:
        return TWO_READINGS[token]
    found = pinyin(token, style=Style.NORMAL, heteronym=True, errors="ignore", v_to_u=False)
    every = tuple(found[0]) if found else ("",)
    return every if first and token not in ONE_READING else every[:1]


@cache
def _spoken(token: str, first: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Readings without tones, ü as v, and their initials.

    A Latin word reads as itself, an unknown sign as nothing. Cached because pypinyin called
    once per name costs several times the rest of this module.
    """
    readings = _readings(token, first)
    return readings, tuple(dict.fromkeys(reading[:1] for reading in readings))


def _words(plain: str) -> list[str]:
    spoken = [_spoken(token, place == 0) for place, token in enumerate(_TOKEN.findall(plain))]
    full = product(*[readings for readings, _ in spoken])
    initials = product(*[letters for _, letters in spoken])
    return [
        *map("".join, islice(full, MOST_SPELLINGS)),
        *map("".join, islice(initials, MOST_SPELLINGS)),
        *_LATIN.findall(plain),
    ]


def spellings(name: str) -> list[str]:
    """Full pinyin, initials and Latin words, for every reading of the first character.

    解娜: jiena, jn, xiena, xn.
    """
    return sorted({word[:LONGEST_KEY] for word in _words(_plain(name)) if word})


def search_keys(name: str) -> list[str]:
    """Everything a name is found by.

    One- and two-character pieces, spellings, and beginnings of two to SHORT_KEY letters of these.
    """
    plain = _plain(name)
    keys = _grams(_NOT_IN_A_NAME.sub("", plain))
    for word in _words(plain):
        keys.append(word[:LONGEST_KEY])
        keys += map(word.__getitem__, _BEGINNINGS[: len(word) - 2])
    return [*dict.fromkeys(filter(None, keys))]


def _is_resident_id(number: str) -> bool:
    try:
        ric.get_birth_date(number)
    except ValidationError:
        return False
    return ric.calc_check_digit(number) == number[-1]


def _number_kind(number: str) -> Kind | None:
    """Which number this is by its shape; an 18-digit one may be a person's or an enterprise's."""
    if _RESIDENT_ID.fullmatch(number):
        enterprise = uscc.is_valid(number) and not _is_resident_id(number)
        return Kind.CREDIT_CODE if enterprise else Kind.ID_NUMBER
    if uscc.is_valid(number):
        return Kind.CREDIT_CODE
    if _OTHER_ID.fullmatch(number):
        return Kind.ID_NUMBER
    return Kind.UNION_CODE if _UNION_CODE.fullmatch(number) else None


def query_key(text: str) -> Query:
    """What a typed text looks for; "lü" and "lyu" are read as "lv"."""
    folded = fold(text)
    bare = _BETWEEN_LETTERS.sub("", folded)
    letters = bare.replace("ü", "v").replace("lyu", "lv")
    if _LETTERS.fullmatch(letters):
        return _letters(letters[:LONGEST_KEY])
    if phone := _PHONE.fullmatch(bare):
        return Query(Kind.PHONE, phone[1], [])
    if _PHONE_TAIL.fullmatch(bare):
        return Query(Kind.PHONE_TAIL, bare, [])
    if kind := _number_kind(bare.upper()):
        return Query(kind, bare.upper(), [])
    kind = Kind.NAME if folded else Kind.NOTHING
    return Query(kind, folded, sorted(_bigrams(folded)) or [*folded])


def _letters(key: str) -> Query:
    return Query(Kind.LETTERS, key, [key]) if len(key) > 1 else Query(Kind.NOTHING, key, [])

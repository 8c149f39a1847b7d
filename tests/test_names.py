import pytest
from hypothesis import given
from hypothesis import strategies as st

from wanping_union.names import (
    LONGEST_KEY,
    MOST_SPELLINGS,
    SHORT_KEY,
    Kind,
    fold,
    grams,
    query_key,
    search_keys,
    spellings,
)

HAN = "韩轩娜解单曾仇尉迟王李伟芳卢沟物业公司吕绿"
NAMES = st.text(st.sampled_from(HAN + "aB ·1"), max_size=12)


def finds(query, name):
    """As PostgreSQL answers `keys @@ tsquery`."""
    kind, key, terms = query_key(query)
    keys = search_keys(name)
    if kind == Kind.LETTERS and len(key) > SHORT_KEY:
        return any(found.startswith(key) for found in keys)
    return bool(terms) and {*terms} <= {*keys}


def test_grams_are_the_distinct_single_and_double_characters_in_order():
    assert grams("韩轩娜") == sorted(["韩", "轩", "娜", "韩轩", "轩娜"])
    assert grams("王王王") == ["王", "王王"]
    assert grams("") == []


@pytest.mark.parametrize("written", ["李　娜", " 李 娜 ", "李\t娜"])
def test_blanks_inside_a_name_do_not_matter(written):
    assert grams(written) == grams("李娜")
    assert finds("李娜", written)
    assert finds(written, "李娜")


def test_width_case_and_middle_dots_do_not_matter():
    assert fold("ＡＢｃ 公司") == "abc公司"
    assert fold("买买提·艾力") == fold("买买提•艾力") == "买买提艾力"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("韩轩娜", ["hanxuanna", "hxn"]),
        ("解娜", ["jiena", "jn", "xiena", "xn"]),
        ("王伟", ["wangwei", "ww"]),
        ("吕明", ["lm", "lvming"]),
        ("李晟", ["lc", "licheng", "lisheng", "ls"]),
        ("买买提·艾力", ["maimaitiaili", "mmtal"]),
        ("John Smith", ["john", "johnsmith", "js", "smith"]),
        ("か", []),
        ("", []),
    ],
)
def test_spellings_of_a_name(name, expected):
    assert spellings(name) == expected


@pytest.mark.parametrize(
    ("name", "queries"),
    [
        ("韩轩娜", ["hxn", "hx", "hanxuan", "hanx", "HanXuanNa", "han xuan na", "轩娜", "娜"]),
        ("解娜", ["xn", "jn", "xiena", "jiena"]),
        ("单丽", ["shanli", "danli", "sl", "dl"]),
        ("曾强", ["zengq", "cengq", "zq", "cq"]),
        ("仇英", ["qiuying", "chouying", "qy", "cy"]),
        ("尉迟恭", ["yuchi", "weichi", "ycg"]),
        ("万俟雪", ["moqixue", "mqx"]),
        ("单于明", ["chanyu"]),
        ("令狐冲", ["linghu"]),
        ("黑玉", ["heyu", "heiyu"]),
        ("谌龙", ["chenlong", "shenlong"]),
        ("长孙雪", ["zhangsun", "changsun"]),
        ("翟天", ["zhaitian", "ditian"]),
        ("吕明", ["lv", "lü", "lyuming", "LYU"]),
        ("西安路", ["xi'an", "xi-an"]),
        ("北京ABC科技公司", ["abc", "bj", "ABC科技", "科技"]),
        ("中心都会乐园", ["zhongxindu", "zhongxindou", "zxdhyy"]),
    ],
)
def test_a_name_is_found_by(name, queries):
    assert [query for query in queries if not finds(query, name)] == []


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("韩轩娜", "xuanna"),
        ("韩轩娜", "韩娜"),
        ("韩轩娜", "hn"),
        ("王伟", "yu"),
        ("解娜", "x"),
        ("解娜", ""),
    ],
)
def test_a_name_is_not_found_by(name, query):
    assert not finds(query, name)


def test_a_letter_query_longer_than_the_keys_still_finds_the_name():
    assert finds("zhuangshuangliang", "庄双亮")
    assert max(map(len, search_keys("庄双亮"))) == LONGEST_KEY


@given(NAMES)
def test_the_keys_are_the_pieces_the_spellings_and_their_short_beginnings(name):
    keys = search_keys(name)
    short = {s[:n] for s in spellings(name) for n in range(2, min(SHORT_KEY, len(s)) + 1)}
    assert len(keys) == len(set(keys))
    assert set(keys) == {*grams(name), *spellings(name), *short}


@given(NAMES, st.integers(0, 11), st.integers(1, 12))
def test_every_part_of_a_name_with_a_chinese_character_finds_it(name, start, length):
    part = fold(name)[start : start + length]
    if any(character in HAN for character in part):
        assert query_key(part).kind == Kind.NAME
        assert finds(part, name)


def test_a_name_of_many_readings_keeps_a_bounded_number_of_spellings():
    assert len(spellings("单" + "乐" * 9)) <= 2 * MOST_SPELLINGS


@pytest.mark.parametrize(
    ("typed", "kind", "key"),
    [
        ("", Kind.NOTHING, ""),
        (" · ", Kind.NOTHING, ""),
        ("h", Kind.NOTHING, "h"),
        ("HX", Kind.LETTERS, "hx"),
        ("ｈｘｎ", Kind.LETTERS, "hxn"),
        ("han xuanna", Kind.LETTERS, "hanxuanna"),
        ("WP", Kind.LETTERS, "wp"),
        ("韩 轩", Kind.NAME, "韩轩"),
        ("王x", Kind.NAME, "王x"),
        ("0012", Kind.PHONE_TAIL, "0012"),
        ("００１２", Kind.PHONE_TAIL, "0012"),
        ("13800138000", Kind.PHONE, "13800138000"),
        ("138 0013-8000", Kind.PHONE, "13800138000"),
        ("+86 13800138000", Kind.PHONE, "13800138000"),
        ("8613800138000", Kind.PHONE, "13800138000"),
        ("11010519491231002x", Kind.ID_NUMBER, "11010519491231002X"),
        ("110106 19900101 0017", Kind.ID_NUMBER, "110106199001010017"),
        ("110106199001010018", Kind.ID_NUMBER, "110106199001010018"),
        ("E12345678", Kind.ID_NUMBER, "E12345678"),
        ("91110106MA0000015X", Kind.CREDIT_CODE, "91110106MA0000015X"),
        ("914403001922038216", Kind.CREDIT_CODE, "914403001922038216"),
        ("wp01", Kind.UNION_CODE, "WP01"),
        ("798", Kind.NAME, "798"),
        ("٠٠١٢", Kind.NAME, "٠٠١٢"),
        ("91110106MA00000150", Kind.NAME, "91110106ma00000150"),
    ],
)
def test_what_a_typed_text_looks_for(typed, kind, key):
    assert query_key(typed)[:2] == (kind, key)


def test_a_name_query_asks_for_its_pairs_or_its_only_character():
    assert query_key("韩轩娜").terms == sorted(["韩轩", "轩娜"])
    assert query_key("韩").terms == ["韩"]
    assert query_key("hanxuan").terms == ["hanxuan"]
    assert query_key("0012").terms == []


@given(st.text(max_size=30))
def test_any_text_has_keys_and_is_a_query(text):
    assert all(search_keys(text))
    assert query_key(text).kind in Kind


def test_a_query_is_written_as_postgresql_reads_it():
    assert query_key("韩轩娜").tsquery == "'轩娜' & '韩轩'"
    assert query_key("xhh").tsquery == "'xhh'"
    assert query_key("xuehuihong").tsquery == "'xuehuihong':*"
    assert query_key("韩'").tsquery == "'韩'''"


@pytest.mark.parametrize(
    ("typed", "is_broad"),
    [("王", True), ("wx", True), ("wang", True), ("wangx", True),
     ("王明", False), ("王小明", False), ("wangxi", False), ("0012", False), ("", False)],
)  # fmt: skip
def test_one_character_and_few_letters_are_broad(typed, is_broad):
    assert query_key(typed).is_broad is is_broad

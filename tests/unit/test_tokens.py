import pytest

from rag.key_terms import holds
from rag.tokens import fold, in_digits, token_lines, tokenize


def test_text_is_found_by_its_words_and_by_any_two_neighbouring_characters() -> None:
    """A clause is many tokens, never one: popular stacks fail here."""
    tokens = tokenize("互助保障项目")
    assert {"互助", "保障", "项目"} <= set(tokens)
    assert {"助保", "障项"} <= set(tokens)


def test_width_and_case_make_no_difference() -> None:
    """Full-width digits and capitals in a page are found by plain typing, and the other way round."""
    assert fold("ＡＩ２０２５") == "ai2025"
    assert tokenize("ＧＤＰ增长５％") == tokenize("gdp增长5%")


def test_a_number_stays_whole() -> None:
    """30000 is not found by 3000."""
    assert "30000" in tokenize("给付30000元")
    assert "3000" not in tokenize("给付30000元")


def test_punctuation_and_nothing_give_no_tokens() -> None:
    """A question of marks alone searches for nothing."""
    assert tokenize("，。！？ \n——…") == []
    assert tokenize("") == []


@pytest.mark.parametrize(
    ("written", "also", "token"),
    [
        ("投资一百二十亿元", "投资120亿元", "12000000000"),
        ("三万五千人", "35,000人", "35000"),
        ("1.2万人", "一万二千人", "12000"),
        ("百分之十五", "增长１５％", "15%"),
        ("二〇二三年", "2023年", "2023"),
        ("十二月八日", "12月8日", "2月"),
    ],
)
def test_a_number_is_found_however_it_is_written(written: str, also: str, token: str) -> None:
    """Digits or Chinese numerals, whole or in 万 and 亿: what is worth the same has a token in common."""
    assert token in tokenize(written)
    assert token in tokenize(also)


def test_a_count_in_words_is_one_in_digits_and_no_name_or_rank_is() -> None:
    """三百座 is 300座; 五号线, 第二十一届 and 万一 stay."""
    assert in_digits("五号线设三百座站，二十一户搬迁") == "五号线设300座站，21户搬迁"
    assert in_digits("第二十一届、万一、十号楼") == "第二十一届、万一、十号楼"


def test_a_number_is_not_held_by_a_longer_one() -> None:
    """31 stands in 31座, not in 31.5万, 131, 310 or 3,31."""
    assert holds("设站31座", "31")
    assert not any(holds(text, "31") for text in ("31.5万", "131座", "310座", "3,31"))


def test_a_word_that_only_looks_like_a_number_does_no_harm() -> None:
    """万一 is no number, and an endless one is no amount."""
    assert tokenize("万一") == ["万一", "万一"]
    assert tokenize("9" * 400 + "亿")[-1] != ""


@pytest.mark.parametrize("figure", ["一亿" * 600, "1" + "亿" * 600, "9" * 600 + "万" * 600])
def test_a_figure_beyond_all_measure_does_no_harm(figure: str) -> None:
    """It is found as it stands, and what it is worth is nobody's question."""
    assert set(tokenize("本报讯")) <= set(tokenize(f"{figure}，本报讯"))


def test_many_texts_at_once_have_the_tokens_of_each() -> None:
    """Where one article ends and the next begins changes nothing."""
    texts = ["第一段\n第二段", "", "国家體育场㎡", "12", "，"]
    assert [line.split() for line in token_lines(texts)] == [tokenize(text) for text in texts]

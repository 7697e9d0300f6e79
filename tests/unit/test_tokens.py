from rag.tokens import fold, tokenize


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

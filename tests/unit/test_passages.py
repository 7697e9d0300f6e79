import time

from hypothesis import given
from hypothesis import strategies as st

from rag.citations import sentence_around
from rag.passages import cut, sentences

TEXT = st.text(alphabet="中文报纸，。！？；“”1a \n", max_size=600)


@given(TEXT, st.integers(min_value=1, max_value=80))
def test_every_character_is_in_exactly_one_passage(text: str, limit: int) -> None:
    """Whatever is printed can be found, and a passage is never longer than allowed."""
    passages = cut(text, max_chars=limit)
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert all(0 < len(p.text) <= limit for p in passages)
    covered = [at for p in passages for at in range(p.start, p.end)]
    assert len(covered) == len(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)


@given(TEXT)
def test_sentences_cover_a_text_without_gaps(text: str) -> None:
    """Nothing falls between two sentences."""
    ranges = sentences(text)
    assert "".join(text[start:end] for start, end in ranges) == text


def test_a_passage_ends_where_a_sentence_ends() -> None:
    """A reader never sees half a sentence when whole ones fit."""
    text = "第一句话。第二句话比较长一些！“第三句？”第四句。"
    assert [p.text for p in cut(text, max_chars=12)] == [
        "第一句话。",
        "第二句话比较长一些！",
        "“第三句？”第四句。",
    ]


def test_closing_quotes_stay_with_their_sentence() -> None:
    """The mark after a full stop belongs to what it closes."""
    assert [("他说：“好。”她笑了。")[a:b] for a, b in sentences("他说：“好。”她笑了。")] == [
        "他说：“好。”",
        "她笑了。",
    ]


def test_a_list_without_end_is_quoted_at_once() -> None:
    """Eight thousand parts of one sentence, and the one that is asked for: time grows with the text."""
    text = "".join(f"第{at}户通了水；" for at in range(8000))
    at = text.index("第7000户")
    started = time.perf_counter()
    begin, end = sentence_around(text, at, at + 6)
    assert time.perf_counter() - started < 0.5
    assert text[begin:end] == "第7000户通了水；"

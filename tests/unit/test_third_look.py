"""The reader has a word in the order of the first hits, where nothing else is sure."""

from collections.abc import Sequence

import pytest

from rag import third_look
from rag.reader import Reader
from rag.types import Hit

QUESTION = "青石大桥总投资是多少？"
ASKED = "青石大桥总投资是多少，是市民最关心的问题。"
ANSWERED = "青石大桥由省里出资，总投资9.6亿元。"


def hits(texts: Sequence[str], scores: Sequence[float]) -> list[Hit]:
    """Hits of an article each."""
    return [
        Hit(
            passage_id=f"a{at}:0",
            article_id=f"a{at}",
            page_id="p",
            title="",
            label="",
            text=text,
            start=0,
            end=len(text),
            score=score,
            newspaper=None,
            date=None,
            page_no=None,
        )
        for at, (text, score) in enumerate(zip(texts, scores, strict=True))
    ]


def test_what_answers_comes_before_what_only_repeats_the_question() -> None:
    """Both were nearly as likely; the one with the sum is first, and likelier than before the other."""
    first, second = third_look.ordered(QUESTION, hits([ASKED, ANSWERED], [0.42, 0.40]))
    assert (first.text, second.text) == (ANSWERED, ASKED)
    assert first.score > 1.2 * second.score


def test_nobody_reads_where_the_first_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor where nothing answers or one leads by far: the hits stay, and the reader is not even opened."""
    monkeypatch.setattr(Reader, "open", lambda: pytest.fail("the reader was opened"))
    for scores in ([0.45, 0.1], [third_look.HOPELESS - 0.01, 0.04]):
        given = hits([ASKED, ANSWERED], scores)
        assert third_look.ordered(QUESTION, given) == given
    sure = hits([ASKED, ANSWERED], [third_look.SURE + 0.01, 0.3])
    assert third_look.ordered(QUESTION, sure) == sure
    alone = hits([ASKED], [0.1])
    assert third_look.ordered(QUESTION, alone) == alone
    assert third_look.ordered(QUESTION, []) == []


def test_what_was_not_read_passes_nothing_that_was() -> None:
    """The later hits keep their order below all that were read."""
    texts = [ASKED] * third_look.READ + [ANSWERED, ASKED]
    given = hits(texts, [0.45 - at / 100 for at in range(len(texts))])
    out = third_look.ordered(QUESTION, given)
    assert out[-1].score < given[-1].score
    assert [hit.article_id for hit in out[third_look.READ :]] == [
        hit.article_id for hit in given[third_look.READ :]
    ]
    scores = [hit.score for hit in out]
    assert scores == sorted(scores, reverse=True)


def test_of_a_passage_the_sentences_are_read_that_say_what_is_asked() -> None:
    """The best one with its neighbours as far as they fit; the rest of the passage is left out."""
    other = "柳湾小学昨天迎来首批新生，校园里彩旗招展，家长们早早地等在门口，老师们忙着登记。"
    excerpt = third_look.excerpt(QUESTION, f"{other}{ANSWERED}通车在即。{other}")
    assert excerpt == f"{ANSWERED}通车在即。"
    wide = "ＳＵＮＣＯ投產的工廠有八百名工人，年底前要再添一條生產線。"
    assert third_look.excerpt("Sunco怎么样？", f"{other}{other}{wide}") == wide
    long = f"青石大桥{'很长，' * 200}"
    assert third_look.excerpt(QUESTION, long) == long[: third_look.LONGEST]
    assert third_look.excerpt(QUESTION, ANSWERED) == ANSWERED


def test_the_probability_that_a_text_answers_is_that_of_its_best_span() -> None:
    """Empty texts and questions answer nothing; the order is kept."""
    reader = Reader.open()
    found = reader.answering(QUESTION, [ASKED, "", ANSWERED])
    best = reader.candidates(QUESTION, ANSWERED, 1)[0].score
    assert found[2] == pytest.approx(best, abs=1e-5)
    assert found[1] < 1e-6
    assert found[0] < found[2]
    assert reader.answering(" ", [ANSWERED])[0] < 1e-6

"""A second look at the first candidates, where the first is unsure."""

import numpy as np
import pytest

from rag import ranking, second_look
from rag.network import Network

TEXTS = ["医院昨天为六名职工垫付了薪资。", "大桥昨天通车，全长三公里。", ""]


def flat(value: float, size: int) -> Network:
    """A network that gives the first fact plus a constant."""
    weight = np.zeros((size, 1))
    weight[0] = 1.0
    bounds = np.full(size, -99.0), np.full(size, 99.0)
    return Network(low=bounds[0], high=bounds[1], layers=((weight, np.array([value])),))


def test_a_word_of_like_meaning_brings_a_passage_nearer() -> None:
    """工资 is not in the text, 薪资 is; an empty text comes near to nothing."""
    near = second_look.nearness("谁的工资？", TEXTS)
    soft = near[:, second_look.SOFT.index("soft")]
    assert soft[0] > soft[1]
    assert near[2] == pytest.approx(np.zeros(len(second_look.SOFT)))
    assert ((near >= 0) & (near <= 1.0001)).all()


def test_what_the_question_says_itself_is_as_near_as_can_be() -> None:
    """A passage that repeats the whole question gets 1 in every fact."""
    near = second_look.nearness("大桥通车", ["大桥通车"])
    assert near[0] == pytest.approx(np.ones(len(second_look.SOFT)), abs=1e-3)


def test_nobody_looks_again_where_the_first_is_sure() -> None:
    """The order and the odds of the ranker stand."""
    facts = np.zeros((3, len(ranking.FEATURES)))
    facts[:, 0] = [3.0, -1.0, -2.0]
    wide = len(second_look.FEATURES)
    out = second_look.ordered("大桥？", facts, TEXTS, flat(0.0, facts.shape[1]), flat(5.0, wide))
    assert out.tolist() == [3.0, -1.0, -2.0]


def test_what_is_not_looked_at_never_passes_what_is() -> None:
    """The first ones get the mean of both looks' odds, the others stay below all of them."""
    count = second_look.LOOKED_AT + 2
    facts = np.zeros((count, len(ranking.FEATURES)))
    facts[:, 0] = np.arange(count) / -8
    wide = len(second_look.FEATURES)
    texts = [TEXTS[1]] * count
    out = second_look.ordered("大桥？", facts, texts, flat(0.0, facts.shape[1]), flat(-5.0, wide))
    assert (
        out[: second_look.LOOKED_AT].tolist() == (facts[: second_look.LOOKED_AT, 0] - 2.5).tolist()
    )
    assert out[second_look.LOOKED_AT :].max() <= out[: second_look.LOOKED_AT].min()

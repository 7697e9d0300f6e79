"""Questions in other words than the page's: what people ask was not written by who wrote the page.

The questions of `qa_train`, and those made from sentences, share most of their words with the text that
answers them. Here a word of print becomes an everyday one (rag/wording.py, backwards), another common
word becomes one that stands in like places, and some are left out. Names, numbers and question words
stay: without them it would be another question.
"""

from functools import cached_property, lru_cache

import numpy as np

from rag.reader import Floats, Pieces
from rag.tokens import tag
from rag.wording import said

_COMMON = {"n", "v", "vn", "a", "ad", "an", "d", "l", "i", "b"}
_ASKS = frozenset("谁几哪何吗呢么啥多少")
NEIGHBOURS = 10  # of the words that stand in like places, one is drawn


class Rewording:
    """Rewords questions; the same random state gives the same words."""

    def __init__(self, pieces: Pieces, vectors: Floats) -> None:
        self._pieces = pieces
        self._vectors = vectors  # [pieces, dim]
        self._near = lru_cache(maxsize=100_000)(self._neighbours)

    def __call__(self, question: str, context: str, random: np.random.Generator) -> str:
        """The question in other words; itself where no word may change.

        One question of three only leaves words out, as people do who type keywords.
        """
        rate, leaving = random.uniform(0.2, 0.8), random.random() < 1 / 3
        out = []
        for word, flag in tag(question):
            common = flag in _COMMON and len(word) > 1 and not set(word) & _ASKS
            if not common or word not in context or random.random() > rate:
                out.append(word)
            elif not leaving:
                others = [near for near in said(word) or self._near(word) if near not in context]
                out.append(others[int(random.integers(len(others)))] if others else word)
        made = "".join(out)
        return made if len(made) >= 4 else question

    def _neighbours(self, word: str) -> list[str]:
        """The words whose vectors are nearest."""
        vocabulary, unit = self._known
        at = vocabulary.get(word)
        if at is None:
            return []
        scores = unit @ unit[at]
        scores[at] = -1
        first = np.argpartition(-scores, NEIGHBOURS)[:NEIGHBOURS]
        names = list(vocabulary)
        return [names[other] for other in first]

    @cached_property
    def _known(self) -> tuple[dict[str, int], Floats]:
        """Chinese words of two to four characters with a piece of their own, and unit vectors."""
        names = self._pieces.names()
        chosen = [
            at
            for at, name in enumerate(names)
            if 2 <= len(name) <= 4 and all("\u4e00" <= char <= "\u9fff" for char in name)
        ]
        rows = self._vectors[chosen].astype(np.float32)
        unit = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-6)
        return {names[at]: place for place, at in enumerate(chosen)}, unit

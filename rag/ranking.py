"""Candidates from both indexes → one ranking whose scores are probabilities.

Ranks and raw scores of two engines do not mix: reciprocal rank fusion was measured to make things
worse. So every candidate, wherever it came from, is described by the same facts: how much of the
question it covers, in words and in pairs of characters, in the passage, its best sentence, its headline
and what stands around it; how long a run of the question it repeats; whether it holds what is asked
for (a number, a day, a place); how near it is in meaning; and how all that compares with the other
candidates. A small network fitted on training questions turns the facts into the probability that the
passage answers. It reads all candidates at once, as one array of characters: cutting a hundred texts into
tokens would take longer than finding them. Pure functions over arrays; weights come from
`vectors/train/ranker.py`.
"""

import json
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rag.answer_types import HOW_MUCH
from rag.network import Network
from rag.questions import analyse
from rag.settings import shipped
from rag.store import Surroundings
from rag.tokens import fold, folded_codes, words
from rag.types import Scores, Vectors

REACH = 500  # characters around a passage that are read
OPENING = 80  # characters that tell what an article is about, where it has no headline
BACKGROUND = 20_000  # passages of general news that every index counts as holding
MAX_QUESTION = 200  # characters that are compared; longer ones are pasted text
TIMELY = 2.0  # log odds that a passage gains by being printed when the question says it happened
# Log odds that a passage loses for each better one of its article: on the folds hit@5 of the right article is
# .002 to .003 better (.004 at 1.0), of the very passage as good (.001 to .002 worse at 1.0).
FURTHER = 0.5
_K1, _B, _MEAN_CHARS = 1.2, 0.75, 200.0  # BM25's usual constants; the length of a full passage
_PLANE = 0x10000

# What each candidate is told by; those of COMPARED are also told as the distance to the best candidate.
FACTS = (
    "words_bm25",  # BM25 of the question's words, as a share of what could be reached
    "pairs_bm25",  # the same of its pairs of characters
    "words_bm25_around",  # both once more over the passage, its headline and what stands around it
    "pairs_bm25_around",
    "words",  # idf mass of the words that occur in the passage or its headline
    "pairs",
    "words_around",  # the same with what stands around the passage
    "pairs_around",
    "title_pairs",
    "has_title",
    "opening_words",  # what the opening of its article holds
    "opening_pairs",
    "sentence",  # mass of the pairs in its best sentence
    "two_sentences",  # in its best two neighbouring sentences
    "run",  # mass of the longest run of the question that it repeats
    "runs",  # root of the summed squares of such runs
    "rarest",  # whether the rarest word occurs
    "second",  # and the second rarest
    "rarest_around",
    "rarest_opening",
    "rarest_often",  # how often in the passage, its headline and around it
    "place",  # how far behind the beginning of its article it stands, up to REACH
    "cosine_around",  # mean of its cosine and those of the passages before and after it
    "names",  # share of the names and numbers without which nothing answers
    "names_around",
    "wanted",  # holds what is asked for; a half where the question does not tell what that is
    "wanted_near",  # in its best two sentences
    "unit",  # holds a number of the very thing that is counted (多少处: 3处)
    "length",
    "first",  # opens its article
    "lexical",  # score in the full-text index, as a share of the best
    "cosine",
)
COMPARED = (
    "words_bm25",
    "pairs_bm25",
    "words_bm25_around",
    "pairs_bm25_around",
    "pairs_around",
    "opening_pairs",
    "sentence",
    "two_sentences",
    "run",
    "cosine",
    "cosine_around",
)
# What is the same for all candidates of a question, so that the network knows what to trust when.
COMMON = (
    "asks_time",
    "asks_number",
    "asks_person",
    "asks_place",
    "asks_reason",
    "question_length",
    "best_pairs_bm25",
    "best_cosine",
    "margin_bm25",
    "margin_cosine",
)
FEATURES = (*FACTS, *(f"{name}_lead" for name in COMPARED), *COMMON)
_AT = {name: at for at, name in enumerate(FEATURES)}

# Words that ask, which an answer does not repeat.
_ASKING = re.compile(
    rf"是?什么时[候间]|什么地方|什么人|什么样|为什么|是?什么|为何|多少|{HOW_MUCH}|何[时地处人年]"
    r"|在?哪[里儿]|哪一?[个家所位项些天年日种条部座次届]?|是?谁|怎么样?|怎样|如何|几(?=[个位项天年种条月])"
    r"|是否|有没有|是不是|吗|呢|请问|分别"
)
_CLASSES = {
    "digit": "0123456789",
    "numeral": "〇零一二两三四五六七八九十百千万亿几数",
    "date": "年月日号",
    "money": "元",
    "percent": "%成",
    "place": "省市县区镇乡村国州街路岛河湖",
    "end": "。！？!?；;…\n",
}
_BIT = {name: np.uint8(1 << at) for at, name in enumerate(_CLASSES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, made ready to be compared with many passages."""

    alphabet: NDArray[np.uint8]  # code point → number of the question's character, 0 for others
    pair_numbers: NDArray[np.uint16]  # two such numbers → number of the pair, 0 for none
    pairs: NDArray[np.float64]  # idf of each pair
    follows: NDArray[np.int64]  # number of the pair that comes next in the question, 0 for none
    words: tuple[NDArray[np.uint8], ...]  # each word as numbers of characters
    weights: NDArray[np.float64]  # idf of each word
    names: tuple[NDArray[np.uint8], ...]
    wanted: str  # one of _CLASSES, or ""
    unit: int  # code point of the thing counted, 0 for none
    kind: str
    length: int


def idf(documents: int, frequency: int, token: str) -> float:
    """BM25's weight of a token that occurs in `frequency` of `documents` passages; > 0.

    A small index knows little about words: 多少 is rare on one page and says nothing. So it counts as
    if BACKGROUND passages of general news were in it.
    """
    documents += BACKGROUND
    total = frequency + BACKGROUND * _general_frequencies().get(zlib.crc32(token.encode()), 0.0)
    return float(np.log1p((documents - total + 0.5) / (total + 0.5)))


@cache
def _general_frequencies() -> dict[int, float]:
    """Share of general passages that hold a token, by its hash; rare tokens are left out."""
    with np.load(shipped("model") / "frequencies.npz") as data:
        return dict(
            zip(data["tokens"].tolist(), data["shares"].astype(float).tolist(), strict=True)
        )


def stated(question: str) -> str:
    """The folded question without the words that ask."""
    text = fold(question)
    return _ASKING.sub(" ", text) if _ASKING.sub("", text).strip() else text


def asked(question: str, weight: Callable[[str], float]) -> Asked:
    """The question as its characters, pairs and words, with weights from `weight` (idf of a token)."""
    analysed = analyse(question)
    text = stated(question[:MAX_QUESTION])
    letters = [c for c in dict.fromkeys(text) if c.isalnum() and ord(c) < _PLANE][:254]
    number = {letter: at for at, letter in enumerate(letters, start=1)}
    alphabet = np.zeros(_PLANE, dtype=np.uint8)
    alphabet[[ord(letter) for letter in letters]] = np.arange(1, len(letters) + 1)
    pairs: dict[str, int] = {}
    sequence = []
    for at in range(len(text) - 1):
        pair = text[at : at + 2]
        known = all(letter in number for letter in pair)
        sequence.append(pairs.setdefault(pair, len(pairs) + 1) if known else 0)
    follows = np.zeros(len(pairs) + 1, dtype=np.int64)
    for this, following in pairwise(sequence):
        follows[this] = following
    follows[0] = 0
    pair_numbers = np.zeros(1 << 16, dtype=np.uint16)
    for pair, at in pairs.items():
        pair_numbers[number[pair[0]] << 8 | number[pair[1]]] = at
    terms = {
        word: weight(word)
        for word in dict.fromkeys(words(text))
        if all(letter in number for letter in word)
    }
    return Asked(
        alphabet=alphabet,
        pair_numbers=pair_numbers,
        pairs=np.array([weight(pair) for pair in pairs], dtype=np.float64),
        follows=follows,
        words=tuple(_numbers(word, number) for word in terms),
        weights=np.array(list(terms.values()), dtype=np.float64),
        names=tuple(
            _numbers(name, number)
            for name in analysed.insisted
            if all(letter in number for letter in name)
        ),
        wanted=_wanted(analysed.kind, analysed.measure),
        unit=ord(analysed.unit[0]) if analysed.unit else 0,
        kind=analysed.kind,
        length=len(text.replace(" ", "")),
    )


def _numbers(text: str, number: dict[str, int]) -> NDArray[np.uint8]:
    return np.array([number[letter] for letter in text], dtype=np.uint8)


def _wanted(kind: str, measure: str) -> str:
    if kind == "number":
        return {"money": "money", "percent": "percent"}.get(measure, "numeral")
    return {"time": "date", "place": "place"}.get(kind, "")


def describe(
    question: Asked,
    found: Sequence[Surroundings],
    lexical: Scores,
    cosines: Scores,
    around: Scores,
) -> NDArray[np.float64]:
    """Facts about each candidate, by which it is ranked.

    Args:
        question: What is asked.
        found: n passages.
        lexical: Their scores in the full-text index, 0 for those that it did not give, [n].
        cosines: Of the question's vector with theirs, [n].
        around: Mean of these and those of the passages before and after, [n].

    Returns:
        [n, len(FEATURES)]; most lie in [0, 1].
    """
    out = np.zeros((len(found), len(FEATURES)))
    if not found:
        return out
    letters = _Letters.of(question, found)
    _tell_pairs(out, question, letters)
    _tell_words(out, question, letters)
    out[:, _AT["length"]] = letters.size / _MEAN_CHARS
    out[:, _AT["has_title"]] = [bool(candidate.title) for candidate in found]
    out[:, _AT["first"]] = [candidate.start == 0 for candidate in found]
    out[:, _AT["lexical"]] = lexical / max(float(lexical.max()), 1e-9)
    out[:, _AT["cosine"]] = cosines
    out[:, _AT["cosine_around"]] = around
    out[:, _AT["place"]] = [candidate.start / REACH for candidate in found]
    for name in COMPARED:
        values = out[:, _AT[name]]
        out[:, _AT[f"{name}_lead"]] = values - values.max()
    common = {
        "asks_time": question.kind == "time",
        "asks_number": question.kind == "number",
        "asks_person": question.kind == "person",
        "asks_place": question.kind == "place",
        "asks_reason": question.kind in ("why", "how"),
        "question_length": question.length / 30,
        "best_pairs_bm25": out[:, _AT["pairs_bm25"]].max(),
        "best_cosine": cosines.max(),
        "margin_bm25": _margin(out[:, _AT["pairs_bm25"]]),
        "margin_cosine": _margin(cosines),
    }
    for name, value in common.items():
        out[:, _AT[name]] = value
    return out


def spread(odds: NDArray[np.float64], articles: Sequence[Any]) -> NDArray[np.float64]:
    """Log odds [n] of passages of these articles, each further one of an article FURTHER lower.

    What its best passage does not tell, the next seldom does: another article is worth more to see.
    """
    out = odds.copy()
    before: Counter[Any] = Counter()
    for at in np.argsort(-odds, kind="stable").tolist():
        out[at] -= FURTHER * before[articles[at]]
        before[articles[at]] += 1
    return out


def _margin(values: NDArray[Any]) -> float:
    """By how much the best is better than the second."""
    if len(values) < 2:
        return 0.0
    second, best = np.partition(values, -2)[-2:]
    return float(best - second)


class _Counts(NamedTuple):
    """How often each term occurs, each [candidates, terms]."""

    inside: NDArray[np.int64]  # the passage
    titled: NDArray[np.int64]  # the headline
    everywhere: NDArray[np.int64]  # both and what stands around the passage
    opened: NDArray[np.int64]  # the opening of its article


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letters:
    """Headlines, texts and openings of all candidates, one character after the other."""

    count: int  # candidates
    size: NDArray[np.int64]  # characters of each passage
    size_around: NDArray[np.int64]  # of its headline and what stands around it, with it
    codes: NDArray[np.uint16]
    numbers: NDArray[np.uint8]  # of the question's characters
    owner: NDArray[np.int32]  # candidate
    inside: NDArray[np.bool_]  # of the passage
    titled: NDArray[np.bool_]  # of the headline
    opened: NDArray[np.bool_]  # of the opening, which is there once more
    kinds: NDArray[np.uint8]  # bits of _CLASSES

    @classmethod
    def of(cls, question: Asked, found: Sequence[Surroundings]) -> "_Letters":
        """Reads the candidates' texts."""
        every = folded_codes("".join(f"{one.title}\0{one.text}\0{one.opening}\0" for one in found))
        codes = np.where(every < _PLANE, every, 0).astype(np.uint16)
        # Of each candidate: headline, what stands before the passage, the passage, what stands after, opening.
        parts = np.array(
            [
                (
                    len(one.title) + 1,
                    one.start,
                    one.end - one.start,
                    len(one.text) - one.end + 1,
                    len(one.opening) + 1,
                )
                for one in found
            ]
        )
        which = np.repeat(np.tile(np.arange(5, dtype=np.uint8), len(found)), parts.ravel())
        return cls(
            count=len(found),
            size=parts[:, 2],
            size_around=parts[:, :4].sum(1),
            codes=codes,
            numbers=question.alphabet[codes],
            owner=np.repeat(np.arange(len(found), dtype=np.int32), parts.sum(1)),
            inside=which == 2,
            titled=which == 0,
            opened=which == 4,
            kinds=_kinds()[codes],
        )

    def counts(self, places: NDArray[np.int64], terms: NDArray[np.int64], size: int) -> _Counts:
        """How often each of `size` terms occurs in passages and what belongs to them."""
        cells = self.owner[places] * size + terms
        opened = self.opened[places]
        return _Counts(
            *(
                np.bincount(chosen, minlength=self.count * size).reshape(self.count, size)
                for chosen in (
                    cells[self.inside[places]],
                    cells[self.titled[places]],
                    cells[~opened],
                    cells[opened],
                )
            )
        )


def _tell_pairs(out: NDArray[np.float64], question: Asked, letters: _Letters) -> None:
    """Facts from the pairs of characters: coverage, best sentences, runs, what is asked for."""
    n, size = letters.count, len(question.pairs)
    total = question.pairs.sum() or 1.0
    two = letters.numbers.astype(np.uint16)
    pair = question.pair_numbers[(two[:-1] << 8) | two[1:]]
    places = np.flatnonzero(pair)
    terms = pair[places].astype(np.int64) - 1
    inside, titled, everywhere, opened = letters.counts(places, terms, size)
    out[:, _AT["pairs_bm25"]] = _bm25(inside + titled, question.pairs, letters.size) / total
    around = _bm25(everywhere, question.pairs, letters.size_around)
    out[:, _AT["pairs_bm25_around"]] = around / total
    out[:, _AT["pairs"]] = ((inside + titled) > 0) @ question.pairs / total
    out[:, _AT["pairs_around"]] = (everywhere > 0) @ question.pairs / total
    out[:, _AT["title_pairs"]] = (titled > 0) @ question.pairs / total
    out[:, _AT["opening_pairs"]] = (opened > 0) @ question.pairs / total

    here = letters.inside[places]
    runs, owner = _runs(question, places[here], terms[here])
    owners = letters.owner[places[here]][owner]
    np.maximum.at(out[:, _AT["run"]], owners, runs / total)
    np.add.at(out[:, _AT["runs"]], owners, (runs / total) ** 2)
    out[:, _AT["runs"]] **= 0.5

    ends = (letters.kinds & _BIT["end"] != 0) | (letters.codes == 0)
    sentence = np.zeros(len(ends), dtype=np.int32)
    np.cumsum(ends[:-1], out=sentence[1:])
    sentences = int(sentence[-1]) + 1
    owner_of = letters.owner[np.flatnonzero(ends)]  # the last character is a separator
    holds = np.zeros((sentences, max(size, 1)), dtype=np.bool_)
    holds[sentence[places[here]], terms[here]] = True
    both = holds.copy()
    both[:-1] |= holds[1:] & (owner_of[1:] == owner_of[:-1])[:, None]
    weights = question.pairs if size else np.zeros(1)
    mass, mass_of_two = holds @ weights / total, both @ weights / total
    np.maximum.at(out[:, _AT["sentence"]], owner_of, mass)
    np.maximum.at(out[:, _AT["two_sentences"]], owner_of, mass_of_two)
    order = np.lexsort((-np.arange(sentences), mass_of_two, owner_of))
    best = order[np.searchsorted(owner_of[order], np.arange(n), side="right") - 1]
    _tell_wanted(out, question, letters, sentence, best)


def _tell_wanted(
    out: NDArray[np.float64],
    question: Asked,
    letters: _Letters,
    sentence: NDArray[np.int32],
    best: NDArray[np.int64],
) -> None:
    """Whether a passage, and the `best` of its sentences with the next, holds what is asked for."""
    kinds = letters.kinds
    counted = kinds & (_BIT["digit"] | _BIT["numeral"]) != 0
    after_number = np.concatenate([[False], counted[:-1]])
    if question.unit:
        places = np.flatnonzero(after_number & (letters.codes == question.unit) & letters.inside)
        out[letters.owner[places], _AT["unit"]] = 1.0
    else:
        out[:, _AT["unit"]] = 0.5
    if not question.wanted:
        out[:, _AT["wanted"]] = out[:, _AT["wanted_near"]] = 0.5
        return
    if question.wanted == "numeral":
        mark = kinds & _BIT["digit"] != 0
        mark |= after_number & counted
    else:
        mark = kinds & _BIT[question.wanted] != 0
        if question.wanted != "place":
            mark &= after_number
    places = np.flatnonzero(mark & letters.inside)
    owner = letters.owner[places]
    out[owner, _AT["wanted"]] = 1.0
    near = (sentence[places] == best[owner]) | (sentence[places] == best[owner] + 1)
    out[owner[near], _AT["wanted_near"]] = 1.0


def _runs(
    question: Asked, places: NDArray[np.int64], terms: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Mass of each run in which pairs follow each other as in the question, and where it begins."""
    if not len(places):
        return np.zeros(0), np.zeros(0, dtype=np.int64)
    fresh = np.ones(len(places), dtype=np.bool_)
    fresh[1:] = (places[1:] != places[:-1] + 1) | (
        question.follows[terms[:-1] + 1] != terms[1:] + 1
    )
    begins = np.flatnonzero(fresh)
    return np.add.reduceat(question.pairs[terms], begins), begins


def _tell_words(out: NDArray[np.float64], question: Asked, letters: _Letters) -> None:
    """Facts from whole words and names."""
    inside, titled, everywhere, opened = _occurrences(question.words, letters)
    weights = question.weights
    total = weights.sum() or 1.0
    here = (inside + titled) > 0
    out[:, _AT["words_bm25"]] = _bm25(inside + titled, weights, letters.size) / total
    out[:, _AT["words_bm25_around"]] = _bm25(everywhere, weights, letters.size_around) / total
    out[:, _AT["words"]] = here @ weights / total
    out[:, _AT["words_around"]] = (everywhere > 0) @ weights / total
    out[:, _AT["opening_words"]] = (opened > 0) @ weights / total
    rare = np.argsort(-weights, kind="stable")
    if len(rare):
        out[:, _AT["rarest"]] = here[:, rare[0]]
        out[:, _AT["rarest_around"]] = everywhere[:, rare[0]] > 0
        out[:, _AT["rarest_opening"]] = opened[:, rare[0]] > 0
        out[:, _AT["rarest_often"]] = np.log1p(everywhere[:, rare[0]])
        out[:, _AT["second"]] = here[:, rare[min(1, len(rare) - 1)]]
    if question.names:
        inside, titled, everywhere, _ = _occurrences(question.names, letters)
        out[:, _AT["names"]] = ((inside + titled) > 0).mean(1)
        out[:, _AT["names_around"]] = (everywhere > 0).mean(1)
    else:
        out[:, _AT["names"]] = out[:, _AT["names_around"]] = 0.5


def _occurrences(terms: Sequence[NDArray[np.uint8]], letters: _Letters) -> _Counts:
    """How often each term occurs in passages and what belongs to them."""
    places, which = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for at, term in enumerate(terms):
        found = np.flatnonzero(letters.numbers == term[0])
        for step, letter in enumerate(term[1:], start=1):
            # The array ends with a separator, so a place near its end is no match anyway.
            found = found[found + step < len(letters.numbers)]
            found = found[letters.numbers[found + step] == letter]
        places.append(found)
        which.append(np.full(len(found), at))
    return letters.counts(np.concatenate(places), np.concatenate(which), len(terms))


def _bm25(
    counts: NDArray[np.int64], weights: NDArray[np.float64], size: NDArray[np.int64]
) -> NDArray[np.float64]:
    """BM25 of texts of so many characters, without its constant factor: below the weights' sum."""
    length = _K1 * (1 - _B + _B * size / _MEAN_CHARS)
    return (counts / (counts + length[:, None])) @ weights


@cache
def _kinds() -> NDArray[np.uint8]:
    table = np.zeros(_PLANE, dtype=np.uint8)
    for name, characters in _CLASSES.items():
        table[[ord(c) for c in characters]] |= _BIT[name]
    return table


@cache
def shipped_ranker() -> Network:
    """The ranker that ships, over `FEATURES`: vectors/train/ranker.py fitted it."""
    data = json.loads((shipped("model") / "ranker.json").read_text("utf8"))
    return Network.read(data, FEATURES)


def cosine(question: Vectors, passages: Vectors) -> Scores:
    """Inner products of one unit vector [dim] with rows [n, dim]."""
    return (passages @ question).astype(np.float32)

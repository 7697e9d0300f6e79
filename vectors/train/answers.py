"""Fits what decides whether a span answers (rag/evidence.py): the last word before "not in these pages".

    nice python -m vectors.train.answers --data DATA

Questions are asked four times: with their own article in the index, without it, with only those of its
passages that do not hold the answer, and with another name or number in the question. They are
held-out questions of `qa_train`, asked of the ranker's pool, and questions made from the articles of
newspaper pages, asked of their page: from a sentence that the article then lacks
(vectors/train/cloze.py), or from one that stands there (vectors/train/inplace.py). Every second one
is asked in other words than the page's (vectors/train/rewording.py). Those written for kept texts
(vectors/train/written.py) are asked as they stand: of the pool, or of the whole page that they were
written for, with the questions that it does not answer beside them; some of a handful of texts, their own beside
near ones of the pool that hold no answer. A finding is right
when its words are those of an accepted answer. Needs the encoder, the ranker and the reader.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rag.evidence import FEATURES, KINDS, Finding, Material, find
from rag.index import Index
from rag.measures import bare, holds, overlap_f1
from rag.network import Network
from rag.questions import analyse
from rag.reader import Reader
from rag.types import Hit
from vectors.train import cloze, inplace, written
from vectors.train.data import MODEL, WORK, arguments, is_kept, is_validation, rows
from vectors.train.ranker import mean_of, pool, written_texts
from vectors.train.reader import Rows, example_of, swapped
from vectors.train.rewording import Rewording

PAGES = 160
FEW, NEAR_TEXTS = 300, 4  # texts asked about among few; how many near ones stand beside each
TWICE = ("made from pages", "written for pages")  # what counts twice: most indexes hold a few pages
MEASURED = WORK.parents[2] / "tests" / "eval" / "newspaper_pages.jsonl"  # what nothing is fitted on
REWORDED = 0.5  # share of the questions asked in other words than the page's
HIDDEN = 16
STEPS = 1500
QUESTIONS_A_STEP = 128

NETWORKS = 9
AS_GOOD = 0.01  # of the mean of what is answered right and what refused right
# Features of which more never speaks against an answer.
RISING = (
    "reader", "share", "pointed", "hit", "lead", "sentence", "passage", "told", "article", "least", "fit",
    "fit_lead", "near", "focus", "near_lead",
)  # fmt: skip
_RISING = [FEATURES.index(name) for name in RISING]

Sample = tuple[
    NDArray[np.float64], NDArray[np.bool_], bool
]  # features, right, whether it can be answered


def is_right(finding: Finding, answers: list[str]) -> bool:
    """Whether the words are those of an answer, or hold them, or most of them."""
    said = bare(finding.text)
    return any(
        overlap_f1(said, answer) >= 0.6 or (len(bare(answer)) > 1 and bare(answer) in said)
        for answer in answers
    )


class Pointing:
    """A judge that knows only the reader's word: what is found does not hang on an earlier fit."""

    def logit(self, facts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The first feature, [n]."""
        return facts[:, 0]


def material_of(index: Index, hits: Sequence[Hit], reader: Reader) -> Material:
    """Some of what a search found, with what is needed to read it."""
    return Material(
        hits=hits, article_of=index.article, reader=reader, passages=index.info().passages
    )


def samples(
    index: Index,
    reader: Reader,
    reworded: Rewording,
    asked: list[dict[str, Any]],
    own: dict[str, str],
    seed: int,
) -> list[Sample]:
    """Findings of each question in each of the ways it is asked."""
    out: list[Sample] = []
    random = np.random.default_rng(seed)
    examples = [example_of(row) for row in asked]
    known = [example for example in examples if example]
    others = dict(zip(map(id, known), swapped(known, seed), strict=True))
    for row, example in zip(asked, examples, strict=True):
        home, answers = own[str(row["context"])], row["answers"]
        words = str(row["question"])
        if random.random() < REWORDED:
            words = reworded(words, str(row["context"]), random)
        question = analyse(words)
        hits = index.search(question.text, top_k=10)
        near = [
            hit
            for hit in hits
            if hit.article_id != home or not any(answer in hit.text for answer in answers)
        ]
        away = [hit for hit in hits if hit.article_id != home]
        ways = [(question, hits, True), (question, away, False)]
        if len(near) > len(away):
            ways.append((question, near, False))
        if example and others[id(example)]:
            text = others[id(example)][0]
            if words != row["question"]:
                text = reworded(text, str(row["context"]), random)
            ways.append((analyse(text), index.search(text, top_k=10), False))
        for asked_, kept, there in ways:
            if asked_.kind not in KINDS or not kept:
                continue
            found = find(asked_, material_of(index, kept, reader), Pointing())
            if not found:
                continue
            right = [there and f.hit.article_id == home and is_right(f, answers) for f in found]
            out.append((np.array([f.features for f in found]), np.array(right), there))
    return out


def written_samples(
    index: Index, reader: Reader, texts: list[tuple[str, written.Questions]]
) -> list[Sample]:
    """Findings of written questions: with their article, without it, and of those it does not answer.

    Args:
        index: Where they are asked.
        reader: Points at spans.
        texts: Article ids with what was written for them.
    """
    out: list[Sample] = []
    for home, text in texts:
        asked = [(row["question"], row["answers"], row["shape"]) for row in text.asked]
        asked += [(question, [], "refused") for question in text.refused]
        for words, answers, shape in asked:
            question = analyse(words)
            if question.kind not in KINDS:
                continue
            hits = index.search(question.text, top_k=10)
            ways = [(hits, bool(answers))]
            # What leaves unsaid what it is about, another article may answer.
            if answers and shape != "vague":
                ways.append(([hit for hit in hits if hit.article_id != home], False))
            for kept, there in ways:
                if not kept:
                    continue
                found = find(question, material_of(index, kept, reader), Pointing())
                if found:
                    right = [
                        there and f.hit.article_id == home and is_right(f, answers) for f in found
                    ]
                    out.append((np.array([f.features for f in found]), np.array(right), there))
    return out


def written_page_samples(folder: Path, reader: Reader) -> list[Sample]:
    """Findings of the questions written for whole pages, each page in an index of its own."""
    out: list[Sample] = []
    for articles, own in written.pages(folder):
        with indexed(articles) as index:
            out += written_samples(index, reader, own)
    return out


def few_samples(
    everything: Index, reader: Reader, texts: list[tuple[str, written.Questions]]
) -> list[Sample]:
    """Findings of written questions where there is little to read: their text beside near ones.

    Args:
        everything: Where near texts are looked for: those that the questions find most often, and that
            hold no answer to any.
        reader: Points at spans.
        texts: Article ids with what was written for them.
    """
    out: list[Sample] = []
    for home, text in texts:
        answers = [answer for row in text.asked for answer in row["answers"]]
        found = Counter(
            hit.article_id
            for row in text.asked
            for hit in everything.search(row["question"], top_k=10)
            if hit.article_id != home
        )
        others = ((key, everything.article(key).article.text) for key, _ in found.most_common())
        near = ((key, body) for key, body in others if not holds(body, answers))
        articles = [
            {"id": key, "title": "", "body": body}
            for key, body in [(home, text.text), *islice(near, NEAR_TEXTS)]
        ]
        with indexed(articles) as index:
            out += written_samples(index, reader, [(home, text)])
    return out


@contextmanager
def indexed(articles: Sequence[dict[str, Any]]) -> Iterator[Index]:
    """An index of these articles alone."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "page.jsonl"
        lines = (json.dumps(row, ensure_ascii=False) for row in articles)
        source.write_text("\n".join(lines), "utf8")
        with Index.open(Path(place) / "index") as index:
            index.update([source])
            yield index


def pages(folder: Path, seed: int) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Newspaper pages as rows of articles, with questions about them.

    Every other page lacks the sentences that its questions were made from.
    """
    random = np.random.default_rng(seed)
    name = "newspaper_pages"
    found = [row for row in rows(folder, name) if is_kept(name, row)]
    grouped = [list(page) for _, page in groupby(found, lambda row: (row["date"], row["page"]))]
    measured = written.keys(MEASURED)
    grouped = [
        page for page in grouped if not any(written.key(row["body"]) in measured for row in page)
    ]
    for number, at in enumerate(random.permutation(len(grouped))[:PAGES]):
        articles, asked = [], []
        for row in grouped[at]:
            body = row["body"]
            if number % 2:
                made = list(inplace.questions(row["title"], body, random, 3))
                made = [{**one, "context": body} for one in made]
            else:
                made = [one for one in [next(cloze.questions("", body, random), None)] if one]
                body = made[0]["context"] if made else body
            articles.append({"id": row["id"], "title": row["title"], "body": body})
            asked += made
        yield articles, asked


def page_samples(folder: Path, seed: int, reader: Reader, reworded: Rewording) -> list[Sample]:
    """Findings of the questions about each page, each page in an index of its own."""
    out: list[Sample] = []
    for articles, asked in pages(folder, seed):
        own = {row["body"]: row["id"] for row in articles}
        with indexed(articles) as index:
            out += samples(index, reader, reworded, asked, own, seed + len(out))
    return out


class Learning(torch.nn.Module):
    """One hidden layer; more of what speaks for an answer (RISING) never makes it less likely.

    Half of the hidden units add to the odds and rise with these features, the others take away and fall
    with them (monotone networks as in Sill 1998). It costs a point on questions like those learned from,
    and on pages of other papers it keeps the network from what it happened to see.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.hidden = torch.nn.Linear(size, HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, 1)
        with torch.no_grad():
            signs = torch.where(torch.arange(HIDDEN) < HIDDEN // 2, 1.0, -1.0)
            self.hidden.weight[:, _RISING] = self.hidden.weight[:, _RISING].abs() * signs[:, None]
            self.out.weight.copy_(self.out.weight.abs() * signs)

    def forward(self, facts: torch.Tensor) -> torch.Tensor:
        """Log odds of each row."""
        return self.out(torch.relu(self.hidden(facts)))[:, 0]  # type: ignore[no-any-return]

    @torch.no_grad()
    def hold(self) -> None:
        """Takes back what a step did against the order."""
        half = HIDDEN // 2
        rising, out = self.hidden.weight[:, _RISING], self.out.weight
        self.hidden.weight[:, _RISING] = torch.cat(
            [rising[:half].clamp(min=0), rising[half:].clamp(max=0)]
        )
        out[:, :half].clamp_(min=0)
        out[:, half:].clamp_(max=0)


def chances(data: list[Sample]) -> NDArray[np.float64]:
    """How often each question is looked at, [n]: of each kind those that can be answered alike often.

    Most questions that were written for a text that does not answer them ask how many; people ask
    them of pages that answer, too.
    """
    kinds = [FEATURES.index(f"asks_{kind}") for kind in KINDS]
    groups = np.array([2 * int(f[0, kinds].argmax()) + there for f, _, there in data])
    sizes = np.bincount(groups, minlength=2 * len(KINDS))
    share = np.mean([there for *_, there in data])
    of_kind = sizes.reshape(-1, 2).sum(1)
    wanted = np.stack([of_kind * (1 - share), of_kind * share], 1).ravel()
    weights = (wanted / np.maximum(sizes, 1))[groups]
    return np.asarray(weights / weights.sum())


def fit(data: list[Sample], seed: int) -> Network:
    """The mean of several networks."""
    return mean_of([fit_one(data, seed + at) for at in range(NETWORKS)])


def fit_one(data: list[Sample], seed: int) -> Network:
    """A network by two losses: each finding right or wrong, and all of a question beside "no answer"."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    every = np.concatenate([features for features, _, _ in data])
    mean, spread = every.mean(0), every.std(0) + 1e-6
    network = Learning(len(mean))
    optimizer = torch.optim.AdamW(network.parameters(), lr=5e-3, weight_decay=3e-2)
    plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-3, total_steps=STEPS)
    ready = [
        (torch.from_numpy(((f - mean) / spread).astype(np.float32)), torch.from_numpy(right))
        for f, right, _ in data
    ]
    chance = chances(data)
    for _ in range(STEPS):
        batch = [ready[at] for at in random.choice(len(ready), QUESTIONS_A_STEP, p=chance)]
        sizes = torch.tensor([len(right) for _, right in batch])
        logits = network(torch.cat([f for f, _ in batch]))
        right = torch.cat([r for _, r in batch])
        each = torch.nn.functional.binary_cross_entropy_with_logits(logits, right.float())
        padded = torch.nn.utils.rnn.pad_sequence(
            logits.split(sizes.tolist()), batch_first=True, padding_value=-1e9
        )
        good = torch.nn.utils.rnn.pad_sequence(
            right.split(sizes.tolist()), batch_first=True, padding_value=False
        )
        padded = torch.cat([padded, torch.zeros(len(padded), 1)], 1)
        good = torch.cat([good, ~good.any(1, keepdim=True)], 1)
        best = torch.logsumexp(padded.masked_fill(~good, -1e9), 1)
        loss = each + (torch.logsumexp(padded, 1) - best).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        plan.step()
        network.hold()
    numbers = [p.detach().numpy().T.astype(np.float64) for p in network.parameters()]
    numbers[1] = numbers[1] - (mean / spread) @ numbers[0]
    numbers[0] = numbers[0] / spread[:, None]
    layers = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    return Network(low=every.min(0), high=every.max(0), layers=layers)


def report(data: list[Sample], judge: Network) -> float:
    """Answered right and refused right at several thresholds, beside always answering.

    Gives the lowest threshold at which the mean of both is within AS_GOOD of the greatest: of two that are
    as good, the one that tells more.
    """
    said = [judge.probability(features) for features, _, _ in data]
    means = {}
    for threshold in (
        0.0,
        0.05,
        0.06,
        0.07,
        0.08,
        0.1,
        0.12,
        0.15,
        0.2,
        0.25,
        0.3,
        0.35,
        0.4,
        0.45,
        0.5,
    ):
        told = [p.max() >= threshold for p in said]
        right = [
            bool(t and r[int(p.argmax())])
            for t, p, (_, r, there) in zip(told, said, data, strict=True)
            if there
        ]
        refused = [not t for t, (_, _, there) in zip(told, data, strict=True) if not there]
        shares = float(np.mean(right)), float(np.mean(refused))
        means[threshold] = float(np.mean(shares))
        print(
            f"  threshold {threshold}: answered right {shares[0]:.3f}, refused right {shares[1]:.3f}"
        )
    p, r = np.concatenate(said), np.concatenate([right for _, right, _ in data])
    for bound in np.arange(0, 1, 0.2):
        if (within := (p >= bound) & (p < bound + 0.2)).any():
            print(f"  says {p[within].mean():.2f}, is {r[within].mean():.2f} ({within.sum()})")
    return min(t for t, mean in means.items() if mean >= max(means.values()) - AS_GOOD)


def main() -> None:
    """Fits and writes `vectors/model/answers.json`."""
    parser = arguments("Fit the decision to answer.")
    parser.add_argument("--questions", type=int, default=700, help="of `qa_train`")
    parser.add_argument("--texts", type=int, default=500, help="with written questions")
    options = parser.parse_args()
    WORK.mkdir(exist_ok=True)
    contexts = dict.fromkeys(row["context"] for row in rows(options.data, "qa_train"))
    own = {context: f"c{at}" for at, context in enumerate(contexts)}
    held = [row for row in rows(options.data, "qa_train") if is_validation(row["context"])]
    order = np.random.default_rng(options.seed).permutation(len(held))[: options.questions]
    reader = Reader.open()
    reworded = Rewording(reader.pieces, Rows.load(MODEL / "reader").words())
    with pool(options.data, options.seed) as index:
        asked = [held[at] for at in order]
        parts = {"encyclopaedia": samples(index, reader, reworded, asked, own, options.seed)}
        natural = [text for text in written_texts(options.data) if not text.page]
        drawn = np.random.default_rng(options.seed).permutation(len(natural))[: options.texts]
        own_texts = [(f"w{written.key(natural[at].text)}", natural[at]) for at in drawn]
        parts["written for texts"] = written_samples(index, reader, own_texts)
        parts["beside near texts"] = few_samples(index, reader, own_texts[:FEW])
    parts["made from pages"] = page_samples(options.data, options.seed, reader, reworded)
    parts["written for pages"] = written_page_samples(options.data, reader)
    for kind, part in parts.items():
        others = [sample for name, other in parts.items() if name != kind for sample in other]
        half = len(part) // 2
        for train, test in ((part[:half], part[half:]), (part[half:], part[:half])):
            print(f"half of {kind}, fitted on the other half and on the other kinds")
            report(test, fit(train + others, options.seed))
    counted = (part * (1 + (kind in TWICE)) for kind, part in parts.items())
    judge = fit([sample for part in counted for sample in part], options.seed)
    thresholds = {}
    for kind, part in parts.items():
        print(f"{kind}, fitted on all")
        thresholds[kind] = report(part, judge)
    # What is asked of 110,000 passages is often not found at all; of a page people ask as they please.
    write(judge, thresholds["written for pages"])


def write(judge: Network, threshold: float) -> None:
    """Writes the model that `rag.evidence` reads."""
    model = {"threshold": threshold, **judge.written(FEATURES)}
    (MODEL / "answers.json").write_text(json.dumps(model) + "\n", "utf8")


if __name__ == "__main__":
    main()

"""The reader points at words of the text, or at none."""

import json
import shutil
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from rag import Reader
from rag.encoder import open_encoder
from rag.errors import EncoderError, ReaderError
from rag.reader import PREAMBLE, WINDOW, Pieces, preamble, window_starts
from vectors.train import graph, mean, near, written
from vectors.train import reader as training

MODEL = Path(__file__).parents[2] / "vectors" / "model"

TEXT = (
    "青石大桥位于青石市东郊，由省交通设计院设计，2021年4月开工，2024年3月5日正式通车，总投资9.6亿元。"
    "大桥全长1280米，桥面宽32米，设双向六车道。通车仪式由副市长周明远主持。"
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("青石大桥全长多少米？", "1280米"),
        ("青石大桥总投资是多少？", "9.6亿元"),
        ("青石大桥什么时候正式通车？", "2024年3月5日"),
        ("通车仪式由谁主持？", "周明远"),
    ],
)
def test_it_points_at_the_answer(reader: Reader, question: str, answer: str) -> None:
    """The words are the text's own, at the place that it names."""
    span = reader.read(question, TEXT, threshold=0)
    assert span is not None
    assert TEXT[span.start : span.end] == span.text
    assert answer in span.text


def test_a_text_about_something_else_does_not_answer(reader: Reader) -> None:
    """Its probability is lower than where the answer stands, and it is refused."""
    other = "柳湾小学昨天迎来首批360名新生，校园里彩旗招展，家长们早早等在门口。"
    question = "青石大桥全长多少米？"
    assert reader.read(question, other) is None
    here, there = reader.read(question, TEXT, 0), reader.read(question, other, 0)
    assert here is not None
    assert there is not None
    assert here.score > there.score


def test_long_texts_are_read_to_the_end(reader: Reader) -> None:
    """The answer is found far behind the first window, and its place is right."""
    text = "天气晴好，市民出游踏青。" * 80 + TEXT + "各界反响热烈。" * 60
    span = reader.read("青石大桥全长多少米？", text, threshold=0)
    assert span is not None
    assert "1280米" in span.text
    assert text[span.start : span.end] == span.text


def test_many_at_once_say_the_same_as_one_by_one(reader: Reader) -> None:
    """Neighbours in a batch change nothing."""
    pairs = [("全长多少米？", TEXT), ("谁主持？", TEXT * 4), ("什么时候通车？", TEXT[:60])]
    together = reader.read_many(pairs, threshold=0)
    for (question, text), span in zip(pairs, together, strict=True):
        alone = reader.read(question, text, threshold=0)
        assert span is not None
        assert alone is not None
        assert (span.start, span.end) == (alone.start, alone.end)
        assert span.score == pytest.approx(alone.score, abs=1e-4)


def test_candidates_do_not_overlap_and_fall(reader: Reader) -> None:
    """Several distinct answers, best first."""
    spans = reader.candidates("青石大桥什么时候通车？", TEXT, 4)
    assert len(spans) > 1
    assert [s.score for s in spans] == sorted((s.score for s in spans), reverse=True)
    taken = [at for s in spans for at in range(s.start, s.end)]
    assert len(taken) == len(set(taken))


def test_what_stands_above_a_passage_is_read_and_never_pointed_at(reader: Reader) -> None:
    """The headline and the opening give no words to answer with, and places count from the passage."""
    above, text = "青石大桥全长1280米\n", TEXT[51:] * 5
    for start in (0, TEXT.index("大桥全长")):
        (spans,) = reader.candidates_many([("青石大桥全长多少米？", TEXT[start:])], 5, [above])
        assert "1280米" in spans[0].text
        assert all(TEXT[start:][span.start : span.end] == span.text for span in spans)
    (spans,) = reader.candidates_many([("青石大桥全长多少米？", text)], 5, [above])
    assert all(text[span.start : span.end] == span.text for span in spans)


@pytest.mark.parametrize(
    ("text", "start", "above"),
    [
        (TEXT, 0, "青石大桥通车\n"),
        (TEXT, TEXT.index("大桥全长"), f"青石大桥通车\n{TEXT[: TEXT.index('大桥全长')]}\n"),
        ("", 0, "青石大桥通车\n"),
    ],
)
def test_a_passage_is_read_below_its_headline_and_opening(
    text: str, start: int, above: str
) -> None:
    """The opening sentence is not said twice; both are cut where they are long."""
    assert preamble("青石大桥通车", text, start) == above
    long = preamble("青" * 60, "石" * 600 + "。" + TEXT, 601)
    assert long == "青" * 60 + "\n" + "石" * (PREAMBLE - 62) + "\n"


@pytest.mark.parametrize(
    ("question", "text"), [("", TEXT), ("谁？", ""), ("谁？", " \n"), ("", "")]
)
def test_nothing_is_never_an_answer(reader: Reader, question: str, text: str) -> None:
    """An empty question or text gives None, even where it must point."""
    assert reader.read(question, text, threshold=0) is None


def test_odd_texts_do_no_harm(reader: Reader) -> None:
    """Rare characters, emoji and one-letter texts are read like any other."""
    for text in ("𠮷", "😀" * 500, "a", "？", "\u0000一"):
        span = reader.read("这是什么？", text, threshold=0)
        assert span is None or text[span.start : span.end] == span.text


def test_a_missing_model_is_one_clear_sentence(tmp_path: object) -> None:
    """The folder is named."""
    with pytest.raises(ReaderError, match=r"nosuch"):
        Reader.open(f"{tmp_path}/nosuch")


def test_windows_cover_every_place_of_a_text() -> None:
    """No character lies between two windows."""
    for length in (1, WINDOW, WINDOW + 1, 5 * WINDOW + 3):
        covered = {at for s in window_starts(length) for at in range(s, min(s + WINDOW, length))}
        assert covered == set(range(length))


def test_a_damaged_model_is_one_clear_sentence(tmp_path: Path) -> None:
    """A file that was cut short names the folder, not a library's inside."""
    shutil.copytree(MODEL / "reader", tmp_path / "reader")
    for name in ("model.onnx", "pieces.safetensors"):
        whole = (tmp_path / "reader" / name).read_bytes()
        (tmp_path / "reader" / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ReaderError, match=r"reader"):
            Reader.open(tmp_path / "reader")
        (tmp_path / "reader" / name).write_bytes(whole)


def test_a_damaged_tokenizer_is_one_clear_sentence(tmp_path: Path) -> None:
    """Encoder and reader, which share it, name their own folder."""
    shutil.copytree(MODEL / "reader", tmp_path / "reader")
    shutil.copytree(MODEL / "encoder", tmp_path / "encoder")
    path = tmp_path / "encoder" / "0_StaticEmbedding" / "tokenizer.json"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ReaderError, match=r"/reader.*tokenizer\.json"):
        Reader.open(tmp_path / "reader")
    with pytest.raises(EncoderError, match=r"/encoder.*tokenizer\.json"):
        open_encoder(str(tmp_path / "encoder")).encode_questions(["大桥全长多少米？"])


def test_what_is_written_is_what_was_trained(tmp_path: Path) -> None:
    """The graph gives every span and "no answer" the scores of the network in training, padding or not."""
    rows = training.Rows.load(MODEL / "reader")
    alphabet = training.alphabet_of([], MODEL / "reader")  # else each character would be another
    network = training.Network(rows, len(alphabet)).eval()
    training.begin_with(network, MODEL / "reader")
    torch.manual_seed(1)
    with torch.no_grad():  # what ships lies where eight bits can say it; what is trained does not
        for layer in (network.encode, network.model1, network.model2):
            for weights in layer.parameters():
                weights *= 1 + 0.02 * torch.randn_like(weights)
    codes = {char: at + 2 for at, char in enumerate(alphabet)}
    pieces = Pieces(MODEL / "encoder")
    reworded = training.Rewording(pieces, rows.words())
    windows = training.Windows(pieces, rows.norms, codes, reworded, 1)
    pairs = [("通车仪式由谁主持？", TEXT), ("全长？", TEXT[:40])]
    with torch.no_grad():
        spans, null = network(windows.batch(pairs))
    weights = {name: tensor.numpy() for name, tensor in network.exported().items()}
    # Scores are in the tens. Weights have half precision; in eight bits what they are read with is rounded, too.
    for eight_bits, apart in ((False, 0.02), (True, 0.4)):
        folder = tmp_path / str(eight_bits) / "reader"
        shutil.copytree(MODEL / "reader", folder)
        (folder.parent / "encoder").symlink_to(MODEL / "encoder")
        graph.write(folder / "model.onnx", weights, eight_bits=eight_bits)
        for at, (scores, none) in enumerate(Reader.open(folder)._forward(pairs)):
            n = len(pairs[at][1])
            valid = np.arange(n)[:, None] + np.arange(scores.shape[1]) < n
            trained = spans[at, :n].numpy()
            assert scores[valid] == pytest.approx(trained[valid], abs=apart)
            assert scores.argmax() == trained.argmax()
            assert none == pytest.approx(float(null[at]), abs=apart)


def test_what_tempts_a_reader_is_what_it_learns_to_refuse() -> None:
    """Questions and texts that tempted the reader of before stand among the windows, what may well answer does not."""
    rows = training.Rows.load(MODEL / "reader")
    pieces = Pieces(MODEL / "encoder")
    tells = "通车仪式由市长刘岳主持。"
    example = training.Example("仪式由谁主持？", tells, ["刘岳"], [(8, 10)])
    example.refused = ["市长多大？", "桥长多少？"]
    beside = [("", f"{place}的仪式昨日举行，由{place}县长主持。") for place in ("甲", "乙", "丙")]
    tempts = {
        (example.question, written.key(text)): p
        for (_, text), p in zip(beside, (0.99, 0.5, 0), strict=True)
    }
    tempts |= {
        (question, written.key(tells)): p
        for question, p in zip(example.refused, (0.0, 0.9), strict=True)
    }
    reworded = training.Rewording(pieces, rows.words())
    windows = training.Windows(pieces, rows.norms, {}, reworded, 1, tempts)
    drawn = windows.epoch([example] * 400, [beside] * 400, [[]] * 400)
    unanswered = [(question, text) for _, question, text, _, end in drawn if not end]
    counted = Counter(text[0] for _, text in unanswered if text != tells)
    assert counted["甲"] == 0
    assert counted["乙"] > 10 * counted["丙"] > 0
    asked = Counter(question for question, text in unanswered if text == tells)
    assert asked["桥长多少？"] > 10 * asked["市长多大？"]


def test_what_search_lays_beside_a_web_text_does_not_hold_its_answer() -> None:
    """Near misses of texts in the manner of the web are other texts of that sort, without an accepted answer."""
    texts = {text.text: text for text in written.searched()}
    for row in islice(near.of_the_web(), 12):
        answers = [
            one["answers"]
            for one in texts[row["context"]].asked
            if one["question"] == row["question"]
        ]
        assert row["near"]
        for _, passage in row["near"]:
            assert passage not in row["context"]
            assert any(passage in text for text in texts)
            assert not any(answer in passage for answer in answers[0])


def test_weights_come_back_from_eight_bits(tmp_path: Path) -> None:
    """What is read of a written graph is what was written, to a hundredth of a layer's widest weight.

    What ships is what is written of it again, byte for byte.
    """
    shipped = MODEL / "reader" / "model.onnx"
    graph.write(tmp_path / "again.onnx", graph.read(shipped))
    assert (tmp_path / "again.onnx").read_bytes() == shipped.read_bytes()
    random = np.random.default_rng(1)
    weights = {
        name: (array * random.normal(1, 0.02, array.shape)).astype(np.float32)
        for name, array in graph.read(shipped).items()
    }
    graph.write(tmp_path / "once.onnx", weights)
    again = graph.read(tmp_path / "once.onnx")
    assert again.keys() == weights.keys()
    for name, array in weights.items():
        assert again[name] == pytest.approx(array, abs=float(np.abs(array).max()) / 100)
    assert again["model1.bias"] == pytest.approx(weights["model1.bias"], abs=1e-6)


def test_a_reader_of_before_is_begun_with_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a question finds in the passage says nothing yet where the reader that ships did not ask for it."""
    known = graph.read(MODEL / "reader" / "model.onnx")
    before = {name: weight for name, weight in known.items() if not name.startswith("seek.")}
    before["null1.weight"] = known["null1.weight"][:, : 4 * training.HIDDEN]
    monkeypatch.setattr(graph, "read", lambda _: before)
    rows = training.Rows.load(MODEL / "reader")
    pieces = Pieces(MODEL / "encoder")
    windows = training.Windows(pieces, rows.norms, {}, training.Rewording(pieces, rows.words()), 1)
    batch = windows.batch([("通车仪式由谁主持？", TEXT)])
    nulls = []
    for seed in (1, 2):  # what it lacks is drawn
        torch.manual_seed(seed)
        network = training.Network(rows, len(training.alphabet_of([], MODEL / "reader"))).eval()
        training.begin_with(network, MODEL / "reader")
        with torch.no_grad():
            nulls.append(float(network(batch)[1][0]))
            network.null1.weight[:, 4 * training.HIDDEN :] = 1.0
            assert float(network(batch)[1][0]) != nulls[-1]
    assert nulls[0] == nulls[1]


def test_the_mean_of_two_readers_lies_between_them(tmp_path: Path) -> None:
    """Every weight, in the share that was asked for; readers of other characters have no mean."""
    first, second = MODEL / "reader", tmp_path / "reader"
    shutil.copytree(first, second)
    shutil.copytree(MODEL / "encoder", tmp_path / "encoder")
    known = graph.read(first / "model.onnx")
    graph.write(second / "model.onnx", {name: 2 * weight for name, weight in known.items()})
    between, alphabet = mean.mean(first, second, 0.25)
    for name, weight in between.exported().items():
        np.testing.assert_allclose(weight.numpy(), 1.25 * known[name], rtol=2e-3, atol=2e-3)
    config = json.loads((second / "config.json").read_text("utf8"))
    assert "".join(alphabet) == config["alphabet"]
    config["alphabet"] = config["alphabet"][::-1]
    (second / "config.json").write_text(json.dumps(config), "utf8")
    with pytest.raises(ValueError, match="other characters"):
        mean.mean(first, second, 0.25)


def test_what_was_written_in_the_manner_of_the_web_can_be_learned_from() -> None:
    """Each answer stands in its text; texts are kept to measure on, with all that are about their question."""
    train, kept = training.written_examples(written.searched())
    assert len(train) + len(kept) == 4 * 1440 + 11879
    assert all(
        example.context[slice(*example.spans[0])] in example.answers for example in train + kept
    )
    assert all(example.refused for example in train + kept)
    assert not {example.context for example in train} & {example.context for example in kept}
    about = [json.loads(line) for line in written.SEARCHED.read_text("utf8").splitlines()]
    grouped = {row["text"]: row["about"] for row in about if "about" in row}
    asked = [{grouped.get(one.context) for one in part} - {None} for part in (train, kept)]
    assert (len(grouped), len(asked[0] | asked[1])) == (4903, 780)
    assert not asked[0] & asked[1]

"""The command `wenbao`: what it prints, where, and with which exit status."""

import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.batch import Request, answer_lines
from rag.cli import main
from rag.settings import shipped
from tests.conftest import BRIDGE, MARKET, SCHOOL

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command against an index of its own; gives exit status, stdout and stderr."""
    monkeypatch.setenv("WENBAO_INDEX", str(tmp_path / "index"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return status, out, err

    return call


@pytest.fixture
def filled(run: Run, bulk: Callable[..., Path]) -> Run:
    """The same, with three articles indexed."""
    status, _, err = run("index", str(bulk(BRIDGE, SCHOOL, MARKET)))
    assert status == 0, err
    return run


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(
    "command", ["read", "index", "remove", "search", "ask", "serve", "info", "check", "eval"]
)
def test_every_command_helps_with_an_example(run: Run, command: str) -> None:
    """A newcomer can copy a line that works."""
    status, out, _ = run(command, "--help")
    assert status == 0
    assert f"wenbao {command}" in out.split("例：")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nosuch",),
        ("search", "x", "--mode", "fuzzy"),
        ("search", "x", "--top-k", "0"),
        ("search", "x", "--since", "昨天"),
        ("ask", "x", "--until", "2025-13-40"),
        ("serve", "--port", "99999"),
        ("read",),
        ("ask",),
        ("ask", "x", "--batch", "questions.jsonl"),
        ("index",),
        ("read", "a.txt", "b.txt", "--html", "c.html"),
    ],
)
def test_wrong_usage_is_status_two(run: Run, arguments: tuple[str, ...]) -> None:
    """A script can tell a typing mistake from a failure."""
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert err.strip()


def test_index_reports_what_it_did(run: Run, bulk: Callable[..., Path]) -> None:
    """Counts of pages that came, changed or stayed, as data."""
    path = str(bulk(BRIDGE, SCHOOL))
    status, out, _ = run("index", path, "--json")
    assert status == 0
    assert {k: v for k, v in rows(out)[0].items() if k != "seconds"} == {
        "added": 2, "changed": 0, "removed": 0, "unchanged": 0, "replaced": 0, "failed": [], "missing": [],
    }  # fmt: skip
    assert rows(run("index", path, "--json")[1])[0]["unchanged"] == 2


def test_a_file_that_fails_does_not_stop_the_others(
    run: Run, bulk: Callable[..., Path], tmp_path: Path
) -> None:
    """One line on stderr names it, status 1, and the good file is there."""
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"")
    status, _, err = run("index", str(broken), str(bulk(SCHOOL)), str(tmp_path / "none.txt"))
    assert status == 1
    problems = [line for line in err.splitlines() if "%" not in line]
    assert len(problems) == 2
    assert "broken.txt" in problems[0] + problems[1]
    assert "none.txt" in problems[0] + problems[1]
    assert rows(run("search", "柳湾小学", "--json")[1])[0]["hits"][0]["article_id"] == "school"


def test_search_prints_one_object(filled: Run) -> None:
    """With --json stdout is data and nothing else."""
    status, out, err = filled("search", "大桥全长多少米", "--json", "--top-k", "2")
    (found,) = rows(out)
    assert (status, err) == (0, "")
    hit = found["hits"][0]
    assert set(hit) == {
        "article_id", "page_id", "passage_id", "title", "label", "text", "score", "newspaper", "date", "page_no",
    }  # fmt: skip
    assert (hit["article_id"], hit["newspaper"], hit["date"], hit["page_no"]) == (
        "bridge", "青石日报", "2024-03-06", 1,
    )  # fmt: skip


def test_a_batch_keeps_its_order_and_survives_bad_lines(filled: Run, tmp_path: Path) -> None:
    """Each line gets its answer or its error in its place; status 1 tells that there was one."""
    lines = [
        '{"id": "q1", "question": "大桥全长多少米？"}',
        "not json",
        '{"id": "q2"}',
        '{"id": "q3", "question": ""}',
        '{"id": "q4", "question": "开学", "since": "gestern"}',
        '{"id": "q5", "question": "开学", "newspaper": "柳湾晚报"}',
        '{"question": "没有编号"}',
        '{"id": "q6", "question": "开学", "history": "x"}',
    ]
    (tmp_path / "batch.jsonl").write_text("\n".join(lines), "utf8")
    status, out, _ = filled("search", "--batch", "batch.jsonl", "--json")
    found = rows(out)
    assert status == 1
    assert [row["id"] for row in found] == ["q1", None, "q2", "q3", "q4", "q5", None, "q6"]
    assert ["error" in row for row in found] == [False, True, True, True, True, False, True, True]
    assert found[0]["hits"][0]["article_id"] == "bridge"
    assert {hit["article_id"] for hit in found[5]["hits"]} == {"school"}


def test_whoever_asks_through_a_pipe_gets_each_answer_before_asking_on() -> None:
    """A program may write its next question only when it has read the answer; a file's are answered side by side."""
    read: list[str] = []

    def lines() -> Iterator[bytes]:
        for name in ("a", "b", "c"):
            read.append(name)
            yield json.dumps({"id": name, "question": name}).encode()

    answers = answer_lines(lines(), lambda request: {"text": request.question * 2}, {})
    assert next(answers) == ({"id": "a", "text": "aa"}, True)
    assert read == ["a"]

    together = threading.Barrier(2)

    def meets(request: Request) -> dict[str, str]:
        together.wait(timeout=10)  # passes only if two are answered at a time
        return {"text": request.question}

    beside = answer_lines(list(lines())[:2], meets, {}, workers=2)
    assert [row["id"] for row, _ in beside] == ["a", "b"]


def test_info_tells_what_the_index_holds(filled: Run) -> None:
    """Encoder, tokeniser, counts, dates covered and size."""
    facts = rows(filled("info", "--json")[1])[0]
    assert (facts["articles"], facts["pages"], facts["encoder"]) == (3, 3, "wenbao")
    assert (facts["since"], facts["until"], facts["undated"]) == ("2024-03-06", "2024-09-02", 1)
    assert facts["tokenizer"].startswith("rjieba")
    assert facts["size_bytes"] > 1000


def test_remove_takes_out_and_names_what_is_not_there(filled: Run) -> None:
    """Gone from search; an unknown name is an error, the others are done."""
    status, _, err = filled("remove", "bridge", "nosuch")
    assert status == 1
    assert "nosuch" in err
    hits = rows(filled("search", "青石大桥", "--json")[1])[0]["hits"]
    assert "bridge" not in {hit["article_id"] for hit in hits}


def test_another_encoder_is_refused_and_the_way_out_is_named(filled: Run, tmp_path: Path) -> None:
    """Nothing is mixed: vectors of two models do not compare."""
    shutil.copytree(shipped("model") / "encoder", tmp_path / "other")
    weights = next((tmp_path / "other").rglob("model.safetensors"))
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    status, _, err = filled("index", "news.jsonl", "--encoder", "other")
    assert status == 1
    assert "--rebuild" in err
    assert filled("index", "--rebuild", "--encoder", "other")[0] == 0
    assert rows(filled("info", "--json")[1])[0]["encoder"].endswith("other")
    # One that is not there is another, too.
    status, _, err = filled("index", "news.jsonl", "--encoder", "nosuch")
    assert status == 1
    assert "nosuch" in err
    assert "--rebuild" in err


def test_an_encoder_cut_short_is_one_sentence(filled: Run, tmp_path: Path) -> None:
    """The folder is named, the status is 1, and the index goes on with what it has."""
    shutil.copytree(shipped("model") / "encoder", tmp_path / "cut")
    weights = next((tmp_path / "cut").rglob("model.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100_000])
    status, _, err = filled("index", "--rebuild", "--encoder", "cut")
    assert status == 1
    assert len(err.strip().splitlines()) == 1
    assert "cut" in err
    assert filled("search", "大桥")[0] == 0


@pytest.mark.parametrize(
    "command", [("info",), ("check",), ("search", "x"), ("ask", "x"), ("remove", "x")]
)
def test_without_an_index_one_sentence_says_what_to_do(run: Run, command: tuple[str, ...]) -> None:
    """Status 1, one line, and no folder is made."""
    status, out, err = run(*command)
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert "wenbao index" in err
    assert not Path("index").exists()


@pytest.mark.parametrize("question", ["", "  ", "字" * 100_000])
@pytest.mark.parametrize("command", ["search", "ask"])
def test_an_empty_or_endless_question_is_one_line(filled: Run, command: str, question: str) -> None:
    """Status 1 and a sentence."""
    status, out, err = filled(command, question)
    assert (status, out, len(err.splitlines())) == (1, "", 1)


def test_a_foreign_folder_is_left_alone(
    run: Run, tmp_path: Path, bulk: Callable[..., Path]
) -> None:
    """A mistyped --index does not write among somebody's files."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("x")
    status, _, err = run("index", str(bulk(MARKET)), "--index", "mine")
    assert status == 1
    assert "mine" in err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["diary.txt"]


def test_a_damaged_store_is_named_and_kept(filled: Run, tmp_path: Path) -> None:
    """Bytes that cannot be read are never thrown away by the command."""
    store = next(tmp_path.glob("index/state-*/wenbao.sqlite"))
    store.write_bytes(b"\0" * 4096)
    for extra in tmp_path.glob("index/state-*/wenbao.sqlite-*"):
        extra.unlink()
    status, _, err = filled("search", "大桥")
    assert (status, len(err.splitlines())) == (1, 1)
    assert "wenbao.sqlite" in err
    assert store.read_bytes() == b"\0" * 4096


def test_messages_are_english_when_asked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """WENBAO_LANG=en."""
    monkeypatch.setenv("WENBAO_LANG", "en")
    assert "No index at" in run("info")[2]


def test_secrets_are_never_printed(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither key nor token nor login shows up in anything that is printed."""
    for name in ("WENBAO_LLM_API_KEY", "WENBAO_TOKEN", "WENBAO_LOGIN"):
        monkeypatch.setenv(name, "hunter2")
    for command in (("info",), ("info", "--json"), ("search", "大桥"), ("serve", "--port", "1x")):
        _, out, err = filled(*command)
        assert "hunter2" not in out + err


def test_a_bad_line_of_a_bulk_file_keeps_no_other_from_being_read(run: Run, tmp_path: Path) -> None:
    """`wenbao read` prints the good lines, names the bad one, and exits with 1."""
    path = tmp_path / "news.jsonl"
    path.write_text('{"body": "昨天。"}\n{"id": "x"}\n{"body": "今天。"}\n', "utf8")
    status, out, err = run("read", str(path), "--json")
    assert status == 1
    texts = [json.loads(line)["articles"][0]["paragraphs"] for line in out.splitlines()]
    assert texts == [["昨天。"], ["今天。"]]
    (problem,) = err.splitlines()
    assert "第 2 行" in problem


def test_a_page_is_drawn_with_each_line_in_the_colour_of_its_article(
    seeds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Articles differ in colour, a headline wears that of its article, and nothing is fetched."""
    (page,) = seeds.glob("*.txt")
    out = tmp_path / "page.html"
    assert main(["read", str(page), "--html", str(out)]) == 0
    drawn = out.read_text("utf8")
    cards = re.findall(r'<article style="--hue:(\d+)"><h2>(.*?) <small>', drawn)
    assert len(cards) == len({hue for hue, _ in cards}) == 12
    hue = next(hue for hue, title in cards if title == "南京发布秦淮灯会最新提示")
    line = rf'class="line in name" style="--hue:{hue}"><i>312</i>南京发布秦淮灯会最新提示<'
    assert re.search(line, drawn)
    assert "<script" not in drawn
    assert "default-src 'none'" in drawn
    assert capsys.readouterr().out == ""


def test_a_drawn_page_says_in_the_reader_s_language_what_was_guessed(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """推断的标题 with its reason in Chinese, Inferred headline in English; never a name of the program's."""
    (page,) = seeds.glob("*.txt")
    out = tmp_path / "page.html"
    for language, said in (
        ("zh", "推断的标题：标题在版面上"),
        ("en", "Inferred headline: the headline"),
    ):
        monkeypatch.setenv("WENBAO_LANG", language)
        assert main(["read", str(page), "--html", str(out)]) == 0
        drawn = out.read_text("utf8")
        assert f"<p class=why>{said}" in drawn
        assert "title:" not in drawn


def test_a_page_without_its_day_says_what_gives_it_away_and_that_it_is_open(tmp_path: Path) -> None:
    """No day is made of a dateline: the line does not call it inferred."""
    page = tmp_path / "page.txt"
    page.write_text("渡轮夜班恢复\n新华社河湾3月12日电 渡轮公司昨晚恢复夜班。\n", "utf8")
    out = tmp_path / "page.html"
    assert main(["read", str(page), "--html", str(out)]) == 0
    drawn = out.read_text("utf8")
    assert "<p class=why>日期未定：版面没有写明日期；电头最晚是3月12日</p>" in drawn
    assert "推断的日期" not in drawn


def test_a_drawn_page_shows_the_characters_of_a_script_and_does_not_run_it(tmp_path: Path) -> None:
    """What a page says is text, never markup."""
    page = tmp_path / "page.txt"
    page.write_text(
        "一条新闻\n本报讯 <script>alert(1)</script>是正文的一部分，讲的是网页。\n", "utf8"
    )
    out = tmp_path / "page.html"
    assert main(["read", str(page), "--html", str(out)]) == 0
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in out.read_text("utf8")

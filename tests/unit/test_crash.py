"""Whatever is killed, the index is as it was before or as it is after; what cannot be read harms nothing else."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from rag import Index
from rag.testing import HashEncoder
from tests.conftest import FIRST_PAGE, FOURTH_PAGE, MARKET, SCHOOL

WRITER = """
import sys
from rag import Index
from rag.testing import HashEncoder
with Index.open(sys.argv[1], HashEncoder()) as index:
    print("open", flush=True)
    if sys.argv[3] == "rebuild":
        index.rebuild()
    else:
        index.update([sys.argv[2]])
    print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("what", ["update", "rebuild"])
def test_a_killed_writer_loses_nothing(tmp_path: Path, what: str) -> None:
    """Killed at eight moments of its work, every earlier article is found and the next run goes through."""
    place = tmp_path / "index"
    kept = tmp_path / "kept.jsonl"
    kept.write_text(
        json.dumps({"id": "kept", "body": "灯塔在风暴中点亮。"}, ensure_ascii=False), "utf8"
    )
    many = tmp_path / "many.jsonl"
    rows = ({"id": f"m{at}", "body": f"第{at}条消息。" * 8} for at in range(400))
    many.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf8")
    with Index.open(place, HashEncoder()) as index:
        index.update([kept])
        if what == "rebuild":
            index.update([many])

    def started(where: Path) -> subprocess.Popen[bytes]:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(where), str(many), what], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        return writer

    whole = shutil.copytree(place, tmp_path / "whole")
    with started(whole) as writer:
        began = time.monotonic()
        assert writer.wait() == 0
        takes = time.monotonic() - began
    killed = 0
    for at in range(8):
        copy = shutil.copytree(place, tmp_path / f"killed-{at}")
        with started(copy) as writer:
            time.sleep(takes * at / 8)
            writer.send_signal(signal.SIGKILL)
        killed += writer.returncode == -signal.SIGKILL
        with Index.open(copy, HashEncoder()) as index:
            assert index.search("灯塔", mode="lexical")[0].article_id == "kept"
            assert index.info().articles in (1, 401)
            index.check()
            assert index.search("灯塔在风暴中点亮。", mode="dense")[0].article_id == "kept"
            index.update([many])
            assert index.info().articles == 401
            assert index.search("第399条消息", mode="lexical")[0].article_id == "m399"
            assert index.check() == ()
        assert len(list(copy.glob("state-*"))) == 1
    assert killed >= 3  # the first run may be the slowest


@pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="this system has no file names but Unicode"
)
@pytest.mark.parametrize(("language", "what"), [("zh", "改名"), ("en", "Rename")])
def test_a_name_that_is_not_utf8_is_one_file_that_fails(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, what: str
) -> None:
    """Names from a zip of GBK pages: one is told which file to rename, and the others are done."""
    monkeypatch.setenv("WENBAO_LANG", language)
    folder = tmp_path / "pages"
    folder.mkdir()
    for suffix, text in ((".txt", FIRST_PAGE), (".jsonl", json.dumps(SCHOOL | {"body": "x"}))):
        (folder / f"{os.fsdecode('大桥'.encode('gb18030'))}{suffix}").write_text(text, "utf8")
    (folder / "a.jsonl").write_text(json.dumps(SCHOOL), "utf8")
    (folder / "b.jsonl").write_text(json.dumps(MARKET), "utf8")
    report = index.update([folder])
    assert [source for source, _ in report.failed] == [
        f"{folder}/????.jsonl",
        f"{folder}/????.txt",
    ]
    for source, why in report.failed:
        assert why.startswith(source)
        assert "UTF-8" in why
        assert what in why
    assert [one.article.text for one in index.articles()] == [SCHOOL["body"], MARKET["body"]]


def test_a_kept_page_that_cannot_be_read_does_not_stop_its_issue(
    index: Index, tmp_path: Path
) -> None:
    """Its format may need what is not installed here: another page of the day comes in, and its articles stay."""
    first, fourth = tmp_path / "一版.txt", tmp_path / "四版.txt"
    first.write_text(FIRST_PAGE, "utf8")
    fourth.write_text(FOURTH_PAGE, "utf8")
    index.update([fourth])
    before = index.articles()
    assert len(before) == 2
    (store,) = index.path.glob("state-*/wenbao.sqlite")
    with sqlite3.connect(store) as db:
        db.execute("UPDATE originals SET data = ?", (zlib.compress(b"%PDF-1.7 of another kind"),))
    db.close()
    report = index.update([first])
    assert (report.added, report.failed) == (1, ())
    articles = index.articles()
    assert articles[:2] == before
    assert [one.article.text[-7:] for one in articles[2:]] == ["（下转第四版）"]


@pytest.mark.parametrize("prune", [False, True])
def test_uploaded_pages_are_not_missed(index: Index, tmp_path: Path, prune: bool) -> None:
    """Their copies go once they are indexed: a folder that holds the index and its pages loses only its own."""
    places = [tmp_path / "a.jsonl", index.path / "uploads" / "0123" / "b.jsonl"]
    for place, article in zip(places, (SCHOOL, MARKET), strict=True):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(json.dumps(article), "utf8")
        index.update([place])
        place.unlink()
    report = index.update([tmp_path], prune=prune)
    assert (report.removed, report.missing) == ((1, ()) if prune else (0, (str(places[0]),)))
    left = [one.article.article_id for one in index.articles()]
    assert left == (["market"] if prune else ["school", "market"])

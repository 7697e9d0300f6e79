"""The index keeps what it was given and finds it again."""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag import Index
from rag.errors import (
    IndexCorruptError,
    IndexForeignError,
    IndexLockedError,
    IndexMismatchError,
    IndexMissingError,
    QuestionError,
    SettingsError,
)
from rag.testing import HashEncoder
from tests.conftest import BRIDGE, FIRST_PAGE, FOURTH_PAGE, MARKET, SCHOOL

Bulk = Callable[..., Path]


def found(index: Index, question: str, **filters: object) -> list[str]:
    """Articles in the order of their best passage."""
    hits = index.search(question, mode=filters.pop("mode", "hybrid"), **filters)  # type: ignore[arg-type]
    return list(dict.fromkeys(hit.article_id for hit in hits))


def bodies(index: Index) -> list[str]:
    """The texts of all articles, without line breaks, in the order of their own words."""
    return sorted("".join(one.article.paragraphs) for one in index.articles())


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_each_kind_of_search_finds_the_article_asked_for(three: Index, mode: str) -> None:
    """All three ways lead to the bridge."""
    assert found(three, "青石大桥全长多少米？", mode=mode)[0] == "bridge"


def test_a_hit_is_literally_in_its_article(three: Index) -> None:
    """Offsets of a hit lead to its words, and the headline is not among them."""
    hit = three.search("大桥全长多少米？")[0]
    article = three.article(hit.article_id).article
    assert article.text[hit.start : hit.end] == hit.text
    assert hit.title == "跨江大桥通车"
    assert "跨江大桥通车" not in hit.text


def test_scores_in_hybrid_mode_are_probabilities_in_falling_order(three: Index) -> None:
    """Higher is better, and a score can be read as a chance."""
    scores = [hit.score for hit in three.search("大桥")]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


def test_the_same_question_gives_the_same_hits_on_every_run(three: Index) -> None:
    """Nothing depends on chance or on the clock."""
    assert three.search("通车后车程多久？") == three.search("通车后车程多久？")


def test_dates_and_newspapers_limit_what_is_found(three: Index) -> None:
    """Filters are inclusive, undated articles match no date, and nothing is nothing."""
    assert found(three, "大桥", since="2024-03-06", until="2024-03-06") == ["bridge"]
    assert found(three, "大桥", since="2024-03-07") == ["school"]
    assert found(three, "大桥", until="2024-03-05") == []
    assert "market" not in found(three, "菜市场", since="1900-01-01")
    assert found(three, "开学", newspaper="柳湾晚报") == ["school"]
    assert found(three, "开学", newspaper="没有这报") == []


def test_articles_are_listed_as_they_came_or_the_newest_first(three: Index) -> None:
    """By day, undated ones last; a limit takes from the front; days and newspapers limit the list."""

    def listed(**which: object) -> list[str]:
        return [one.article.article_id for one in three.articles(**which)]  # type: ignore[arg-type]

    assert listed() == ["bridge", "school", "market"]
    assert listed(newest=True) == ["school", "bridge", "market"]
    assert listed(newest=True, limit=1) == ["school"]
    assert listed(until="2024-03-06") == ["bridge"]
    assert listed(newspaper="柳湾晚报") == ["school"]
    assert listed(source="nowhere.txt") == []


def test_unchanged_pages_cost_nothing(three: Index, bulk: Bulk) -> None:
    """A second run encodes no text, even under another file name."""
    encoder = three._asked_encoder
    assert isinstance(encoder, HashEncoder)
    before = encoder.calls
    report = three.update([bulk(BRIDGE, SCHOOL, MARKET, name="copy.jsonl")])
    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert encoder.calls == before


def test_a_changed_line_replaces_its_article_and_nothing_else(three: Index, bulk: Bulk) -> None:
    """What was printed before is gone from every kind of search."""
    report = three.update([bulk(BRIDGE | {"body": "大桥改名为白鹭大桥。"}, SCHOOL, MARKET)])
    assert (report.added, report.changed, report.unchanged) == (0, 1, 2)
    for mode in ("hybrid", "lexical", "dense"):
        assert not any("1280" in hit.text for hit in three.search("1280米", mode=mode))  # type: ignore[arg-type]
    assert found(three, "白鹭大桥")[0] == "bridge"


def test_of_two_equal_ids_the_later_wins_and_is_counted(index: Index, bulk: Bulk) -> None:
    """A corrected article that comes again does not stand beside its old self."""
    report = index.update([bulk(SCHOOL, SCHOOL | {"body": "更正：首批新生共358名。"})])
    assert report.replaced == 1
    assert index.article("school").article.text == "更正：首批新生共358名。"
    assert index.info().articles == 1


def test_an_article_that_comes_twice_costs_nothing_when_nothing_changed(
    index: Index, bulk: Bulk, tmp_path: Path
) -> None:
    """Three versions of one article, in two files: indexed again, none of them takes the last one's place in turn."""
    later = SCHOOL | {"body": "更正：首批新生共358名。"}
    bulk(SCHOOL, later, MARKET, {"title": "没有正文"}, name="a.jsonl")
    bulk(BRIDGE, SCHOOL | {"body": "再次更正：首批新生共359名。"}, name="b.jsonl")
    index.update([tmp_path])
    change = index.info().change
    report = index.update([tmp_path])
    assert (report.added, report.changed, report.unchanged) == (0, 0, 3)
    assert index.info().change == change
    assert index.article("school").article.text == "再次更正：首批新生共359名。"
    bulk(BRIDGE, name="b.jsonl")
    index.update([tmp_path])
    assert index.article("school").article.text == "更正：首批新生共358名。"


def test_a_bad_line_is_reported_and_the_others_are_done(index: Index, bulk: Bulk) -> None:
    """One broken line costs one line."""
    path = bulk(SCHOOL, {"title": "只有标题"}, MARKET)
    report = index.update([path])
    assert report.added == 2
    ((source, why),) = report.failed
    assert source == f"{path}:2"
    assert "第 2 行" in why


@pytest.mark.parametrize("kind", ["article", "page", "source"])
def test_what_is_removed_is_gone_from_every_search(three: Index, kind: str, tmp_path: Path) -> None:
    """By article id, page id or file, the article can no longer be found or read."""
    stored = three.article("bridge")
    name = {"article": "bridge", "page": stored.page_id, "source": stored.source}[kind]
    assert three.remove(name) == (3 if kind == "source" else 1)
    for mode in ("hybrid", "lexical", "dense"):
        assert "bridge" not in found(three, "青石大桥", mode=mode)
    with pytest.raises(KeyError):
        three.article("bridge")
    with pytest.raises(KeyError):
        three.remove(name)


def test_a_removed_article_stays_out_until_it_is_brought_again(
    index: Index, tmp_path: Path, bulk: Bulk
) -> None:
    """A rebuild reads kept bytes and brings nothing back; a file that somebody indexes does."""
    page = tmp_path / "page.txt"
    page.write_text(FOURTH_PAGE, "utf8")
    index.update([page, bulk(BRIDGE, MARKET)])
    (school,) = [one.article for one in index.articles() if "柳湾小学" in one.article.text]
    kept = [text for text in bodies(index) if "柳湾小学" not in text and "青石大桥" not in text]
    assert (index.remove(school.article_id), index.remove("bridge")) == (1, 1)
    assert (bodies(index), index.info().pages) == (kept, 2)
    index.rebuild()
    index.rebuild()
    assert (bodies(index), index.info().pages) == (kept, 2)
    page.write_text(FOURTH_PAGE + "\n", "utf8")
    index.update([page])
    assert found(index, "柳湾小学的新生")[0] == school.article_id
    index.rebuild()
    assert found(index, "柳湾小学的新生")[0] == school.article_id


@pytest.mark.parametrize("prune", [False, True])
def test_a_renamed_file_keeps_its_page(index: Index, tmp_path: Path, prune: bool) -> None:
    """Under its new name, whatever becomes of the old one."""
    old, new = tmp_path / "pages" / "b.txt", tmp_path / "pages" / "a.txt"
    old.parent.mkdir()
    old.write_text(FOURTH_PAGE, "utf8")
    index.update([old.parent])
    texts = bodies(index)
    old.rename(new)
    report = index.update([old.parent], prune=prune)
    assert (report.changed, report.removed, report.missing) == (1, 0, ())
    assert (bodies(index), {one.source for one in index.articles()}) == (texts, {str(new)})
    # A page of the old name takes nothing with it; a copy of what is there is the same page.
    old.write_text("城东菜市场周末延长营业到晚上九点，摊位费减半。\n", "utf8")
    (tmp_path / "pages" / "c.txt").write_text(FOURTH_PAGE, "utf8")
    report = index.update([old.parent], prune=prune)
    assert (report.added, report.unchanged) == (1, 2)
    assert len(bodies(index)) == len(texts) + 1


def test_a_copy_outlives_a_change_of_the_first_file(index: Index, tmp_path: Path) -> None:
    """The same page under another name is the page, once the file that it came from holds another."""
    first, copy = tmp_path / "b.txt", tmp_path / "a.txt"
    first.write_text(FOURTH_PAGE, "utf8")
    index.update([first])
    texts = bodies(index)
    copy.write_text(FOURTH_PAGE, "utf8")
    first.write_text("城东菜市场周末延长营业到晚上九点，摊位费减半。\n", "utf8")
    index.update([copy, first])
    assert set(texts) < set(bodies(index))


def test_lines_that_are_gone_from_a_file_go_when_pruned(three: Index, bulk: Bulk) -> None:
    """Otherwise they stay and are counted."""
    path = bulk(BRIDGE)
    assert three.update([path]).missing == (f"{path}（2）",)
    assert three.info().articles == 3
    report = three.update([path], prune=True)
    assert (report.removed, report.missing) == (2, ())
    assert [one.article.article_id for one in three.articles()] == ["bridge"]


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("new", ["a.jsonl", "z.jsonl"])
def test_articles_that_moved_to_another_file_stay(
    three: Index, bulk: Bulk, tmp_path: Path, new: str, prune: bool
) -> None:
    """A renamed file, or a line that another file has now, whichever is read first."""
    old, other = tmp_path / "news.jsonl", tmp_path / new
    old.rename(other)
    report = three.update([tmp_path], prune=prune)
    assert (report.unchanged, report.removed, report.missing) == (3, 0, ())
    assert {one.source for one in three.articles()} == {str(other)}
    bulk(BRIDGE, MARKET, name=new)
    bulk(SCHOOL)
    report = three.update([tmp_path], prune=prune)
    assert (report.unchanged, report.removed, report.missing) == (3, 0, ())
    assert three.article("school").source == str(old)
    assert three.update([tmp_path], prune=prune).unchanged == 3
    assert found(three, "首批新生")[0] == "school"


def test_the_index_s_own_files_are_no_pages(three: Index, tmp_path: Path) -> None:
    """Somebody may keep the index in the folder of the pages."""
    assert tmp_path in three.path.parents
    report = three.update([tmp_path])
    assert (report.added, report.unchanged, report.failed) == (0, 3, ())


def test_a_line_that_cannot_be_read_is_not_pruned(three: Index, bulk: Bulk) -> None:
    """It may be the very article that seems to be gone."""
    path = bulk(BRIDGE, SCHOOL | {"body": None})
    report = three.update([path], prune=True)
    assert (len(report.failed), report.removed, report.missing) == (1, 0, (f"{path}（2）",))
    assert three.info().articles == 3


def test_threads_that_are_gone_leave_nothing_open(three: Index) -> None:
    """A server answers in threads that come and go."""
    for _ in range(20):
        thread = threading.Thread(target=three.search, args=("大桥",))
        thread.start()
        thread.join()
    three.search("大桥")
    store = three._current().store
    assert len(store._connections) <= 2


def test_a_file_that_is_gone_stays_indexed_and_is_named(three: Index, tmp_path: Path) -> None:
    """Only prune takes it out."""
    (tmp_path / "pages").mkdir()
    page = tmp_path / "pages" / "page.jsonl"
    page.write_text('{"id": "fire", "body": "昨夜西山林火已扑灭。"}\n', "utf8")
    three.update([page.parent])
    page.unlink()
    assert three.update([page.parent]).missing == (str(page),)
    assert found(three, "西山林火")[0] == "fire"
    assert three.update([page.parent], prune=True).removed == 1
    assert "fire" not in found(three, "西山林火")


def test_a_rebuild_keeps_every_page_and_may_change_the_encoder(three: Index) -> None:
    """Everything is derived anew from the kept bytes; the files need not be there any more."""
    path = three.path
    articles = three.articles()
    Path(articles[0].source).unlink()
    three.close()
    with pytest.raises(IndexMismatchError, match="--rebuild"):
        Index.open(path, HashEncoder(32)).search("大桥")
    with Index.open(path, HashEncoder(32)) as other:
        other.rebuild()
        assert other.info().dim == 32
        assert other.articles() == articles
        assert found(other, "青石大桥")[0] == "bridge"


def test_a_change_after_a_stopped_one_holds_both(
    three: Index, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends between its commit and what is derived from it: the next change makes up for it."""
    with monkeypatch.context() as stopped:
        stopped.setattr("rag.derived.Derived.advance", _stop)
        with pytest.raises(KeyboardInterrupt):
            three.update([bulk(SCHOOL | {"body": "白鹭公园昨天开放。"}, name="one.jsonl")])
    three.close()
    with Index.open(three.path, HashEncoder()) as index:
        index.update([bulk(MARKET | {"body": "西山林火昨夜已扑灭。"}, name="two.jsonl")])
    with Index.open(three.path, HashEncoder()) as index:
        for mode in ("lexical", "dense", "hybrid"):
            assert found(index, "白鹭公园", mode=mode)[0] == "school"
            assert found(index, "西山林火", mode=mode)[0] == "market"


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_readers_search_while_a_writer_writes(three: Index, bulk: Bulk) -> None:
    """No search fails or waits for an update, and the new article is seen afterwards."""
    failures: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        while not done.is_set():
            try:
                assert found(three, "青石大桥")[0] == "bridge"
            except BaseException as error:  # noqa: BLE001  whatever it is, the test must tell
                failures.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(5):
        three.update(
            [bulk({"id": f"n{number}", "body": f"第{number}号台风登陆。"}, name=f"{number}.jsonl")]
        )
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert found(three, "第4号台风")[0] == "n4"


def test_another_process_that_opened_the_index_sees_the_change(three: Index, bulk: Bulk) -> None:
    """A running page need not be restarted."""
    with Index.open(three.path, HashEncoder()) as reader:
        assert "snow" not in found(reader, "大雪")
        three.update([bulk({"id": "snow", "body": "北山昨夜大雪。"}, name="snow.jsonl")])
        assert found(reader, "大雪")[0] == "snow"


def test_two_writers_do_not_mix(three: Index, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told who is in the way; nothing is half done."""
    monkeypatch.setattr("rag.folder.LOCK_WAIT_S", 0.1)
    with (
        Index.open(three.path, HashEncoder()) as other,
        three._folder.writing(),
        pytest.raises(IndexLockedError),
    ):
        other.update([bulk({"body": "另一篇。"}, name="o.jsonl")])
    assert three.info().articles == 3


def test_what_a_writer_has_half_written_answers_nothing(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first search waits for the writer, or says who is in the way; it never answers from half an index."""
    before = three.search("青石大桥")
    three.close()
    next(three.path.glob("state-*/dense.json")).unlink()
    monkeypatch.setattr("rag.index.HALF_WRITTEN_S", 0.1)
    with Index.open(three.path, HashEncoder()) as reader:
        with three._folder.writing(), pytest.raises(IndexLockedError, match="还不能检索"):
            reader.search("青石大桥")
        assert reader.search("青石大桥") == before


def test_only_who_writes_clears_a_damaged_text_index(
    three: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search beside a writer leaves every file where it is."""
    before = three.search("青石大桥")
    three.close()
    text = next(three.path.glob("state-*/text"))
    (text / "meta.json").write_bytes(b"{")
    there = sorted(path.name for path in text.iterdir())
    monkeypatch.setattr("rag.index.HALF_WRITTEN_S", 0.1)
    with Index.open(three.path, HashEncoder()) as reader:
        with three._folder.writing(), pytest.raises(IndexLockedError):
            reader.search("青石大桥")
        assert sorted(path.name for path in text.iterdir()) == there
        assert reader.search("青石大桥") == before


@pytest.mark.parametrize("name", ["dense.faiss", "dense.json", "text"])
@pytest.mark.parametrize("harm", ["gone", "garbage"])
def test_damage_to_what_is_derived_repairs_itself(three: Index, name: str, harm: str) -> None:
    """A broken vector or text index is made anew from the store; the answer is the same."""
    before = three.search("青石大桥")
    three.close()
    target = next(three.path.glob(f"state-*/{name}"))
    for path in [target] if target.is_file() else [p for p in target.iterdir() if p.is_file()]:
        path.unlink() if harm == "gone" else path.write_bytes(b"garbage" * 50)
    with Index.open(three.path, HashEncoder()) as again:
        assert again.search("青石大桥") == before
        assert again.check() == ()


def test_an_update_leaves_nothing_on_the_disk_twice(three: Index, bulk: Bulk) -> None:
    """While the index is open its size is that of its files, without a log of changes already kept."""
    (log,) = three.path.glob("state-*/wenbao.sqlite-wal")
    assert log.stat().st_size == 0
    three.rebuild()
    (log,) = three.path.glob("state-*/wenbao.sqlite-wal")
    assert log.stat().st_size == 0
    before = three.info().size_bytes
    three.update([bulk({"id": "long", "body": "堤坝加固工程验收。" * 9000}, name="long.jsonl")])
    three.remove("long")
    assert log.stat().st_size == 0
    assert three.info().size_bytes < before + 1_000_000


def test_what_the_index_holds_is_told_anew_after_each_change(three: Index, bulk: Bulk) -> None:
    """Also where another program changed it; between changes it is not counted again."""
    assert three.info() is three.info()
    with Index.open(three.path, HashEncoder()) as other:
        other.update(
            [bulk({"id": "later", "date": "2031-05-06", "body": "另一篇。"}, name="o.jsonl")]
        )
        assert other.info().articles == 4
    assert (three.info().articles, three.info().until) == (4, "2031-05-06")
    three.remove("later")
    assert three.info().articles == 3


def test_a_reader_in_the_old_state_is_not_waited_for(three: Index, bulk: Bulk) -> None:
    """An update ends at once though somebody reads, and the next one tidies up after both."""
    (log,) = three.path.glob("state-*/wenbao.sqlite-wal")
    with contextlib.closing(sqlite3.connect(log.with_name("wenbao.sqlite"))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM pages").fetchall()
        started = time.perf_counter()
        three.update([bulk({"id": "fog", "body": "大雾封航。"}, name="fog.jsonl")])
        assert time.perf_counter() - started < 20
        assert found(three, "大雾")[0] == "fog"
        assert log.stat().st_size > 0
    three.update([bulk({"id": "hail", "body": "冰雹毁田。"}, name="hail.jsonl")])
    assert log.stat().st_size == 0


def test_a_missing_index_says_what_to_do(index: Index) -> None:
    """Nothing is made by searching."""
    with pytest.raises(IndexMissingError, match="wenbao index"):
        index.search("大桥")
    assert not index.exists


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path, bulk: Bulk) -> None:
    """A mistyped --index never writes among somebody's files."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"x")
    with pytest.raises(IndexForeignError, match="photos"):
        Index.open(folder, HashEncoder()).update([bulk(MARKET)])
    assert [path.name for path in folder.iterdir()] == ["a.jpg"]


@pytest.mark.parametrize("question", ["", "   ", "？" * 100_000, "字" * 100_000])
def test_an_empty_or_endless_question_is_one_clear_sentence(three: Index, question: str) -> None:
    """No question is too odd for an answer in words."""
    with pytest.raises(QuestionError):
        three.search(question)


def test_a_date_that_is_none_is_named(three: Index) -> None:
    """A typing mistake in a filter does not pass for "nothing found"."""
    with pytest.raises(SettingsError, match="2024-13-01"):
        three.search("大桥", since="2024-13-01")


def test_copies_of_one_story_can_be_folded(index: Index, bulk: Bulk) -> None:
    """Two papers with the same report are one result that names both."""
    index.update([bulk(BRIDGE, BRIDGE | {"id": "copy", "newspaper": "江南早报"}, SCHOOL)])
    assert sorted(found(index, "青石大桥", top_k=2)) == ["bridge", "copy"]
    first = index.search("青石大桥", group=True)[0]
    assert sorted([first.article_id, *(first.also or ())]) == ["bridge", "copy"]


def test_dense_scores_are_cosines(three: Index) -> None:
    """The vector index gives exactly what comparing every vector gives."""
    encoder = HashEncoder()
    asked = encoder.encode_questions(["首批新生"])[0]
    for hit in three.search("首批新生", mode="dense"):
        text = f"{hit.title}\n{hit.text}" if hit.title else hit.text
        expected = float(encoder.encode_passages([text])[0] @ asked)
        assert np.isclose(hit.score, expected, atol=2e-3)


def test_a_rebuild_saves_what_a_damaged_store_still_holds(three: Index) -> None:
    """One page that has rotted is named; the others are there, and the old state is not thrown away."""
    three.close()
    store = next(three.path.glob("state-*/wenbao.sqlite"))
    with sqlite3.connect(store) as db:
        db.execute("UPDATE originals SET data = x'00ff' WHERE key = 'school'")
    db.close()
    with Index.open(three.path, HashEncoder()) as again:
        with pytest.raises(IndexCorruptError, match="--rebuild"):
            again.check()
        report = again.rebuild()
        assert len(report.failed) == 1
        assert "damaged" in report.failed[0][1]
        assert {stored.article.article_id for stored in again.articles()} == {"bridge", "market"}
        assert again.check() == ()
    assert [path.name for path in three.path.glob("damaged-*")] == ["damaged-1"]


def test_a_rebuild_keeps_the_encoder_of_the_index(tmp_path: Path, bulk: Bulk) -> None:
    """Only --encoder changes it, and a relative path is found again from any folder."""
    import os
    import shutil

    from rag.settings import shipped

    shutil.copytree(shipped("model") / "encoder", tmp_path / "mine")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with Index.open("index", "mine") as index:
            index.update([bulk(BRIDGE)])
    finally:
        os.chdir(here)
    with Index.open(tmp_path / "index") as index:
        index.rebuild()
        assert index.info().encoder == str(tmp_path / "mine")
        assert found(index, "青石大桥") == ["bridge"]


@pytest.mark.parametrize("together", [True, False])
def test_an_article_that_jumps_to_a_page_in_another_file_is_one(
    index: Index, tmp_path: Path, together: bool
) -> None:
    """Whichever page comes first; without the other one, each has its own part again."""
    first, fourth = tmp_path / "一版.txt", tmp_path / "四版.txt"
    first.write_text(FIRST_PAGE, "utf8")
    fourth.write_text(FOURTH_PAGE, "utf8")
    if together:
        index.update([first, fourth])
    else:
        index.update([fourth])
        assert [text[:7] for text in bodies(index)] == ["柳湾小学昨天迎", "（上接第一版）"]
        index.update([first])
    bridge, school = bodies(index)
    assert school.startswith("柳湾小学")
    assert "今后过江只要十分钟，比过去节省一个小时。" in bridge
    assert [one.source for one in index.articles() if "十分钟" in one.article.text] == [str(first)]
    index.rebuild()
    assert bodies(index) == [bridge, school]
    assert index.update([first, fourth]).unchanged == 2
    index.remove(fourth)
    (rest,) = bodies(index)
    assert rest.endswith("今后过江只要（下转第四版）")
    assert not [hit for hit in index.search("过江要几分钟？") if "十分钟" in hit.text]


def test_pages_of_two_days_are_not_put_together(index: Index, tmp_path: Path) -> None:
    """A page number alone does not tell where an article goes on."""
    first, fourth = tmp_path / "1.txt", tmp_path / "4.txt"
    first.write_text(FIRST_PAGE, "utf8")
    fourth.write_text(FOURTH_PAGE.replace("3月6日 星期三", "3月7日 星期四"), "utf8")
    index.update([first, fourth])
    assert [text[-7:] for text in bodies(index)][::2] == ["（下转第四版）", "历时三年完工。"]

"""Where a question says to look is where it is looked, and a story is told once."""

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import Assistant, Index
from rag.cli import _interface, main
from rag.errors import SettingsError

Bulk = Callable[..., Path]

LANTERNS = (
    "本报讯（记者 吴青）第三十二届云溪灯会今晚亮灯。今年灯会设东门、河埠、松园三个展区，展出灯组128组，"
    "比上届多16组。展期到3月2日，每晚6点开灯、10点熄灯。\n"
    "灯会办公室主任贺兰介绍，为避免拥挤，周末进入河埠展区需要预约，每晚限8000人。预约在“云溪文旅”上办理，"
    "免费，一人一次可约4张票。\n"
    "地铁2号线延长运营到零点，沿线加开6条接驳公交。警方提醒，河埠老街晚间不让车辆通行，自驾的市民可停在"
    "城北停车楼，那里有1200个车位。"
)
# The same wire story: another headline and byline, the second paragraph gone, a few words changed.
SHORTENED = (
    "据新华社电 第三十二届云溪灯会今晚亮灯。今年灯会设有东门、河埠、松园三个展区，共展出灯组128组，"
    "比上届多16组。展期到3月2日，每晚6点开灯、10点熄灯。\n"
    "地铁2号线延长运营到零点，沿线加开6条接驳公交。警方提醒，河埠老街晚间不让车辆通行。（完）"
)
# The same event, another reporter's article.
VISITORS = (
    "本报讯（记者 何舟）昨晚，云溪灯会迎来首批游客。家住松园的林奶奶带着孙子赶来，“灯组比去年多，河埠的鲤鱼灯"
    "最好看。”她说。记者在东门看到，队伍排了三百多米。\n"
    "第三十二届灯会将办到3月2日。据景区统计，首晚客流5.6万人次，周边餐馆营业额比平日多四成。店主老周说，"
    "汤圆卖了900碗，今年头一回卖到半夜。"
)
WEATHER = (
    "市气象台发布：今天白天{}，最高气温{}度，东南风{}级；夜间{}，最低气温{}度。相对湿度{}%。"
    "请注意添减衣物，出行注意安全。"
)


def article(key: str, title: str, body: str, paper: str, date: str) -> dict[str, object]:
    return {"id": key, "title": title, "body": body, "newspaper": paper, "date": date}


@pytest.fixture
def lanterns(index: Index, bulk: Bulk) -> Index:
    """A story in three papers, another article about the event, and the weather of two days."""
    first = WEATHER.format("晴", 12, "2到3", "多云", 3, 40)
    second = WEATHER.format("小雨", 9, "4到5", "阴", 5, 85)
    index.update(
        [
            bulk(
                article("own", "云溪灯会今晚亮灯", LANTERNS, "云溪日报", "2025-02-10"),
                article("copy", "云溪灯会今晚亮灯", LANTERNS, "云溪晚报", "2025-02-10"),
                article("short", "128组花灯点亮云溪", SHORTENED, "江南早报", "2025-02-11"),
                article("visit", "灯会首晚人气旺", VISITORS, "云溪日报", "2025-02-11"),
                article("sunny", "今天天气", first, "云溪日报", "2025-02-10"),
                article("rainy", "今天天气", second, "云溪日报", "2025-02-11"),
            )
        ]
    )
    return index


def found(index: Index, question: str, **options: object) -> list[str]:
    hits = index.search(question, **options)  # type: ignore[arg-type]
    return list(dict.fromkeys(hit.article_id for hit in hits))


# One story, several papers


def test_one_story_in_three_papers_is_one_result(lanterns: Index) -> None:
    """A shortened copy under another headline and byline goes with the report that it was cut from."""
    hits = lanterns.search("云溪灯会展出多少灯组？", group=True)
    story = next(hit for hit in hits if hit.article_id in ("own", "copy", "short"))
    assert sorted([story.article_id, *(story.also or ())]) == ["copy", "own", "short"]
    assert len({hit.article_id for hit in hits} & {"own", "copy", "short"}) == 1


def test_another_article_about_the_same_event_stays_by_itself(lanterns: Index) -> None:
    """What a second reporter saw is news, however many names and numbers the two share."""
    hits = lanterns.search("云溪灯会展出多少灯组？", group=True)
    visit = next(hit for hit in hits if hit.article_id == "visit")
    assert visit.also == ()


def test_a_report_that_comes_every_day_is_not_its_own_copy(lanterns: Index) -> None:
    """Yesterday's weather does not hide today's."""
    kept = found(lanterns, "今天最高气温多少度？", group=True)
    assert {"sunny", "rainy"} <= set(kept)


def test_a_report_is_not_hidden_by_the_brief_of_it(index: Index, bulk: Bulk) -> None:
    """One sentence from the front page does not stand for the whole report."""
    brief = LANTERNS[12:60]
    index.update([bulk({"id": "brief", "body": brief}, {"id": "report", "body": LANTERNS})])
    assert set(found(index, "云溪灯会今晚亮灯", group=True)) == {"brief", "report"}


def test_copies_do_not_use_up_the_results(index: Index, bulk: Bulk) -> None:
    """Twelve papers with one story leave room for the others that were asked for."""
    copies = [{"id": f"copy{n}", "body": f"{SHORTENED}编辑{n}"} for n in range(12)]
    others = [
        {"id": "visit", "body": VISITORS},
        {"id": "old", "body": "十年前的云溪灯会只有灯组20组，设在东门一处。"},
    ]
    index.update([bulk(*copies, *others)])
    kept = found(index, "云溪灯会展出灯组", group=True, top_k=3)
    assert len(kept) == 3
    assert {"visit", "old"} <= set(kept)


def test_nothing_is_folded_unasked(lanterns: Index) -> None:
    """Without --group every copy is a result of its own."""
    kept = found(lanterns, "云溪灯会展出多少灯组？")
    assert {"own", "copy", "short"} <= set(kept)
    assert all(hit.also is None for hit in lanterns.search("云溪灯会"))


# Days in words

REPORT = "本报讯 {}，青峰水库开闸放水，下游三个乡镇用上新水。"


@pytest.fixture
def reservoir(index: Index, bulk: Bulk, monkeypatch: pytest.MonkeyPatch) -> Index:
    """The same report once a month or so; today is Thursday, 6 March 2025."""
    monkeypatch.setenv("WENBAO_TODAY", "2025-03-06")
    days = ("2024-05-20", "2025-01-15", "2025-02-10", "2025-02-27", "2025-03-05")
    index.update(
        [
            bulk(
                *({"id": day, "body": REPORT.format("近日"), "date": day} for day in days),
                {"id": "undated", "body": REPORT.format("近日")},
            )
        ]
    )
    return index


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("2024年的新闻：水库放水", {"2024-05-20"}),
        ("上周关于水库放水的报道", {"2025-02-27"}),
        ("2月以来水库放水几次？", {"2025-02-10", "2025-02-27", "2025-03-05"}),
        ("今年1月的报纸上，水库放水了吗？", {"2025-01-15"}),
        ("昨天的报道里水库放水了吗？", {"2025-03-05"}),
        ("1月15日至2月10日的报道：水库放水", {"2025-01-15", "2025-02-10"}),
        ("近十天水库放水了吗？", {"2025-02-27", "2025-03-05"}),
        ("去年以來水庫放水幾次？", {"2024-05-20", "2025-01-15", "2025-02-10", "2025-02-27", "2025-03-05"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_words_that_say_which_pages_are_meant_limit_the_search(
    reservoir: Index, question: str, expected: set[str], mode: str
) -> None:
    """Whoever asks for last week's reports gets these, in every kind of search."""
    assert set(found(reservoir, question, mode=mode)) == expected


def test_words_and_filters_both_hold(reservoir: Index) -> None:
    """A filter that was given narrows what the words mean, and never widens it."""
    assert found(reservoir, "2月以来的放水", since="2025-02-20", until="2025-03-01") == [
        "2025-02-27"
    ]
    assert found(reservoir, "2024年的新闻：放水", since="2025-01-01") == []


@pytest.mark.parametrize(
    "question",
    ["2月11日青峰水库放水，几个乡镇用上新水？", "昨天放水的水库叫什么？", "2024年水库放水几次？"],
)
def test_the_day_of_an_event_hides_nothing(reservoir: Index, question: str) -> None:
    """What was announced the day before, or told of months later, can still be found."""
    assert len(found(reservoir, question)) == 6


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("2月11日青峰水库放水，几个乡镇用上新水？", "2025-02-10"),
        ("昨天放水的水库叫什么？", "2025-03-05"),
        ("去年5月的水库放水", "2024-05-20"),
    ],
)
def test_of_equal_reports_the_one_printed_about_then_comes_first(
    reservoir: Index, question: str, first: str
) -> None:
    """A page of the day before, the day itself or the days after speaks of that day."""
    assert found(reservoir, question)[0] == first


def test_a_report_of_the_day_is_found_among_hundreds_alike(
    index: Index, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where so many pages say the same that the words alone would not reach it."""
    monkeypatch.setenv("WENBAO_TODAY", "2025-03-06")
    old = [
        {"id": f"old{n}", "body": REPORT.format("近日"), "date": "2023-01-01"} for n in range(300)
    ]
    index.update([bulk(*old, {"id": "new", "body": REPORT.format("近日"), "date": "2025-03-05"})])
    assert found(index, "昨天放水的水库叫什么？", top_k=1) == ["new"]


def test_without_dated_pages_words_of_time_limit_nothing(index: Index, bulk: Bulk) -> None:
    """A page that does not say its day is still searched."""
    index.update([bulk({"id": "undated", "body": REPORT.format("近日")})])
    assert found(index, "2月以来水库放水几次？") == ["undated"]


def test_an_answer_need_not_repeat_the_days_that_were_asked_for(
    index: Index, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2月以来 finds the report of March, though it says nothing of February."""
    monkeypatch.setenv("WENBAO_TODAY", "2025-03-06")
    body = "本报讯 青峰水库开闸放水，下游用上新水的乡镇有七个。水库主任马会林说，水质达到二类。"
    index.update(
        [bulk({"id": "march", "title": "青峰水库放水", "body": body, "date": "2025-03-05"})]
    )
    answer = Assistant(index).ask("2月以来，青峰水库的主任是谁？")
    assert answer.status == "answered"
    assert answer.spans[0].text == "马会林"
    assert answer.notice is not None
    assert "2025-02-01" in answer.notice


# Kinds of articles

PAGE = """\
本报讯 柳湾桥昨天通车，全长420米，两岸居民不再绕行。市长到场剪彩，现场来了两千多人。

● 柳湾桥施工期间改道的3条公交恢复原线。
"""


def test_a_kind_limits_what_is_found(index: Index, bulk: Bulk, tmp_path: Path) -> None:
    """Briefs only, or reports only, in every kind of search."""
    page = tmp_path / "page.txt"
    page.write_text(PAGE, "utf8")
    index.update([page, bulk({"id": "bulk", "body": "柳湾桥通车一年，事故为零。"})])
    kinds = {stored.article.article_id: stored.article.kind for stored in index.articles()}
    assert set(kinds.values()) == {"article", "brief"}
    for mode in ("hybrid", "lexical", "dense"):
        for kind in ("article", "brief"):
            expected = {key for key, of in kinds.items() if of == kind}
            assert set(found(index, "柳湾桥", mode=mode, kind=kind)) == expected
        assert found(index, "柳湾桥", mode=mode, kind="photo") == []
        assert found(index, "柳湾桥", mode=mode, kind="brief", since="2020-01-01") == []


def test_a_rare_kind_is_found_behind_many_reports(index: Index, bulk: Bulk, tmp_path: Path) -> None:
    """The one brief is reached, however many articles say the words more often."""
    page = tmp_path / "page.txt"
    page.write_text(PAGE, "utf8")
    reports = [
        {"id": f"a{n}", "body": f"柳湾桥！柳湾桥！柳湾桥！第{n}次报道。"} for n in range(150)
    ]
    index.update([page, bulk(*reports)])
    (brief,) = (s for s in index.articles() if s.article.kind == "brief")
    assert found(index, "柳湾桥", kind="brief", mode="lexical", top_k=2) == [
        brief.article.article_id
    ]


def test_an_unknown_kind_is_named(index: Index) -> None:
    """A typing mistake does not pass for "nothing found"."""
    with pytest.raises(SettingsError, match="letter"):
        index.search("大桥", kind="letter")  # type: ignore[arg-type]


def test_a_kind_can_be_asked_for_on_the_command_line(
    index: Index, bulk: Bulk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--kind says the same as the library's argument, and a mistake is wrong usage."""
    index.update([bulk({"id": "bulk", "body": "柳湾桥通车一年，事故为零。"})])
    monkeypatch.setattr("rag.cli._opened", lambda *_: contextlib.nullcontext(index))
    arguments = ["search", "柳湾桥", "--json", "--index", str(index.path), "--kind"]
    assert main([*arguments, "article"]) == 0
    assert [hit["article_id"] for hit in json.loads(capsys.readouterr().out)["hits"]] == ["bulk"]
    assert main([*arguments, "brief"]) == 0
    assert json.loads(capsys.readouterr().out)["hits"] == []
    with pytest.raises(SystemExit, match="2"):
        main([*arguments, "letter"])


def test_a_kind_can_be_asked_for_over_http(seed_index: Index) -> None:
    """The real page's photos, and a mistake is named."""
    pytest.importorskip("gradio")
    testclient = pytest.importorskip("fastapi.testclient")
    fastapi = pytest.importorskip("fastapi")
    app = fastapi.FastAPI()
    assert sys.modules.get("wenbao_app") or _interface()
    importlib.import_module("wenbao_app.http").add_routes(app, Assistant(seed_index))
    client = testclient.TestClient(app)
    asked = {"question": "秦淮灯会", "kind": "photo"}
    hits = client.post("/api/search", json=asked).json()["hits"]
    kinds = {s.article.article_id: s.article.kind for s in seed_index.articles()}
    assert {kinds[hit["article_id"]] for hit in hits} == {"photo"}
    wrong = client.post("/api/search", json=asked | {"kind": "letter"})
    assert wrong.status_code == 422


def test_words_that_many_passages_hold_are_searched_for_where_there_are_no_others(
    seed_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Leaving common words out never leaves a question without any."""
    question = "秦淮灯会哪几天需要预约？"
    expected = [(hit.passage_id, hit.score) for hit in seed_index.search(question, top_k=3)]
    monkeypatch.setattr("rag.search.COMMON", 0)
    assert [(hit.passage_id, hit.score) for hit in seed_index.search(question, top_k=3)] == expected


def test_few_candidates_are_ranked_the_best_among_them(
    seed_index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What both indexes say little for is not read, what answers is; more is read where more is asked for."""
    question = "秦淮灯会哪几天需要预约？"
    best = seed_index.search(question, top_k=1)[0].passage_id
    monkeypatch.setattr("rag.search.RANKED", 4)
    assert len(seed_index.described(question)[0]) == 4
    assert seed_index.search(question, top_k=1)[0].passage_id == best
    assert len(seed_index.search(question, top_k=9)) == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_forked_after_a_search_searches_too(seed_index: Index) -> None:
    """Servers load an index and fork: the child has none of its parent's threads."""
    code = (
        "import os, sys, warnings\n"
        "from rag import Index\n"
        "warnings.simplefilter('ignore')\n"
        "index = Index.open(sys.argv[1])\n"
        "ask = lambda: index.search('秦淮灯会哪几天需要预约？', top_k=1)[0].passage_id\n"
        "first = ask()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    os._exit(0 if ask() == first else 1)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(seed_index.path)], timeout=60)
    assert ran.returncode == 0


def test_articles_of_pages_that_came_and_went_are_ranked(index: Index, bulk: Bulk) -> None:
    """A passage whose neighbour by number is gone, is of another article, or never was, is found as before."""
    rows = [
        article(
            key,
            "",
            f"{place}大桥昨天通车。{'全长三公里，双向六车道。' * 30}\n\u3000\n",
            "云溪日报",
            "2025-02-10",
        )
        for key, place in (("a", "青石"), ("b", "白沙"), ("c", "柳湾"))
    ]
    index.update([bulk(*rows)])
    assert index.remove("b") == 1
    hits = index.search("柳湾大桥什么时候通车？", top_k=8)
    assert hits[0].article_id == "c"
    assert {hit.article_id for hit in hits} == {"a", "c"}

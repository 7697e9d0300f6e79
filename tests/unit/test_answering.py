"""An answer is checked against its article, or it is not given."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Answer, Assistant, Index
from rag.citations import check
from rag.completing import completed
from rag.errors import QuestionError, SettingsError
from rag.evidence import worth_reading
from rag.facts import numbers, times
from rag.fitting import UNLIKELY, fit_of
from rag.homophones import corrected
from rag.insisted import of_another_number
from rag.persons import roles
from rag.questions import analyse
from rag.types import Hit, Span
from rag.wording import in_words_of
from tests.conftest import BRIDGE, SCHOOL, proven


@pytest.fixture(scope="module")
def assistant(seed_index: Index) -> Assistant:
    return Assistant(seed_index)


def test_a_sum_comes_first_and_leads_to_its_article(assistant: Assistant) -> None:
    """How much Mr Ma got: the figure, the sentence, the headline."""
    answer = proven(assistant.ask("马先生因为生病拿到了多少互助金？"), assistant.index)
    assert answer.spans[0].text == "30000元"
    assert answer.text.startswith("30000元")
    assert answer.citations[0].title == "织密“保障网”为职工幸福“加码”"
    assert "30000元" in answer.citations[0].quote


def test_days_come_as_they_are_printed(assistant: Assistant) -> None:
    """Which days of the lantern fair need a booking."""
    answer = proven(assistant.ask("秦淮灯会哪几天需要预约？"), assistant.index)
    assert answer.spans[0].text == "2月11日至12日"
    assert answer.citations[0].title == "南京发布秦淮灯会最新提示"


def test_who_took_a_photo_stands_below_it(assistant: Assistant) -> None:
    """The name before 摄, not another one of the caption."""
    answer = proven(assistant.ask("宿迁那张照片是谁拍的？"), assistant.index)
    assert [span.text for span in answer.spans][:1] == ["王力"]


def test_a_list_is_complete_and_in_order(assistant: Assistant) -> None:
    """All seven of the seven, one span each."""
    answer = proven(assistant.ask("扬州的七个更是什么？"), assistant.index)
    assert [span.text for span in answer.spans] == [
        "更高的认识水平", "更大的目标追求", "更严的工作标准", "更深的职工情怀",
        "更优的联系服务", "更响的特色品牌", "更强的生机活力",
    ]  # fmt: skip
    assert len(answer.text) < 400


@pytest.mark.parametrize(
    "question",
    [
        "苏州市总工会主席是谁？",  # other cities' chairs are printed
        "2025年2月全国铁路固定资产投资是多少？",  # January's figure is printed
        "2026年的秦淮灯会什么时候举办？",  # another year's fair is printed
        "扬州市总工会的主席叫什么名字？",  # its vice chair is printed
        "照片上的工人是谁？",  # who took the photo is printed
        "马先生的手术是在哪家医院做的？",  # a city and an illness are printed, no hospital
        "南通市市长在团拜会上说了什么？",  # what others did there is printed, no mayor
        "扬州的座谈会在哪里召开？",  # who held it is printed, and what about
        "火星上有多少座桥？",
        "asdf qwer zxcv",
    ],
)
def test_what_is_not_in_the_pages_is_refused(assistant: Assistant, question: str) -> None:
    """No near miss passes for an answer; what comes nearest is named, and what there is."""
    answer = proven(assistant.ask(question), assistant.index)
    assert answer.status == "no_evidence"
    assert (answer.spans, answer.citations) == ((), ())
    assert "没有提到" in answer.text
    assert "12 篇" in answer.text


def test_a_refusal_names_the_nearest_articles(assistant: Assistant) -> None:
    """The reader can look for themselves."""
    answer = assistant.ask("苏州市总工会主席是谁？")
    assert 1 <= len(answer.nearest) <= 3
    for article_id, label in answer.nearest:
        assert assistant.index.article(article_id).article.label == label


def test_an_overview_names_every_article(assistant: Assistant) -> None:
    """What this page reports, item by item, each with a marker of its own."""
    answer = proven(assistant.ask("这一版有哪些报道？"), assistant.index)
    assert len(answer.citations) == 12
    assert "南京发布秦淮灯会最新提示" in answer.text


def test_two_questions_in_one_are_both_answered(assistant: Assistant) -> None:
    """A comparison across articles has a citation to each."""
    answer = proven(assistant.ask("无锡和扬州分别是谁主持会议的？"), assistant.index)
    assert "吴涛" in answer.text
    assert "蒋元峰" in answer.text
    assert len({citation.article_id for citation in answer.citations}) == 2


def test_a_follow_up_leans_on_the_question_before(assistant: Assistant) -> None:
    """The query that was searched stands in the answer; a question that stands alone is not touched."""
    before = [("扬州市总工会什么时候召开了座谈会？", "2月6日下午。[1]")]
    assert "扬州" in assistant.ask("是谁主持的？", before).query
    alone = "秦淮灯会哪几天需要预约？"
    assert assistant.ask(alone, before).query == alone


def test_a_meeting_called_by_its_town_alone_is_found(assistant: Assistant) -> None:
    """A comparison that says no more of either than 的会 has the day of both."""
    answer = proven(assistant.ask("无锡和扬州的会分别是哪一天开的？"), assistant.index)
    assert "1月22日" in answer.text
    assert "2月6日" in answer.text
    assert len({citation.article_id for citation in answer.citations}) == 2


def test_traditional_characters_find_the_same(assistant: Assistant) -> None:
    """A reader from Taipei asks the Nanjing page."""
    answer = proven(assistant.ask("秦淮燈會哪幾天需要預約？"), assistant.index)
    assert answer.spans[0].text == "2月11日至12日"


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("谁在南通的团拜会上致辞？", "倪春青"),
        ("扬州的座谈会由谁主持？", "蒋元峰"),
        ("南通的团拜会是什么时候举行的？", "2月11日"),
        ("南通的团拜会在哪举行？", "市劳动人民文化宫"),
        ("全国铁路固定资产投资同比增长多少？", "3.7%"),
        ("工惠贷贴息多少？", "17.75万元"),  # not the loans beside it
        ("试点企业技术工人的月工资平均涨了多少？", "8%"),  # not the people beside it
    ],
)
def test_who_when_where_and_how_much(assistant: Assistant, question: str, short: str) -> None:
    """The short answer is of the kind that was asked for, with its unit."""
    answer = proven(assistant.ask(question), assistant.index)
    assert short in answer.spans[0].text
    assert answer.text.startswith(answer.spans[0].text)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("灯会可以放烟花吗？", "禁止燃放烟花爆竹"),
        ("其他时间去夫子庙要预约吗？", "无须预约"),
        ("为什么要开产业工会座谈会？", "进一步加强产业工会建设"),
        ("黄剑为什么送模型给总工会？", "表示感谢"),
    ],
)
def test_yes_or_no_and_why_are_told_by_the_sentence(
    assistant: Assistant, question: str, words: str
) -> None:
    """The words of the page decide, not a yes of our own."""
    assert words in proven(assistant.ask(question), assistant.index).text


def test_how_begins_with_what_to_do(assistant: Assistant) -> None:
    """The clause that tells how, then its sentence."""
    answer = proven(assistant.ask("在灯会现场遇到麻烦该怎么办？"), assistant.index)
    assert answer.spans[0].text == "可第一时间向现场执勤民警求助"
    assert answer.text.startswith(answer.spans[0].text)


@pytest.mark.parametrize(
    ("question", "first", "count"),
    [
        ("无锡2025年要抓好哪八个方面的工作？", "牢记使命、履职尽责", 8),
        ("提振消费的会议围绕哪些方面作出部署？", "提升消费能力", 3),
    ],
)
def test_lists_have_one_span_an_item(
    assistant: Assistant, question: str, first: str, count: int
) -> None:
    """As many as the page names, in its order."""
    answer = proven(assistant.ask(question), assistant.index)
    assert answer.spans[0].text.startswith(first)
    assert len(answer.spans) == count
    assert len(answer.text) < 400


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("工惠贷 贷款总额", "1.42亿元"),
        ("南通团拜会 地点", "市劳动人民文化宫"),
        ("无锡市总工会 全委会 时间", "1月22日"),
        ("江苏景区婚姻登记点 数量", "28处"),
        ("How many 景区婚姻登记点 are there?", "28处"),
        ("Who chaired the 扬州市总工会 meeting?", "蒋元峰"),
        ("得了食管癌的马先生拿到多少钱", "30000元"),
        ("江蘇現有景區婚姻登記點多少處？", "28处"),
        ("婚俗文化馆有几处？", "74处"),  # two figures of one enumeration
        ("“工惠贷”总共贴了多少利息？", "17.75万元"),
        ("今年一月全國鐵路固定資產投資，比去年同期增長了多少？", "3.7%"),  # not the sum itself
    ],
)
def test_however_it_is_asked(assistant: Assistant, question: str, short: str) -> None:
    """Keywords, English, everyday words and traditional characters find the same."""
    answer = proven(assistant.ask(question), assistant.index)
    assert [span.text for span in answer.spans[:1]] == [short]


def test_a_word_typed_by_its_sound_is_meant(assistant: Assistant) -> None:
    """灯汇 is looked for as 灯会, and the answer says so."""
    answer = proven(assistant.ask("灯汇哪几天要预约？"), assistant.index)
    assert answer.spans[0].text == "2月11日至12日"
    assert answer.notice is not None
    assert "灯汇" in answer.notice
    assert "灯会" in answer.notice


def test_another_name_is_no_typing_error() -> None:
    """A town, a year or a person that the page does not have is never exchanged for one that it has."""
    page = ["扬州市总工会召开座谈会，倪春青出席，2025年1月完成"]
    for asked in ("常州市总工会的会谁主持？", "2024年1月完成多少？", "李春青出席了吗？"):
        assert corrected(analyse(asked), page) is None, asked
    meant = corrected(analyse("扬州的坐谈会谁出席？"), page)
    assert meant is not None
    assert (meant.typed, meant.meant) == ("坐谈会", "座谈会")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Five articles of two newspapers and three days."""
    folder = tmp_path_factory.mktemp("papers")
    rows = [
        ("大桥合龙", "鹤坞大桥昨日合龙，全长1280米。", "江城日报", "2025-03-03", 1),
        ("夜市开街", "河湾夜市昨晚开街，共有摊位156个。", "江城日报", "2025-03-03", 3),
        ("渔港开捕", "滨海渔港昨日开捕，出海渔船320艘。", "滨海晚报", "2025-03-03", 1),
        ("春笋跌价", "城东市场的春笋每斤跌了2元。", "江城日报", "2025-03-04", 1),
        ("球队夺冠", "江城男篮在体育中心夺冠。", "江城日报", "2025-02-26", 4),
    ]
    names = ("title", "body", "newspaper", "date", "page_no")
    lines = [json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in rows]
    (folder / "papers.jsonl").write_text("\n".join(lines), "utf8")
    with Index.open(folder / "index") as index:
        index.update([folder / "papers.jsonl"])
        yield Assistant(index)


@pytest.mark.parametrize(
    ("question", "titles", "notice"),
    [
        ("有什么新闻？", ["春笋跌价"], None),
        ("3月3日江城日报有哪些报道？", ["大桥合龙", "夜市开街"], "“3月3日”指 2025-03-03。"),
        ("昨天的报纸有什么新闻？", ["大桥合龙", "夜市开街", "渔港开捕"], "“昨天”指 2025-03-03。"),
        ("2025年2月26日有什么新闻？", ["球队夺冠"], None),
        ("上周有哪些报道？", ["球队夺冠"], "“上周”指 2025-02-24 – 2025-03-02。"),
        ("滨海晚报登了什么内容？", ["渔港开捕"], None),
        ("江城日报第三版有哪些文章？", ["夜市开街"], None),
        ("昨天的报纸上夜市有什么消息？", ["夜市开街"], "“昨天”指 2025-03-03。"),
        ("渔港有什么新闻？", ["渔港开捕"], None),
    ],
)
def test_an_overview_is_of_the_pages_that_are_asked_for(
    papers: Assistant, question: str, titles: list[str], notice: str | None
) -> None:
    """A day, a newspaper, a page or a topic choose what is named, and what a day was taken for is said."""
    answer = proven(papers.ask(question), papers.index)
    assert sorted(citation.title for citation in answer.citations) == sorted(titles)
    assert answer.notice == notice


def test_an_overview_counts_what_it_does_not_name(
    papers: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many there are is said, and where not all were counted, that there are at least so many."""
    monkeypatch.setattr("rag.assistant.OVERVIEW_ARTICLES", 2)
    assert papers.ask("昨天的报纸有什么新闻？").text.startswith(
        "这里共有 3 篇报道，最先的 2 篇是："
    )
    monkeypatch.setattr("rag.assistant.COUNTED_ARTICLES", 3)
    assert papers.ask("昨天的报纸有什么新闻？").text.startswith("这里至少有 3 篇报道，最先的 2 篇")


def test_a_newest_day_that_was_counted_to_its_end_has_so_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That older days were not counted makes it no "at least"."""
    days = ["2025-03-03"] * 3 + ["2025-03-04"] * 3
    rows = [
        {"title": f"渡口{at}号船检修", "body": f"{at}号船今日检修。", "date": day}
        for at, day in enumerate(days)
    ]
    (tmp_path / "days.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf8")
    monkeypatch.setattr("rag.assistant.COUNTED_ARTICLES", 5)
    monkeypatch.setattr("rag.assistant.OVERVIEW_ARTICLES", 2)
    with Index.open(tmp_path / "index") as index:
        index.update([tmp_path / "days.jsonl"])
        said = Assistant(index).ask("有什么新闻？").text
    assert said.startswith("这里共有 3 篇报道，最先的 2 篇是：")


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("昨天的报纸有什么新闻？", ["大桥合龙", "夜市开街", "渔港开捕"]),
        ("有哪些报道？", ["春笋跌价", "大桥合龙", "夜市开街", "渔港开捕"]),
        ("上周有哪些报道？", []),
    ],
)
def test_an_overview_keeps_to_its_filter_and_to_the_day_that_is_asked_for(
    papers: Assistant, question: str, titles: list[str]
) -> None:
    """Of the days of the filter all are named, of a day within them that one, of a day beside them none."""
    answer = papers.ask(question, since="2025-03-03", until="2025-03-31")
    assert sorted(citation.title for citation in answer.citations) == sorted(titles)


@pytest.mark.parametrize("filters", [{"since": "yesterday"}, {"newspaper": "\ud800"}])
@pytest.mark.parametrize("question", ["有哪些报道？", "夜市共有多少摊位？"])
def test_a_filter_that_cannot_be_meant_is_named(
    papers: Assistant, question: str, filters: dict[str, str]
) -> None:
    """Whatever is asked."""
    with pytest.raises(SettingsError):
        papers.ask(question, **filters)  # type: ignore[arg-type]


def test_an_overview_of_a_day_without_a_page_is_refused(papers: Assistant) -> None:
    """Nothing of another day stands in for it; the newest articles are the nearest."""
    answer = papers.ask("2025年1月5日有什么新闻？")
    assert answer.status == "no_evidence"
    assert answer.nearest[0][1] == "春笋跌价"
    assert papers.ask("前天的报纸有哪些报道？").notice == "“前天”指 2025-03-02。"


def test_a_topic_is_told_paragraph_by_paragraph(assistant: Assistant) -> None:
    """讲讲秦淮灯会 gives how the paragraphs of its article begin, not one sentence of praise."""
    answer = proven(assistant.ask("讲讲秦淮灯会"), assistant.index)
    assert {citation.title for citation in answer.citations} == {"南京发布秦淮灯会最新提示"}
    for said in ("大型综合性灯会", "预约准入", "错时观灯"):
        assert said in answer.text


def test_keywords_that_ask_for_nothing_in_particular_are_a_topic(assistant: Assistant) -> None:
    """秦淮灯会 预约 is told about in sentences of its article, not with some word of it."""
    answer = proven(assistant.ask("秦淮灯会 预约"), assistant.index)
    assert answer.spans == ()
    assert {citation.title for citation in answer.citations} == {"南京发布秦淮灯会最新提示"}


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("最低气温将降至零下3℃。", ["零下3℃"]),
        ("今年新增学位一点二万个，增长一点五倍。", ["一点二万个", "一点五倍"]),
        ("吞吐量达129 万吨，售价3 999元。", ["达129 万吨", "3 999元"]),
        ("下午三点二十名学生到场，2025 年 100名。", ["三点", "二十名", "2025", "100名"]),
    ],
)
def test_a_figure_is_whole(text: str, figures: list[str]) -> None:
    """With what stands below zero, behind a Chinese point or behind a space in it; a clock time is no such figure."""
    assert [fact.text for fact in numbers(text)] == figures


@pytest.mark.parametrize(
    "asked", ["那家作坊的老板叫什么名字？", "他父亲叫什么？", "房东的名字是什么？"]
)
def test_what_somebody_is_called_is_a_person_s_name(asked: str) -> None:
    """老板叫什么名字 asks for somebody, so that no tool and no work is told."""
    assert analyse(asked).kind == "person"


def test_a_headline_that_ends_in_time_is_told_of(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """讲讲…延长开放时间 gives what the page says of it, 说说…合龙时间 the time."""
    longer = "青石图书馆4月12日起延长开放时间，闭馆推迟到21时。"
    joined = "鹤坞大桥4月9日上午10时18分合龙。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk({"title": "", "body": longer}, {"title": "", "body": joined})])
        assistant = Assistant(index)
        for asked in ("讲讲青石图书馆4月12日起延长开放时间", "介绍一下青石图书馆的开放时间"):
            answer = proven(assistant.ask(asked), index)
            assert answer.citations[0].quote.strip() == longer
        answer = proven(assistant.ask("说说鹤坞大桥合龙时间"), index)
        assert answer.spans[0].text == "4月9日上午10时18分"


def test_a_figure_of_the_opposite_is_no_answer(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """What was exported is not told where imports are asked for."""
    body = "去年青石市出口水泥120万吨，比上年增长8%。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE | {"body": body, "title": "青石水泥"})])
        assistant = Assistant(index)
        assert assistant.ask("青石市去年进口水泥多少吨？").status == "no_evidence"
        assert assistant.ask("青石市去年出口水泥多少吨？").spans[0].text == "120万吨"


def test_a_figure_is_said_with_the_unit_that_was_asked_for(
    tmp_path: Path, bulk: Callable[..., Path]
) -> None:
    """Points, rings and cubic metres belong to their numbers."""
    body = "青石队的何岩以566环夺冠，周晓得到14.933分。青石水库向下游补水约60亿立方米。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE | {"body": body, "title": "青石新闻"})])
        assistant = Assistant(index)
        said = {
            question: proven(assistant.ask(question), index).spans[0].text
            for question in ("何岩打了多少环？", "周晓得了多少分？", "青石水库补水多少立方米？")
        }
    assert list(said.values()) == ["566环", "14.933分", "60亿立方米"]


@pytest.mark.parametrize(
    "question", ["国务院怎么提振消费？", "逛灯会不许带哪些东西？", "谁主持了扬州的座谈会？"]
)
def test_nothing_is_said_twice(assistant: Assistant, question: str) -> None:
    """A short answer that is the whole sentence stands there once."""
    answer = proven(assistant.ask(question), assistant.index)
    sentences = [part for part in re.split(r"(?:\[\d+\]|[。！？])+", answer.text) if len(part) > 12]
    assert len(sentences) == len(set(sentences))


@pytest.mark.parametrize(
    ("before", "question", "short"),
    [
        ("“工惠贷”一共放出去多少贷款？", "那它扶持了多少企业？", "36家"),
        ("“工惠贷”一共放出去多少贷款？", "贴息多少？", "17.75万元"),
        ("扬州的产业工会座谈会是哪天开的？", "谁主持的？", "蒋元峰"),
        ("无锡市总工会的会议是哪天开的？", "扬州呢？", "2月6日下午"),
        ("南通劳模工匠新春团拜会是哪天？", "在哪里举行的？", "市劳动人民文化宫"),
    ],
)
def test_follow_ups_mean_what_was_spoken_of(
    assistant: Assistant, before: str, question: str, short: str
) -> None:
    """它, nothing at all, and 扬州呢."""
    answer = proven(assistant.ask(question, [(before, "")]), assistant.index)
    assert answer.query != question
    assert answer.spans[0].text == short


def test_a_place_that_was_not_spoken_of_is_not_answered_for(assistant: Assistant) -> None:
    """苏州呢 after a question about another city is refused, not answered with that city's day."""
    before = [("扬州的产业工会座谈会是哪天开的？", "2月6日下午。[1]")]
    assert assistant.ask("那苏州呢？", before).status == "no_evidence"


def test_several_questions_are_each_answered(assistant: Assistant) -> None:
    """When and where of one thing; two things of one event; and one that the page does not tell."""
    answer = proven(assistant.ask("南通团拜会什么时候、在哪里举行？"), assistant.index)
    assert "2月11日" in answer.text
    assert "文化宫" in answer.text
    answer = proven(assistant.ask("秦淮灯会哪几天要预约？要钱吗？"), assistant.index)
    assert "2月11日至12日" in answer.text
    assert "免费" in answer.text
    answer = proven(assistant.ask("秦淮灯会哪几天要预约？2023年来了多少人？"), assistant.index)
    assert answer.status == "answered"
    assert "2023年来了多少人" in str(answer.notice)


def test_a_heap_of_questions_is_answered_in_part_and_says_so(assistant: Assistant) -> None:
    """A pasted page of questions takes no minute; what is left out is counted."""
    heap = "".join(f"第{number}个灯会在哪天？" for number in range(100))
    started = time.perf_counter()
    answer = assistant.ask(heap)
    assert time.perf_counter() - started < 10
    assert "其余 92 个" in (answer.notice or "")


def test_a_refusal_shows_the_days_that_were_looked_in(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks about yesterday is told which day that was."""
    monkeypatch.setenv("WENBAO_TODAY", "2025-02-10")
    answer = assistant.ask("昨天的地震是几级？")
    assert (answer.status, answer.citations) == ("no_evidence", ())
    assert "2025-02-09" in (answer.notice or "")


def test_what_did_not_happen_has_no_reason(assistant: Assistant) -> None:
    """A false premise is not explained with whatever stands there."""
    answer = assistant.ask("扬州市总工会为什么取消了座谈会？")
    assert answer.status == "no_evidence"


def test_articles_that_differ_are_both_told(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """Each figure with its newspaper and day; neither is chosen for the reader."""
    other = {
        "id": "other",
        "title": "青石大桥今起通行",
        "body": "青石大桥全长1308米，是本市最长的桥。",
        "date": "2024-03-07",
        "newspaper": "青石晚报",
    }
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE, other)])
        answer = proven(Assistant(index).ask("青石大桥全长多少米？"), index)
    assert {span.text for span in answer.spans} == {"1280米", "1308米"}
    assert "青石日报，2024-03-06" in answer.text
    assert "青石晚报，2024-03-07" in answer.text
    assert "说法不同" in str(answer.notice)


def test_according_to_stays_with_what_it_qualifies(
    tmp_path: Path, bulk: Callable[..., Path]
) -> None:
    """据…统计 is part of the quote, so that an estimate does not pass for a fact."""
    body = "据市统计局初步估算，去年青石大桥日均车流量为42000辆。大桥由市路桥集团养护。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE | {"body": body})])
        answer = proven(Assistant(index).ask("青石大桥日均车流量是多少？"), index)
    assert answer.citations[0].quote.startswith("据市统计局初步估算")


def test_relative_days_are_told_as_days(
    tmp_path: Path, bulk: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """昨天 counts from today, and the answer says which day that is."""
    monkeypatch.setenv("WENBAO_TODAY", "2024-09-02")
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE, SCHOOL)])
        answer = proven(Assistant(index).ask("昨天柳湾小学迎来多少新生？"), index)
    assert answer.spans[0].text == "360名"
    assert "2024-09-01" in str(answer.notice)


def test_the_pieces_of_a_stream_are_the_answer(assistant: Assistant) -> None:
    """What runs over the screen is what stands there at the end."""
    *pieces, answer = assistant.stream("秦淮灯会哪几天需要预约？")
    assert isinstance(answer, Answer)
    assert "".join(str(piece) for piece in pieces) == answer.text
    assert answer == assistant.ask("秦淮灯会哪几天需要预约？")


def test_a_refusal_suggests_what_the_pages_tell(assistant: Assistant) -> None:
    """Each of it is answered, from an article that was named as near."""
    refusal = assistant.ask("秦淮灯会的总导演是谁？")
    assert refusal.status == "no_evidence"
    near = {article_id for article_id, _ in refusal.nearest}
    assert refusal.suggestions
    for question in refusal.suggestions:
        answer = proven(assistant.ask(question), assistant.index)
        assert {citation.article_id for citation in answer.citations} <= near
        assert answer.status == "answered"


def test_suggestions_are_answered_by_the_pages(assistant: Assistant) -> None:
    """Nobody clicks an example and gets a refusal."""
    suggestions = assistant.suggestions(3)
    assert len(suggestions) == 3
    for question in suggestions:
        assert assistant.ask(question).status == "answered"


@pytest.mark.parametrize("question", ["", " \n", "？？？" * 2000])
def test_no_question_is_no_accident(assistant: Assistant, question: str) -> None:
    """Empty and endless questions are named as such."""
    with pytest.raises(QuestionError):
        assistant.ask(question)


def test_a_wrong_date_is_named(assistant: Assistant) -> None:
    """It does not pass for "not in these pages"."""
    with pytest.raises(SettingsError):
        assistant.ask("灯会", since="11.2.2025")


def test_filters_hold_for_answers_too(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """An answer never comes from outside the days asked for."""
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE, SCHOOL)])
        assistant = Assistant(index)
        assert assistant.ask("青石大桥全长多少米？").spans[0].text == "1280米"
        assert assistant.ask("青石大桥全长多少米？", since="2024-04-01").status == "no_evidence"


def test_a_page_s_own_brackets_are_no_markers(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """[1] in print is shown as ［1］, so that every marker leads somewhere."""
    body = "据统计[1]，青石大桥全长1280米[2]，是本市最长的桥。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE | {"body": body})])
        answer = proven(Assistant(index).ask("青石大桥全长多少米？"), index)
        assert "［1］" in answer.text


def test_an_answer_that_breaks_a_promise_is_never_shown(assistant: Assistant) -> None:
    """The check that every answer passes finds a quote that was changed by one character."""
    from dataclasses import replace

    answer = assistant.ask("秦淮灯会哪几天需要预约？")
    citation = replace(answer.citations[0], quote=answer.citations[0].quote.replace("11", "12"))
    with pytest.raises(ValueError, match="literally"):
        check(replace(answer, citations=(citation,)), assistant.index.article)
    with pytest.raises(ValueError, match="differ"):
        check(replace(answer, text=answer.text + "[7]"), assistant.index.article)


def test_only_what_may_answer_is_read() -> None:
    """Passages of other articles that are hopeless beside the best are left out, those of its own are not."""

    def hit(article_id: str, score: float) -> Hit:
        return Hit(
            passage_id=f"{article_id}#{score}", article_id=article_id, page_id="p", title="", label="", text="桥",
            start=0, end=1, score=score, newspaper=None, date=None, page_no=None,
        )  # fmt: skip

    best, near, far, own, late = (
        hit("a", 0.9), hit("b", 0.2), hit("c", 0.1), hit("a", 0.0005), hit("d", 0.05)
    )  # fmt: skip
    assert worth_reading([best, near, far, own, late]) == [best, near, own]
    assert worth_reading([far, late]) == [far, late]  # where nothing is likely, all may be
    assert worth_reading([]) == []


FESTIVAL = {
    "id": "festival",
    "title": "第十二届海棠诗会闭幕",
    "body": "本报讯 第十二届海棠诗会5月6日在云溪市柳园街道竹林社区闭幕，300余名市民登台朗诵，诗会不收取门票。"
    "理事会通过的第2510号决议提到，诗集的日产能达到1200册，日产量达到800册。\n"
    "诗会筹备会4日由会长郭怀远主持，滨江医院派出12名护士值守。云溪市发布1号通告，请市民绿色出行。\n"
    "云溪市以外，今年春天的蝗灾也受到关注。智利派来了专家。秘鲁南部的受灾面积超过20万公顷。",
    "date": "2024-05-07",
    "newspaper": "云溪日报",
    "page_no": 2,
}


@pytest.fixture(scope="module")
def festival(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("festival")
    source = folder / "pages.jsonl"
    source.write_text(json.dumps(FESTIVAL, ensure_ascii=False) + "\n", "utf8")
    with Index.open(folder / "index") as index:
        index.update([source])
        yield Assistant(index)


@pytest.mark.parametrize(
    ("question", "short"),
    [
        ("海棠诗会是在哪个社区闭幕的？", "柳园街道竹林社区"),  # not the street alone
        ("理事会通过的是第几号决议？", "2510号"),  # not the end of the number, not a day
        ("诗集的日产量达到多少？", "800册"),  # not the 日产能 before it
        ("海棠诗会要不要门票？", "诗会不收取门票"),  # the clause that decides, as a quote
        ("第12届海棠诗会是哪天闭幕的？", "5月6日"),  # however the ordinal is written
        ("5月4日的诗会筹备会是谁主持的？", "郭怀远"),  # 4日, in a report of 5月
        ("云溪滨江医院派了多少名护士？", "12名"),  # 滨江医院, in a page about 云溪
    ],
)
def test_the_short_answer_is_whole(festival: Assistant, question: str, short: str) -> None:
    """Neither cut off nor that of the next thing."""
    answer = proven(festival.ask(question), festival.index)
    assert short in answer.spans[0].text
    assert answer.text.startswith(answer.spans[0].text)


@pytest.mark.parametrize(
    "question",
    [
        "第十一届海棠诗会是哪天闭幕的？",  # the twelfth one's day is printed
        "智利的受灾面积有多少公顷？",  # another country's is
        "海棠诗会的奖金是多少元？",  # figures are printed, none of them money
        "谁陪老郭去开会？",  # he is printed, nobody else
    ],
)
def test_what_is_told_of_another_is_no_answer(festival: Assistant, question: str) -> None:
    """A figure of another time, place or thing is refused."""
    assert festival.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    ("question", "insisted"),
    [
        ("《海豚禁渔公约》什么时候生效？", ("海豚禁渔公约",)),  # 约 in a title is not 预约
        ("穿红衣的小姑娘几岁？", ()),
        ("老太太杜绝浪费用了什么办法？", ()),
        ("许文强在第三届运动会上跑了几趟？", ("第三届", "许文强")),
    ],
)
def test_only_names_are_insisted_on(question: str, insisted: tuple[str, ...]) -> None:
    """Common words that a dictionary calls names hide no article."""
    assert analyse(question).insisted == insisted


def test_everyday_words_are_asked_as_print_has_them(assistant: Assistant) -> None:
    """What is not answered is asked again in the words of the pages: 上班 as 工作."""
    answer = proven(assistant.ask("羌宁剑在哪家单位上班？"), assistant.index)
    assert "中国电信南通公司" in answer.spans[0].text
    assert answer.query == "羌宁剑在哪家单位上班？"


def test_only_what_no_page_says_is_put_in_other_words() -> None:
    """A word that the pages have stays, and so does one that they have in no form."""
    texts = ["城际铁路只需半个小时，警方查扣口罩。", "老人在家休息。"]
    asked = "坐城铁歇脚要半个钟头吗，闺女？"
    assert in_words_of(asked, texts) == "坐城际铁路歇脚要半个小时吗，闺女？"


@pytest.mark.parametrize(
    ("text", "pointed", "place"),
    [
        ("3月1日，江城大学樱园内早樱初放。", "江城大学樱园内早樱", "江城大学樱园内"),
        ("学生在学校内食堂吃饭。", "学校内食堂", "学校内食堂"),
    ],
)
def test_a_place_is_told_without_what_is_there(text: str, pointed: str, place: str) -> None:
    """Where the cherries blossom, not the cherries."""
    start = text.index(pointed)
    span = Span(text=pointed, start=start, end=start + len(pointed), score=0.9)
    assert completed(analyse("樱花在哪里开？"), text, span).text == place


def test_a_number_is_no_day() -> None:
    """A notice and a resolution have numbers; only what happened has a day."""
    text = "1号通告4日发布，第2510号决议6日通过，5号线半个小时一班。"
    assert [fact.text for fact in times(text)] == ["4日", "6日"]
    assert "半个小时" in [fact.text for fact in numbers(text)]


def test_a_share_and_a_term_in_words_are_figures() -> None:
    """百分之十 is a percentage like 10%, and 六十日内 a time like 60 days."""
    text = "税率为百分之十，比上年提高百分之三点五，应当自次日起六十日内申报。"
    assert [(fact.text, fact.measure) for fact in numbers(text)] == [
        ("百分之十", "percent"),
        ("百分之三点五", "percent"),
        ("六十日", "duration"),
    ]
    assert analyse("这架飞机有多沉？").measure == "weight"
    assert analyse("轮子对列车有多重要？").kind != "number"


def _span(text: str, words: str) -> Span:
    return Span(text=words, start=(at := text.index(words)), end=at + len(words), score=0.9)


@pytest.mark.parametrize(
    ("question", "said"), [("末班船几点开？", "22：15"), ("末班船原来几点开？", "19：30")]
)
def test_what_was_changed_is_told_as_it_is(question: str, said: str) -> None:
    """由19：30延至22：15: the later time holds, unless it is asked how it was."""
    text = "轮渡自10月16日起恢复夜航，末班船由19：30延至22：15。"
    assert completed(analyse(question), text, _span(text, "19：30")).text == said


@pytest.mark.parametrize(
    ("question", "words", "least", "most"),
    [
        ("运动会在体育中心的冠军是谁？", "云栎体育中心", 0.0, 0.0),
        ("黄剑在哪家公司工作？", "市总工会", 0.0, UNLIKELY),
        ("黄剑在哪家公司工作？", "海工集团", 0.4, 1.0),
        ("钟楼队赢了哪支球队？", "24支球队", 0.0, 0.0),
        ("黄剑今年多大年纪？", "3万元", 0.0, 0.0),
        ("黄剑多大了？", "五一劳动奖章", 0.0, 0.0),
        ("他自己掏了多少腰包？", "3万元", UNLIKELY, 1.0),
    ],
)
def test_what_is_of_another_sort_is_unlikely(
    question: str, words: str, least: float, most: float
) -> None:
    """A place is nobody, an office no firm, a count no name, a sum no age; where a rule is unsure, it says so."""
    text = "运动会在云栎体育中心闭幕，24支球队参加。海工集团的黄剑得过五一劳动奖章，向市总工会捐了3万元。"
    assert least <= fit_of(analyse(question), text, _span(text, words)) <= most


def test_what_is_told_of_a_sibling_is_no_answer(tmp_path: Path, bulk: Callable[..., Path]) -> None:
    """Hours of primary and middle schools are none of high schools."""
    body = "办法规定，小学上午第一节课不得早于8时20分，初中不得早于8时，课间休息延长到15分钟。"
    with Index.open(tmp_path / "index") as index:
        index.update([bulk(BRIDGE | {"body": body, "title": "中小学作息有新规"})])
        assistant = Assistant(index)
        assert assistant.ask("高中上午第一节课不得早于几点？").status == "no_evidence"
        said = proven(assistant.ask("小学上午第一节课不得早于几点？"), index)
        assert said.spans[0].text == "8时20分"


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("渡船2号线票价多少？", True),
        ("渡船1号线票价多少？", False),
        ("渡船一号线票价多少？", False),
        ("渡船票价多少？", False),
        ("3号楼票价多少？", False),
    ],
)
def test_what_is_told_of_one_line_is_not_told_of_another(question: str, other: bool) -> None:
    """The line that was named last is the one that is told of; who names none may mean it."""
    told = "渡船2号线还在规划。渡船1号线八月开通。沿途设五站，票价全程4元。"
    assert of_another_number(question, told) is other
    both = "渡船1号线、2号线八月开通，票价全程4元。"
    assert not of_another_number(question, both)


def test_a_long_row_of_offices_takes_no_time() -> None:
    """What somebody is called is found back from the name, however many offices stand there."""
    row = "党委书记董事长、" * 30
    started = time.perf_counter()
    (found,) = roles(f"会上，{row}王小明说", "王小明")
    assert time.perf_counter() - started < 0.5
    assert found.text == row
    assert roles(f"{row}会上，王小明说", "王小明") == ()

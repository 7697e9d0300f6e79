"""A file becomes pages, and a page becomes its articles."""

import json
import re
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import read_page, read_pages
from rag.composing import Item, composed, numbered
from rag.errors import PageFormatError, PageReadError
from rag.headlines import Heading, heading_of
from rag.jumps import stitched
from rag.layout import runs
from rag.lines import lines_of
from rag.opening import own_heading, rest_of_heading
from rag.pages import MAX_PAGE_CHARS, read_bytes
from rag.types import Article, Page
from tests.conftest import FIRST_PAGE, FOURTH_PAGE
from vectors.train import typeset

GOLDEN = Path(__file__).parent.parent / "golden" / "seed.json"


def golden() -> list[dict[str, object]]:
    articles: list[dict[str, object]] = json.loads(GOLDEN.read_text("utf8"))
    return articles


def bare(text: str) -> str:
    return "".join(text.split())


def told(article: Article) -> dict[str, object]:
    data = article.to_json()
    return {name: data[name] for name in ("kind", "title", "subtitle", "byline", "paragraphs")}


def page_of(text: str) -> Page:
    (page,) = read_bytes(text.encode(), "page.txt")
    return page


@pytest.fixture(scope="module")
def seed(seeds: Path) -> Page:
    (path,) = seeds.glob("*.txt")
    return read_page(path)


def test_the_real_page_gives_its_twelve_items_word_for_word(seed: Page) -> None:
    """Kinds, headlines, decks, bylines and every paragraph, as a reader would tell them apart."""
    assert [told(article) for article in seed.articles] == golden()
    assert seed.rest == ()


def test_every_paragraph_leads_back_to_its_lines(seed: Page, seeds: Path) -> None:
    """A quote can be shown on the page: each stretch of text names the line where it stands."""
    (path,) = seeds.glob("*.txt")
    lines = path.read_text("utf8").split("\n")
    for article in seed.articles:
        covered = 0
        for span in article.lines:
            words = bare(article.text[span.start : span.end])
            assert words in bare(lines[span.line - 1])
            covered += len(words)
        assert covered >= len(bare(article.text)) - 2


def bodies_of(seeds: Path) -> tuple[list[dict[str, object]], list[list[str]]]:
    """The page's items, and the blocks of its heap of headlines."""
    heap = [
        ["织密“保障网”为职工幸福“加码”"],
        ["扬州：全力开创产业工会工作崭新局面"],
        ["无锡：推动工会工作在新起点上创新创优"],
    ]
    return golden(), heap


def wrapped(text: str, width: int, *, by_cells: bool) -> list[str]:
    """Lines of so many Chinese characters; digits count half, or, as a program breaks lines, whole."""
    lines, used = [""], 0
    for char in text:
        size = 1 if by_cells and char.isascii() else 2
        if used + size > 2 * width and char not in "，。、；：”）》" * by_cells:
            lines.append("")
            used = 0
        lines[-1] += char
        used += size
    return [line.strip() for line in lines]


def printed_heading(seeds: Path, *parts: str) -> list[str]:
    """A heading's lines as the page has them."""
    (path,) = seeds.glob("*.txt")
    lines = [line.strip() for line in path.read_text("utf8").split("\n")]
    return [line for part in parts for line in lines if len(line) > 4 and line in part]


def altered(seeds: Path, number: int) -> str:
    """The real page set anew: other column widths, the heap shuffled, a headline moved, another order."""
    random = np.random.default_rng(number)
    width = 14 + number % 9
    articles, heap = bodies_of(seeds)
    torn = {block[0] for block in heap}
    blocks = []
    for at, article in enumerate(articles):
        wide = width + int(random.integers(0, 3)) + 4 * (article["kind"] == "photo")
        lines: list[str] = []
        if article["kind"] != "brief" and article["title"] and article["title"] not in torn:
            moved = number % 3 == 0 and at == len(articles) - 1
            head = printed_heading(seeds, str(article["title"]), str(article["subtitle"]))
            if moved:
                heap.append(head)
            else:
                lines += head
        paragraphs = [str(p) for p in article["paragraphs"]]  # type: ignore[attr-defined]
        for place, paragraph in enumerate(paragraphs):
            mark = "●" if article["kind"] == "brief" else ""
            tail = (
                f" {article['byline']}"
                if article["byline"] and place == len(paragraphs) - 1
                else ""
            )
            text = mark + paragraph + tail
            lines += [*wrapped(text, wide, by_cells=number % 4 != 3), ""]
        blocks.append(lines)
    deck = str(articles[0]["subtitle"])
    heap = [
        [deck[:34], deck[34:], "", *block] if block[0] == articles[0]["title"] else block
        for block in heap
    ]
    heap = [heap[i] for i in random.permutation(len(heap))]
    blocks.insert(
        int(random.integers(2, len(blocks))), [line for block in heap for line in [*block, ""]]
    )
    if number % 2:
        half = len(blocks) // 2
        blocks = blocks[half:] + blocks[:half]
    return "\n".join(line for block in blocks for line in [*block, ""])


@pytest.mark.parametrize("number", range(10))
def test_the_real_page_set_anew_gives_the_same_items(seeds: Path, number: int) -> None:
    """Nothing is fitted to one page's line breaks: ten altered copies give all items and titles."""
    page = page_of(altered(seeds, number))
    found = {bare("".join(a.paragraphs)): a.title for a in page.articles}
    expected = {bare("".join(a["paragraphs"])): a["title"] for a in golden()}  # type: ignore[arg-type]
    assert found == expected


def test_a_headline_whose_lines_part_a_phrase_of_the_text_is_one() -> None:
    """云河港口与滨江|物流园昨天签约 is no kicker over a title: the article writes 滨江物流园."""
    body = (
        "本报讯10月8日，在各方见证下，云河港口与滨江物流园签约仪式在市会议中心举行，双方将共建仓储"
        "基地和铁路专线，首批货物下月启运。"
    )
    lines = [body[at : at + 17] for at in range(0, len(body), 17)]
    page = page_of("\n".join(["云河港口与滨江", "物流园昨天签约", *lines]))
    (article,) = page.articles
    assert (article.title, article.subtitle) == ("云河港口与滨江物流园昨天签约", "")


def test_what_stands_below_a_standing_head_is_its_article_s_text() -> None:
    """速览 is the headline; that of the item below it stays a line of the text, as in a column of several items."""
    first = [
        "新馆下周试开放",
        "青石博物馆昨日宣布，新馆将于下周二起试",
        "开放，每天接待观众两千人，团体参观须提前",
        "三天预约，散客凭身份证件入馆。",
    ]
    second = [
        "两条公交线延长",
        "三路和十一路公交车下月起延长到博物馆门前",
        "，首末班时间不变，高峰时段每八分钟一班，",
        "票价仍为两元。",
    ]
    page = page_of("\n".join(["速览", *first, "", *second]))
    (article,) = page.articles
    assert (article.title, article.subtitle) == ("速览", "")
    assert [p for p in article.paragraphs if len(p) < 10] == [first[0], second[0]]
    assert page.rest == ()


def test_a_subhead_that_is_also_a_standing_head_splits_no_article() -> None:
    """建议 within a report on the library stays a line between two of its parts."""
    lines = [
        "图书馆夜间开放一年记",
        "青石图书馆夜间开放满一年，读者从每晚三十人增",
        "加到两百人，多数是附近工厂下班的青年。馆员说，",
        "图书馆的座位常常不够，周末要在门外等候。",
        "",
        "建议",
        "",
        "读者希望图书馆把二楼的报刊室也在夜间开放，再",
        "添一百个座位，末班公交车晚半个小时发车，从图",
        "书馆门前经过。馆方表示，图书馆下月起试行延长。",
    ]
    (article,) = page_of("\n".join(lines)).articles
    assert article.title == lines[0]
    assert "建议" in article.paragraphs


def test_who_signs_a_letter_and_its_day_are_no_headlines() -> None:
    """顾远山 above 2026年10月15日 closes the letter; the report below keeps the headline that was torn off."""
    letter = [
        "致青石图书馆全体读者的信",
        "各位读者，图书馆开馆三十年来，承蒙大家厚爱，",
        "馆里的每一本书都有人读过。值此三十周年之际，",
        "我代表全体馆员向你们表示衷心的感谢！",
        "",
        "顾远山",
        "",
        "2026年10月15日",
    ]
    report = [
        "本报讯渡轮公司昨日宣布，对岸渔村的夜间航班下",
        "月恢复，每晚九点和十一点各开一班，票价三元，",
        "学生凭证半价，遇大雾停航时另行通知。",
    ]
    page = page_of("\n".join([*letter, "", *report, "", "对岸渔村夜间航班下月恢复"]))
    assert [article.title for article in page.articles] == [letter[0], "对岸渔村夜间航班下月恢复"]
    assert page.articles[0].paragraphs[-2:] == ("顾远山", "2026年10月15日")
    assert page.articles[1].text == "".join(report)


def test_lines_of_a_heading_without_a_gap_are_one_heading() -> None:
    """稳定新鲜蔬菜|供应 stays whole, though its first line might have closed the column above."""
    lines = [
        "同时，对住在对岸渔村里的守桥人和船工们、",
        "采收困难农户、零散养殖户成员等，在汛期内",
        "保障船期，稳定新鲜蔬菜",
        "供应",
    ]
    (run,) = runs(lines_of("\n".join(lines)))
    assert run.kind == "heading"
    assert [line.text for line in run.lines] == lines


LIBRARY = [
    "图书馆夜间开放满一年，读者从每晚三十人增加到两百",
    "人，多数是附近工厂下班的青年。馆员说，座位常常不",
    "够，周末要在门外等候，图书馆下月起再添一百个座位。",
]
FAIR = "河湾夜市昨晚开街，共有摊位一百五十六个，来的多是附近居民，家家摊前排起了队，到零点才散。"
FERRY = [
    "本报讯渡轮公司昨日宣布，对岸渔村的夜间航班下",
    "月恢复，每晚九点和十一点各开一班，票价三元，",
    "学生凭证半价，遇大雾停航时另行通知。",
]


@pytest.mark.parametrize(
    ("headline", "torn"),
    [
        (
            "座位不够，图书馆添一百个！",
            True,
        ),  # above its article it may be the first that is said there
        ("统筹好图书馆的座位（渡口手记）", True),
        ("统筹好图书馆的座位（渡口手记）", False),
        ("夜读青年坐满老图", True),
        ("夜读青年坐满老图", False),
        ("“图书馆的座位常常不够”", False),
    ],
)
def test_what_calls_out_or_looks_like_a_credit_may_be_a_headline(
    headline: str, *, torn: bool
) -> None:
    """A cry ends a sentence, 统筹 and 图 begin and end credits, and are words of a headline all the same."""
    lines = [*LIBRARY, "", *FERRY, "", "渡轮夜班恢复", "", headline]
    if not torn:
        lines = [*FERRY, "", headline, *LIBRARY]
    found = {article.title: article.text for article in page_of("\n".join(lines)).articles}
    assert found[headline] == "".join(LIBRARY)


@pytest.mark.parametrize(
    ("opening", "count"),
    [
        (["夜间开放推动图书馆读者增长"], 1),
        (["图书馆夜间开放（渡口手记）"], 1),
        (["夜间开放一年读者翻了六番——", "图书馆座位将再添一百个"], 2),
        (["图书馆的座位在夜里也不够坐"], 0),  # a sentence may begin so
        (["本报讯夜间开放推动图书馆人"], 0),
        (["核心阅读"], 0),
        (["●夜间开放推动图书馆读者增"], 0),
    ],
)
def test_a_headline_as_wide_as_its_column_is_no_first_sentence(
    opening: list[str], count: int
) -> None:
    """Nothing but its words tells it from the text that it stands above without a gap."""
    told = "".join(LIBRARY) + "馆长说，夜间开放推动了读者增长。"
    body = wrapped(told, 13, by_cells=False)
    item = Item(list(lines_of("\n".join([*opening, *body]))), width=26)
    assert [line.text for line in own_heading(item)] == opening[:count]


@pytest.mark.parametrize(
    ("heading", "first", "is_rest"),
    [
        ("图书馆添一百个座位", "——写在夜间开放一周年之际", True),
        ("夜读的青年们说——", "“夜里的图书馆像家一样暖”", True),
        ("夜里的图书馆像家一样暖", "座位添一百个（渡口手记）", True),
        ("图书馆添座位（渡口手记）", "座位添一百个（夜读手记）", False),
        ("图书馆添一百个座位", "本报青石十五日电（钱文博）", False),
        ("图书馆添一百个座位", "——编者", False),
        ("图书馆添一百个座位", "夜间开放推动图书馆读者增长", False),  # its words may be the text's
    ],
)
def test_what_is_still_of_the_heading_above_is_no_first_line(
    heading: str, first: str, *, is_rest: bool
) -> None:
    """A deck, a title below its kicker, the name of a series: their form tells, however wide they are."""
    body = wrapped("".join(LIBRARY), 13, by_cells=False)
    above, *lines = lines_of("\n".join([heading, first, *body]))
    assert rest_of_heading([above], Item(lines, width=26)) == lines[:is_rest]


def test_a_cry_of_several_lines_is_a_headline() -> None:
    """Set narrow and torn off, it looks like a short article of its own."""
    cry = ["座位不够的图书馆，夜里", "坐满了读书的青年！"]
    page = page_of("\n".join([*LIBRARY, "", *FERRY, "", "渡轮夜班恢复", "", *cry]))
    found = {article.title: article.text for article in page.articles}
    assert found == {
        "".join(cry): "".join(LIBRARY),
        "渡轮夜班恢复": "".join(FERRY),
    }


TOLLS = (
    "本报电 过桥费停收以后，每天过桥的货车多了一千辆，桥头的饭馆添了座位，收费站的二十名职工转到养护队，"
    "继续照看大桥的桥面和护栏。"
)
QUAY = (
    "本报电 停用三年的旧码头收费站上月拆除，原址种了两百棵柳树，大桥养护队的职工每周浇水，公园夏天以前免费开放，"
    "饭馆的座位也搬到树下。"
)
SILK = "养蚕的老人说，今年桑叶长得早，蚕茧的收购价又涨了一成，村里年轻人也回来学这门手艺。"


def test_a_standing_head_is_the_headline_of_several_signed_reports() -> None:
    """It was torn off, an article beside lost its own, and the first report's stands right above their column."""
    reports = ["大桥收费站二十名职工转到养护队", *wrapped(TOLLS, 20, by_cells=False), "（钱文博）"]
    reports += ["旧码头改成公园", "", *wrapped(QUAY, 20, by_cells=False), "（周卫东）"]
    others = [*LIBRARY, "", *wrapped(SILK, 17, by_cells=False)]
    page = page_of("\n".join([*others, "", *reports, "", "图书馆添一百个座位", "", "资讯速递"]))
    assert [(article.title, article.paragraphs[0]) for article in page.articles] == [
        ("图书馆添一百个座位", "".join(LIBRARY)),
        ("", SILK),
        ("资讯速递", "大桥收费站二十名职工转到养护队"),
    ]


def test_what_came_out_on_a_day_is_no_masthead() -> None:
    """出版 is a word of the text, 4版 names a page."""
    told = [
        "《夜读手记》2026年1月1日出版的第一期",
        "写的是老图书馆一年里的夜晚，读者多是",
        "附近工厂的青年。",
    ]
    page = page_of("\n".join(["青石晚报2026年10月15日4版", "", "夜读手记出版", "", *told]))
    assert [(article.title, article.text) for article in page.articles] == [
        ("夜读手记出版", "".join(told))
    ]


def test_who_an_article_is_about_is_no_part_of_its_headline() -> None:
    """A line that begins with 【人物】 stands below the headline and opens the text."""
    body = wrapped("【故事】" + "".join(LIBRARY), 15, by_cells=False)
    lines = [*FERRY, "", "图书馆添座位（夜读手记）", "【人物】“渡口”守护人周卫东", "", *body]
    article = page_of("\n".join(lines)).articles[-1]
    assert (article.title, article.subtitle) == ("图书馆添座位（夜读手记）", "")
    assert article.paragraphs == ("【人物】“渡口”守护人周卫东", "【故事】" + "".join(LIBRARY))


def test_the_day_of_a_speech_is_no_part_of_its_title() -> None:
    """It stands below the title in brackets."""
    lines = [*FERRY, "", "在图书馆开馆仪式上的讲话", "（2026年10月15日）", "", *LIBRARY]
    found = {article.title: article.subtitle for article in page_of("\n".join(lines)).articles}
    assert found["在图书馆开馆仪式上的讲话"] == "（2026年10月15日）"


@pytest.mark.parametrize(
    ("title", "below"),
    [
        ("夜里也有灯", "林远舟在图书馆调研时强调"),
        ("夜里有灯", "馆员宣读图书馆读者来信"),
        ("灯下", "图书馆夜间开放满一年馆员表示"),
        ("馆员答读者", "就图书馆夜间开放满一年"),
        ("灯火可亲", "截至本月读者从三十人增加到两百人"),
        ("“下了班总算有个去处”", "图书馆夜间开放满一年，读者增加到两百人"),
        ("读者增加到两百人", "前三季度"),
        ("夜里也有灯", "图书馆夜间开放满一年——"),
    ],
)
def test_who_said_or_read_something_is_no_title_and_what_was_said_is(
    title: str, below: str
) -> None:
    """However much of it the article says again."""
    assert Heading((title, below), (1, 1), ()).told("".join(LIBRARY)) == (title, below)


def test_a_deck_between_a_title_and_a_lead_is_no_title() -> None:
    """What a dash joins to the line above stays below it, whatever stands below both."""
    parts = ("夜里也有灯", "——写在图书馆夜间开放一周年之际", "这盏灯由三十名馆员轮流守着")
    assert Heading(parts, (1, 1, 1), ()).told("".join(LIBRARY))[0] == "夜里也有灯"


@pytest.mark.parametrize(
    ("lines", "title", "below"),
    [
        (["全市图书馆夜间延长开放时间", "两小时起"], "全市图书馆夜间延长开放时间两小时起", ""),
        (["青石市公共图书馆条例", "（2026年10月15日青石市第十三届", "人大常委会第十四次会议通过）"],
         "青石市公共图书馆条例", "（2026年10月15日青石市第十三届人大常委会第十四次会议通过）"),
        (["图书馆夜间延长开放时间并添座位", "公 告"], "图书馆夜间延长开放时间并添座位", "公 告"),
        (["图书馆夜间延长开放时间并添座位", "李明出席"], "图书馆夜间延长开放时间并添座位", "李明出席"),
    ],
)  # fmt: skip
def test_a_few_characters_are_the_rest_of_a_title_but_not_what_says_itself_what_it_is(
    lines: list[str], title: str, below: str
) -> None:
    """公 告, who came and the day that a law was passed stand below a title; four characters alone belong to it."""
    found = {
        one.title: one.subtitle
        for one in page_of("\n".join([*FERRY, "", *lines, "", *LIBRARY])).articles
    }
    assert found[title] == below


def test_the_series_of_a_wrapped_headline_ends_no_article() -> None:
    """（夜读手记） closes a line as the note behind an article does; the line above tells which it is."""
    lines = [*FERRY, "", "图书馆夜间延长开放时间两小时（夜读", "手记）", "", *LIBRARY]
    assert [article.title for article in page_of("\n".join(lines)).articles][1:] == [
        "图书馆夜间延长开放时间两小时（夜读手记）"
    ]


@pytest.mark.parametrize("gap", [[], [""]])
@pytest.mark.parametrize("note", ["核心阅读", "开栏的话"])
def test_what_opens_a_text_is_no_part_of_its_headline(note: str, gap: list[str]) -> None:
    """A note between headline and column is the first line of the text, with or without a gap."""
    lines = [*FERRY, "", "图书馆添一百个座位", *gap, note, *gap, *LIBRARY]
    found = {a.title: (a.subtitle, a.text) for a in page_of("\n".join(lines)).articles}
    assert found["图书馆添一百个座位"] == ("", f"{note}\n" + "".join(LIBRARY))


def test_a_standing_head_that_was_torn_off_is_the_headline_of_several_items() -> None:
    """财经短讯 goes with the column of three items; the first item's own headline stays a line of it."""
    items = [
        "对岸渔村鱼价回落",
        "鲫鱼每斤跌到九元，比上周便宜两元，鱼贩说，",
        "天气转暖以后上市量多了三成。",
        "",
        "渡轮公司上调票价",
        "渡轮公司昨日把单程票价调到四元，月票不变，",
        "学生仍然半价。",
        "",
        "新桥收费站关闭",
        "过桥费停收以后，每天过桥的货车多了一千辆，",
        "桥头的饭馆添了座位。",
    ]
    page = page_of("\n".join([*items, "", *LIBRARY, "", "图书馆添一百个座位", "", "财经短讯"]))
    found = {article.title: article.paragraphs for article in page.articles}
    assert set(found) == {"财经短讯", "图书馆添一百个座位"}
    assert found["财经短讯"][0] == items[0]
    assert page.rest == ()


@pytest.mark.parametrize(
    "line",
    [
        "一、招聘岗位",
        "（二）招聘岗位",
        "●每晚开到十一点",
        "本报记者 顾远山",
        "（执笔：顾远山）",
        "守桥人赵三：",
    ],
)
def test_points_and_names_within_a_text_are_no_headlines(line: str) -> None:
    """The article keeps the headline that was torn off, and the line stays in the text."""
    page = page_of("\n".join([*FERRY, "", line, "", *LIBRARY, "", "图书馆添一百个座位"]))
    assert line not in [article.title for article in page.articles]
    said = "".join(bare(article.text + article.byline) for article in page.articles)
    assert bare(line.removeprefix("●")) in said


@pytest.mark.parametrize("line", ["1" * 36 + "x", "9万" * 18 + "x", "1" * 4000 + "x"])
def test_a_line_of_figures_is_read_at_once(line: str) -> None:
    """What looks like a figure beside the text is not taken apart in every way there is."""
    started = time.perf_counter()
    page = page_of(f"{line}\n\n今天上午，市里开了一个会。\n")
    assert time.perf_counter() - started < 3
    told_ = "".join("".join((a.title, *a.paragraphs)) for a in page.articles)
    assert bare(told_ + "".join(page.rest)).count(line[0]) == line.count(line[0])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(
            alphabet="的报纸记者新华社电，。！？“”（）●■—：0123456789ab摄下转第上接版 \t\f",
            max_size=40,
        ),
        max_size=40,
    ).map("\n".join)
    | st.text(max_size=200)
)
def test_no_character_is_ever_lost(text: str) -> None:
    """Any text goes in without an error, and every character comes out in an article or in the rest."""
    try:
        pages = read_bytes(text.encode("utf-8", "replace"), "x.txt")
    except PageFormatError:
        return
    given_ = bare(text.encode("utf-8", "replace").decode()).replace("\ufeff", "").replace("\0", "")
    out = "".join(
        bare("".join((a.title, a.subtitle, a.byline, *a.paragraphs)))
        for p in pages
        for a in p.articles
    ) + "".join(bare("".join(p.rest)) for p in pages)
    lost = {char: given_.count(char) - out.count(char) for char in set(given_) - {"●"}}
    assert {char: n for char, n in lost.items() if n > 0} == {}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_page_reads_alike_in_every_encoding(seeds: Path, seed: Page, encoding: str) -> None:
    """Nobody has to know how the file was saved."""
    (path,) = seeds.glob("*.txt")
    (page,) = read_bytes(path.read_text("utf8").encode(encoding), "page.txt")
    assert page.articles == seed.articles


def test_a_traditional_page_in_big5_reads_like_the_same_in_utf8() -> None:
    """Taiwan's and Hong Kong's files are read, too."""
    text = (
        "市府宣布新圖書館開幕\n市府昨日宣布，新圖書館將於下月開幕，\n"
        "讀者可以免費辦理借書證。館長表示，\n館內設有兒童閱覽室。\n"
    )
    assert (
        read_bytes(text.encode("big5"), "a")[0].articles
        == read_bytes(text.encode(), "a")[0].articles
    )


def test_ids_come_from_the_words_alone(seed: Page, seeds: Path) -> None:
    """Renaming a file, other line ends or another order of articles changes no id."""
    (path,) = seeds.glob("*.txt")
    (again,) = read_bytes(path.read_bytes().replace(b"\n", b"\r\n"), "other-name.txt")
    assert [a.article_id for a in again.articles] == [a.article_id for a in seed.articles]
    assert again.page_id == seed.page_id
    assert len({a.article_id for a in seed.articles}) == 12


def test_several_pages_in_one_file_are_several(tmp_path: Path) -> None:
    """A form feed begins the next page."""
    path = tmp_path / "two.txt"
    path.write_text("第一版的消息到此为止。\n\f第二版另有一条消息。\n", "utf8")
    first, second = read_pages(path)
    assert first.articles[0].text == "第一版的消息到此为止。"
    assert second.articles[0].text == "第二版另有一条消息。"


def test_masthead_and_file_name_tell_the_day(tmp_path: Path) -> None:
    """Newspaper, date and page number come from where the page says so."""
    text = "青石日报\n2024年3月6日 星期三\n第3版\n\n" + "大桥昨天通车，市民纷纷前往参观。\n" * 3
    page = page_of(text)
    assert (page.newspaper, page.date, page.page_no) == ("青石日报", "2024-03-06", 3)
    path = tmp_path / "20240307_第02版.txt"
    path.write_text("大桥昨天通车，市民纷纷前往参观。", "utf8")
    page = read_page(path)
    assert (page.newspaper, page.date, page.page_no) == (None, "2024-03-07", 2)


@pytest.mark.parametrize(
    ("masthead", "section"),
    [
        ("青石日报 2024年3月6日 星期三 第4版 民生", "民生"),
        ("青石日报 2024年3月6日 要闻 第4版", "要闻"),
        ("青石日报\n2024年3月6日 A04版 经济·财富", "经济·财富"),
        ("青石日报 2024年3月6日\n第4版\n文化版", "文化"),
        ("青石日报 2024年3月6日 责任编辑 张三 第4版", None),
        ("青石日报 2024年3月6日 第4版 责任编辑：张三", None),
        ("青石日报 2024年3月6日 星期三 第4版 今日8版", None),
    ],
)
def test_the_masthead_tells_the_section_and_nothing_else_does(
    masthead: str, section: str | None
) -> None:
    """要闻, 社会 beside the page number; an editor's name is none."""
    page = page_of(masthead + "\n\n" + "大桥昨天通车，市民纷纷前往参观。\n" * 3)
    assert (page.newspaper, page.date, page.page_no) == ("青石日报", "2024-03-06", 4)
    assert page.section == section


def test_the_day_below_a_letter_is_not_the_page_s_day() -> None:
    """The letter was written the day before the file says that the page was printed."""
    letter = ["各位读者，图书馆开馆三十年，谢谢！", "顾远山", "2026年10月15日"]
    (page,) = read_bytes("\n".join([*letter, *FERRY]).encode(), "qs_2026-10-16.txt")
    assert page.date == "2026-10-16"
    (page,) = read_bytes("\n".join([*letter, *FERRY]).encode(), "page.txt")
    assert page.date is None


def test_a_date_within_a_report_is_not_the_page_s_date(seed: Page) -> None:
    """Nothing is made up: the real page does not say its day."""
    assert (seed.newspaper, seed.date, seed.page_no) == (None, None, None)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "是空的"),
        (b" \n\n\t", "是空的"),
        (bytes(range(256)) * 40, "不是文本"),
        (b"\xff\xfe\x00", "编码"),
    ],
)
def test_what_is_no_page_is_one_clear_sentence(data: bytes, what: str) -> None:
    """The file is named, and what to do."""
    with pytest.raises(PageFormatError, match=f"page.txt.*{what}"):
        read_bytes(data, "page.txt")


@pytest.mark.parametrize("text", ["BMW集团在华销量增长。", "RIFFLE，WEBP是一种图片格式。"])
def test_a_text_that_begins_like_an_image_is_a_text(text: str) -> None:
    """Only the bytes that an image cannot do without tell."""
    (page,) = read_bytes(text.encode(), "page.txt")
    assert page.articles[0].text == text


def test_a_wrong_path_is_one_clear_sentence(tmp_path: Path) -> None:
    """A missing file, a folder."""
    with pytest.raises(PageReadError, match=r"no\.txt"):
        read_page(tmp_path / "no.txt")
    with pytest.raises(PageReadError, match="文件夹"):
        read_page(tmp_path)


def test_an_opening_that_leads_to_a_list_is_no_headline() -> None:
    """A long first paragraph that ends in a colon, with a gap below it, is the text's."""
    opening = [
        "青石高新区是全市第一家省级园区，",
        "有企业六百多家，职工三万余人。为",
        "进一步扶持小微企业发展，解决企业",
        "在用工、融资、用地等方面的难题，",
        "帮助企业渡过难关。青石高新区管委",
        "会会同市有关部门，在广泛征求企业",
        "意见的基础上，结合园区今年的工作",
        "安排，特制定本扶持方案：",
    ]
    below = [
        "一、工作目标",
        "",
        "用两年的时间，新增小微企业两百家",
        "，带动就业五千人，园区产值年均增",
        "长百分之八以上。",
    ]
    page = page_of("\n".join(["青石高新区小微企业扶持方案", *opening, "", *below]))
    (article,) = page.articles
    assert article.title == "青石高新区小微企业扶持方案"
    assert article.paragraphs[0] == "".join(opening)
    assert article.paragraphs[-1] == "".join(below[2:])


def test_a_list_without_a_full_stop_is_an_article_too() -> None:
    """A dozen lines that end no sentence are no heap of headlines that belong to nobody."""
    report = [
        "本报讯昨日，青石大桥正式通车，全长三千米，",
        "双向六车道，连接青石与柳湾两镇，市民过江",
        "不再绕行。大桥历时三年建成，总投资十二亿",
        "元，是本市今年最大的交通工程。",
    ]
    books = [f"书名：第{name}本 作者：{name}生" for name in "甲乙丙丁戊己庚辛壬癸"]
    page = page_of("\n".join([*report, "", "\n\n".join(books), ""]))
    holding = [article for article in page.articles if "第甲本" in article.text]
    assert len(holding) == 1
    assert all(f"第{name}本" in holding[0].text for name in "甲乙丙丁戊己庚辛壬癸")
    assert page.rest == ()


@pytest.mark.parametrize(("width", "kind", "count"), [(36, "photo", 1), (38, "article", 2)])
def test_a_report_in_a_column_keeps_its_credit_apart(width: int, kind: str, count: int) -> None:
    """Text and credit are one caption where they are as wide as a photo, two paragraphs in a column."""
    told = (
        "二月六日，青石镇医材公司的车间里一片忙碌，工人们正在赶制口罩和防护服。为了多做一些，公司把"
        "管理人员和别的生产线的员工也调到这条线上，加班加点，先保证医院要用的物资，再供应市民。"
    )
    bridge = (
        "本报讯昨日，青石大桥正式通车，全长三千米，双向六车道，连接青石与柳湾两镇，市民过江不再绕行。"
        * 3
    )
    lines = [
        *typeset.wrapped(bridge, 30, hang=True),
        "",
        *typeset.wrapped(told, width, hang=True),
        "",
        "林远摄（人民视觉）",
    ]
    article = page_of("\n".join(lines)).articles[-1]
    assert (article.kind, len(article.paragraphs)) == (kind, count)
    assert article.text.endswith("林远摄（人民视觉）")


WATER = [
    "今年入夏以来，全市四座水库蓄水总量比去年同期多两成，供水不会紧张。",
    "水务局提醒，七月下旬到八月上旬用水最多，楼层较高的小区在傍晚可能水压偏低，物业应提前检修水泵。",
    "针对部分居民反映水有异味，工程师解释说，那是水源地藻类增多造成的，自来水厂已经加装活性炭滤池，各项指标全部合格。",
]
NOODLES = [
    "天还没有亮，梧桐巷口的面馆已经冒出热气。店主方阿婆今年七十二岁，这碗汤她熬了四十年。",
    "汤用猪骨和鲫鱼，小火熬六个小时，撇三次浮沫，最后撒一把自家晒的虾皮。她从不多做，一天八十碗，卖完就关门。",
    "巷子里的老邻居陆续搬走了，每到冬至，他们还会从各处赶回来，排着队等一碗面。",
]


def column(paragraphs: list[str], width: int) -> list[str]:
    """Paragraphs as lines, each with a blank line below."""
    return [line for text in paragraphs for line in [*wrapped(text, width, by_cells=False), ""]]


@pytest.mark.parametrize("width", [14, 17])
@pytest.mark.parametrize("gap", [[], [""]])
@pytest.mark.parametrize(
    ("heading", "opening"),
    [
        (("老面馆里的一碗汤（街巷故事）", "——记梧桐巷口的方阿婆"), NOODLES[0]),
        (("老面馆里的一碗汤", "——记梧桐巷口的方阿婆"), NOODLES[0]),
        (("一碗汤熬四十年", "核心阅读"), "核心阅读"),
    ],
)
def test_a_headline_between_two_columns_as_wide_parts_them(
    heading: tuple[str, str], opening: str, gap: list[str], width: int
) -> None:
    """A series, a deck below it or 核心阅读 tells it from a subhead: they are two articles."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER, width)]
    above, below = page_of("\n".join([*lines, *heading, *gap, *column(NOODLES, width)])).articles
    assert (above.title, list(above.paragraphs)) == ("水库蓄水充足供水不会紧张", WATER)
    assert (below.title, below.paragraphs[0]) == (heading[0], opening)
    assert list(below.paragraphs[-3:]) == NOODLES


def test_a_subhead_between_two_columns_as_wide_parts_nothing() -> None:
    """What goes on with the same matter below a line of its own is one article."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER[:1], 17)]
    lines += ["楼层较高的小区", "", *column(WATER[1:], 17)]
    (article,) = page_of("\n".join(lines)).articles
    assert list(article.paragraphs) == [WATER[0], "楼层较高的小区", *WATER[1:]]


def test_an_article_may_begin_below_the_credit_of_a_photo_as_wide() -> None:
    """Its headline stands elsewhere on the page; who took the photo closes the caption."""
    caption = (
        "九月三日，河湾村的村民在晒场上翻晒新收的稻谷，远远望去像铺开了一块金黄的毯子。今年河湾村早稻"
        "平均亩产比去年多三成，合作社已经同粮站签下收购的合同。"
    )
    told = [
        "河湾小学的操场边上有一间小屋，退休的周老师在里面教孩子们修自行车。补胎、上链条、调刹车，一样一样来，学会了就发一张自己画的执照。",
        "今年春天，他收了第四十个徒弟，是个扎辫子的女孩。别的孩子拧不动的螺丝，她垫块木板，拿脚一蹬就开了。",
        "周老师说，修车和读书一样，急不得。村里谁家的车坏了，推过来，孩子们抢着修。",
    ]
    lines = [*wrapped(caption, 14, by_cells=False), "本报记者 苏禾摄", "", *column(told, 14)]
    photo, article = page_of("\n".join([*lines, "周老师的修车铺"])).articles
    assert (article.title, list(article.paragraphs)) == ("周老师的修车铺", told)
    assert photo.text.startswith(caption[:20])


@pytest.mark.parametrize("width", [14, 17])
@pytest.mark.parametrize("heading", ["", "晒秋"])
def test_a_caption_as_wide_as_the_article_above_is_no_part_of_it(heading: str, width: int) -> None:
    """A short text that ends with who took the photo, with or without a headline of its own."""
    caption = (
        "昨天，北山脚下的村民把新收的玉米和辣椒铺在屋顶晾晒，远远望去像一幅彩色的画。今年当地粮食增产一成，"
        "家家户户的谷仓都装得满满当当。 苏 禾摄（本报资料图）"
    )
    lines = ["老面馆里的一碗汤", "", *column(NOODLES, width)]
    lines += [*filter(None, [heading]), *wrapped(caption, width, by_cells=False)]
    article, photo = page_of("\n".join(lines)).articles
    assert (article.title, list(article.paragraphs)) == ("老面馆里的一碗汤", NOODLES)
    assert (photo.kind, photo.title) == ("photo", heading)
    assert bare(photo.text) == bare(caption)


def test_how_to_reach_the_paper_is_no_article_s_but_how_to_book_is() -> None:
    """A line with a telephone number belongs to the page at its edges only."""
    report = [
        "本报讯记者昨日获悉，青石博物馆的新馆将于",
        "下周二起试开放，每天接待观众两千人，团体",
        "参观须提前三天预约，散客凭身份证件入馆。",
        "六十岁以上的市民可以不预约，从东门进入。",
        "预约电话：6935—9276",
        "馆内设有书店和茶室，三楼的特展免费参观，",
        "为期两个月，第一周延长开放到晚上九点，此",
        "后每天下午五点闭馆，周一闭馆。博物馆门前",
        "新设公交车站，三路和十一路可以到达。",
    ]
    page = page_of("\n".join(["新闻热线电话：6123—4567", "", *report]))
    assert page.rest == ("新闻热线电话：6123—4567",)
    assert "预约电话：6935—9276" in "".join(article.text for article in page.articles)


def test_layout_spaces_go_and_others_stay() -> None:
    """2月 11日 is 2月11日, but a space between Chinese characters is the paper's own."""
    page = page_of("灯会于2月 11日开幕，共 36 天，记者 王小明报道，新时代 新气象。\n")
    assert page.articles[0].text == "灯会于2月11日开幕，共36天，记者 王小明报道，新时代 新气象。"


def test_an_endless_line_takes_no_endless_time() -> None:
    """A megabyte without a line break is read in seconds."""
    text = "没有换行的一篇文章，" * 100_000
    assert bare(page_of(text).articles[0].text) == text


def test_a_long_dump_without_page_breaks_is_read_in_stretches() -> None:
    """None is longer than what is read at once, so time grows by the length; every character stays, once."""
    block = "\n".join(line for text in ONE_FREE for line in wrapped(text, 14, by_cells=True))
    text = "\n\n".join([block] * 800)
    pages = read_bytes(text.encode(), "year.txt")
    assert len(pages) > 1
    read = [
        "".join(p for article in page.articles for p in (article.title, *article.paragraphs))
        + "".join(page.rest)
        for page in pages
    ]
    assert max(map(len, read)) <= MAX_PAGE_CHARS
    assert Counter(bare("".join(read))) == Counter(bare(text))


def test_a_huge_text_is_refused_in_one_sentence() -> None:
    """Two hundred megabytes are no page; memory is not filled to find that out."""
    with pytest.raises(PageFormatError, match=r"^page\.txt .*200 MB.*拆开"):
        read_bytes(b"a" * (200 * 2**20), "page.txt")


def test_a_title_is_never_invented(seed: Page) -> None:
    """Every title stands on the page; an article without one is named by its own words."""
    for article in seed.articles:
        if not article.title:
            name = article.label.rstrip("…")
            assert re.sub(r"\s", "", name) in bare(article.text)


ONE_FREE = (
    "市交通局负责人说，下一步还要开通三条过江公交线路，把城东的学校、医院和市场同城西的车站连接起来，方便居民出行。",
    "青石大桥昨天正式通车，两岸群众盼望多年的愿望终于实现，今后过江只要十分钟就够了，大家都说真方便。",
    "大桥由本地企业设计建造，历时三年零四个月完工，用去钢材两万吨，全程没有发生过任何一起安全责任事故。",
    "桥上设有观景台和人行道，市民可以步行过江，也可以骑自行车往返，晚上还能看到两岸的灯光和江上的船。",
)


@pytest.mark.parametrize(
    "sent", ["晚报讯（记者林涛）", "本报南岸4月6日讯 ", "都市报讯 ", "本台讯 "]
)
def test_a_report_of_any_paper_begins_below_its_headline_without_a_blank_line(sent: str) -> None:
    """晚报讯 opens a report as 本报讯 does, where headline and columns stand close together."""
    lines = ["图书馆夜间添座位", *wrapped(sent + "".join(LIBRARY), 17, by_cells=True)]
    lines += ["河湾夜市开街", *wrapped(sent + FAIR, 17, by_cells=True)]
    assert [(one.title, one.text) for one in page_of("\n".join(lines)).articles] == [
        ("图书馆夜间添座位", sent + "".join(LIBRARY)),
        ("河湾夜市开街", sent + FAIR),
    ]


def test_who_wrote_an_article_may_stand_below_its_headline() -> None:
    """本报记者 between a headline and a column without a blank line parts it from the article above."""
    one, other = (wrapped(text, 17, by_cells=True) for text in ("".join(LIBRARY), FAIR))
    lines = [
        "图书馆夜间添座位",
        "",
        *one,
        "",
        "一百五十六个摊位",
        "河湾夜市零点才散",
        "本报记者 林涛 实习生 周敏",
        *other,
    ]
    articles = page_of("\n".join(lines)).articles
    assert [article.text for article in articles] == [
        "".join(LIBRARY),
        f"本报记者 林涛 实习生 周敏\n{FAIR}",
    ]
    assert {articles[1].title, articles[1].subtitle} == {"一百五十六个摊位", "河湾夜市零点才散"}


@pytest.mark.parametrize(
    ("label", "first"),
    [
        ("招聘启事", ""),
        ("读者来信", "编辑同志："),
        ("读者来信", "编辑老师："),
        ("更 正", ""),
        ("【服务】", ""),
        ("关于河湾夜市开街的公告", ""),
    ],
)
def test_what_a_text_is_begins_an_article(label: str, first: str) -> None:
    """A notice or a letter below the last line of a report, without a blank line, is no part of it."""
    one, other = (wrapped(text, 17, by_cells=True) for text in ("".join(LIBRARY), first + FAIR))
    lines = ["图书馆夜间添座位", *one, label, *other]
    told_ = [(one.title, one.text) for one in page_of("\n".join(lines)).articles]
    assert told_[0] == ("图书馆夜间添座位", "".join(LIBRARY))
    assert told_[1] in ((label, first + FAIR), ("", f"{label}\n{first}{FAIR}"))


def test_the_points_of_a_list_are_one_text_however_wide_their_lines() -> None:
    """A mark that hangs beyond the column makes no other column of it."""
    points = ["▲图书馆夜间开放满一年，读者增加到两百人。", "▲河湾夜市昨晚开街，共有摊位一百五十六个。",
              "▲渡轮公司昨日宣布，夜间航班下月恢复开行，每晚九点和十一点各开一班。"]  # fmt: skip
    lines = [line for point in points for line in wrapped(point, 17, by_cells=True)]
    lines[-2] += "，"
    page = page_of("\n".join(["渡口手记出版", "", *FERRY, "", "短 波", *lines]))
    assert page.articles[-1].text.count("▲") == 3


@pytest.mark.parametrize(
    "staff",
    ["责编/苏敏 版式/丁一凡 校对/韩雪", "主编：车向东 编辑：邵玉", "值班编辑：佟乐 美编：阿宽"],
)
def test_who_made_the_page_is_the_page_s_own(staff: str) -> None:
    """And the headline of nothing."""
    page = page_of("\n".join([staff, "", "图书馆夜间添座位", "", *LIBRARY]))
    assert ([article.title for article in page.articles], page.rest) == (
        ["图书馆夜间添座位"],
        (staff,),
    )


SHORT_PAGE = (
    "河湾夜市开街\n\n本报讯（记者 宋佳）4月6日晚，河湾夜市\n正式开街，共有摊位156个。\n\n"
    "供热管网提前改造\n\n本报讯（记者 林涛）昨日，供热管网改\n造工程提前启动。今年计划改造管网86公\n里，惠及居民5.4万户"
)


@pytest.mark.parametrize(
    "ending",
    [
        "。[2]",
        "。［注1］",
        "。①",
        "",
        "。（林涛）",
        "。 （下转第三版）",
        "（下转第3版）",
        "。 通讯员 林涛",
    ],
)
def test_an_article_that_ends_in_no_full_stop_is_an_article(ending: str) -> None:
    """A note's mark, a name, where it goes on or nothing at all behind the last word: nothing falls off the page."""
    page = page_of(f"{SHORT_PAGE}{ending}\n")
    assert page.rest == ()
    assert [article.title for article in page.articles] == ["河湾夜市开街", "供热管网提前改造"]
    (paragraph,) = page.articles[1].paragraphs
    assert "改造工程提前启动。今年计划改造管网86公里，惠及居民5.4万户" in paragraph


def test_who_wrote_an_article_may_be_torn_off_with_its_headline() -> None:
    """Below the headline in a heap, 本报记者 is the byline of the article that the headline is given to."""
    heap = ["老面馆里的一碗汤（记者在基层）", "本报记者 蓝雨", "", "水库蓄水充足供水不会紧张", ""]
    lines = [*column(WATER, 17), *heap, *column(NOODLES, 17)]
    above, below = page_of("\n".join(lines)).articles
    assert (above.title, list(above.paragraphs)) == ("水库蓄水充足供水不会紧张", WATER)
    assert (below.title, below.byline) == ("老面馆里的一碗汤（记者在基层）", "本报记者 蓝雨")
    assert list(below.paragraphs) == NOODLES


@pytest.mark.parametrize(
    "byline",
    [
        "□记者 蓝雨 通讯员 林涛",
        "文/图 本报记者 蓝雨",
        "记者 蓝雨 报道",
        "本刊首席记者 蓝雨",
        "（记者 蓝雨）",
        "蓝 雨",
    ],
)
def test_who_wrote_an_article_is_named_in_many_ways(byline: str) -> None:
    """Below two lines of headline, papers print it with a box, with the photos, in brackets or bare."""
    lines = [
        "水库蓄水充足供水不会紧张",
        "",
        *column(WATER, 17),
        "老面馆里的一碗汤",
        "——记梧桐巷口的方阿婆",
        byline,
    ]
    above, below = page_of("\n".join([*lines, *column(NOODLES, 17)])).articles
    assert (above.title, list(above.paragraphs)) == ("水库蓄水充足供水不会紧张", WATER)
    assert below.title == "老面馆里的一碗汤"
    assert byline in (below.byline, below.paragraphs[0])
    assert list(below.paragraphs[-3:]) == NOODLES


@pytest.mark.parametrize("byline", ["□记者 蓝雨", "记者 蓝雨 报道", "文/图 本报记者 蓝雨"])
def test_who_wrote_an_article_parts_it_from_the_one_above(byline: str) -> None:
    """Where no headline stands between them, a box or 报道 says that the text below is meant."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER, 17), byline, "", *column(NOODLES, 17)]
    above, below = page_of("\n".join(lines)).articles
    assert (above.title, list(above.paragraphs)) == ("水库蓄水充足供水不会紧张", WATER)
    assert (below.title, list(below.paragraphs)) == ("", [byline, *NOODLES])


def test_all_who_wrote_an_article_are_named() -> None:
    """A name and a byline in brackets below one headline: neither is lost."""
    lines = [
        "水库蓄水充足供水不会紧张",
        "",
        *column(WATER, 17),
        "老面馆里的一碗汤",
        "——记梧桐巷口的方阿婆",
        "方小明",
        "（本报记者 蓝雨）",
        "",
    ]
    articles = page_of("\n".join([*lines, *column(NOODLES, 20)])).articles
    assert articles[1].title == "老面馆里的一碗汤"
    assert bare(articles[1].byline + articles[1].paragraphs[0]).startswith("方小明（本报记者蓝雨）")


def test_a_list_of_names_is_read_at_once() -> None:
    """Only the last line of a heading may name its author, however many names stand there."""
    names = ["王小明", "李静怡", "陈晓兰", "赵敏芝"] * 700
    page = page_of("光荣榜\n" + "\n".join(names) + "\n")
    told_ = "".join(
        part for one in page.articles for part in (one.title, one.byline, *one.paragraphs)
    )
    assert (told_ + "".join(page.rest)).count("陈晓兰") == 700
    lines = lines_of("光荣榜\n" + "\n".join(names))
    assert heading_of(lines, "").byline == "赵敏芝"


def test_who_asks_in_an_interview_begins_no_article() -> None:
    """记者 before a question names nobody."""
    asked = ["记者 您是什么时候开始练的？", "记者 最难的是哪一段"]
    lines = [
        "老面馆里的一碗汤",
        "",
        *column(NOODLES, 17),
        asked[0],
        *column(WATER, 17),
        asked[1],
        *column(NOODLES, 17),
    ]
    (article,) = page_of("\n".join(lines)).articles
    assert article.byline == ""


@pytest.mark.parametrize("line", ["（记者见闻）", "（通讯员之家）", "温 暖", "夏 至"])
def test_a_series_or_a_word_is_nobody_s_name(line: str) -> None:
    """What stands below a headline in brackets or spaced out may be its own."""
    assert heading_of(lines_of(f"老面馆里的一碗热汤熬了四十年整\n{line}\n"), "").byline == ""


def test_a_public_notice_is_named_by_its_subject() -> None:
    """The number below it and the office above it are no titles."""
    lines = lines_of("关于拍卖国有土地使用权的公告\n江自然资告字〔2025〕3号\n")
    assert heading_of(lines, "").told("江城市拟拍卖土地两宗。")[0] == "关于拍卖国有土地使用权的公告"


def test_what_stands_below_short_items_is_none_of_them() -> None:
    """Below the last ▲ a headline and a column begin an article, however wide."""
    items = [
        "▲城关镇 6月1日，首个老年食堂在东门社区开张，六十岁以上的老人十二元一餐。",
        "▲黄沙乡 全乡烤烟移栽结束，比去年多了三百亩。",
    ]
    heap = ["老面馆里的一碗汤", "", "水库蓄水充足供水不会紧张", ""]
    lines = [
        "乡镇短波",
        "",
        *column(items, 17),
        *heap,
        *column(NOODLES, 17),
        "",
        *column(WATER, 14),
    ]
    short, noodles, water = page_of("\n".join(lines)).articles
    assert (short.title, short.text[:4]) == ("乡镇短波", "▲城关镇")
    assert (noodles.title, list(noodles.paragraphs)) == ("老面馆里的一碗汤", NOODLES)
    assert (water.title, list(water.paragraphs)) == ("水库蓄水充足供水不会紧张", WATER)


def test_the_rest_of_a_headline_is_nobody_s_name() -> None:
    """洪森 below a full line is what the headline has left over, and 双 is a surname, too."""
    lines = lines_of("李克强会见柬埔寨王国首相\n洪森\n")
    assert heading_of(lines, "").parts == ("李克强会见柬埔寨王国首相洪森",)


def test_who_wrote_an_article_is_set_in_a_column_of_its_own_width() -> None:
    """A line with a name above a wider column, below its headline, is no article."""
    lines = [
        "水库蓄水充足供水不会紧张",
        "——城西供水见闻",
        "本报记者 蓝雨 通讯员 林涛",
        "",
        *column(WATER, 20),
    ]
    (article,) = page_of("\n".join(lines)).articles
    assert (article.title, article.byline) == (
        "水库蓄水充足供水不会紧张",
        "本报记者 蓝雨 通讯员 林涛",
    )
    assert list(article.paragraphs) == WATER


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        (["这碗汤，非得排队喝！", "——记梧桐巷口的方阿婆"], "这碗汤，非得排队喝！"),
        (["这碗汤，凭什么排队喝？", "（街巷故事）"], "这碗汤，凭什么排队喝？（街巷故事）"),
        (["目的地，面馆！（街巷故事）", ""], "目的地，面馆！（街巷故事）"),
    ],
)
def test_a_headline_may_call_out_or_ask(heading: list[str], title: str) -> None:
    """A deck or a series right below tells it from the last sentence of the article above."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER, 17), *heading, *column(NOODLES, 15)]
    above, below = page_of("\n".join(lines)).articles
    assert list(above.paragraphs) == WATER
    assert (below.title, list(below.paragraphs)) == (title, NOODLES)


def test_what_is_called_out_at_the_end_of_an_article_is_no_headline() -> None:
    """Who wrote it, in brackets or below, makes no series of it."""
    for closing in (
        ["这碗汤，非得排队喝！", "（作者为江城作家）"],
        ["这碗汤，非得排队喝！（王小明）"],
    ):
        lines = ["老面馆里的一碗汤", "", *column(NOODLES, 17), *closing, "", *column(WATER, 14)]
        assert page_of("\n".join(lines)).articles[0].paragraphs[len(NOODLES)].startswith("这碗汤")


def test_what_a_standing_head_names_is_no_rest_of_it() -> None:
    """反馈 and 广西都安 are two headings: nothing is left over of a line as short as that."""
    feedback, line = (
        lines_of("反馈\n广西都安\n"),
        lines_of("上海出台优化营商环境实施办法和\n配套细则\n"),
    )
    assert heading_of(feedback, "").parts == ("反馈", "广西都安")
    assert heading_of(line, "").parts == ("上海出台优化营商环境实施办法和配套细则",)


def test_the_end_of_a_number_is_no_page_number() -> None:
    """0版 below 3. is the rest of a headline, 第3版 the page's own."""
    page = page_of("第3版\n\n上海出台营商环境实施方案3.\n0版\n\n" + "\n".join(column(WATER, 17)))
    assert page.page_no == 3
    assert page.articles[0].title == "上海出台营商环境实施方案3.0版"


def test_a_note_to_a_word_goes_on_in_its_sentence() -> None:
    """A line that ends before （净菜）售卖车 is no headline."""
    text = ["小区门口设了流动蔬菜", "（净菜）售卖车，每天", "早上七点开卖，", "菜由城郊农场直送。"]
    (article,) = page_of("\n".join([*text, *column(NOODLES, 10)])).articles
    assert (article.title, article.paragraphs[0][:12]) == ("", "小区门口设了流动蔬菜（净")


def test_two_reports_that_name_their_reporters_are_two() -> None:
    """本报讯（记者…） opens one, （记者…） closes the next: the line between is a headline and no subhead."""
    first = [f"本报讯（记者 蓝雨）{WATER[0]}", *WATER[1:]]
    second = [*NOODLES[:-1], f"{NOODLES[-1]}（记者 林涛）"]
    lines = [
        "水库蓄水充足供水不会紧张",
        "",
        *column(first, 17),
        "一碗汤熬四十年",
        *column(second, 17),
    ]
    articles = page_of("\n".join(lines)).articles
    assert [(one.title, list(one.paragraphs)) for one in articles] == [
        ("水库蓄水充足供水不会紧张", first),
        ("一碗汤熬四十年", second),
    ]


def test_a_heading_that_no_article_wants_is_of_the_one_below_it() -> None:
    """Two characters above a caption say nothing of it, and yet they are its headline."""
    caption = [
        *wrapped(
            "九月三日，河湾村的村民在晒场上翻晒新收的稻谷，远远望去像铺开了一块金黄的毯子。",
            18,
            by_cells=False,
        )
    ]
    lines = [
        *column(WATER, 17),
        "水库蓄水充足供水不会紧张",
        "",
        "绽放",
        "",
        *caption,
        "",
        "本报记者 苏禾摄",
    ]
    articles = page_of("\n".join(lines)).articles
    assert [article.title for article in articles] == ["水库蓄水充足供水不会紧张", "绽放"]
    assert articles[1].text.startswith("九月三日")


@pytest.mark.parametrize("byline", ["通讯员 周敏", "\n通讯员 周敏"])
def test_who_wrote_an_article_is_no_headline_of_the_brief_below_it(byline: str) -> None:
    """A closing 通讯员 line is the byline of what ends above it, whether a blank line stands before it or not."""
    page = page_of(f"{SHORT_PAGE}。\n{byline}\n\n●江城图书馆新馆3月8日试开放，每\n天限额3000人。\n")
    assert [(one.title, one.byline) for one in page.articles] == [
        ("河湾夜市开街", ""),
        ("供热管网提前改造", "通讯员 周敏"),
        ("", ""),
    ]


@pytest.mark.parametrize(
    ("lines", "byline"),
    [
        (["居民5.4万户。 通讯员 周敏 王小", "明陈晓兰"], "通讯员 周敏 王小明陈晓兰"),
        (["惠及全市居民5.4万户。 本报通讯员", "周敏"], "本报通讯员周敏"),
    ],
)
def test_who_wrote_an_article_may_be_broken_like_any_line(lines: list[str], byline: str) -> None:
    """The names on the last line are of no headline and of no paragraph of their own."""
    text = "供热管网提前改造\n\n改造工程提前启动，今年计划改造管\n网86公里，\n"
    page = page_of(
        text + "\n".join(lines) + "\n\n●江城图书馆新馆3月8日试开放，每\n天限额3000人。\n"
    )
    assert [(one.title, one.byline, one.kind) for one in page.articles] == [
        ("供热管网提前改造", byline, "article"),
        ("", "", "brief"),
    ]


def test_who_wrote_an_article_in_brackets_below_it_is_no_article() -> None:
    """（记者周敏） on a line of its own stays with what it stands below."""
    one, other = SHORT_PAGE.split("\n\n供热")
    page = page_of(f"{one}\n（记者周敏）\n\n供热{other}。\n")
    assert [article.title for article in page.articles] == ["河湾夜市开街", "供热管网提前改造"]
    assert page.articles[0].paragraphs[-1] == "（记者周敏）"


def test_where_an_article_goes_on_does_not_widen_its_column() -> None:
    """（下转第3版） set behind the last line of a paragraph parts nothing from the article."""
    page = page_of(
        "供热管网提前改造\n\n本报讯（记者 林涛）昨日，供热管网改\n造工程提前启动，计划改造管网86公里。\n\n"
        "居民在过渡期间可到社区领取电暖器，\n费用由市里承担。（下转第三版）\n\n"
        "河湾夜市开街\n\n本报讯（记者 宋佳）4月6日晚，河湾夜市\n正式开街，共有摊位156个。\n"
    )
    assert [article.title for article in page.articles] == ["供热管网提前改造", "河湾夜市开街"]
    assert page.articles[0].paragraphs[1].startswith("居民在过渡期间可到社区领取电暖器，费用")


def test_one_free_character_ends_a_paragraph_where_a_program_broke_the_lines() -> None:
    """No blank line and no indent is needed: the line would have held the next one's first character."""
    width = 14
    assert len(wrapped(ONE_FREE[0], width, by_cells=True)[-1]) == width - 1
    paragraphs = (*ONE_FREE, *reversed(ONE_FREE))
    lines = [line for text in paragraphs for line in wrapped(text, width, by_cells=True)]
    (article,) = page_of("\n".join(["大桥通车", *lines])).articles
    assert article.paragraphs == paragraphs


def test_an_article_that_jumps_to_another_page_is_one() -> None:
    """下转 and 上接 are stitched, within a sentence, too, and the marks are kept apart."""
    first, fourth = read_bytes(f"{FIRST_PAGE}\f{FOURTH_PAGE}".encode(), "issue.txt")
    (bridge,) = first.articles
    assert bridge.title == "大桥昨日正式通车"
    assert "今后过江只要十分钟，比过去节省一个小时。" in bridge.text
    assert bridge.inferred["order"] == "下转第四版"
    assert [article.text[:4] for article in fourth.articles] == ["柳湾小学"]
    assert first.rest[-1] == "（下转第四版）"
    assert fourth.rest[-1] == "（上接第一版）"


def test_a_jump_without_its_other_half_stays_as_it_is() -> None:
    """The other page may come in another file."""
    (page,) = read_bytes(FIRST_PAGE.encode(), "issue.txt")
    assert page.articles[0].text.endswith("（下转第四版）")


def issue(*pages: list[str]) -> tuple[Page, ...]:
    """Pages 1, 2, … of an issue, of articles with the one text each."""
    return tuple(
        Page(
            source=f"{number}.txt",
            page_id=f"p{number}",
            articles=numbered([composed(f"{number}之{at}", "", text.split("\n")) for at, text in enumerate(texts)]),
            page_no=number,
        )
        for number, texts in enumerate(pages, 1)
    )  # fmt: skip


def test_an_article_that_jumps_twice_is_one() -> None:
    """From the first page to the second and on to the third; nothing of it is lost on the way."""
    first, second, third = stitched(
        issue(
            ["大桥昨日通车，（下转第2版）", "学校开学了。"],
            ["（上接第1版）全长三里，（下转第3版）"],
            ["（上接第2版）历时三年。", "医院落成。"],
        )
    )
    assert [article.text for article in first.articles] == [
        "大桥昨日通车，全长三里，历时三年。",
        "学校开学了。",
    ]
    assert first.rest == ("（下转第2版）",)
    assert (second.articles, second.rest) == ((), ("2之0", "（上接第1版）", "（下转第3版）"))
    assert [article.text for article in third.articles] == ["医院落成。"]
    assert third.rest == ("3之0", "（上接第2版）")


def test_two_articles_of_a_page_may_jump() -> None:
    """Each to a page of its own."""
    first, *others = stitched(
        issue(
            ["大桥通车，（下转第2版）", "学校开学，（下转第3版）"],
            ["（上接第1版）全长三里。"],
            ["（上接第1版）新生百人。"],
        )
    )
    assert [article.text for article in first.articles] == [
        "大桥通车，全长三里。",
        "学校开学，新生百人。",
    ]
    assert [page.articles for page in others] == [(), ()]


def test_two_articles_that_jump_to_one_page_are_told_apart() -> None:
    """By the headline that is said again there; the one that is left belongs to the one that is left."""
    both = issue(
        ["东湖大桥昨日通车，（下转A2版）", "学校开学，（下转A2版）"],
        ["（上接A1版）新生百人。", "（上接A1版）全长三里。"],
    )
    articles = both[1].articles
    named = replace(articles[1], title="东湖大桥通车")
    first, second = stitched((both[0], replace(both[1], articles=(articles[0], named))))
    assert [article.text for article in first.articles] == [
        "东湖大桥昨日通车，全长三里。",
        "学校开学，新生百人。",
    ]
    assert second.articles == ()
    assert stitched(both) == both  # where nothing tells them apart


@pytest.mark.parametrize(
    "foot", ["读者热线：027-85770000", "本版编辑 张三 版式 李四", "本报网址：www.example.cn"]
)
def test_how_to_reach_the_paper_is_the_page_s_own(foot: str) -> None:
    """A photo's caption above it stays a caption."""
    text = (
        "大桥通车\n\n大桥昨日通车，全长三里，两岸居民往来\n方便。\n\n●图书馆新馆开放。\n\n"
        f"3月1日，校园内早樱初放，游客正在拍照\n留念。 赵铁军 摄\n\n{foot}\n"
    )
    (page,) = read_bytes(text.encode(), "x.txt")
    assert [article.kind for article in page.articles] == ["article", "brief", "photo"]
    assert page.articles[2].text == "3月1日，校园内早樱初放，游客正在拍照留念。 赵铁军 摄"
    assert page.rest == (foot,)


@pytest.mark.parametrize(
    ("masthead", "number"),
    [
        ("江城日报　2025年3月3日　A03版　要闻", 3),
        ("A03 要闻 江城晚报 2025年3月3日", 3),
        ("江城晚报 2025年3月3日 型号A03X", None),
        ("江城晚报 2025年3月3日 A3纸", None),
    ],
)
def test_a_page_of_a_lettered_section_has_its_number(masthead: str, number: int | None) -> None:
    """A03 is page 3; what only looks like it is none."""
    (page,) = read_bytes(f"{masthead}\n\n大桥通车\n\n大桥昨日通车。\n".encode(), "x.txt")
    assert page.page_no == number


@pytest.mark.parametrize(
    "pages",
    [
        # two that go on in one; one that goes on in itself by way of another; a mark over two paragraphs
        (["甲事，（下转第2版）", "乙事，（下转第2版）"], ["（上接第1版）后事。"]),
        (["（上接第2版）甲事，（下转第2版）"], ["（上接第1版）乙事，（下转第1版）"]),
        (["甲事，（下转\n第2版）"], ["（上接第1版）后事。"]),
    ],
)
def test_a_jump_that_is_not_sure_stays_as_it_is(pages: tuple[list[str], ...]) -> None:
    """Rather two halves than words of another article, or none."""
    given_ = issue(*pages)
    assert stitched(given_) == given_


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<!-- 题 -->\n" * 20_000 + "<div>正文在这里。</div>", "page.txt"),
        ("正文在这里" + " " * 20_000 + "。", "page.txt"),
        ("正文在这里（下转第" + " " * 20_000 + "版。", "page.txt"),
        ("（ " * 10_000 + "正文在这里。", "page.txt"),
        ("<p>" + "<b>正文</b>" * 20_000 + "在这里。</p>", "page.html"),
    ],
)
def test_what_repeats_itself_is_read_at_once(text: str, name: str) -> None:
    """Comments, spaces or marks by the thousand are not taken apart in every way there is."""
    started = time.perf_counter()
    (page,) = read_bytes(text.encode(), name)
    assert time.perf_counter() - started < 5
    told_ = "".join(
        part for article in page.articles for part in (article.title, *article.paragraphs)
    )
    assert "在这里" in bare(told_ + "".join(page.rest))


def test_what_was_guessed_says_why(seed: Page) -> None:
    """A torn headline and a day that only datelines give away are marked, others are not."""
    why = {article.title: article.inferred for article in seed.articles}
    assert "内容" in why["织密“保障网”为职工幸福“加码”"]["title"]
    assert "title" not in why["南京发布秦淮灯会最新提示"]
    text = "新华社北京2月27日电 会议27日在京召开，部署了今年的各项工作，要求抓好落实。\n"
    assert "2月27日" in page_of(text).articles[0].inferred["date"]
    assert page_of(text).date is None


def test_a_thousand_lines_that_look_like_headlines_are_read_at_once() -> None:
    """Lists of names and empty brackets: time grows with the text and not with its cube."""
    started = time.perf_counter()
    page = page_of("\n".join(["（）"] * 1000 + [f"大桥通车{number}" for number in range(1000)]))
    assert time.perf_counter() - started < 10
    said = "".join("".join(article.paragraphs) + article.title for article in page.articles)
    assert said.count("大桥通车") + "".join(page.rest).count("大桥通车") == 1000

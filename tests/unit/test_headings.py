"""Whose a heading is, where a dump has torn it off, heaped it with others or set it below its article."""

import time

import pytest

from tests.unit.test_pages import NOODLES, WATER, bare, column, page_of

SCHOOL = [
    "开学第一周，柳荫小学的走廊里多了一排旧书架，书是毕业班的孩子留下的，谁都可以取走一本，也可以放回一本。",
    "校长程越说，书架不设管理员，借书不登记，一个月下来不但没有少，还多出了四十多本连环画。",
    "下学期，学校打算把书架搬进每间教室，让孩子们自己写推荐语。",
]
FERRIES = [
    "渡口的老船工昨天交出了最后一把舵，新渡轮由电机推动，过江只要六分钟，每船可载八十人。",
    "渡运公司介绍，旧渡轮服役二十九年，走了十一万个来回，将留在江边做一座小博物馆。",
]


def told(text: str) -> list[tuple[str, str]]:
    """The title of each article, and how it begins."""
    return [(one.title, one.paragraphs[0][:9]) for one in page_of(text).articles]


def test_headlines_heaped_without_a_blank_line_find_their_articles() -> None:
    """Four headlines in four lines are no heading of four parts: each is found above its own text."""
    heap = [
        "供水不会紧张",
        "老面馆里的一碗汤",
        "走廊里的旧书架谁都能借",
        "老船工交出最后一把舵",
    ]
    lines = [*heap, "", *column(NOODLES, 17), *column(WATER, 15), *column(FERRIES, 19)]
    assert told("\n".join([*lines, *column(SCHOOL, 21)])) == [
        ("老面馆里的一碗汤", NOODLES[0][:9]),
        ("供水不会紧张", WATER[0][:9]),
        ("老船工交出最后一把舵", FERRIES[0][:9]),
        ("走廊里的旧书架谁都能借", SCHOOL[0][:9]),
    ]


def test_a_headline_below_its_article_is_its_headline() -> None:
    """Two lines that no other article wants, right below a text that has none."""
    lines = [*column(NOODLES, 17), "民生实事·追踪", "“体检”之后", "", *column(WATER, 15)]
    lines += ["水库蓄水充足供水不会紧张"]
    assert told("\n".join(lines)) == [
        ("“体检”之后", NOODLES[0][:9]),
        ("水库蓄水充足供水不会紧张", WATER[0][:9]),
    ]


def test_who_spoke_and_who_chaired_stands_below_a_headline() -> None:
    """Their names are no second line of it, and it is no deck of the meeting named above it."""
    heading = ["全市水利建设推进会召开", "以水库之固促供水之稳", "程越讲话 陆文渊主持"]
    text = [f"本报讯 {WATER[0]}", *WATER[1:]]
    (article,) = page_of("\n".join([*heading, "", *column(text, 17)])).articles
    assert (article.title, article.subtitle) == (heading[1], f"{heading[0]}\n{heading[2]}")


@pytest.mark.parametrize(
    "heading",
    [
        ["新渡轮昨日首航", "每船可载八十人", "过江只要六分钟"],
        ["新渡轮昨日首航", "过江只要六分钟", "单程票价三元"],
    ],
)
def test_a_headline_may_have_two_decks(heading: list[str]) -> None:
    """Three lines are not always kicker, headline and deck."""
    text = [
        "老船工交出最后一把舵，新渡轮昨日首航。新渡轮由电机推动，每船可载八十人，过江只要六分钟。"
    ]
    (article,) = page_of("\n".join([*heading, "", *column(text, 17)])).articles
    assert (article.title, article.subtitle) == (heading[0], "\n".join(heading[1:]))


def test_a_pen_name_ends_an_article_and_a_byline_below_it_begins_the_next() -> None:
    """Neither has a headline between them: the upper one has its author, so the name alone is of the lower one."""
    above = [*WATER[:-1], f"{WATER[-1]} 夏天"]
    lines = ["水库蓄水充足供水不会紧张", "", *column(above, 17), "晚报记者 蓝雨", ""]
    articles = page_of("\n".join([*lines, *column(NOODLES, 17)])).articles
    assert [list(one.paragraphs) for one in articles] == [above, ["晚报记者 蓝雨", *NOODLES]]


def test_reports_that_say_at_their_ends_where_they_were_sent_from_stay_below_their_standing_head() -> (
    None
):
    """The standing head was torn off; the first report's headline right above its text is none of the whole."""
    reports = [
        "甲国修成跨海大桥",
        "大桥全长十二公里，昨天起行人也能走上桥面，桥头设了两处观景台，开放第一天来了三千人。（据新华社东京电）",
        "乙国学校因为连日高温五月里停课两周",
        "教室里没有风扇，教育部门决定提前放假，老师每周到学生家里去一次，食堂照常供应午饭。（本报河内电）",
        "丙国图书馆把旧书借给渔船上的水手看",
        "水手出海一次要三个月，图书馆在码头设了书箱，借书不登记，回港时放回箱里就行。（新华社伦敦电 记者林涛）",
    ]
    lines = [
        *column(reports, 17),
        *column(SCHOOL, 21),
        "走廊里的旧书架谁都能借",
        "",
        "微阅读",
        "",
        "渡船上的书箱",
    ]
    assert told("\n".join(lines)) == [
        ("微阅读", "甲国修成跨海大桥"),
        ("走廊里的旧书架谁都能借", SCHOOL[0][:9]),
    ]


def test_an_article_that_opens_with_its_headline_takes_no_other() -> None:
    """As wide as its column, the headline looks like the first line of the text; what stands below is none."""
    comment = ["面馆关门，街巷少了什么（金台锐评）", *NOODLES]
    page = page_of("\n".join([*column(comment, 17), "江上的告别"]))
    assert [(one.title, list(one.paragraphs[:3])) for one in page.articles] == [
        (comment[0], NOODLES)
    ]


@pytest.mark.parametrize("cut", [7, 5])
def test_an_article_goes_on_behind_a_photo(cut: int) -> None:
    """Its columns are as wide, the lower one has no headline: at the end of a paragraph and within a sentence."""
    lines = column([*SCHOOL, *SCHOOL[:1]], 17)
    photo = [
        "九月三日，河湾村的村民在晒场上翻晒新收的稻谷，远远望去像铺开了一块金黄的毯子。今年全村种稻四百亩，亩产比去年多一成。",
        "本报记者 苏禾摄",
    ]
    page = ["走廊里的旧书架谁都能借", "", *lines[:cut], "", *column(photo, 22), *lines[cut:]]
    articles = page_of("\n".join(page)).articles
    assert [one.title for one in articles] == ["走廊里的旧书架谁都能借", ""]
    assert "".join(articles[0].text.split()) == "".join([*SCHOOL, SCHOOL[0]])


def test_two_reports_that_are_each_signed_at_their_end_are_two() -> None:
    """Set as wide, one right below the other, one headline torn off; below a standing head they are parts of one."""
    reports = [f"{FERRIES[0]}{FERRIES[1]}（程 越）", f"{SCHOOL[0]}{SCHOOL[2]} 夏天"]
    head = "走廊里的旧书架谁都能借"
    assert told("\n".join([*column(reports, 17), head])) == [
        ("", FERRIES[0][:9]),
        (head, SCHOOL[0][:9]),
    ]
    (article, *_) = page_of(
        "\n".join([*column(reports, 17), "资讯速递", "", *column(WATER, 15)])
    ).articles
    assert list(article.paragraphs) == reports


def test_a_box_and_a_name_say_who_wrote_what_stands_below() -> None:
    """◎文/周敏 between two texts as wide parts them, and is no heading."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER, 17), "◎文/蓝雨", *column(NOODLES, 17)]
    assert told("\n".join(lines)) == [
        ("水库蓄水充足供水不会紧张", WATER[0][:9]),
        ("", "◎文/蓝雨"),
    ]


@pytest.mark.parametrize(
    "heading",
    [
        [
            "今日导读",
            "老面馆里的一碗汤 3版",
            "走廊里的旧书架 5版",
            "老船工交出舵 6版",
            "夜市开街 8版",
        ],
        [
            "全市水利工作会议强调",
            "以水库之固促供水之稳",
            "李明讲话 王强主持",
            "张军出席",
            "赵刚作报告",
        ],
    ],
)
def test_lines_that_are_nobodys_headlines_stay_one_heading(heading: list[str]) -> None:
    """What is on other pages, or who came to a meeting, is no text of the article below."""
    text = [f"本报讯 {WATER[0]}", *WATER[1:]]
    (article,) = page_of("\n".join([*heading, "", *column(text, 17)])).articles
    assert list(article.paragraphs) == text


def test_a_word_behind_a_full_stop_ends_no_paragraph() -> None:
    """。 目前 at the end of a line goes on in the next; a name does so only where the text ends."""
    lines = [
        "养护队已经铺好三公里的管道。 目前",
        "工程已经完成过半，年底以前两岸都能用",
        "上自来水。",
    ]
    (article,) = page_of("\n".join(["水管过江", "", *lines])).articles
    assert "".join("".join(article.paragraphs).split()) == "".join("".join(lines).split())
    assert len(article.paragraphs) == 1


@pytest.mark.parametrize("box", ["□相关链接", "◎名词解释", "◎家住城南"])
def test_a_box_without_an_author_tears_no_article(box: str) -> None:
    """Only 文/ or 记者 behind it says that somebody wrote what stands below."""
    lines = ["水库蓄水充足供水不会紧张", "", *column(WATER[:2], 17), box, *column(WATER[2:], 17)]
    (article,) = page_of("\n".join(lines)).articles
    assert bare(article.text) == bare("".join([*WATER[:2], box, *WATER[2:]]))


def test_a_hundred_heaps_of_headlines_are_read_at_once() -> None:
    """They are no headlines: what would take them apart does not begin."""
    heap = [
        "供水不会紧张",
        "老面馆里的一碗汤",
        "走廊里的旧书架",
        "老船工交出舵",
        "夜市开街",
        "渔村鱼价回落",
    ]
    page = "\n\n".join("\n".join([*heap, "", *column(FERRIES, 15 + at % 9)]) for at in range(100))
    started = time.perf_counter()
    articles = page_of(page).articles
    assert time.perf_counter() - started < 5
    assert len(articles) > 50

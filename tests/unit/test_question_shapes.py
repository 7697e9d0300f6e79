"""Several figures in one question, lists of measures, who somebody is, yes or no: of a report of a new line."""

from collections.abc import Iterator

import pytest

from rag import Assistant
from rag.followups import parts
from tests.conftest import answering, proven

REPORTS = [
    {
        "id": "line",
        "title": "柳城地铁九号线昨日开通",
        "body": "本报讯 5月2日上午10时，柳城地铁九号线正式开通运营。该线全长28.6公里，设站21座，总投资186亿元。"
        "首日客流达到31.5万人次。\n据介绍，九号线起点为东湖站，终点为西山站，最高票价6元。运营时间为早上6时至晚上11时。"
        "为方便市民换乘，九号线与一号线、三号线分别在中山路站和火车站站换乘。市交通局局长赵海波介绍，"
        "地铁十号线将于2026年年底建成。高铁站由柳城城建集团承建。",
        "date": "2025-05-03",
    },
    {
        "id": "meeting",
        "title": "柳城市春耕备耕会议召开",
        "body": "本报讯 5月2日，柳城市春耕备耕会议在柳城会展中心召开。副市长刘芳主持会议。"
        "会上发布了四项措施：一是发放种粮补贴1.2亿元；二是调运化肥8万吨；三是检修农机2.6万台；四是设立24小时服务热线。",
        "date": "2025-05-03",
    },
    {
        "id": "show",
        "title": "柳城花展发布提示",
        "body": "据悉，柳城花展实施预约准入，保证园区安全容量。预约不需要支付费用，完全免费。园内设有12处厕所。",
        "date": "2025-05-03",
    },
    {
        "id": "monday",
        "title": "九号线首个工作日客流突破40万",
        "body": "本报讯 昨日是柳城地铁九号线开通后的首个工作日，全天客流达到42.3万人次。早高峰最小行车间隔为3分钟。",
        "date": "2025-05-06",
    },
    {
        "id": "game",
        "title": "柳城男篮主场险胜",
        "body": "本报讯 昨晚，柳城男篮在主场以98：95险胜滨海队，取得四连胜。"
        "外援约翰逊得到34分和11个篮板，当选全场最佳。",
        "date": "2025-05-06",
    },
    {
        "id": "school",
        "title": "柳城小学两校区迎新生",
        "body": "本报讯 柳城小学今年招收新生926名，编为23个班。校长林淑云介绍，东校区食堂由校长助理林书远负责。"
        "北校区校长由原二中校长邵清平担任，原七中校长佟雪梅任党委书记。",
        "date": "2025-05-06",
    },
    {
        "id": "jobs",
        "title": "柳城公交招聘启事",
        "body": "现面向社会招聘公交驾驶员40名，月薪6500元至8000元。\n"
        "报名地点：文昌路88号公交大厦二楼。联系人：吴女士。",
        "date": "2025-05-06",
    },
    {
        "id": "league",
        "title": "足球联赛战罢十四轮",
        "body": "本报讯 省足球联赛第14轮，青石队1比1战平河湾队。下一轮，青石队将在主场迎战榜首白塔队。",
        "date": "2025-05-06",
    },
    {
        "id": "rice",
        "title": "丰乐村稻谷满场",
        "body": "本报讯 丰乐村今年种植优质稻2300亩，亩产预计达1150斤，比去年增加40斤。",
        "date": "2025-05-06",
    },
    {
        "id": "library",
        "title": "新图书馆将试开放",
        "body": "本报讯 柳城图书馆新馆5月8日试开放，每天限额3000人，须提前预约。",
        "date": "2025-05-06",
    },
    {
        "id": "council",
        "title": "提振消费有了部署",
        "body": "本报讯 4日召开的省政府常务会议，研究提振消费有关工作，围绕提升消费能力作出部署。",
        "date": "2025-05-06",
    },
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers from REPORTS."""
    with answering(tmp_path_factory.mktemp("reports"), REPORTS) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("九号线设多少座站，总投资多少，票价多少？", ["21座", "186亿元", "6元"]),
        ("柳城地铁九号线全长多少公里、首日客流多少、最高票价几元？", ["28.6公里", "31.5万人次", "6元"]),
        (
            "春耕备耕会议发布了哪四项措施？",
            ["发放种粮补贴1.2亿元", "调运化肥8万吨", "检修农机2.6万台", "设立24小时服务热线"],
        ),
        ("九号线与哪几条线路换乘？", ["一号线", "三号线"]),
        ("九号线跟几号线换乘？", ["一号线", "三号线"]),
        ("九号线从哪里到哪里？", ["东湖站", "西山站"]),
        ("九号线几点到几点运营？", ["早上6时至晚上11时"]),
        ("九号线运营从几点到几点？", ["早上6时至晚上11时"]),
        ("九号线几点开通的？", ["5月2日上午10时"]),
        ("柳城男篮赢了多少分？", ["98：95"]),
        ("柳城男篮几比几赢的？", ["98：95"]),
        ("图书馆新馆每天最多进三千人吗？", ["每天限额3000人"]),
        ("青石队下一轮对谁？", ["白塔队"]),
        ("柳城小学校长叫什么？", ["林淑云"]),
        ("北校区校长是谁？", ["邵清平"]),
        ("柳城公交驾驶员月薪多少？", ["6500元至8000元"]),
        ("柳城公交在哪里报名？", ["文昌路88号公交大厦二楼"]),
        ("丰乐村水稻亩产多少？", ["1150斤"]),
        ("赵海波是谁？", ["市交通局局长"]),
        ("地铁十号线什么时候建成？", ["2026年年底"]),
        ("高铁站是谁建的？", ["柳城城建集团"]),  # no 高 whose name is 铁站
        ("柳城花展预约要收费吗？", ["预约不需要支付费用"]),
        ("柳城花展需要预约吗？", ["柳城花展实施预约准入"]),
    ],
)  # fmt: skip
def test_all_that_is_asked_is_told(reports: Assistant, question: str, said: list[str]) -> None:
    """Every figure, every measure, and the words that decide."""
    answer = proven(reports.ask(question), reports.index)
    assert [span.text for span in answer.spans] == said
    assert answer.notice is None


def test_a_day_is_known_by_the_paper_s_own(reports: Assistant) -> None:
    """昨日 in a paper of 6 May is 5 May, and no other day."""
    answer = proven(reports.ask("5月5日地铁九号线全天客流达到多少？"), reports.index)
    assert [span.text for span in answer.spans] == ["42.3万人次"]
    assert reports.ask("5月6日地铁九号线全天客流达到多少？").status == "no_evidence"


@pytest.mark.parametrize(
    ("today", "status"), [("2025-05-06", "answered"), ("2025-05-07", "no_evidence")]
)
def test_yesterday_is_that_of_who_asks(
    reports: Assistant, monkeypatch: pytest.MonkeyPatch, today: str, status: str
) -> None:
    """What a paper calls 昨日 may be the day before yesterday by now."""
    monkeypatch.setenv("WENBAO_TODAY", today)
    answer = reports.ask("昨天地铁九号线全天客流达到多少？")
    assert (answer.status, answer.notice is not None) == (status, True)


def test_what_is_left_open_is_named(reports: Assistant) -> None:
    """Who chaired a meeting has not therefore spoken at it."""
    answer = proven(reports.ask("春耕备耕会议谁讲话，谁作报告，谁主持？"), reports.index)
    assert [span.text for span in answer.spans] == ["刘芳"]
    assert answer.notice is not None
    assert "谁讲话" in answer.notice
    assert "谁作报告" in answer.notice
    assert "谁主持" not in answer.notice


@pytest.mark.parametrize(
    ("question", "said", "quoted"),
    [
        (
            "九号线是5月2日开通的吗？",
            ["5月2日上午10时，柳城地铁九号线正式开通运营"],
            "5月2日上午10时",
        ),
        ("九号线是5月3日开通的吗？", [], "5月2日上午10时"),
        ("九号线首日客流是31.5万人次吗？", ["首日客流达到31.5万人次"], "31.5万人次"),
        ("九号线首日客流是30万人次吗？", [], "31.5万人次"),
    ],
)
def test_another_figure_is_never_said_to_be_so(
    reports: Assistant, question: str, said: list[str], quoted: str
) -> None:
    """The sentence with the right one is quoted; no part of it is given as what confirms the wrong one."""
    answer = proven(reports.ask(question), reports.index)
    assert [span.text.removeprefix("本报讯 ") for span in answer.spans] == said
    assert quoted in answer.citations[0].quote


@pytest.mark.parametrize(
    "question",
    [
        "柳城花展下雨会停办吗？",
        "坐九号线违法吗？",
        "九号线有20种车票吗？",
        "九号线有三百座站吗？",
        "柳城男篮输了吗？",
    ],
)
def test_a_matter_that_is_left_open_is_no_yes_or_no(reports: Assistant, question: str) -> None:
    """An article on the matter that does not decide it is not quoted."""
    assert reports.ask(question).status == "no_evidence"


@pytest.mark.parametrize("question", ["图书馆新馆几点开门？", "省政府常务会议在哪里开的？"])
def test_a_day_is_no_hour_and_a_body_no_place(reports: Assistant, question: str) -> None:
    """5月8日 does not say when the doors open, nor a meeting's name where it was held."""
    assert reports.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    "question",
    ["柳城小学去年招了多少个班？", "柳城小学西校区食堂谁负责？", "去年柳城小学招收多少新生？"],
)
def test_another_year_or_side_is_another_one(reports: Assistant, question: str) -> None:
    """What a school has this year, or in its eastern half, does not answer for the last or the western one."""
    assert reports.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    ("asked", "single"),
    [
        ("灯会票价多少，地点在哪？", ("灯会票价多少？", "灯会地点在哪？")),
        ("铁路投资多少，增长多少？", ("铁路投资多少？", "铁路投资增长多少？")),
        ("会议要求播种面积稳定在多少，谁主持？", ("会议要求播种面积稳定在多少？", "会议谁主持？")),
        ("灯会什么时候、在哪里举行？", ("灯会什么时候举行？", "灯会在哪里举行？")),
        ("灯会几号开始，海棠诗会谁主持？", ("灯会几号开始？", "海棠诗会谁主持？")),
        ("甲、乙两地的灯会有什么不同？", ("甲、乙两地的灯会有什么不同？",)),
        ("拆那几座棚子的花销，最高定在多少？", ("拆那几座棚子的花销，最高定在多少？",)),
        ("总导演是谁，怎么解释主题？", ("总导演是谁？", "总导演怎么解释主题？")),
        ("既然下雨，灯会还办吗？", ("既然下雨，灯会还办吗？",)),
    ],
)
def test_each_clause_that_asks_is_a_question(asked: str, single: tuple[str, ...]) -> None:
    """Each names what it is about; what only leads up to a question stays with it."""
    assert parts(asked) == single

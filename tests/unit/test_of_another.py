"""What is told of another thing, person, day or year answers nothing; what only sounds so is still answered."""

from collections.abc import Iterator

import pytest

from rag import Assistant
from rag.answer_types import grain_of, kind_of
from rag.enumerated import of_the_thing
from rag.facts import numbers
from rag.insisted import missing
from rag.lists import listings
from rag.persons import former_roles
from rag.questions import analyse
from rag.types import Span
from tests.conftest import answering, proven

PAGES = [
    ("fares", "公交票价下月调整",
     "本报讯 市发改委昨日宣布，公交票价下月起由1元调整为2元，学生和老人仍为1元。地铁票价维持不变。"
     "月票停止发售，已购月票可继续使用。"),
    ("ball", "男排惜败 女排夺冠",
     "本报讯 全国排球大奖赛昨日收官，江海女排3比1战胜东阳队夺冠，江海男排2比3不敌北原队屈居亚军。"),
    ("market", "猪肉价格周报",
     "本报讯 本周猪肉每公斤22元，比上周下跌3%；鸡蛋每公斤9元，白菜与上周持平。粮油供应充足，价格保持稳定。"),
    ("square", "停车新规",
     "本报讯 人民广场地下停车场昨起启用，前半小时免费，此后每小时3元。广场照常开放，广场舞活动暂停。"),
    ("bridge", "大桥限行三个月",
     "本报讯 因维修需要，红旗大桥自6月10日起限行三个月，大货车禁止通行，公交车不受影响，行人可正常通行。"),
    ("teeth", "种植牙十问", "问：种牙疼吗？\n答：不疼。手术前会打麻药。\n问：孕妇能种牙吗？\n答：不能。应等产后。"),
    ("lake", "溺水事故通报", "本报讯 7月2日，青龙湖发生一起溺水事故，2人溺亡，1人获救。事发水域禁止游泳。"),
    ("village", "白沙村旧貌换新颜",
     "本报讯 白沙村位于大山深处。该村支部书记说话办事公道。如今村里通了路。这个全国文明村现有党员48名。"
     "村里花了38万元修路，每年还能节省运费。"),
    ("books", "书展昨闭幕",
     "本报讯 市书展昨日闭幕，共售书12万册，当天还举行了颁奖仪式。书展3天半价优惠，吸引读者5.6万人次。"),
    ("film", "电影《你好，山城》开机", "本报讯 电影《你好，山城》昨日开机，导演为秦朗。影片投资3000万元。"),
    ("pupils", "老教师三十年义务护桥",
     "本报讯 在白沙小学任教多年的陈望平三十年义务护桥。村民马女士说，要不是陈老师，桥早就塌了。"),
    ("suit", "谈判终有结果", "本报讯 两家企业围绕专利谈判了三年，昨日终于和解。画家费晓波在轮椅上坐了二十年。"),
    ("bees", "王强养蜂致富", "本报讯 王强原来在广东打工，每月挣3000元，如今回乡养蜂，年收入12万元。"),
    ("night", "夜班公交开通", "本报讯 夜班公交601路将于8月1日开通，首班车21时30分，末班车次日1时。"),
    ("pool", "体育中心改扩建",
     "本报讯 游泳馆暂停开放，羽毛球馆开放时间延长至22时，收费标准不变。三中队未能出线，一中队晋级。"),
    ("rescue", "小伙勇救落水儿童", "本报讯 孩子经抢救已脱离危险，严海手臂被划伤。主犯为张某，张某系惯犯。"),
    ("ferry", "夏家渡口撤渡", "本报讯 摆渡四十年的夏家渡口昨日停渡。船工老夏说，桥通了，船就不用了。"),
    ("museum", "科技馆招募志愿者", "本报讯 市科技馆每周一、周二闭馆，国庆期间照常开放。"),
]  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers from PAGES, which have no date."""
    rows = [{"id": name, "title": title, "body": body} for name, title, body in PAGES]
    with answering(tmp_path_factory.mktemp("pages"), rows) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "never"),
    [
        ("公交票价涨了吗？", "地铁"),
        ("公交票价降了吗？", "地铁"),
        ("月票停售了吗？", "继续使用"),
        ("江海女排赢了吗？", "男排"),
        ("鸡蛋涨价了吗？", "白菜"),
        ("猪肉涨价了吗？", "保持稳定"),
        ("广场能停车吗？", "照常开放"),
        ("人民广场开放吗？", "暂停"),
        ("自行车能过红旗大桥吗？", "限行"),
        ("老人能种牙吗？", "不能"),
        ("村民马女士是谁？", "陈老师"),
        ("科技馆周三开门吗？", "照常开放"),
        ("游泳馆开放吗？", "羽毛球馆"),
        ("游泳馆涨价了吗？", "不变"),
        ("二中队赢了吗？", "三中队"),
        ("孩子受伤了吗？", "严海"),
    ],
)
def test_what_is_told_of_another_decides_nothing(
    pages: Assistant, question: str, never: str
) -> None:
    """The underground's fares are no buses', the men's match not the women's, an expectant mother no old man."""
    answer = proven(pages.ask(question), pages.index)
    assert not any(never in span.text for span in answer.spans)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("地铁票价涨了吗？", "地铁票价维持不变"),
        ("江海男排赢了吗？", "江海男排2比3不敌北原队屈居亚军"),
        ("羽毛球馆涨价了吗？", "收费标准不变"),
        ("白菜涨价了吗？", "白菜与上周持平"),
        ("人民广场开放吗？", "广场照常开放"),
        ("月票停售了吗？", "月票停止发售"),
        ("大货车能不能过红旗大桥？", "大货车禁止通行"),
        ("种牙疼吗？", "答：不疼"),
        ("溺水事故死了几个人？", "2人"),  # 溺亡 says that they died
        ("白沙村有多少党员？", "48名"),  # 全国文明村 counts nothing all over the country
        ("修路花了多少钱？", "38万元"),  # each year is told of another sum
        ("今年书展卖了多少册书？", "12万册"),  # 当天 is told of another event
        ("书展半价几天？", "3天"),  # 3天半价 is no 3天半
        ("电影叫什么名字？", "《你好，山城》"),
        ("谈判了几年？", "三年"),  # 谈判 is no 判
        ("费晓波在轮椅上坐了几年？", "二十年"),
        ("王强养蜂一年挣多少钱？", "12万元"),  # what he earned in a month is of another trade
        ("夜班公交什么时候开通？", "8月1日"),  # not when the first one leaves
        ("船工姓什么？", "老夏"),
    ],
)
def test_what_is_told_of_the_thing_is_answered(pages: Assistant, question: str, said: str) -> None:
    """A word that only looks like one that speaks against an answer refuses none."""
    answer = proven(pages.ask(question), pages.index)
    assert [span.text for span in answer.spans] == [said]


@pytest.mark.parametrize(
    ("text", "name", "was"),
    [
        ("店长郑晓云以前是一名导游。", "郑晓云", ["导游"]),
        ("陈望平退休前在白沙小学教语文。", "陈望平", ["在白沙小学教语文"]),
        ("费晓波入画院前是小学美术老师。", "费晓波", ["小学美术老师"]),
        ("段玉曾是化工厂技术员，徒弟方舟毕业于医学院。", "方舟", []),
        ("段玉曾是化工厂技术员，徒弟方舟毕业于医学院。", "段玉", ["化工厂技术员"]),
        ("龚某供认，从前做过锁匠。", "龚某", ["锁匠"]),
        ("冯建国以前每天早起。", "冯建国", []),
    ],
)
def test_what_somebody_was_may_be_any_occupation(text: str, name: str, was: list[str]) -> None:
    """Not only those that are listed; and it is that of nobody else."""
    assert [fact.text for fact in former_roles(text, name)] == was


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("几号门票开售？", "time"),
        ("几号车展开幕？", "time"),
        ("几号楼停水？", "number"),
        ("老百姓什么事最急？", "what"),
        ("老人凭什么乘车？", "what"),
        ("他们凭什么罚款？", "why"),
        ("哪个农民合作社最大？", "what"),
        ("周一开不开门？", "yesno"),
    ],
)
def test_a_word_within_another_changes_no_question(question: str, kind: str) -> None:
    """门票 is no 门 and 百姓 no 姓; what is shown to board is no reason."""
    assert kind_of(question) == kind
    assert analyse(question).kind == kind


def test_an_hour_is_asked_of_a_bus_that_leaves() -> None:
    """When a line of night buses opens is a day."""
    assert grain_of("首班车什么时候？") == "clock"
    assert grain_of("夜班公交什么时候开通？") == ""


def test_another_station_is_another_one() -> None:
    """柳城南站 is not 柳城站 in full, as 山地自行车 is 山地车."""
    assert missing(("山地车",), (), "山地自行车赛昨日开赛。") == ()
    assert missing(("柳城站",), (), "柳城南站昨日竣工。") == ("柳城站",)


def test_partners_begin_behind_by() -> None:
    """比赛由 is no part of who held it."""
    text = "比赛由县体育局与围棋协会联合主办。"
    items = [[text[a:b] for a, b in one.items] for one in listings(text)]
    assert ["县体育局", "围棋协会"] in items


def test_what_was_earned_in_a_month_is_not_that_of_a_year() -> None:
    """The one that names the spell asked for is kept."""
    text = "每月挣3000元，年收入12万元。"
    spans = [(Span(text=f.text, start=f.start, end=f.end, score=0.5), 1.0) for f in numbers(text)]
    kept = of_the_thing(analyse("他一年挣多少钱"), text, spans)
    assert [span.text for span, _ in kept] == ["12万元"]

"""Several figures in one question, lists of measures, who somebody is, yes or no: of a report of a new line."""

from collections.abc import Iterator

import pytest

from rag import Assistant
from rag.answer_types import kind_of, measure_of
from rag.deciding import decided
from rag.followups import parts
from rag.lists import listings
from rag.questions import analyse
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


TOWN = [
    ("ferry", "云渡口轮渡票价不涨 学生半价",
     "本报讯（记者 顾小川）市轮渡公司昨日通报，云渡口轮渡改造后票价仍为每人次3元，学生凭证半价，70岁以上老人免费。"
     "改造历时一年零四个月，耗资2600万元，新添电动渡船5艘，单船可载客220人。原有的柴油船全部退役。"
     "冬季末班船提前到18时30分。宠物须装笼方可上船，摩托车不得登船。"),
    ("fire", "老商场深夜起火 保安喊醒三十户",
     "本报讯（通讯员 柏青）3月2日凌晨，河东区福临商场一间仓库起火，浓烟蹿上居民楼。保安闵大勇喊醒30户居民。"
     "消防救援人员逐层搜救，疏散群众86人，其中行动不便的老人7人。火灾无人死亡。商场被责令停业整顿两个月。"),
    ("court", "拖欠装修款 老板被判还钱",
     "本报讯 河东区人民法院日前审结一起装修合同纠纷。被告钟某开饭馆，拖欠装修队工钱11.6万元。"
     "原告要求赔偿误工费的请求被驳回。宣判后，钟某表示不上诉。"),
    ("school", "两校联手办“牙医小课堂”",
     "本报讯 近日，河东区实验小学与市口腔医院联合开办“牙医小课堂”，分为“认牙”“护牙”“换牙”三个板块。"
     "当过九年水手的校长左思源介绍，课程不收费，已有340名学生报名。"),
    ("crop", "蓝莓丰收价平 果农不愁卖",
     "本报讯 眼下，白石镇1.2万亩蓝莓进入采摘期。今年亩产约900公斤，收购价每公斤26元，与去年持平。"
     "种植户覃老四家种了8亩，刨去成本净赚7.3万元；前年遇上冰雹，亏了2万元。"),
    ("chess", "棋城杯落幕 老将小将各夺一冠",
     "本报讯 第六届棋城杯象棋公开赛昨日收兵，128名棋手参加。51岁的欧阳平夺得成年组冠军，奖金5万元；"
     "12岁以下组冠军由叶知秋获得，她现已是业余4段。卫冕冠军丁铁在半决赛中不敌欧阳平，无缘决赛。"),
    ("baby", "误吞纽扣电池 四十分钟取出",
     "本报讯 5月6日晚，3岁的团团误吞一枚纽扣电池，被抱到市儿童医院。医生用胃镜从口中把电池夹出，没有开刀。"),
    ("reply", "种牙那些事（健康问答）",
     "问：哪些人适合种牙？\n答：牙槽骨条件好的成年人。\n问：种了牙还会蛀吗？\n答：不会。但种植牙周围的牙龈仍会发炎，"
     "要定期洁牙。"),
    ("bus", "老社区通上“小蓝车”",
     "本报讯 从6月1日起，318路社区巴士驶进桐花社区，首班车6时，末班车21时。线路开通首日运送乘客1560人次。"),
    ("well", "村里打出甜水井",
     "本报讯 石坡村换上深井泵，每户吃水费用由9元降到5元。去年冬天一场大旱过后，老井边塌出溶洞，地下河被村民发现。"),
]  # fmt: skip


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers from TOWN, whose pages have no date."""
    rows = [{"id": name, "title": title, "body": body} for name, title, body in TOWN]
    with answering(tmp_path_factory.mktemp("town"), rows) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("轮渡改造完票价涨了没有？", "票价仍为每人次3元"),
        ("坐轮渡学生要全价吗", "学生凭证半价"),
        ("摩托车能不能上轮渡？", "摩托车不得登船"),
        ("今年蓝莓涨价了吗？", "与去年持平"),
        ("误工费法院判赔了吗？", "驳回"),
        ("丁铁卫冕成功了吗？", "不敌"),
        ("团团动刀了吗？", "没有开刀"),
        ("商场失火有没有人死？", "无人死亡"),
        ("种牙以后还会蛀吗？", "答：不会"),
    ],
)
def test_yes_or_no_is_decided_by_what_print_has_for_the_other_case(
    town: Assistant, question: str, said: str
) -> None:
    """That prices held, that a claim was dismissed, what may not board, and what a page replies to the same."""
    answer = proven(town.ask(question), town.index)
    assert said in answer.spans[0].text


@pytest.mark.parametrize(
    "question",
    [
        "鸡蛋涨价了吗？",
        "桐花社区房价涨了没有？",
        "轮渡上能吸烟吗？",
        "冷库能对外出租吗？",
        "闵大勇受伤了吗？",
        "白石镇的草莓涨价了吗？",
    ],
)
def test_what_holds_for_another_thing_decides_nothing(town: Assistant, question: str) -> None:
    """Blueberries that cost the same say nothing of eggs, nor do rules for pets of smokers."""
    assert town.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("云渡口轮渡改造花了多久？", ["一年零四个月"]),
        ("冬天轮渡末班船什么时候开？", ["18时30分"]),
        ("疏散的人里有多少老人？", ["7人"]),
        ("商场疏散了多少人？", ["86人"]),
        ("覃老四前年赔了多少钱？", ["2万元"]),
        ("蓝莓多少钱一公斤？", ["26元"]),
        ("12岁以下组冠军是谁？", ["叶知秋"]),
        ("成年组冠军是谁？", ["欧阳平"]),
        ("叶知秋升到几段了？", ["4段"]),
        ("哪个保安喊醒了居民？", ["闵大勇"]),
        ("饭馆老板姓什么？", ["钟某"]),
        ("左思源当校长之前是干什么的？", ["水手"]),
        ("牙医小课堂分哪几个板块？", ["认牙", "护牙", "换牙"]),
        ("牙医小课堂是哪两家单位合办的？", ["河东区实验小学", "市口腔医院"]),
    ],
)
def test_everyday_questions_have_the_whole_answer(
    town: Assistant, question: str, said: list[str]
) -> None:
    """A spell with its months, all of those and a part of them, who somebody was, both partners."""
    answer = proven(town.ask(question), town.index)
    assert [span.text for span in answer.spans] == said


@pytest.mark.parametrize(
    "question",
    [
        "318路去年运了多少人次？",  # the first day's are told
        "10岁以下组冠军是谁？",  # another class's is told
        "商场老板被判了几年？",  # two months without business are none in prison
        "顾小川以前是干什么的？",  # what he writes is told
        "商场重建一共花了多少钱？",
    ],
)
def test_a_figure_of_another_measure_of_time_or_class_is_refused(
    town: Assistant, question: str
) -> None:
    """What is told stands for one day, one class, one shop only."""
    assert town.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("石坡村怎么把吃水费用降下来的？", "石坡村换上深井泵"),
        ("地下河是怎样被村民发现的？", "老井边塌出溶洞"),
    ],
)
def test_how_is_not_what_came_of_it(town: Assistant, question: str, said: str) -> None:
    """由9元降到5元 is the outcome; what was done stands in the clause before."""
    answer = proven(town.ask(question), town.index)
    assert answer.spans[0].text.endswith(said)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("哪个柜员起的疑心？", "person"),
        ("哪名队员进的球？", "person"),
        ("店主贵姓？", "person"),
        ("哪个教师协会办的展？", "what"),
        ("几号楼停水？", "number"),
        ("几号停水？", "time"),
        ("他们凭什么罚款？", "why"),
        ("凭什么证件入园？", "what"),
        ("这火是怎么烧起来的？", "why"),
    ],
)
def test_what_is_asked_for_is_told_by_how_it_is_asked(question: str, kind: str) -> None:
    """One of an occupation is somebody, a building's number no day, 凭什么 a reason but before what is shown."""
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "measure"),
    [
        ("卖粮的钱一共多少？", "money"),
        ("复合肥多少钱一吨？", "money"),
        ("一天能摘多少斤？", "weight"),
        ("他升到几段？", "count"),
    ],
)
def test_a_sum_is_asked_for_however_it_is_said(question: str, measure: str) -> None:
    """What a ton costs is money and no weight."""
    assert measure_of(question)[0] == measure


def test_what_follows_is_decided() -> None:
    """有没有人受伤 asks of 受伤, whatever stands before it."""
    assert decided(analyse("竹厂那场火有没有人受伤？")) == "受伤"


def test_this_time_is_that_of_what_was_asked_of_just_before() -> None:
    """In one question 这次修桥 is of the bridge; a question with a name of its own stays."""
    two = ("石拱桥有多长？", "石拱桥这次修桥花了多少钱？")
    assert parts("石拱桥有多长？这次修桥花了多少钱？") == two


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("展厅分“山”“水”“人”三个展区。", ["山", "水", "人"]),
        ("近日，临江研究所与北岸大学合作，发表论文。", ["临江研究所", "北岸大学"]),
    ],
)
def test_what_stands_side_by_side_is_a_list(text: str, items: list[str]) -> None:
    """In quotation marks, and two bodies that work together."""
    assert items in [[text[a:b] for a, b in one.items] for one in listings(text)]


def test_what_is_no_body_is_no_partner() -> None:
    """阳光与雨水共同 is no cooperation of two."""
    assert listings("这里的阳光与雨水共同养出了好茶。") == []

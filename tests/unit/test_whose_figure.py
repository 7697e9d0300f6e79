"""Which of several figures, names and days of one report is the one asked for: of sport, power, schools and health."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from rag import Assistant
from rag.answer_types import kind_of, measure_of
from rag.answering import _carrying, answer_part
from rag.composing import composed
from rag.enumerated import of_the_thing
from rag.evidence import Material
from rag.explaining import explains
from rag.facts import numbers, ranks
from rag.fitting import fit_of
from rag.homophones import corrected
from rag.keywords import asking
from rag.persons import former_roles, people
from rag.questions import analyse, misses
from rag.tokens import fold
from rag.types import Span, StoredArticle
from tests.conftest import answering, proven

REPORTS = [
    {
        "id": "power",
        "title": "柳城用电负荷再创新高",
        "body": "本报讯 记者从市供电公司获悉，7月16日柳城电网最大负荷达到512.8万千瓦，今夏第二次刷新纪录。",
        "date": "2025-07-17",
    },
    {
        "id": "schools",
        "title": "东浦区新开三所学校",
        "body": "本报讯 东浦区今年秋季三所学校同时启用，新增学位5460个，其中小学3240个，初中2220个。",
        "date": "2025-07-17",
    },
    {
        "id": "run",
        "title": "柳城马拉松开跑",
        "body": "本报讯 柳城马拉松昨天开跑。男子全程冠军由肯尼亚选手基普罗诺获得。女子全程冠军是云南姑娘李芷萱。"
        "中学教师覃勇获得总排名第五。",
        "date": "2025-07-17",
    },
    {
        "id": "health",
        "title": "刚果（金）埃博拉疫情防治取得进展",
        "body": "刚果（金）卫生官员说，下月起将接种第二种疫苗。目前该国埃博拉病例累计3224例，其中死亡2144人。",
        "date": "2025-07-17",
    },
    {
        "id": "story",
        "title": "评书名家郑伯庸辞世",
        "body": "本报讯 评书传承人郑伯庸因病逝世，享年89岁。他收徒14人，弟子之中以赵小楼最为知名。",
        "date": "2025-07-17",
    },
    {
        "id": "garden",
        "title": "农技问答",
        "body": "问：大棚里的甜瓜快熟时总裂口，是什么缘故？（柳城读者 丁大姐）\n"
        "答：多半是浇水忽多忽少造成的。对策是小水勤浇。",
        "date": "2025-07-17",
    },
    {
        "id": "museum",
        "title": "柳城陶瓷馆开馆",
        "body": "本报讯 柳城陶瓷馆7月16日开馆，周一闭馆，其余各天9时至17时开放，不收门票。",
        "date": "2025-07-17",
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers from REPORTS."""
    with answering(tmp_path_factory.mktemp("reports"), REPORTS) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("柳城电网最大负荷多少？", "512.8万千瓦"),
        ("东浦区初中新增多少个学位？", "2220个"),
        ("东浦区今年小学新增多少个学位？", "3240个"),
        ("柳城马拉松 女子冠军", "李芷萱"),
        ("柳城马拉松男子冠军是谁？", "基普罗诺"),
        ("覃勇拿了第几名？", "第五"),
        ("刚果金埃博拉死亡多少人？", "2144人"),
        ("郑伯庸享年多少岁？", "89岁"),
        ("柳城陶瓷馆星期几闭馆？", "周一"),
    ],
)
def test_the_figure_or_name_is_that_of_what_is_asked(
    reports: Assistant, question: str, said: str
) -> None:
    """Of parts that stand side by side, of men and women, and of a name that a bracket cuts."""
    answer = proven(reports.ask(question), reports.index)
    assert [span.text for span in answer.spans] == [said]


@pytest.mark.parametrize(
    "question",
    [
        "赵小楼今年多大岁数？",
        "柳城电网是哪家公司检修的？",
        "郑伯庸案二审怎么判的？",
        "柳城马拉松是哪个朝代开始的？",
        "陕西电网最大负荷多少？",
        "柳城供电公司净利润多少？",
    ],
)
def test_what_is_somebody_else_s_or_the_paper_s_source_answers_nothing(
    reports: Assistant, question: str
) -> None:
    """Another person's age, whom the paper has it from, a trial that no page speaks of."""
    assert reports.ask(question).status == "no_evidence"


def test_a_name_that_the_tagger_cut_is_held_by_what_writes_it_whole() -> None:
    """金埃 is no name where the page has 刚果（金）埃博拉; another town stays another town."""
    question = analyse("刚果金埃博拉死了多少人")
    assert misses(question, fold(REPORTS[3]["title"] + REPORTS[3]["body"])) == ()
    assert misses(analyse("南京灯会什么时候开幕"), "北京灯会3月开幕") == ("南京",)
    assert misses(analyse("盖望蓼小学一共用了多少钱？"), "建望蓼小学共花去1480万元") == ()
    assert misses(
        analyse("县委书记李明表示什么"), "县委书记李强出席。副县长张明表示，要抓落实"
    ) == ("李明",)


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        (
            "北京马拉松有多少人参赛",
            "本次马拉松有3万人参赛，其中北京1.2万人，外地1.8万人。",
            "3万人",
        ),
        ("学生食堂午餐多少钱", "午餐一荤两素卖12元，学生8元。", "12元"),
        ("梨农自己要出多少钱", "每亩保费120元，财政补八成，农户自交24元。", "24元"),
        ("半程有多少人", "参赛者2万人，其中全程9000人，半程8000人。", "8000人"),
    ],
)
def test_a_word_that_is_part_of_another_name_asks_for_no_part(
    question: str, text: str, told: str
) -> None:
    """北京 of 北京马拉松 is not what 其中北京1.2万人 tells; 半程 alone is."""
    spans = [(Span(text=f.text, start=f.start, end=f.end, score=0.5), 1.0) for f in numbers(text)]
    kept = {span.text: fit for span, fit in of_the_thing(analyse(question), text, spans)}
    assert kept[told] == max(kept.values())


@pytest.mark.parametrize(
    ("question", "text", "kept"),
    [
        ("恒川重工赚了多少钱", "营业收入18.6亿元，净利润1.2亿元。", ["1.2亿元"]),
        ("恒川重工亏了多少钱", "营业收入18.6亿元，亏损4300万元。", ["4300万元"]),
        ("余震伤了多少人", "余震又使6人受伤，其中2人伤势很重。", ["6人"]),
        ("余震中多少人重伤", "余震又使6人受伤，其中2人伤势很重。", ["6人", "2人"]),
        ("救出的人里有多少老人", "救出86人，其中行动不便的老人7人。", ["7人"]),
        ("多少学生参赛", "共有300名学生参赛，其中女学生120名。", ["300名"]),
    ],
)
def test_a_turnover_is_no_profit_and_a_part_not_the_whole(
    question: str, text: str, kept: list[str]
) -> None:
    """Nor the whole the part that is asked for; what may be asked for in other words stays."""
    spans = [(Span(text=f.text, start=f.start, end=f.end, score=0.5), 1.0) for f in numbers(text)]
    assert [span.text for span, _ in of_the_thing(analyse(question), text, spans)] == kept


def test_the_reply_to_what_a_page_asks_is_told_with_it(reports: Assistant) -> None:
    """Why is answered by the 答 and not by the 问, though only the 问 has the question's words."""
    answer = proven(reports.ask("大棚甜瓜为什么会裂口？"), reports.index)
    assert "浇水忽多忽少" in answer.text


@pytest.mark.parametrize(
    ("question", "text", "words", "least", "most"),
    [
        ("放哨一晚上给多少钱？", "放哨的人每晚每人领500元。", "500元", 1.0, 1.0),
        ("放哨一晚上给多少钱？", "夜间挖沙的船获利2160万元。", "2160万元", 0.0, 0.4),
        ("场地一年租金多少？", "5月11日，他拿到了200万元贷款。", "200万元", 0.0, 0.4),
        ("场地一年租金多少？", "场地年租金3.6万元。", "3.6万元", 1.0, 1.0),
        ("剧团唱了多少年？", "这是剧团时隔12年推出的大戏。", "12年", 0.0, 0.4),
        ("他跑了多长时间？", "他比关门时间晚了2分钟。", "2分钟", 0.0, 0.4),
        ("多少人到场？", "昨晚120人到场。", "120人", 1.0, 1.0),
        ("总投资多少钱？", "总投资超12亿元。", "12亿元", 1.0, 1.0),
        ("多久能到？", "最快2小时到达。", "2小时", 1.0, 1.0),
        ("他晚了多长时间？", "他比关门时间晚了2分钟。", "2分钟", 1.0, 1.0),
        ("大戏时隔多少年推出？", "这是剧团时隔12年推出的大戏。", "12年", 1.0, 1.0),
        ("水库能装多少水？", "水库下游转移群众187人。", "187人", 0.0, 0.0),
        ("水库能装多少水？", "水库蓄水3200万立方米。", "3200万立方米", 1.0, 1.0),
        ("报告在省里拿了几等奖？", "报告《江城的一百个夜晚》获得二等奖。", "一百个", 0.0, 0.0),
        ("报告在省里拿了几等奖？", "报告《江城的一百个夜晚》获得二等奖。", "二等奖", 1.0, 1.0),
        ("外援是哪国人？", "外援是队里的前锋。", "前锋", 0.0, 0.0),
        ("外援是哪国人？", "外援来自巴西。", "巴西", 1.0, 1.0),
        ("孙子在哪个城市上学？", "北塘区的阿婆有个在外地读书的孙子。", "北塘区", 0.0, 0.0),
        ("孙子在哪个城市上学？", "北塘区的阿婆有个在外地读书的孙子。", "外地", 0.0, 0.0),
        ("林清秋是哪所大学毕业的？", "女儿林清秋大学毕业回来了。", "女儿林清秋大学", 0.0, 0.0),
        ("送奶工一个月挣多少钱？", "送奶工月入5000元。", "5000元", 1.0, 1.0),
        ("伤员被送往柳城县哪家医院？", "伤员送往柳城县医院。", "柳城县医院", 1.0, 1.0),
        ("外援是哪国人？", "外援来自克罗地亚。", "克罗地亚", 0.2, 1.0),
        ("林清秋是哪所大学毕业的？", "林清秋毕业于江城大学。", "江城大学", 1.0, 1.0),
    ],
)
def test_a_figure_of_each_spell_and_a_name_of_its_own(
    question: str, text: str, words: str, least: float, most: float
) -> None:
    """A night's pay is told beside one, how long ago is no spell of work, people are no water, a district no town."""
    at = text.index(words)
    span = Span(text=words, start=at, end=at + len(words), score=0.9)
    assert least <= fit_of(analyse(question), text, span) <= most


def test_hours_and_minutes_are_one_spell() -> None:
    """1小时50分 is a spell of its own and not one hour."""
    told = "车程由1小时50分缩短至1小时15分，提速两成。"
    assert [fact.text for fact in numbers(told) if fact.measure == "duration"] == [
        "1小时50分",
        "1小时15分",
    ]


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("司机马长顺靠边停车一看", "马长顺", "司机"),
        ("跑在最后的是退休教师闻克俭，", "闻克俭", "教师"),
        ("医院派出以副主任黎志为组长的5人团队", "黎志", "副主任"),
    ],
)
def test_a_name_ends_where_what_is_told_of_somebody_begins(text: str, name: str, role: str) -> None:
    """A given name may be a word, and 为 behind 以 is no part of one."""
    assert [(fact.text, fact.role) for fact in people(text)] == [(name, role)]
    assert [fact.text for fact in people("校长向李明颁奖")] == ["李明"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("负荷达到5128万千瓦，", ["5128万千瓦"]),
        ("运来5万千克大米", ["5万千克"]),
        ("全长3千米", ["3千米"]),
        ("发电13.2千瓦时", ["13.2千瓦时"]),
        ("来了2千多人", ["2千多人"]),
    ],
)
def test_a_unit_that_begins_with_a_thousand_is_whole(text: str, found: list[str]) -> None:
    """千 of 千瓦 is no part of the number."""
    assert [fact.text for fact in numbers(text)] == found


def test_places_taken_are_told_from_what_is_counted() -> None:
    """第四 is a place, 第一次 and 第17届 are none."""
    told = "第17届联赛他第一次获得第三名，队友列第四，第二中学在场。"
    assert [fact.text for fact in ranks(told)] == ["第三名", "第四"]


@pytest.mark.parametrize(
    ("question", "measure"),
    [
        ("牧场拿多少头奶牛抵押贷款", "count"),
        ("每月要多还几块？", "money"),
        ("一碗面多少块钱", "money"),
        ("他排第几？", "rank"),
    ],
)
def test_what_a_figure_measures_is_told_by_how_it_is_asked(question: str, measure: str) -> None:
    """几块 at the end of a question is money, 第几 a place, 多少头 counts whatever is done with them."""
    assert measure_of(question)[0] == measure


def test_how_is_told_in_the_sentences_that_say_what_is_done() -> None:
    """Each way counts, and up to three sentences are quoted: of a goal alone nobody learns how."""
    ways = (
        "市里将支持夜市，推出旧家电换新，扩大补贴。",
        "会上还部署开展检查，完善退货办法。",
        "商场要采取措施，促进银发消费。",
    )
    article = composed("江城提振消费", "", ["要让市民放心。" + "".join(ways) + "他说完就走了。"])
    stored = StoredArticle(
        article=article, page_id="", source="", newspaper=None, date=None, page_no=None
    )
    chosen, _ = _carrying(analyse("江城怎么提振消费？"), stored, None)
    assert tuple(article.text[start:end] for start, end in chosen) == ways


def test_whose_home_has_something_is_insisted_on(tmp_path: Path) -> None:
    """石有田家 is somebody's, though 石, 有 and 田家 are words: another family's orchard answers nothing."""
    body = "本报讯 村里人都种枇杷，石有田是头一个学剪枝的。村民孟秀英家有12亩果园，去年卖叶子挣了4300元。"
    report = {"id": "fruit", "title": "叶子也能卖钱", "body": body, "date": "2025-07-17"}
    with answering(tmp_path, [report]) as assistant:
        assert assistant.ask("石有田家有多少亩果园？").status == "no_evidence"
        assert assistant.ask("孟秀英家有多少亩果园？").spans[0].text == "12亩"


def test_hours_minutes_and_seconds_are_one_spell() -> None:
    """How long a race took is told to the second."""
    told = "他以1小时04分12秒夺冠，比纪录快了2分钟。"
    assert [fact.text for fact in numbers(told)] == ["1小时04分12秒", "2分钟"]


def test_what_is_typed_right_is_not_corrected_to_what_asks_otherwise() -> None:
    """年纪 sounds like 年基 of 2023年基本持平, and yet an age is asked for."""
    question = analyse("宋伯钧老师今年多大年纪？")
    assert corrected(question, [fold("宋伯钧做了33年修表匠，与2023年基本持平。")]) is None
    assert corrected(analyse("灯汇在哪里举行？"), [fold("灯会在夫子庙举行。")]) is not None


def test_a_price_is_that_of_what_is_bought() -> None:
    """猪肉 must stand in a page that tells what a pound of it costs; the ticket of 门票多少钱 may be a 票价."""
    page = fold("菜场里小青菜每斤5.5元，香菜一斤18元，比什么都贵。")
    assert misses(analyse("菜场现在猪肉多少钱一斤？"), page) == ("猪肉",)
    assert misses(analyse("菜场现在香菜多少钱一斤？"), page) == ()
    assert misses(analyse("门票多少钱？"), fold("票价50元。")) == ()
    assert misses(analyse("猪肉价格多少钱一斤？"), fold("猪肉每斤15元。")) == ()
    assert misses(analyse("西瓜现在市场上多少钱一斤？"), fold("西瓜每斤2元。")) == ()
    assert misses(analyse("周边商家有多少户？"), fold("周边有200多户商家。")) == ()


def test_who_won_is_asked_wherever_it_stands() -> None:
    """女单冠军 asks who; 夺得冠军 tells of it."""
    assert asking("公开赛女单冠军") == ("公开赛女单冠军是谁", False)
    assert asking("柳城队夺冠军") == ("柳城队夺冠军", False)


class Pointing:
    """Points at the same words in every text, with the same certainty."""

    def __init__(self, words: str, score: float) -> None:
        self.words, self.score = words, score

    def candidates_many(
        self,
        pairs: Sequence[tuple[str, str]],
        top_k: int = 5,
        preambles: Sequence[str] | None = None,
    ) -> list[list[Span]]:
        """A span in each text that has the words."""
        return [
            [Span(text=self.words, start=at, end=at + len(self.words), score=self.score)]
            if (at := text.find(self.words)) >= 0
            else []
            for _, text in pairs
        ]


@pytest.mark.parametrize(("score", "told"), [(0.8, True), (0.3, False)])
def test_what_the_reader_surely_sees_need_not_have_the_verb_that_is_asked_about(
    reports: Assistant, score: float, told: bool
) -> None:
    """接种 says how 应对 is done; where the reader only guesses, the article must speak of it."""
    question = analyse("刚果埃博拉疫情怎么应对？")
    material = Material(
        hits=reports.index.search(question.text, top_k=5),
        article_of=reports.index.article,
        reader=Pointing("下月起将接种第二种疫苗", score),
        passages=5,
    )
    assert (answer_part(question, material) is not None) == told


def test_a_question_may_end_in_not() -> None:
    """…不 asks for yes or no, as people say it."""
    assert kind_of("解放路那边晚上还能带孩子看病不") == "yesno"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("这期绿色债券票面利率是多少", "number"),
        ("这期有哪些报道", "page"),
        ("这期报纸讲了什么", "page"),
        ("这一版都说了什么", "page"),
    ],
)
def test_a_bond_of_this_issue_is_no_issue_of_a_paper(question: str, kind: str) -> None:
    """这期 asks about the page only where what it holds is asked for."""
    assert kind_of(question) == kind


VILLAGE = [
    ("farm", "两家牧场相继扩建",
     "本报讯 沙湖金牧成立于2011年，拥有牧场3座，存栏奶牛2.4万头。公司副总贺兰月说，明年再建一座。"),
    ("mine", "矿工提安全建议有奖", "本报讯 今年前5个月，岭北煤矿共收到隐患建议830条，整改率100%。"),
    ("flood", "三河县紧急转移群众", "本报讯 台风逼近，三河县全县转移群众6120人。入夜，柳溪镇中学腾出教室。"),
    ("museum", "石桥瓷馆改建开放", "本报讯 石桥瓷馆改建后昨日开放，门票每张40元。"),
    ("race", "越野摩托车赛开赛", "本报讯 临江越野摩托车赛昨日开赛，230名选手参加。"),
    ("theft", "一本账记下线索",
     "本报讯 独居老人爱记账，把上门推销者的鞋样也画了下来。民警据此锁定了嫌疑人的住处。"),
    ("trial", "楼上漏水 物业担责",
     "本报讯 桂河法院审结一起漏水案。业主把物业告到法院。法院认为，物业接到报修后拖了两周，责任难免，判令其赔偿三成。"),
    ("sea", "两船相撞 七人失踪",
     "本报讯 两艘货船清晨在外海相撞，其中一艘沉没，7人失踪。直升机疏散船员15人，救援仍在继续。"),
    ("works", "恒川重工扭亏",
     "本报讯 恒川重工一季度营业收入18.6亿元；净利润1.2亿元，上年同期亏损4300万元。宁安叶片厂预计明年6月投产。"),
    ("theatre", "老粮仓变剧场", "本报讯 谷仓剧场昨晚首演，政府给剧场免租五年，学生凭证半价购票。"),
    ("prison", "合伙骗贷获刑", "本报讯 桂河法院宣判一起骗贷案，主犯马某被判处有期徒刑三年两个月，并处罚金6万元。"),
]  # fmt: skip


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Answers from VILLAGE, whose pages have no date."""
    rows = [{"id": name, "title": title, "body": body} for name, title, body in VILLAGE]
    with answering(tmp_path_factory.mktemp("village"), rows) as assistant:
        yield assistant


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("沙湖金牧养了多少头奶牛？", "2.4万头"),  # 金牧养 is no name of somebody
        ("参加越野车赛的有多少名选手？", "230名"),
        ("骗贷案主犯判了几年？", "三年两个月"),
        ("三河县转移了多少群众？", "6120人"),
        ("宁安叶片厂什么时候投产？", "明年6月"),
        ("货船相撞后几个人失踪？", "7人"),
    ],
)
def test_words_cut_or_shortened_hide_no_figure(
    village: Assistant, question: str, said: str
) -> None:
    """A name that no page has belongs to nobody, and a thing may be said in short."""
    answer = proven(village.ask(question), village.index)
    assert [span.text for span in answer.spans] == [said]


@pytest.mark.parametrize(
    "question",
    [
        "岭北煤矿去年收到多少条建议？",  # this year's are told
        "柳溪镇转移了多少群众？",  # those of the whole county are told
        "石桥瓷馆改建花了多少钱？",  # a ticket's price is told
        "货船相撞死了几个人？",  # the missing are told
        "货船相撞有多少人受伤？",  # those who were taken away are told
    ],
)
def test_another_year_s_or_the_whole_s_figure_is_refused(village: Assistant, question: str) -> None:
    """A page without a date tells of its own year; a county is no town, and a ticket no building."""
    assert village.ask(question).status == "no_evidence"


@pytest.mark.parametrize(
    ("question", "said"),
    [("谷仓剧场的租金要交吗？", "免租五年"), ("谷仓剧场学生买票便宜吗？", "半价购票")],
)
def test_what_need_not_be_paid_is_told_by_what_print_has_for_it(
    village: Assistant, question: str, said: str
) -> None:
    """免租 says that no rent is paid, and 半价 that it is cheap."""
    answer = proven(village.ask(question), village.index)
    assert answer.spans[0].text.endswith(said)


def test_by_this_points_to_the_sentence_before(village: Assistant) -> None:
    """How somebody was found is told where 据此 points to, and that sentence is quoted."""
    answer = proven(village.ask("民警是怎么锁定嫌疑人住处的？"), village.index)
    assert answer.spans[0].text == "把上门推销者的鞋样也画了下来"


def test_why_a_court_ruled_so_is_what_it_held(village: Assistant) -> None:
    """凭什么判 is answered by what stands behind 法院认为, not by what somebody else thinks."""
    answer = proven(village.ask("法院凭什么判物业赔偿？"), village.index)
    assert "拖了两周" in answer.text
    asked = analyse("法院凭什么判物业赔偿？")
    assert explains(asked, "法院审理认为，物业拖了两周。") > explains(
        asked, "邻居认为，物业拖了两周。"
    )


@pytest.mark.parametrize(
    ("text", "spells"),
    [
        (
            "等了4分半钟、两个半小时、一年半、3天半和半个月。",
            ["4分半钟", "两个半小时", "一年半", "3天半", "半个月"],
        ),
        (
            "判四年六个月，缓刑1年2个月，历时一年零四个月。",
            ["四年六个月", "1年2个月", "一年零四个月"],
        ),
        ("干了两年三年，一年半载也行。", ["两年", "三年"]),
    ],
)
def test_a_spell_is_whole(text: str, spells: list[str]) -> None:
    """With its half and with its months; two of one sort stay two."""
    assert [fact.text for fact in numbers(text) if fact.measure == "duration"] == spells


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("学生司徒岚夺冠，教练欧阳健祝贺。", ["司徒岚", "欧阳健"]),
        ("老人支支吾吾说不清楚。", []),
        ("欧阳说，明天下雨。", []),
    ],
)
def test_a_surname_of_two_characters_begins_a_name(text: str, names: list[str]) -> None:
    """司徒|岚 is one name; a word that only repeats is none, nor is who says something."""
    assert [fact.text for fact in people(text)] == names


@pytest.mark.parametrize(
    ("text", "name", "was"),
    [
        ("展品来自退休会计殷广田。", "殷广田", ["会计"]),
        ("当过12年电工的厨师罗大川", "罗大川", ["电工"]),
        ("兽医出身的老师罗大川", "罗大川", ["兽医"]),
        ("厨师罗大川今年50岁", "罗大川", []),
    ],
)
def test_what_somebody_was_is_told_apart(text: str, name: str, was: list[str]) -> None:
    """What somebody is now is not what they were."""
    assert [fact.text for fact in former_roles(text, name)] == was


@pytest.mark.parametrize(
    ("question", "text", "lacking"),
    [
        ("越野车比赛谁赢了？", "越野摩托车比赛昨日结束", ()),
        ("江里发大水淹了哪里？", "洪峰昨日过境", ()),
        ("老梁家楼上住着谁？", "梁某楼上住户", ()),
        ("王小明赢了多少钱？", "王建小明赢了", ("王小明",)),
    ],
)
def test_only_things_are_said_in_short(question: str, text: str, lacking: tuple[str, ...]) -> None:
    """越野车 may be 越野摩托车, and 江里 is no town; a person is never another one."""
    assert misses(analyse(question), fold(text)) == lacking


def test_a_surname_is_all_that_some_papers_tell() -> None:
    """方女士 answers what she is called, and who has none of those words does not."""
    text = "市民方女士说，昨天买的茶有霉味。"
    span = Span(text="方女士", start=2, end=5, score=0.5)
    assert fit_of(analyse("买茶的市民姓什么？"), text, span) == 1.0
    other = Span(text="市民", start=0, end=2, score=0.5)
    assert fit_of(analyse("买茶的市民姓什么？"), text, other) == 0.0


def test_clauses_are_no_name() -> None:
    """What somebody did, clause by clause, is not what a firm or a machine is called."""
    text = "工期紧、工人三班倒，用上了吊机“大力士”。"
    asked = analyse("吊机叫什么名字？")
    told = Span(text="工期紧、工人三班倒", start=0, end=9, score=0.5)
    name = Span(text="大力士", start=16, end=19, score=0.5)
    assert (fit_of(asked, text, told), fit_of(asked, text, name)) == (0.0, 1.0)
    text = "新桥是连接两岸的石桥。"
    told = Span(text="连接两岸的石桥", start=3, end=10, score=0.5)
    assert fit_of(analyse("新桥叫什么名字？"), text, told) == 0.0


def test_keywords_that_end_in_name_ask_for_one() -> None:
    """施工单位名称 names no topic that could be told instead; 预约 does."""
    assert not analyse("石桥 加固 施工单位名称").guessed
    assert analyse("灯会 预约").guessed

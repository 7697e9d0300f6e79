"""The type of answer that a question expects, told by its own words.

The patterns were written and checked on the questions of the reader's training data (half-formal
Chinese) and on ordinary newspaper questions.
"""

import itertools
import re
from typing import Literal

from rag.tokens import tag

Kind = Literal[
    "person",
    "time",
    "place",
    "number",
    "which",
    "what",
    "list",
    "yesno",
    "why",
    "how",
    "topic",
    "page",
]
Measure = Literal[
    "",
    "money",
    "percent",
    "change",
    "people",
    "age",
    "length",
    "area",
    "weight",
    "duration",
    "count",
    "things",
    "phone",
    "score",
    "rank",
]
Grain = Literal["", "year", "month", "day", "clock"]

# What somebody is called for what they do.
ROLE = (
    r"主席|书记|市长|省长|州长|县长|区长|镇长|村长|局长|部长|处长|科长|厅长|院长|校长|园长|所长|馆长|站长|社长|行长|会长|"
    r"主任|总统|总理|首相|大臣|董事长|董事|总裁|经理|总监|主管|顾问|秘书长|秘书|发言人|代表|委员|教授|博士|院士|专家|研究员|医生|护士|老师|教师|教练|队长|队员|选手|"
    r"导演|演员|歌手|作家|诗人|画家|记者|编辑|主持人|工程师|技师|法官|律师|警官|民警|职工|工人|村民|居民|市民|劳模|工匠|获得者|负责人|创始人|店长|厂长|司机|将军|"
    r"棋手|球员|运动员|车手|水手|柜员|店员|营业员|售货员|收银员|服务员|销售员|推销员|快递员|配送员|骑手|保安|保洁员|环卫工|清洁工|护工|月嫂|保姆|厨师|裁缝|理发师|"
    r"焊工|电工|钳工|木工|瓦工|矿工|水暖工|维修工|操控员|操作员|调度员|安检员|质检员|驾驶员|列车员|乘务员|售票员|飞行员|船员|船长|机长|"
    r"会计|出纳|审计师|分析师|设计师|建筑师|药师|医师|兽医|护理员|营养师|调解员|检察官|书记员|公证员|辅警|交警|消防员|指导员|辅导员|"
    r"网格员|巡护员|护林员|养殖户|种植户|果农|菜农|渔民|牧民|农民|摊主|业主|房东|传承人|志愿者|研究生|博士生|学生|理事长|"
    r"常委|先生|女士"
)

SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄"
    "和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯昝管卢莫经房裘缪干解应宗丁宣贲邓郁单杭洪包诸左石崔吉钮龚程嵇邢"
    "裴陆荣翁荀羊惠甄曲家封芮羿储靳汲邴糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶郜黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖闫覃"
)

_CLASSES = (
    r"公司|企业|单位|部门|机构|大学|学院|学校|中学|小学|医院|银行|组织|协会|委员会|集团|法院|报纸|媒体|"
    r"球队|乐队|俱乐部|会议|活动|项目|平台|品牌|政策|文件|法律|条例|书|电影|歌曲?|奖项?|语言|民族|颜色|部队|军队"
)
_PLACES = (
    r"国家?|省份?|城市|市|县|区域?|地区|地方|地点|镇|乡|村|街道?|岛|州|洲|山|河|湖|场馆|位置|景区"
)
# Ordered: the first pattern that is found gives the kind.
HOW_MUCH = "多[大高长远重深宽厚快久沉]"  # 多高, 多久
_KIND_PATTERNS: tuple[tuple[Kind, str], ...] = (
    (
        "page",
        r"(?:[这本今]|今天的?|整)(?:一|个)?(?:版|页|期(?=报|上|里|都|主要|的|有|讲|说|写|内容)|份报纸?|张报纸?|报纸)上?面?.*(?:哪些|什么|啥|多少|讲|说|写|概括|总结|介绍)"
        r"|(?:有|登|讲|说|报道)了?(?:哪些|什么|啥)(?:报道|新闻|文章|消息|内容|主题)[?？。]?$",
    ),
    (
        "why",
        r"为什么|为何|为啥|凭(?:什么|啥)(?![一-鿿]{0,4}(?:证|票|卡|码|入|进|领|买|换|取|乘|坐|借|兑|报|登|办|参观|享|优惠|免)|说|认[为定]|[判推]断|断定|肯定|看出)|怎么(?:会|引起|引发|造成|导致|发生|[着烧]起来)|何以|缘何|因何|(?:什么|啥)(?:原因|缘故)|(?:原因|缘由|理由)(?:是|[?？]|$)|\bwhy\b",
    ),
    (
        "time",
        r"(?:星期|礼拜|周)几|什么时[候间]|啥时候?|何时|多会儿|何[年月日]|哪一?(?:年|月|日|天|号|个月)|哪[几两三](?:年|月|日|天|个月)"
        r"|几月|(?<!第)几[号日](?!(?:[房楼院门线店馆桌车厅窗码台机])(?![票展站次场房风盘诊庆市务构]))(?!.*多少)|几点(?!.*百分)|(?:什么|哪一?个?)(?:日期|世纪|年代|年份|时期|时代|季节)"
        r"|(?:时间|日期)(?:是|为)?[?？]?$|\bwhen\b",
    ),
    (
        "list",
        r"哪(?:些|几|[两三四五六七八九十]+)(?!天|年|日|号)|有(?:什么|啥)|都(?:是|有|包括|做|说)?(?:了)?(?:什么|啥|谁)|(?:包括|包含|涵盖)(?:了)?(?:什么|啥)",
    ),
    (
        "number",
        r"多少|几(?!乎|何|经)|第几|百分之几|(?:什么|哪一?个|啥)(?:热线|电话|号码)"
        r"|(?<![么许很众诸])多(?:[大高长远深宽厚快久沉]|重(?!要))(?!的?影响)|\bhow (?:many|much|long|far|old)\b",
    ),
    (
        "person",
        r"谁|何人|哪一?位|(?<!在)哪一?名(?![字称额次])|贵姓|(?<!百)姓(?:什么|啥|甚)|(?:什么|哪个|哪些)人(?![群口员数])|\bwho\b",
    ),
    (
        "place",
        rf"哪里|哪儿|何[处地]|在哪(?!一?[家所支届])|(?:什么|哪一?[个座条处]?)(?:{_PLACES})|位于哪|\bwhere\b",
    ),
    ("which", rf"(?:什么|哪一?[家个所项部份条本场次届支种]?)(?:{_CLASSES})|哪一?[家所]"),
    ("how", r"怎么样?|怎样|如何|咋|\bhow\b"),
    ("what", r"什么|啥|干[嘛吗]|哪|何(?:种|为|谓)|\bwhat\b|\bwhich\b"),
    (
        "yesno",
        r"[吗么嘛][?？]?$|是否|有没有|没有?[?？]?$|(?<=[一-鿿]{3})不[?？]?$|(.)[不没]\1|能否|可否|^(?:is|are|was|were|did|does|do|can)\b",
    ),
    ("topic", r"讲讲|说说|谈谈|聊聊|介绍|总结|概括|概述|关于|tell me|about"),
)

KIND_PATTERNS = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _KIND_PATTERNS]

_MEASURES: tuple[tuple[Measure, str], ...] = (
    ("phone", r"电话|热线|手机号|号码"),
    ("percent", r"分之[几多]|百分之|率|比例|比重|占比|增幅|降幅|涨幅|几成"),
    ("change", r"(?:增长|上涨|上升|提高|增加|下降|下跌|减少|降低|回落|[涨升跌降])了?多少$"),
    ("age", r"岁|年龄|年纪|多大(?:$|了)|\bold\b"),
    ("area", r"面积|平方|亩(?!产)|公顷"),
    ("length", r"多[长远高深宽厚](?!时|的时|期)|长度|高度|距离|里程|海拔|公里|千米|多少米$"),
    ("weight", r"多[重沉]|重量|吨|公斤|千克|亩产|单产"),
    ("duration", r"多久|多长的?时[间期]|[几少]个?(?:小时|钟头|分钟|星期|月|年(?!级)|天|周)"),
    (
        "money",
        r"(?:[钱元款价费]|利息|租金|赔偿|损失|欠款|货款|资金|基金|奖金|[助补金偿税]金|现金|金额|投资|收入|[工月年日底]资|[月年周时]薪|薪[水资酬]|学费|押金|门票|票价|成本|费用|补助|补贴|额|产值|票房|利润|营收|债务|市值|预算)"
        r"(?:是|为|有|达|达到|完成)?(?:多少)?$|多少钱|how much",
    ),
    (
        "people",
        r"[少几](?:余|多)?(?:名|位|人)|(?:人数|人次|人口|[工员众客者生民人手]|代表|选手|家庭)(?:是|为|有|达|达到)?(?:多少)?(?:参加|参与)?$",
    ),
)
_UNITS_ASKED: tuple[tuple[Measure, str], ...] = (
    ("length", "米|公里"),
    ("area", "平方公里|平方米"),
    ("weight", "公?斤|千?克|吨|立方米|毫升"),
    ("money", "元|[美欧日港韩]元|英镑"),
    ("age", "岁"),
    ("percent", "个百分点"),
)
_UNIT = re.compile(
    r"(?:多少|几)((?:人次|场次|[美欧日港韩]元|英镑|平方公里|平方米|公里|个百分点|[个大处家户条项种类件次场对座所辆台架艘套本部张只头株棵批届级层间栋倍支枚篇首起例片块颗元吨米岁点度段桶趟瓶箱盒袋招份单组册剂针]|公?斤|千?克(?!拉)|立方米|毫升|环(?![境保节])|具(?![有体备])|分(?![钟之公店支布])|讲(?![话述师堂解座课究])))"
)


# Told by what is asked alone, whatever the unit.
_OUTRIGHT: tuple[tuple[Measure, str], ...] = (
    ("rank", r"几等奖|第几[名位]?(?:[?？。呢啊]|$)|(?:[排名]|(?<!系)列)第几(?![部集个次届季])"),
    (
        "money",
        r"多少钱|(?:几|多少)块钱|[还花付交省掏收贵涨卖价费票]了?(?:几|多少)块(?:[?？。呢啊]|$)",
    ),
    ("score", r"比分|几比几|[赢输胜负]了?对?[手方]?(?:多少|几)分"),
    ("money", r"[赚挣赔亏罚](?:了|到|得|掉)?多少(?:[?？。]|$)"),
    ("phone", r"(?:什么|哪一?个|啥)(?:热线|电话|号码)"),
)


def kind_of(text: str) -> Kind:
    """The kind of answer, by the first pattern that is found."""
    if re.search(r"(?<!干)[吗么嘛][?？]?$", text) and not re.search(
        r"什么[?？]?$|谁|多少|哪|几[个时天]", text
    ):
        return "yesno"
    for kind, pattern in KIND_PATTERNS:
        if pattern.search(text):
            if kind == "what" and re.search(r"(.)[不没]\1", text):
                return "yesno"
            return "person" if kind in ("what", "which") and _asks_for_one(text) else kind
    return "topic"


def _asks_for_one(text: str) -> bool:
    """Whether one of an occupation is asked for (哪个柜员): who it is. 哪个教师协会 is no teacher."""
    asked = re.search("哪一?个(?=[一-鿿])", text)
    if not asked:
        return False
    noun = ""
    for word, flag in tag(text[asked.end() :]):
        if flag[0] not in "nbjz" and flag != "vn":
            break
        noun += word
    of_them = text[asked.end() + len(noun) :].startswith(("合作", "互助", "联合"))  # 农民合作社
    return not of_them and re.search(rf"(?:{ROLE})$", noun) is not None


def measure_of(text: str) -> tuple[Measure, str]:
    """What the number must measure, from the words beside the question word."""
    for measure, pattern in _OUTRIGHT:
        if re.search(pattern, text):
            return measure, ""
    found = _UNIT.search(text)
    unit = found.group(1) if found else ""
    if found and (counted := _counted_by(text, found)):
        return counted, unit
    if re.search(r"占(?!地|用|领)[^，,]{0,12}(?:多少|几)", text) and not unit:
        return "percent", unit
    asked = re.search(rf"多少|几|{HOW_MUCH}|how (?:many|much|long|old|far)", text, re.I)
    if not asked:
        return "", unit
    # 多少职工互助金: the last noun counts; …投资是多少: the noun before; 多大年纪: both together.
    after = re.match(r"[\w]*", text[asked.end() :])
    head = asked.group() + (_counted_noun(after.group()) if after else "")
    # 卖粮的钱一共多少 asks of 钱.
    before = _IN_ALL.sub("", text[: asked.start()])[-6:]
    for near in (head, before + asked.group()):
        for measure, pattern in _MEASURES:
            if re.search(pattern, near):
                return measure, unit
        if after and after.group() and near is head:
            break
    things = asked.group() == "多少" and after is not None and len(after.group()) > 1
    return ("things" if things else ""), unit


_IN_ALL = re.compile(r"(?:一|总|全)共(?:有|是)?|合计|加起来|到底|究竟|大概|大约|差不多")


def _counted_by(text: str, found: re.Match[str]) -> Measure:
    """What the measure word of a question says: 多少头奶牛抵押贷款 asks for cows and no money; nothing of 人次."""
    unit = found.group(1)
    if unit == "个" and text.startswith(("月", "小时", "钟头", "星期"), found.end()):
        return "duration"
    for measure, units in _UNITS_ASKED:
        if re.fullmatch(units, unit):
            return measure
    return "" if unit == "人次" else "count"


def _counted_noun(after: str) -> str:
    """What is counted, without what is told of it (农民工要工钱: 农民工); all of it where no noun begins it."""
    nouns = itertools.takewhile(
        lambda word: word[1][0] in "najbgz" or word[1] in ("vn", "q", "m"), tag(after)
    )
    return "".join(word for word, _ in nouns) or after


def grain_of(text: str) -> Grain:
    """How exact a time is asked for."""
    if re.search(
        r"几点|钟点|何时几|[首末头早夜]班[车船机]?[^，,]{0,6}(?:时间|什么时候|何时)(?!开通|恢复|取消|停|调整|开始|上线|增|复)",
        text,
    ):
        return "clock"
    if re.search(r"[哪何几](?:一|几|两)?(?:天|日|号)|日期|日子|(?:星期|礼拜|周)几", text):
        return "day"
    if re.search(r"[哪何几](?:一|几|两)?个?月", text):
        return "month"
    return "year" if re.search(r"[哪何](?:一|几|两)?年|年份", text) else ""


def noun_of(text: str, kind: Kind) -> str:
    """The class or role that the answer must be of."""
    if kind == "which":
        found = re.search(rf"(?:什么|哪一?[家个所项部份条本场次届支种]?)({_CLASSES})", text)
        return found.group(1) if found else ""
    found = _WHOSE_NAME.search(text)
    return found.group(1) if found else ""


_WHOSE_NAME = re.compile(
    r"(副?(?:主席|书记|市长|省长|州长|县长|区长|镇长|局长|部长|主任|校长|院长|董事长|总经理|经理|总统|总理|会长|秘书长|队长|教练|发言人|主持人|记者|导演|馆长|厅长|[厂园所站社行村店处科船机组班]长|老板|房东|司机))"
    r"(?:是|叫|姓|的?名字)"
)

NAMED = re.compile(
    r"(?:叫|称为|名为|取名|命名为)(?:做|作)?(?:什么|啥)|(?:什么|啥)(?:名字|名儿|名称|代号|称号|绰号)"
    r"|(?:名字|名称|代号|简称|称号|品牌|主题|标题|书名|片名|口号)(?:是|叫|为)(?:什么|啥)"
)


# 那个护士叫什么名字: who it is.
NAMES_SOMEBODY = re.compile(
    rf"(?:{ROLE}|[人员士生师者长手客民工兵友星婴徒夫总警]|[女男小]孩|太太|老[头汉伯]|大叔|阿姨|司机|书记|主席|教练|代表|干部|朋友|妻子|孩子|儿子|男子|女子|小伙子?|姑娘|大[妈爷娘]|[爷奶]奶|爷爷|女儿|先生|女士"
    r"|老板娘?|[店业户房]主|房东|[父母]亲|爸爸?|妈妈?|哥哥?|姐姐?|弟弟?|妹妹?|[叔姑舅]|师傅|徒弟|[冠亚季]军|[队组班]长)"
    r" ?的?(?:(?:真|本|大)?(?:名字?|姓名)(?:是|叫)?|叫做?)(?:什么|啥)"
)


def thing_of(text: str) -> str:
    """The noun beside 什么, if it says what sort of thing is meant."""
    found = re.search(
        r"(?:什么|哪(?:些|几|[两三四五六七八九十]+|一)?[个项种类届场次条句笔款首部本支门份]?)(?:样的)?([一-鿿]{1,8})",
        text,
    )
    words = tag(found.group(1)) if found else []
    nouns = itertools.takewhile(lambda word: word[1][0] in "njlg" or word[1] == "vn", words)
    return next((word for word, _ in reversed(list(nouns)) if word not in _VAGUE), "")


_VAGUE = frozenset(
    ("名字", "名称", "东西", "事", "事情", "内容", "样子", "情况", "作用", "意义", "影响", "特点", "用途")
)  # fmt: skip
_NO_NAME = re.compile(r"[长者员人奖家师军手子工生队友星]$")
# 退休前是做什么的, 当记者之前是干什么的: what somebody was, and is no more.
FORMERLY = re.compile(
    r"(?:(?:退休|当(?:上|了)?[^，,前]{1,8}|(?:入|从|转|改|开|创|来)[^，,前]{1,6}|成名|出名)(?:之前|以前|前)|以前|之前|原来|原先|从前|早年|过去)"
)
_WHOSE_ROLE = re.compile(
    rf"([一-鿿·]{{2,8}}?)(?:{FORMERLY.pattern}|现在|如今|平时)?(?:在[一-鿿]{{2,12}}?)?"
    r"(?:(?:是|担任|当|任|做)(?:的是|了|过)?(?:谁|什么人|(?:什么|何|啥)(?:职务?|身份|职位|官|头衔))"
    r"|是?[干做](?:的)?(?:什么|啥)(?:的|工作|职业|行当))[呀啊呢的]?[?？。]?$"
)


def somebody_of(text: str) -> str:
    """The name in 某某是什么人: one that the dictionary does not hold, or calls a person's."""
    found = _WHOSE_ROLE.match(text)
    if not found:
        return ""
    name = found.group(1)
    guessed = [flag for _, flag in tag(name)]
    unknown = len(tag(name, coin=False)) > 1
    # 赵|海波: a given name that is a word. 高|个子 is none.
    given = (
        len(name) == 3 and name[0] in SURNAMES and len(guessed) == 2 and not _NO_NAME.search(name)
    )
    return name if guessed == ["nr"] or (unknown and (len(guessed) == 1 or given)) else ""

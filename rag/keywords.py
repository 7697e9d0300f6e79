"""Keywords as they are typed into a search box, as the question that they stand for.

工惠贷 贷款总额 asks 工惠贷 贷款总额是多少: the last keyword says what is wanted. Many nouns are wanted only where they
stand apart (新桥 投资), and end the name of a topic otherwise (科创投资).
"""

import re

from rag.answer_types import KIND_PATTERNS

_OFFICES = (
    "主席|书记|[市省州县区镇村局部处科厅院校园所馆站社行会董事船机车]长|主任|总统|总理|首相|大臣|经理|总监|总裁|秘书长?|发言人|"
    "教练|领队|负责人|创始人|首席执行官|CEO|法人|院士|导演|记者"
)
# What ends a question wherever it stands, and the question word that it leaves out.
_ENDINGS = (
    (
        r"[总金余限差]额|数量|[产销流容总客]量|[总人次场条户倍件]数|[利汇税比概频准胜完]率|比例|比重|价格|[票房单均售]价|[气水室体]温"
        r"|温度|[时车]速|速度|全长|[身体]长|身高|[体净]重|重量|水深|面积|长度|宽度|高度|深度|海拔|指数|比分|[增涨降跌]幅|年龄|里程|距离"
        r"|产值|总值|市值|票房|净利润|罚[款金]|奖金|得分|积分|续航|功[耗率]|号码",
        "是多少",
    ),
    (r"日子|年份|年月|时限|期限", "是什么时候"),
    (r"地点|地址|位置|举[办行]地", "在哪里"),
    (r"主持人|负责人|作者|记者|姓名|^[^夺获得赢拿摘成卫冲无缘采培祝]*[冠亚季]军", "是谁"),
)
# … and only where it stands apart.
_APART = (
    (
        r"投资|资金|收入|营收|利润|成本|费用|补[贴助]|排名|人口|规模|分红|赔偿|工资|租金|[人场班]次|毫米|公斤|吨|[公千]米|净[买卖][入出]"
        r"|[亩年]产|[顺逆]差|占比|浓度|强度|压力|热线|电话|人均|罚没款|存款|[几倍个]数|率|量",
        "是多少",
    ),
    (r"产地|出生地|籍贯|目的地|起点|终点|老家|故乡", "在哪里"),
    (
        rf"{_OFFICES}|[冠亚]军|得主|主持|人名|主角|主演|嘉宾|发明人|[被原]告|丈夫|妻子|儿子|女儿|父亲|母亲|导师|传承人|联系人",
        "是谁",
    ),
    (r"名单|步骤|站点|成员|措施|举措|条件|手续|材料|内容|亮点|环节|奖项", "有哪些"),
    (r"单位|部门|机构|[主承]办方?|合作方", "是哪个单位"),
    (r"公司|企业|开发商|厂[家商]|品牌", "是哪家公司"),
    (r"学校|院校|大学", "是哪所学校"),
    (r"医院", "是哪家医院"),
    (r"法院", "是哪家法院"),
    (r"派出所", "是哪个派出所"),
    (r"城市|县市", "是哪个城市"),
    (r"省份", "是哪个省份"),
    (r"国家|国别", "是哪个国家"),
)
_WANTED = tuple((re.compile(f"(?:{words})$"), ending) for words, ending in _ENDINGS)
_WANTED_APART = tuple((re.compile(f"(?:{words})$"), ending) for words, ending in _APART)
_DATE = re.compile(r"(?=\d)(?:\d{2,4}年?)?(?:\d{1,2}月)?(?:\d{1,2}[日号])?")
_WHERE = re.compile(r"(?:地点|地址|位置|举[办行]地)$")  # 在哪里 says it
_TELL = re.compile(r"(?:讲讲|说说|谈谈|聊聊|介绍)(?:一下)?")
_ASKED_BARE = re.compile(r"(?:时间|日期|原因|缘由|理由)$")  # a question without a question word


def asking(text: str) -> tuple[str, bool]:
    """The question, and whether it is only guessed: keywords may as well name a topic (灯会 预约).

    So may what is to be told of (讲讲图书馆延长开放时间). The text itself where it is a question already, or
    no keywords.
    """
    if tell := _TELL.match(text):
        topic = text[tell.end() :].rstrip("。 　")
        named = _ASKED_BARE.sub("", topic)
        if any(pattern.search(named) for _, pattern in KIND_PATTERNS):
            return text, False
        question, _ = asking(topic)
        return (question, True) if question != topic or named != topic else (text, False)
    words = text.rstrip("?？。 　").split()
    apart = len(words) > 1
    if not words or any(pattern.search(text) for _, pattern in KIND_PATTERNS):
        return text, False
    if not apart and text.endswith(("?", "？")):
        return text, False  # 王强是教授？
    date = words.pop() if apart and _DATE.fullmatch(words[-1]) else ""  # 大桥长度 2024年
    for pattern, ending in (*_WANTED, *(_WANTED_APART if len(words) > 1 else ())):
        if not pattern.search(words[-1]):
            continue
        head = " ".join(words)
        if ending == "在哪里":
            head = _WHERE.sub("", head).rstrip() or head
        return f"{date}{head}{ending}", False
    if len(words) > 1 and len(words[-1]) > 1:
        return f"{date}{' '.join(words)}是什么", True
    return text, False

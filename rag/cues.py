"""What a line says of where it stands: 本报讯 begins a report, 摄 ends a caption, 下转第4版 leaves the page."""

import re

POINTS = ("■", "◆", "▲", "★")  # before the points of a text
# Where a report was sent from, at its beginning.
_SENT = (
    r"[（(]?(?:本|[一-鿿]{0,3}[日晚早晨商时快市周]|[一-鿿]{2}导)报讯|本[台网刊]讯"
    r"|据外[电媒](?:报道|消息)[ \u3000:：]"
    r"|据?新华社.{0,14}\d{1,2}日?[^，。]{0,8}电|据新华社|本报(?:[^，。]{2,14}电|[^，。]{2,10}\d{1,2}日讯)|中新社.{0,14}电"
)
DATED = re.compile(_SENT)
# What begins a report, a brief, a box or what came from another page.
START = re.compile(
    r"●|[■◆▲★]|【[^】]{2,4}】|据[^，。]{2,10}[报电]道?[:：]|（?记者[^，。）]{2,16}）|核心阅读|编者按|内容提要|编辑同志[:：]"
    r"|[（(]?\s*紧?上接\s*(?:第|[A-D]\d)|" + _SENT
)
# What a text is, alone on a line above its headline or in its place.
LABEL = re.compile(
    r"[【［\[]?\s*(?:(?:读者|市民|群众)来信|来信(?:照登|选登)?|编读往来|招\s*聘(?:启事|公告|信息)?|(?:寻人|征稿|招租|征集|遗失)?启\s*事"
    r"|讣\s*告|公\s*告|通\s*告|声\s*明|更\s*正|致\s*歉|影\s*评|书\s*评|剧\s*评|乐\s*评|社\s*论|今日谈|(?:农技|健康|法律|读者)问答|记者帮[办忙]"
    r"|(?:市民|文体|财经|体育|文化|城事|民生|科技|国际|社会|教育|健康)?(?:简|短|快)\s*讯|短\s*波|(?:便民|生活)?服务(?:台|窗|信息)|(?<=【)服务(?=】))\s*[】］\]]?$"
)
# What a reader's letter begins with.
LETTER = re.compile(r"编辑(?:部|同志|老师)?[:：]|编辑同志")
# Nowhere may two runs of spaces meet: many spaces would be looked at in every way to part them.
_NUMBER = r"(?:第\s*)?[A-D]?([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*版"
JUMP_OUT = re.compile(rf"(?:[（(]\s*)?紧?下?转\s*{_NUMBER}\s*(?:[）)]\s*)?$")
JUMP_IN = re.compile(rf"^\s*(?:[（(]\s*)?紧?上?接\s*{_NUMBER}\s*(?:[）)]\s*)?")
# What often begins one.
SOFT_START = re.compile(
    r"(?:近日|日前|连日来|近年来|近期|昨[天日晚]|今[天日]|当前|当地时间|今年|去年|随着|\d{1,2}月\d{1,2}日)[^。，]{0,12}，"
    r"|记者(?:从|昨[天日]|今[天日]|近日|日前)[^。，]{0,16}(?:获悉|了解到)"
)
# Who took or drew a picture, at the end of its caption.
CREDIT = re.compile(
    r"(?:摄影?(?:报道)?|供图|绘|制图|图片|(?<=[\s/／])图|摄影|新华社发|资料图|影像中国|人民视觉)[）)]?\s*$"
)
# What makes the name of a series of 记者: 记者手记, 记者在基层.
OF_REPORTERS = "手记|在|调查|观察|札记|走|见闻|亲历|视点|连线|来信|节|之"
# Who wrote an article, on a line of its own: 本报记者 周敏, □记者 周敏 通讯员 林涛, 文/图 本刊记者 周敏, ◎文/周敏.
_WRITER = r"(?:本[报刊网台]|新华社|[一-鿿]{0,2}[日晚晨早]报)?(?:首席|资深|见习|实习|特约|特派)?(?:记者|通讯员|实习生)"
AUTHOR = re.compile(
    rf"^[□◎]?\s?(?:(?:文|图|文[/／]图|图[/／]文)[/／ \u3000])?{_WRITER}"
    r"[ \u3000][一-鿿·]{1,4}(?:[ \u3000、/／]{1,2}[一-鿿·]{1,6}){0,8}$"
    r"|^[□◎]?\s?(?:文|图|文[/／]图|撰文)[/／](?!本|记)[一-鿿]{2,4}(?:[ \u3000、][一-鿿]{2,4}){0,3}$"
)
# The same, and what else may be one where a text has ended.
SIGNED = re.compile(
    rf"{AUTHOR.pattern}|^(?:本报|新华社)?(?:通讯员|记者|实习生|见习记者|特约记者)[\s　].{{2,30}}$"
)
# The same in brackets.
BRACKETED = re.compile(
    rf"[（(](?:本报|新华社)?(?:通讯员(?!之)|记者(?!{OF_REPORTERS})|实习生)[^，。；：（）()]{{2,24}}[）)]$"
)
# Forms of it that stand above a text where it is open which one is meant.
SIGNED_ABOVE = re.compile(r"^(?:[□◎]|文|图)|(?:报道|整理)$")
# What a public notice is headed with.
NOTICE = re.compile(r"关于[^，。；]{4,40}的(?:公告|通告|公示)$")

"""What a line says of where it stands: 本报讯 begins a report, 摄 ends a caption, 下转第4版 leaves the page."""

import re

POINTS = ("■", "◆", "▲", "★")  # before the points of a text
# What begins a report, a brief, a box or what came from another page.
START = re.compile(
    r"●|[■◆▲★]|【[^】]{2,4}】|[（(]?本报讯|[据]?新华社.{0,14}\d{1,2}日?[^，。]{0,8}电|据新华社|本报[^，。]{2,14}电"
    r"|中新社.{0,14}电|据[^，。]{2,10}[报电]道?[:：]|（?记者[^，。）]{2,16}）|核心阅读|编者按|内容提要"
    r"|[（(]?\s*紧?上接\s*(?:第|[A-D]\d)"
)
# Nowhere may two runs of spaces meet: many spaces would be looked at in every way to part them.
_NUMBER = r"(?:第\s*)?[A-D]?([0-9]{1,3}|[一二三四五六七八九十]{1,3})\s*版"
JUMP_OUT = re.compile(rf"(?:[（(]\s*)?紧?下?转\s*{_NUMBER}\s*(?:[）)]\s*)?$")
JUMP_IN = re.compile(rf"^\s*(?:[（(]\s*)?紧?上?接\s*{_NUMBER}\s*(?:[）)]\s*)?")
# Where a report was sent from, at its beginning.
DATED = re.compile(
    r"[（(]?本报讯|据?新华社.{0,14}\d{1,2}日?[^，。]{0,8}电|据新华社|本报[^，。]{2,14}电|中新社.{0,14}电"
)
# What often begins one.
SOFT_START = re.compile(
    r"(?:近日|日前|连日来|近年来|近期|昨[天日晚]|今[天日]|当前|当地时间|今年|去年|随着|\d{1,2}月\d{1,2}日)[^。，]{0,12}，"
)
# Who took or drew a picture, at the end of its caption.
CREDIT = re.compile(
    r"(?:摄影?(?:报道)?|供图|绘|制图|图片|(?<=[\s/／])图|摄影|新华社发|资料图|影像中国|人民视觉)[）)]?\s*$"
)
# Who wrote an article, on a line of its own.
SIGNED = re.compile(r"^(?:本报|新华社)?(?:通讯员|记者|实习生|见习记者|特约记者)[\s　].{2,30}$")

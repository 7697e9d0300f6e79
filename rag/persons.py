"""Who a text names, and what they are called by: names with the role beside them, roles of a name."""

import re
from functools import lru_cache

from rag.answer_types import ROLE, SURNAMES
from rag.facts import CACHED, Fact, fact_at
from rag.tokens import tag

LONGEST_ROLE = 8  # characters, and more than any of ROLE has
_PHOTOGRAPHER = re.compile(r"([一-鿿·]{2,4})[ \u3000]*摄(?=影?(?:[）)。；\s]|$))")
_TAKEN_AS = re.compile(r"以[^，。；]{0,14}$")
_IN_OFFICE = re.compile(rf"[一-鿿“”]{{0,14}}?(?:{ROLE})")


def photographers(text: str) -> tuple[Fact, ...]:
    """Who took a photo: the names that stand before 摄."""
    return tuple(fact_at("person", text, *match.span(1)) for match in _PHOTOGRAPHER.finditer(text))


_CALLED = re.compile(rf"[一-鿿]{{0,16}}(?:{ROLE})、?$")


def roles(text: str, name: str) -> tuple[Fact, ...]:
    """What somebody is called directly before the name (市图书馆馆长林远舟 → 市图书馆馆长)."""
    out = []
    for named in re.finditer(re.escape(name), text):
        begin = named.start()
        # Back from the name, role by role: a pattern for all of them would try every way to part them.
        while called := _CALLED.search(text[max(0, begin - 24) : begin]):
            begin -= called.end() - called.start()
        if begin < named.start():
            out.append(fact_at("body", text, begin, named.start()))
    return tuple(out)


_BEFORE_THAT = (
    r"(?:[退入从转改开创来][^，,。；]{1,6}前|此前|以前|从前|早年|原(?:来|先|本)?)(?:曾经?)?"
)
_WAS = re.compile(
    rf"(?:[当做干]过|曾(?:经?是|经?当过?|任|担任|做过|为)|{_BEFORE_THAT}(?:是|为|任|[当做干]过?)|退休(?!前))"
    r"(?:了?[0-9一二三四五六七八九十两几多]+年多?的?)?(?:一?[名位个])?([^，,。；！？、的是]{1,14})"
)
# 退休前在小学教语文: what somebody did, where no word for such people is said.
_WORKED = re.compile(
    rf"{_BEFORE_THAT}(在[^，,。；！？]{{2,12}}?(?:工作|[打务]工|上班|[教当做][^，,。；！？]{{1,6}}))"
)
_IN_ROLE = re.compile(rf".{{0,10}}?(?:{ROLE})")
_BORN_AS = re.compile(rf"((?:{ROLE}))出身")
_NAMED_BY = 24  # characters beside a name within which is told what somebody was


def former_roles(text: str, name: str) -> tuple[Fact, ...]:
    """What somebody was before (当过九年水手的船长罗海 → 水手)."""
    out = []
    for named in re.finditer(re.escape(name), text):
        # Of one clause with the name where it stands before it: 曾是技术员，徒弟方舟 tells nothing of 方舟.
        left = max(text.rfind(mark, 0, named.start()) for mark in "，,。；！？、\n") + 1
        left = max(left, named.start() - _NAMED_BY)
        right = min(len(text), named.end() + _NAMED_BY)
        told = [*_WAS.finditer(text, left, named.start())]
        told += _BORN_AS.finditer(text, left, named.start())
        told += [
            match
            for pattern in (_WAS, _WORKED)
            for match in pattern.finditer(text, named.end(), right)
            if not _names_another(text[named.end() : match.start()])
        ]
        out += [fact_at("body", text, *span) for match in told if (span := _occupation(match))]
    return tuple(dict.fromkeys(out))


def _names_another(between: str) -> bool:
    """Whether what stands between a name and what somebody was names another one, or ends the sentence."""
    return re.search("[。；！？\n]", between) is not None or bool(people(between))


def _occupation(match: re.Match[str]) -> tuple[int, int] | None:
    """Where an occupation stands in what is told: up to a known one, else all where it ends in a noun."""
    if match.re is not _WAS:
        return match.span(1)
    start, end = match.span(1)
    if known := _IN_ROLE.match(match[1]):
        return start, start + known.end()
    _, flag = tag(match[1])[-1]
    return (start, end) if flag[0] == "n" and len(match[1]) > 1 else None


@lru_cache(maxsize=CACHED)
def people(text: str) -> tuple[Fact, ...]:
    """Names of people with the role said directly before or after them."""
    found: list[Fact] = []
    at = 0
    words = tag(text)
    known = {word for word, _ in tag(text, coin=False)}
    for index, (word, flag) in enumerate(words):
        start, at = at, at + len(word)
        # The dictionary calls 弘扬 and 惠民 names: what it knows needs a role beside it.
        if len(word) == 2 and word in known and not _beside_role(text, start, at):
            continue
        called = _common_given_name(words, index)
        if called and (role := _role_before(text, start)):
            end = start + len(called)
            found.append(Fact(kind="person", text=called, start=start, end=end, role=role))
            continue
        if word in _TWO_SURNAMES and (given := _given_after(words, index)):
            end = at + len(given)
            role = _role_before(text, start)
            found.append(Fact(kind="person", text=text[start:end], start=start, end=end, role=role))
            continue
        if not flag.startswith("nr") or (
            word[0] not in SURNAMES and not re.search(r"[·先女]", word)
        ):
            continue
        end = at
        if len(word) == 1 and index + 1 < len(words) and len(words[index + 1][0]) <= 2:
            follows = words[index + 1]
            if follows[1] in ("x", "p", "c", "u", "v") or not follows[0].isalpha():
                continue
            end = at + len(follows[0])
        if re.fullmatch(r"(.)\1(.)\2", text[start:end]):
            continue  # 支支吾吾
        if end - start < 2 or (end - start > 4 and not re.search(r"[·a-zA-Z]", text[start:end])):
            continue
        end += _third_character(words, index, end - start)
        named_to = text[end - 1] == "为" and _TAKEN_AS.search(text[:start])
        if end - start > 2 and (
            named_to or (text[end - 1] in "为任" and _IN_OFFICE.match(text, end))
        ):
            end -= 1  # 方岳为市水务局局长, 以方岳为组长
        role = _role_before(text, start)
        found.append(Fact(kind="person", text=text[start:end], start=start, end=end, role=role))
    return tuple(found)


# Surnames of two characters; who bears one is mostly cut behind it (欧阳|清).
_TWO_SURNAMES = frozenset((
    "欧阳", "司徒", "上官", "诸葛", "司马", "慕容", "皇甫", "尉迟", "令狐", "端木", "公孙", "夏侯", "轩辕", "宇文",
    "呼延", "澹台", "淳于", "申屠", "公冶",
))  # fmt: skip


_SAYS = frozenset("说称讲道问答想看")


def _given_after(words: list[tuple[str, str]], index: int) -> str:
    """The given name behind a surname of two characters: one character, or a word of two that names."""
    word, flag = words[index + 1] if index + 1 < len(words) else ("", "x")
    if not re.fullmatch("[一-鿿]{1,2}", word) or flag[0] in "pcudyxr" or word in _SAYS:
        return ""
    if len(word) == 2:
        return word if flag[:2] == "nr" else ""
    second = words[index + 2] if index + 2 < len(words) else ("", "x")
    named = len(second[0]) == 1 and second[1] in ("nr", "ng", "g") and word[0] != second[0]
    return word + second[0] if named else word


def _role_before(text: str, start: int) -> str:
    found = re.search(rf"(副?(?:{ROLE}))$", text[max(0, start - LONGEST_ROLE) : start])
    return found.group(1) if found else ""


def _common_given_name(words: list[tuple[str, str]], index: int) -> str:
    """A surname and a place or word that is its given name (司机|马|长顺|靠边), where a role stands before them."""
    if index + 2 >= len(words):
        return ""
    (surname, kind), (given, flag), (_, follows) = words[index : index + 3]
    if len(surname) > 1 or surname not in SURNAMES or len(given) != 2:
        return ""
    if len(tag(surname + given[0], coin=False)) == 1 or kind[0] in "pcdu":
        return ""  # 记者|马上|海报: a word; 校长|向|李明: to somebody
    word = kind[0] == "n" and flag in ("ns", "t", "nz") and follows[0] in "vxpdn"
    return surname + given if word or flag == "nr" else ""  # 教师|闻|克俭


def _third_character(words: list[tuple[str, str]], index: int, size: int) -> int:
    """1 where a name of two goes on (王嘉 | 男 | 、): the tagger takes common ones for words."""
    if size != 2 or len(words[index][0]) != 2 or index + 2 >= len(words):
        return 0
    (word, flag), (after, other) = words[index + 1 : index + 3]
    noun = len(word) == 1 and "一" <= word <= "鿿" and flag[0] in "nabjgz"
    return int(noun and (not after.isalnum() or other == "p"))


def _beside_role(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 8) : start], text[end : end + 6]
    return bool(
        re.search(rf"(?:{ROLE})$", before)
        or re.match(rf"(?:{ROLE}|说|表示|介绍|主持|出席|致辞|认为|指出)", after)
    )

"""An item of a page → an article: its paragraphs, kind, byline, label and, of its own words, id."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, pairwise

from rag.cues import CREDIT, SIGNED
from rag.headlines import Heading
from rag.lines import Line, slack_of
from rag.messages import say
from rag.types import Article, Kind, LineSpan

LABEL_CHARS = 24
# Cells; a caption is as wide as its photo, which takes a wide column or is wider than any.
CAPTION_WIDTH, WIDEST_COLUMN = (36, 37), 41
CAPTION_CHARS = 400  # a photo's caption is no longer
MARK = "●"  # of a brief
_BYLINE = re.compile(
    r"[。！？”]\s+((?:本报|新华社)?(?:通讯员|特约通讯员)(?:[\s　][^。，；]{2,40}|[一-鿿]{2,4}))$"
)
# A space between a digit or Latin letter and a Chinese character is layout.
_LAYOUT_SPACE = re.compile(
    r"(?<=[0-9A-Za-z])[ \u00a0]+(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
    r"|(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])[ \u00a0]+(?=[0-9A-Za-z])"
)
_DATELINE = re.compile(
    r"^\s*+(?:本报讯|据?新华社[^，。]{0,16}电|本报[^，。]{2,16}电)?\s*+(?:（[^）]*）)?\s*+"
)
_SAYS_LITTLE = re.compile(
    r"(?:[0-9]{1,4}年)?[0-9]{1,2}月[0-9]{1,2}日[^，]{0,3}$|记者|据|近年来|近日|日前|为进一步|随着|今年以来"
)


@dataclass(slots=True)
class Item:
    """One article in the making."""

    lines: list[Line]
    width: int
    subheads: set[int] = field(default_factory=set)  # line numbers
    heading: Heading | None = None
    torn: bool = False  # whether the headline stands elsewhere on the page
    # Log odds against its going on from the one above; None where there is none or headlines parted them.
    parted: float | None = None

    @property
    def text(self) -> str:
        """All of its lines."""
        return "".join(line.text for line in self.lines)


def article_of(item: Item) -> Article:
    """The article that an item holds; without an id, which `numbered` gives."""
    pieces = _paragraphs(item)
    kind: Kind = "article"
    if pieces and pieces[0][0].text.startswith(MARK):
        kind = "brief"
    elif _is_caption(pieces, item.width):
        kind, pieces = "photo", [[line for piece in pieces for line in piece]]
    paragraphs, spans, byline, offset = [], [], "", 0
    for number, piece in enumerate(pieces):
        text, marks = _joined(piece)
        if number == 0 and kind == "brief":
            text, marks = _dropped(text, marks)
        if number == len(pieces) - 1 and kind == "article":
            text, byline = _without_byline(text)
            if not text:
                continue
            marks = [(s, min(e, len(text)), n) for s, e, n in marks if s < len(text)]
        paragraphs.append(text)
        spans += [LineSpan(start=offset + s, end=offset + e, line=n) for s, e, n in marks]
        offset += len(text) + 1
    title, subtitle = item.heading.told(item.text) if item.heading else ("", "")
    if item.heading and item.heading.byline:
        byline = " ".join(filter(None, (item.heading.byline, byline)))
    title = _clean(title)
    return Article(
        article_id="",
        kind=kind,
        title=title,
        label=title or label_of(" ".join(paragraphs)),
        paragraphs=tuple(paragraphs),
        subtitle="\n".join(map(_clean, subtitle.split("\n"))),
        byline=byline,
        inferred={"title": _torn()} if item.torn and title else {},
        lines=tuple(spans),
    )


def _torn() -> str:
    return say(
        "标题在版面上与正文分开，按内容和措辞配到这一篇",
        "the headline stands apart from the text; matched by what both are about",
    )


def composed(
    title: str, subtitle: str, paragraphs: Sequence[str], kind: Kind = "article"
) -> Article:
    """An article from parts that its file tells apart; without an id, which `numbered` gives."""
    kept = [text for paragraph in paragraphs if (text := _clean(paragraph))]
    byline = ""
    if kept and kind == "article":
        last, byline = _without_byline(kept[-1])
        kept[-1:] = [last] if last else []
    if len(kept) == 1 and kept[0].startswith(MARK):
        kind, kept = "brief", [kept[0].removeprefix(MARK).lstrip()]
    elif kept and kind == "article" and len(kept) == 1 and CREDIT.search(kept[0]):
        kind = "photo" if len(kept[0]) <= CAPTION_CHARS else kind
    name = _clean(title)
    return Article(
        article_id="",
        kind=kind,
        title=name,
        label=name or label_of(" ".join(kept)),
        paragraphs=tuple(kept),
        subtitle="\n".join(filter(None, map(_clean, subtitle.split("\n")))),
        byline=byline,
    )


def _paragraphs(item: Item) -> list[list[Line]]:
    """The item's lines, paragraph by paragraph."""
    out: list[list[Line]] = [[]]
    indented = _indents(item)
    for at, line in enumerate(item.lines):
        out[-1].append(line)
        if at + 1 < len(item.lines) and _ends(item, at, indented=indented):
            out.append([])
    return out


def _indents(item: Item) -> bool:
    """Whether the first lines of this item's paragraphs seem short because their indent was dropped."""
    opening = [item.lines[0]] + [
        following
        for line, following in pairwise(item.lines)
        if line.final and slack_of(line, item.width) > 3 and not following.final
    ]
    first = [_looks_indented(line, item.width) for line in opening]
    return sum(first) > 0.6 * len(first)


def _looks_indented(line: Line, width: int) -> bool:
    slack = slack_of(line, width)
    return not line.final and slack <= 8 and slack + line.loose // 2 >= 3


def _ends(item: Item, at: int, *, indented: bool) -> bool:
    """Whether a paragraph ends with line `at`; `indented` items give away where the next one begins."""
    line, following = item.lines[at], item.lines[at + 1]
    if following.text.startswith(MARK):
        return True
    slack = slack_of(line, item.width)
    heads = (line.number in item.subheads, following.number in item.subheads)
    if any(heads) and not (all(heads) and line.need and not slack):
        return True
    if line.need and slack:
        return slack > 0
    if line.final and slack <= 5 and indented and not following.final:
        return _looks_indented(following, item.width)
    if line.final:
        return slack > 2 or following.gap
    if line.need:
        return False
    return slack > (7 if line.opens or at == 0 else 5)


def _is_caption(pieces: Sequence[Sequence[Line]], width: int) -> bool:
    if not pieces or len(pieces) > 3 or not CREDIT.search(pieces[-1][-1].text):
        return False
    as_wide = width in CAPTION_WIDTH or width > WIDEST_COLUMN
    if len(pieces) > 1 and pieces[0][0].need and not as_wide:
        return False  # set as an article is: a short report with its credit as the last paragraph
    # Two paragraphs of a report and a credit are a report with a photo.
    credit_alone = len("".join(line.text for line in pieces[-1])) <= 24
    return (
        len(pieces) - credit_alone <= 1
        and sum(len(line.text) for piece in pieces for line in piece) <= CAPTION_CHARS
    )


def _joined(piece: Sequence[Line]) -> tuple[str, list[tuple[int, int, int]]]:
    """A paragraph's lines as one text, with (start, end, line) of each; layout spaces dropped."""
    raw, marks = "", []
    for line in piece:
        space = (
            raw[-1:].isascii()
            and raw[-1:].isalpha()
            and line.text[:1].isascii()
            and line.text[:1].isalpha()
        )
        # A credit or signature on a line of its own keeps its distance.
        if raw and (space or (line.gap and CREDIT.search(line.text)) or SIGNED.match(line.text)):
            raw += " "
        marks.append((len(raw), len(raw) + len(line.text), line.number))
        raw += line.text
    if not (spaces := [match.span() for match in _LAYOUT_SPACE.finditer(raw)]):
        return raw, marks
    kept = pairwise([0, *(at for span in spaces for at in span), len(raw)])
    text = "".join(raw[begin:end] for begin, end in islice(kept, 0, None, 2))

    def moved(at: int) -> int:
        return at - sum(min(at, end) - begin for begin, end in spaces if begin < at)

    return text, [(moved(start), moved(end), number) for start, end, number in marks]


def _dropped(
    text: str, marks: list[tuple[int, int, int]]
) -> tuple[str, list[tuple[int, int, int]]]:
    """A brief without its mark."""
    bare = text.removeprefix(MARK).lstrip()
    less = len(text) - len(bare)
    return bare, [(max(0, start - less), max(0, end - less), n) for start, end, n in marks]


def _without_byline(text: str) -> tuple[str, str]:
    """The last paragraph and the closing line that names who wrote it."""
    if SIGNED.match(text) and not CREDIT.search(text):
        return "", text
    match = _BYLINE.search(text)
    if match and not CREDIT.search(text):
        return text[: match.start(1)].rstrip(), match.group(1)
    return text, ""


def _clean(text: str) -> str:
    return _LAYOUT_SPACE.sub("", " ".join(text.split()))


def label_of(text: str) -> str:
    """A short name from an article's own words: its first clause that is more than a day or a place."""
    text = _DATELINE.sub("", text) or text
    clauses = [clause.strip() for clause in re.split(r"[，。！？；：\n]", text[:300])]
    told = [clause for clause in clauses if len(clause) >= 8 and not _SAYS_LITTLE.match(clause)]
    label = (told or [clause for clause in clauses if clause] or [text])[0]
    return label if len(label) <= LABEL_CHARS else label[: LABEL_CHARS - 1] + "…"


def numbered(articles: Sequence[Article]) -> tuple[Article, ...]:
    """Articles with ids made from their own words; equal ones are numbered."""
    met: Counter[str] = Counter()
    out = []
    for article in articles:
        words = unicodedata.normalize("NFKC", f"{article.title}\n{article.text}")
        digest = hashlib.sha256("".join(words.split()).encode("utf-8", "replace")).hexdigest()[:16]
        met[digest] += 1
        number = f"-{met[digest]}" if met[digest] > 1 else ""
        out.append(replace(article, article_id=f"a{digest}{number}"))
    return tuple(out)

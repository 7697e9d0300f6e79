"""Questions that an article answers, made from its own sentences: what a page offers to be asked."""

import re
from collections.abc import Iterator

from rag.passages import sentences
from rag.types import StoredArticle

_PLACE_OF = re.compile(
    r"(?:^|，)(?P<what>[\u4e00-\u9fff“”]{6,26}?)在(?P<where>[^，。“”]{3,20}?)(?P<did>举行|举办|召开|开幕|启动|开工|揭牌)"
)
_COUNT_OF = re.compile(
    r"^(?P<what>[\u4e00-\u9fff“”]{6,24}?)(?P<number>\d[\d.]*[万亿]?)(?P<unit>[\u4e00-\u9fff]{1,2})$"
)


def made_questions(stored: StoredArticle) -> Iterator[tuple[str, str]]:
    """Questions whose answer stands in the article, each with the words that hold it."""
    text = stored.article.text
    for start, end in sentences(text)[:16]:
        sentence = text[start:end].strip()
        for match in _PLACE_OF.finditer(sentence):
            yield f"{match['what']}在哪里{match['did']}？", match["where"]
        for clause in re.split(r"[，。；！？\n：]", sentence):
            count = _COUNT_OF.match(clause)
            if count and not re.search(r"[该此其同比]|本报", count["what"]):
                yield f"{count['what']}多少{count['unit']}？", clause

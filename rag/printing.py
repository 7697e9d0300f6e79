"""What the command prints: data, or text for people; problems and progress on stderr."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rag.messages import say


class Progress:
    """A bar on a terminal, plain lines now and then otherwise; always on stderr."""

    def __init__(self) -> None:
        self._bar = sys.stderr.isatty()
        self._said = -1

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar and self._said >= 0:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """Shows how far it is."""
        if done == 0:  # another job: a rebuild goes before an update
            self._said = -1
        share = int(100 * done / total) if total else 0
        if self._bar:
            self._said = share
            filled = "█" * (share // 5)
            print(
                f"\r\033[K{filled:░<20} {share:3d}% {what[:40]}",
                end="",
                file=sys.stderr,
                flush=True,
            )
        elif share // 10 > self._said // 10 and what:
            self._said = share
            print(f"{share}% {what}", file=sys.stderr, flush=True)


def problem(message: str) -> None:
    """One line on stderr."""
    print(" ".join(message.split()), file=sys.stderr, flush=True)


def data(item: Mapping[str, Any]) -> None:
    """One JSON object, one line."""
    print(json.dumps(item, ensure_ascii=False), flush=True)


def page(item: Mapping[str, Any]) -> None:
    """A page with its articles, as `Page.to_json` gives it."""
    facts = [
        item["newspaper"],
        item["date"],
        item["page_no"] and say(f"第{item['page_no']}版", f"page {item['page_no']}"),
        item["section"],
    ]
    print(f"━━ {item['file']} {' '.join(str(fact) for fact in facts if fact)}".rstrip())
    kinds = {
        "article": say("文章", "article"),
        "brief": say("简讯", "brief"),
        "photo": say("图片", "photo"),
    }
    for number, article in enumerate(item["articles"], 1):
        title = article["title"] or say(
            f"（无标题）{article['label']}", f"(no title) {article['label']}"
        )
        print(f"\n{number}. [{kinds[article['kind']]}] {title}   {article['article_id']}")
        for line in filter(None, [article["subtitle"], article["byline"]]):
            print(f"   〔{line}〕".replace("\n", " / "))
        for paragraph in article["paragraphs"]:
            print(f"   {paragraph}")
    if item["rest"]:
        print("\n" + say("不属于任何文章：", "In no article:"))
        for piece in item["rest"]:
            print(f"   {piece}")


def _where(item: Mapping[str, Any]) -> str:
    number = item["page_no"] and say(f"第{item['page_no']}版", f"page {item['page_no']}")
    return " ".join(str(fact) for fact in (item["newspaper"], item["date"], number) if fact)


def hits(found: Sequence[Mapping[str, Any]]) -> None:
    """Passages, best first."""
    if not found:
        print(say("没有找到相关段落。", "Nothing was found."))
    for number, hit in enumerate(found, 1):
        print(f"{number}. {hit['score']:.3f} 《{hit['label']}》 {_where(hit)}".rstrip())
        print(f"   {hit['text']}".replace("\n", "\n   "))


def answer(said: Mapping[str, Any]) -> None:
    """An answer with its sources."""
    print(said["text"])
    for citation in said["citations"]:
        print(f"\n[{citation['marker']}] 《{citation['label']}》 {_where(citation)}".rstrip())
        print(f"    “{citation['quote']}”".replace("\n", "\n    "))
        print(f"    {citation['source']}")
    if said["notice"]:
        print("\n" + said["notice"])
    if said["nearest"]:
        names = "、".join(f"《{near['label']}》" for near in said["nearest"])
        print(say(f"最接近的文章：{names}", f"Nearest articles: {names}"))
    if said["suggestions"]:
        print(say("也可以问：", "You could ask: ") + " ".join(said["suggestions"]))

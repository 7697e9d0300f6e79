"""A page drawn for people: every line in the colour of its article, so that a mistake is seen at a glance."""

from collections.abc import Sequence
from html import escape

from rag.messages import guessed, say
from rag.types import Article, Page

_STYLE = """
:root { color-scheme: light }
body { margin: 0; color: #1d1b18; background: #faf8f3;
  font: 15px/1.65 "Noto Serif CJK SC", "Songti SC", SimSun, serif }
header { padding: 18px 28px 10px; border-bottom: 3px double #b9b2a3 }
h1 { margin: 0; font-size: 22px }
header p { margin: 4px 0 0; color: #6a655b; font-size: 13px }
main { display: grid; grid-template-columns: minmax(0, 3fr) minmax(280px, 2fr); gap: 28px; padding: 18px 28px 40px }
.dump { columns: 21em; column-gap: 22px; white-space: pre-wrap; font-size: 13px }
.line { display: block; min-height: 1.65em; padding: 0 5px 0 2.9em; text-indent: -2.6em;
  border-left: 4px solid transparent }
.line > i { display: inline-block; width: 2.3em; margin-right: .3em; text-indent: 0; text-align: right;
  color: #9a9488; font: 10px/1 monospace }
.in { background: hsl(var(--hue) 75% 91%); border-left-color: hsl(var(--hue) 55% 50%) }
.name { font-weight: 700; background: hsl(var(--hue) 75% 82%) }
.rest { color: #8a8478; text-decoration: line-through dotted }
article { margin: 0 0 14px; padding: 8px 14px; background: hsl(var(--hue) 75% 95%);
  border-left: 5px solid hsl(var(--hue) 55% 50%) }
article h2 { margin: 0; font-size: 16px }
article h2 small { font-weight: 400; color: #6a655b }
article p { margin: 3px 0; text-indent: 2em; font-size: 13px }
article .sub, article .by, article .why, .why { color: #5c574e; text-indent: 0; font-size: 12.5px }
@media (max-width: 900px) { main { grid-template-columns: 1fr } }
"""


def page_html(pages: Sequence[Page], texts: Sequence[str]) -> str:
    """A whole HTML document; it holds no script and fetches nothing.

    Args:
        pages: Of one file.
        texts: The text of each page as it stood in the file; empty where the file has no lines.
    """
    parts = [_page(page, texts[at] if at < len(texts) else "") for at, page in enumerate(pages)]
    name = escape(pages[0].source) if pages else ""
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _page(page: Page, text: str) -> str:
    facts = [
        page.newspaper,
        page.date,
        page.page_no and say(f"第{page.page_no}版", f"page {page.page_no}"),
        page.section,
    ]
    counted = say(f"{len(page.articles)} 篇", f"{len(page.articles)} articles")
    told = " · ".join(escape(str(fact)) for fact in [*facts, counted] if fact)
    cards = "".join(_card(article, at) for at, article in enumerate(page.articles))
    if page.rest:
        rows = "".join(f'<span class="line rest">{escape(line)}</span>' for line in page.rest)
        cards += f"<p class=why>{say('不属于任何文章：', 'In no article:')}</p>{rows}"
    dump = f"<div class=dump>{_lines(page, text)}</div>" if text else "<div></div>"
    return f"<header><h1>{escape(page.source)}</h1><p>{told}</p></header><main>{dump}<div>{cards}</div></main>"


def _hue(at: int) -> int:
    """Neighbours differ: the golden angle."""
    return round(at * 137.508) % 360


def _card(article: Article, at: int) -> str:
    kind = {
        "article": say("文章", "article"),
        "brief": say("简讯", "brief"),
        "photo": say("图片", "photo"),
    }[article.kind]
    title = article.title or say(f"（无标题）{article.label}", f"(no title) {article.label}")
    out = [f"<h2>{escape(title)} <small>{kind}</small></h2>"]
    out += [f"<p class=sub>{escape(line)}</p>" for line in article.subtitle.split("\n") if line]
    out += [f"<p>{escape(paragraph)}</p>" for paragraph in article.paragraphs]
    if article.byline:
        out.append(f"<p class=by>{escape(article.byline)}</p>")
    out += [
        f"<p class=why>{escape(guessed(what, why))}</p>" for what, why in article.inferred.items()
    ]
    return f'<article style="--hue:{_hue(at)}">{"".join(out)}</article>'


def _lines(page: Page, text: str) -> str:
    """The page's lines, numbered, each in the colour of its article."""
    owner = {span.line: at for at, article in enumerate(page.articles) for span in article.lines}
    names = [
        _bare(f"{article.title}{article.subtitle}{article.byline}") for article in page.articles
    ]
    rest = [_bare(line) for line in page.rest]
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        bare = _bare(line)
        classes, style = "line", ""
        at = owner.get(number)
        if at is not None:
            classes, style = "line in", f' style="--hue:{_hue(at)}"'
        elif bare in rest:
            classes = "line rest"
        elif bare:
            named = next((at for at, name in enumerate(names) if bare in name), None)
            if named is not None:
                classes, style = "line in name", f' style="--hue:{_hue(named)}"'
        out.append(f'<span class="{classes}"{style}><i>{number}</i>{escape(line.strip())}</span>')
    return "".join(out)


def _bare(text: str) -> str:
    return "".join(text.split())

"""The page: wiring between Gradio's components and the library; no logic of its own.

A click on a citation, a headline or an example is caught by page.js, which writes the link's address
into a hidden field; Gradio has no event for links inside a message.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Set
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.routing import Route

from rag.assistant import Assistant
from rag.errors import WenbaoError
from rag.messages import english, say
from rag.pages import PAGE_SUFFIXES
from rag.settings import Settings
from rag.types import Answer, StoredArticle

from . import render
from .http import on_http_error
from .places import Place, cited_place, read_place
from .security import MAX_UPLOAD_BYTES, may_upload
from .uploads import take_in

log = logging.getLogger(__name__)

CONCURRENT = 8  # questions answered at the same time
HISTORY_PAIRS = 6  # earlier questions that a follow-up can lean on
LISTED_ARTICLES = 300  # in the contents; a reader looks for more by asking
EXAMPLES = 4
CACHE_S = 3600  # what is left of uploads goes after an hour

_HERE = Path(__file__).parent
_SANS = ["Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "system-ui", "sans-serif"]

Messages = list[dict[str, str]]
History = list[tuple[str, str]]


def mount_page(app: FastAPI, assistant: Assistant, settings: Settings) -> None:
    """Puts the page at "/" of the application, behind the log-in if there is one."""
    blocks = build_chat(assistant, settings)
    user, _, password = (settings.login or "").partition(":")
    language = "en" if english() else "zh-CN"
    script = (_HERE / "page.js").read_text(encoding="utf-8")
    methods = {
        route.path: route.methods or set() for route in app.routes if isinstance(route, Route)
    }
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=settings.host,
        server_port=settings.port,
        footer_links=[],
        run_history=False,
        auth=(user, password) if settings.login else None,
        auth_message=say("请登录问报", "Please log in to Wenbao"),
        show_error=False,
        max_file_size=MAX_UPLOAD_BYTES,
        ssr_mode=False,
        mcp_server=False,
        enable_monitoring=False,
        pwa=False,
        theme=gr.themes.Base(font=_SANS, font_mono=["monospace"]),
        css=(_HERE / "page.css").read_text(encoding="utf-8"),
        head=f"<script>window.wenbaoLanguage = '{language}';\n{script}</script>",
    )
    mounted: Any = app.routes[-1]
    mounted.app.add_exception_handler(HTTPException, partial(_on_page_error, methods))


def _on_page_error(methods: Mapping[str, Set[str]], request: Any, error: HTTPException) -> Any:
    """An error of the page; `methods` are those of the routes for programs, which come to it otherwise asked."""
    if allowed := methods.get(request.url.path):
        allow = ", ".join(sorted(allowed))
        return on_http_error(request, HTTPException(405, headers={"Allow": allow}))
    # Gradio's page reads "detail" of its own errors; an unknown address is no concern of its.
    if error.status_code in (404, 405):
        return on_http_error(request, error)
    from fastapi.exception_handlers import http_exception_handler

    return http_exception_handler(request, error)


def build_chat(assistant: Assistant, settings: Settings) -> gr.Blocks:
    """The components and their events."""
    page = _Page(assistant)
    title = say("问报", "Wenbao")
    with gr.Blocks(title=title, analytics_enabled=False, delete_cache=(CACHE_S, CACHE_S)) as blocks:
        gr.HTML(_masthead(settings))
        holdings = gr.HTML(elem_id="wb-holdings")
        history = gr.State([])
        with gr.Row(elem_id="wb-columns", equal_height=False):
            with gr.Column(scale=3, min_width=320, elem_id="wb-talk"):
                chat = gr.Chatbot(
                    elem_id="wb-chat",
                    label=say("问答", "Questions and answers"),
                    show_label=False,
                    layout="panel",
                    height=None,
                    buttons=[],
                    feedback_options=None,
                    latex_delimiters=[],
                    sanitize_html=True,
                    container=False,
                    placeholder=say(
                        "向报纸提一个问题，答案都附出处。",
                        "Ask the newspaper; every answer cites it.",
                    ),
                )
                examples = gr.HTML(elem_id="wb-examples")
                with gr.Row(elem_id="wb-asking", equal_height=True):
                    question = gr.Textbox(
                        elem_id="wb-question",
                        label=say("问题", "Question"),
                        show_label=False,
                        container=False,
                        placeholder=say(
                            "例如：这一版上有哪些活动？", "For example: what events are reported?"
                        ),
                        lines=1,
                        max_lines=4,
                        scale=8,
                        autofocus=True,
                    )
                    send = gr.Button(say("提问", "Ask"), variant="primary", scale=1, min_width=72)
                    clear = gr.Button(say("新问题", "New"), scale=1, min_width=72)
                upload = gr.UploadButton(
                    say(
                        "放入新的一版（文本、PDF、网页、DOCX…）",
                        "Add a page (text, PDF, HTML, DOCX…)",
                    ),
                    elem_id="wb-upload",
                    file_types=list(PAGE_SUFFIXES),
                    file_count="multiple",
                    size="sm",
                    visible=may_upload(settings),
                )
                uploaded = gr.HTML(elem_id="wb-uploaded")
            with gr.Column(scale=2, min_width=320, elem_id="wb-side"):
                panel = gr.HTML(elem_id="wb-panel")
        # Written by page.js.
        ask_link = gr.Textbox(visible="hidden", elem_id="wb-ask-link")
        open_link = gr.Textbox(visible="hidden", elem_id="wb-open-link")

        def on(
            event: Callable[..., Any], fn: Callable[..., Any], inputs: Any, outputs: Any
        ) -> None:
            event(
                fn,
                inputs,
                outputs,
                show_progress="hidden",
                concurrency_limit=CONCURRENT,
                api_visibility="private",
            )

        answering = [chat, history, question, panel, examples]
        on(question.submit, page.respond, [question, chat, history], answering)
        on(send.click, page.respond, [question, chat, history], answering)
        on(ask_link.change, page.respond, [ask_link, chat, history], answering)
        on(open_link.change, page.open, [open_link], [panel])
        begins = [panel, examples, holdings]
        on(clear.click, page.clear, [], [chat, history, question, *begins])
        # What was typed while the page opened stays.
        on(blocks.load, page.begin, [], begins)
        on(
            upload.upload,
            lambda paths: page.upload(paths, settings.index / "uploads"),
            [upload],
            [uploaded, panel, examples, holdings],
        )
    blocks.queue(default_concurrency_limit=CONCURRENT, api_open=False)
    return blocks


class _Page:
    """The page's events. What a person said so far lives in their browser session, not here."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._index = assistant.index
        self._examples = (-1, "")  # a change of the index, and what may be asked of it then

    def respond(self, asked: str, shown: Any, history: History) -> Iterator[tuple[Any, ...]]:
        """Answers in pieces; at the end opens the first cited article beside the answer."""
        asked = _question_of(asked)
        messages: Messages = list(shown or [])
        if asked:
            messages.append({"role": "user", "content": render.question_html(asked)})
        same = gr.skip()
        text = ""
        # The question is taken out of its field once: the next one may be typed meanwhile.
        emptied: Any = ""
        try:
            for piece in self._assistant.stream(asked, history[-HISTORY_PAIRS:]):
                if isinstance(piece, Answer):
                    answer = render.answer_html(piece, asked=asked)
                    told = [*history, (asked, piece.text)][-HISTORY_PAIRS:]
                    yield [*messages, _said(answer)], told, emptied, self._cited(piece), ""
                else:
                    text += piece
                    yield [*messages, _said(render.partial_html(text))], same, emptied, same, same
                emptied = same
        except WenbaoError as error:
            yield [*messages, _said(render.sentence_html(str(error)))], same, asked, same, same
        except Exception:
            # Whatever broke, a reader gets a sentence and the log the traceback.
            log.exception("A question was not answered")
            trouble = say(
                "出了点问题，没能回答。请再试一次。", "Something broke. Please try again."
            )
            yield [*messages, _said(render.sentence_html(trouble))], same, asked, same, same

    def _cited(self, answer: Answer) -> Any:
        if not answer.citations:
            return gr.skip()
        return self._article(cited_place(answer, answer.citations[0]))

    def open(self, address: str) -> str:
        """The article or the contents that a link names."""
        place = read_place(address)
        return self._contents() if place is None else self._article(place)

    def _article(self, place: Place) -> str:
        try:
            return render.article_html(self._index.article(place.article_id), place)
        except KeyError:
            return render.missing_article_html()
        except WenbaoError as error:
            return render.sentence_html(str(error))

    def _contents(self, first: tuple[StoredArticle, ...] = ()) -> str:
        articles = first or self._index.articles(newest=True, limit=LISTED_ARTICLES)
        return render.contents_html(articles, self._index.info().articles)

    def _suggested(self) -> str:
        """Questions that the index answers: found by asking, so once for each change of it."""
        change = self._index.info().change
        if self._examples[0] != change:
            questions = self._assistant.suggestions(EXAMPLES)
            self._examples = (change, render.suggestions_html(questions))
        return self._examples[1]

    def clear(self) -> tuple[Any, ...]:
        """A fresh page without a question."""
        return [], [], "", *self.begin()

    def begin(self) -> tuple[str, str, str]:
        """What a fresh page shows: contents, examples, what the index holds."""
        try:
            holdings = render.holdings_html(self._index.info())
            return self._contents(), self._suggested(), holdings
        except WenbaoError as error:
            return render.sentence_html(str(error)), "", ""

    def upload(self, paths: list[str], folder: Path) -> tuple[Any, ...]:
        """Takes in pages; tells what happened and shows the new articles."""
        try:
            report, fresh = take_in(self._index, paths, folder)
            told = render.sentence_html(render.report_text(report), trouble=bool(report.failed))
            panel = self._contents(fresh) if fresh else gr.skip()
            return told, panel, self._suggested(), render.holdings_html(self._index.info())
        except (WenbaoError, OSError) as error:
            return render.sentence_html(str(error)), gr.skip(), gr.skip(), gr.skip()


def _said(content: str) -> dict[str, str]:
    return {"role": "assistant", "content": content}


def _question_of(written: str) -> str:
    """page.js puts a running number before a clicked question, so that it can be asked twice."""
    return written.split("\x1f", 1)[-1].strip()


def _masthead(settings: Settings) -> str:
    motto = say("问一句，查一句：每个答案都能翻到原文", "Ask, and check every answer in print")
    parts = [f'<h1>{say("问报", "Wenbao")}</h1><p class="wb-motto">{motto}</p>']
    if settings.llm_base_url:
        place = urlsplit(settings.llm_base_url)
        shown = f"{place.hostname or ''}{f':{place.port}' if place.port else ''}{place.path}"
        told = say(
            f"已设置语言模型：问题和引用的段落会发往 {shown}",
            f"A language model is set: questions and passages go to {shown}",
        )
        parts.append(f'<p class="wb-notice">{render.escape(told)}</p>')
    return f'<header class="wb-masthead">{"".join(parts)}</header>'

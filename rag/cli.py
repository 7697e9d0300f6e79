"""The command `wenbao`: parses, calls the library, prints.

Exit status: 0 done; 1 a clear error, one line a problem on stderr; 2 wrong usage; 130 stopped by
Ctrl-C. With --json, stdout holds the data and nothing else.
"""

import argparse
import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

from rag import __version__
from rag.batch import History, Request, answer_lines, read_history
from rag.errors import PageError, ServeError, SettingsError, WenbaoError
from rag.messages import say
from rag.settings import CHECKOUT, PACKAGE, Settings

if TYPE_CHECKING:
    from rag.index import Index

# Set here and for the page only, never by `import rag`: a host's environment is its own.
_OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(index=getattr(options, "index", None))
        if not settings.online:
            os.environ.update(_OFFLINE)
        return int(options.run(options, settings))
    except WenbaoError as error:
        _complain(str(error))
        return 1
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        _complain(say("已停止，索引保持原样。", "Stopped; the index is as it was."))
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(
            say(
                f"{where}{error.strerror or error}。请检查磁盘空间和权限后再试。",
                f"{where}{error.strerror or error}. Check the disk space and permissions, then try again.",
            )
        )
        return 1


# Commands


def _read(options: argparse.Namespace, settings: Settings) -> int:
    from rag import pages

    del settings
    failed = False
    for name in options.files:
        try:
            for page in pages.read_pages(name):
                _print_json(page.to_json()) if options.json else _print_page(page.to_json())
        except PageError as error:
            failed = True
            _complain(str(error))
    return int(failed)


def _index(options: argparse.Namespace, settings: Settings) -> int:
    if not options.paths and not options.rebuild:
        raise SettingsError(
            say(
                "请给出要读的文件或文件夹，或加 --rebuild。",
                "Name files or folders to read, or use --rebuild.",
            )
        )
    reports = []
    with _opened(settings, options.encoder) as index, _Progress() as progress:
        if options.rebuild and (index.exists or not options.paths):
            reports.append(index.rebuild(progress))
        if options.paths:
            reports.append(index.update(options.paths, progress, prune=options.prune))
    for report in reports:
        for name in report.missing:
            _complain(
                say(
                    f"{name} 已不在文件夹里，仍保留在索引中；要去掉请用 wenbao remove 或 index --prune。",
                    f"{name} is gone from its folder and stays indexed; wenbao remove or index --prune takes it out.",
                )
            )
        for _, why in report.failed:
            _complain(why)
    last = reports[-1]
    if options.json:
        _print_json(last.to_json())
    else:
        for report in reports:
            print(
                say(
                    f"新增 {report.added} 页，更新 {report.changed} 页，移除 {report.removed} 页，"
                    f"未变 {report.unchanged} 页，重复替换 {report.replaced} 条，失败 {len(report.failed)} 个，"
                    f"用时 {report.seconds:.1f} 秒。",
                    f"{report.added} pages added, {report.changed} changed, {report.removed} removed, "
                    f"{report.unchanged} unchanged, {report.replaced} replaced, {len(report.failed)} failed, "
                    f"{report.seconds:.1f} s.",
                )
            )
    return int(any(report.failed for report in reports))


def _remove(options: argparse.Namespace, settings: Settings) -> int:
    missing, gone = [], 0
    with _opened(settings) as index:
        index.require()
        for name in options.what:
            try:
                gone += index.remove(name)
            except KeyError:
                missing.append(name)
    for name in missing:
        _complain(
            say(
                f"索引里没有 {name}。请用页面编号、文件路径或文章编号。",
                f"The index holds nothing called {name}. Use a page id, a source path or an article id.",
            )
        )
    if options.json:
        _print_json({"removed": gone, "missing": missing})
    else:
        print(say(f"移除了 {gone} 篇文章。", f"Removed {gone} articles."))
    return int(bool(missing))


def _search(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as index:
        index.require()

        def answer(request: Request) -> Mapping[str, Any]:
            hits = index.search(
                request.question,
                top_k=options.top_k,
                mode=options.mode,
                group=options.group,
                **request.filters,
            )
            return {"hits": [hit.to_json() for hit in hits]}

        if options.batch:
            return _run_batch(options, answer)
        found = answer(_request(options, ()))
        _print_json(found) if options.json else _print_hits(found["hits"])
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant

    with _opened(settings) as index:
        index.require()
        _warn_of_llm(settings)
        assistant = Assistant(index)

        def answer(request: Request) -> Mapping[str, Any]:
            said = assistant.ask(request.question, request.history, **request.filters)
            return said.to_json()

        if options.batch:
            return _run_batch(options, answer)
        history = read_history(Path(options.history)) if options.history else ()
        said = answer(_request(options, history))
        _print_json(said) if options.json else _print_answer(said)
    return 0


def _serve(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant

    host = options.host or settings.host
    port = settings.port if options.port is None else options.port
    with _opened(settings) as index:
        if not index.exists:
            print(
                say(
                    f"还没有索引，正在读 {settings.seeds} …",
                    f"No index yet, reading {settings.seeds} …",
                ),
                flush=True,
            )
            with _Progress() as progress:
                report = index.update([settings.seeds], progress)
            for _, why in report.failed:
                _complain(why)
        index.info()  # what is wrong with the index is said before a port is taken
        app = _interface()
        _warn_of_llm(settings)
        app.serve(
            Assistant(index),
            settings,
            host=host,
            port=port,
            on_ready=lambda address: print(
                say(
                    f"问报已打开：{address} （按 Ctrl-C 结束）",
                    f"Wenbao is open at {address} (Ctrl-C ends it)",
                ),
                flush=True,
            ),
        )
    return 0


def _info(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as index:
        facts = index.info().to_json()
    if options.json:
        _print_json(facts)
        return 0
    days = (
        f"{facts['since']} – {facts['until']}"
        if facts["since"]
        else say("页面没有写日期", "no dates printed")
    )
    lines = [
        (say("索引", "index"), facts["path"]),
        (
            say("内容", "content"),
            say(
                f"{facts['pages']} 页，{facts['articles']} 篇文章，{facts['passages']} 个段落",
                f"{facts['pages']} pages, {facts['articles']} articles, {facts['passages']} passages",
            ),
        ),
        (say("报纸", "newspapers"), "、".join(facts["newspapers"]) or "–"),
        (say("日期", "dates"), days),
        (say("编码器", "encoder"), f"{facts['encoder']} ({facts['dim']})"),
        (say("分词", "tokeniser"), facts["tokenizer"]),
        (say("大小", "size"), f"{facts['size_bytes'] / 1e6:.1f} MB"),
    ]
    for name, value in lines:
        print(f"{name}: {value}")
    return 0


def _check(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as index:
        index.require()
        repaired = index.check()
    if options.json:
        _print_json({"sound": not repaired, "repaired": list(repaired)})
    elif repaired:
        print(
            say(
                f"已从原文修复：{'、'.join(repaired)}。",
                f"Repaired from the store: {', '.join(repaired)}.",
            )
        )
    else:
        print(say("索引完好。", "The index is sound."))
    return 0


def _eval(options: argparse.Namespace, settings: Settings) -> int:
    from rag import evaluation

    data = Path(options.data) if options.data else settings.data
    if data is None or not data.is_dir():
        raise SettingsError(
            say(
                f"没有数据文件夹 {data or ''}。请用 --data 或 WENBAO_DATA 指明。",
                f"There is no data folder {data or ''}. Name it with --data or WENBAO_DATA.",
            )
        )
    _print_json(evaluation.run(options.what, data, limit=options.limit))
    return 0


# Arguments


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="wenbao",
        description=say(
            "问报：用平常的话问报纸，每个回答都可核对。",
            "Ask a newspaper in plain words and check every answer.",
        ),
    )
    parser.add_argument("--version", action="version", version=f"wenbao {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    read = _command(
        commands,
        "read",
        _read,
        say("读报纸页，列出文章（不写索引）", "read pages and print their articles"),
        "wenbao read seeds/*.txt --json",
        index=False,
    )
    read.add_argument("files", nargs="+", metavar="FILE")

    index = _command(
        commands,
        "index",
        _index,
        say("把报纸页加入索引或更新", "add or refresh pages"),
        "wenbao index pages/ news.jsonl",
    )
    index.add_argument("paths", nargs="*", metavar="PATH")
    index.add_argument(
        "--rebuild",
        action="store_true",
        help=say("从保留的原文重做全部索引", "derive everything anew from the kept pages"),
    )
    index.add_argument(
        "--encoder",
        metavar="NAME_OR_PATH",
        help=say("用另一个 sentence-transformers 模型", "another sentence-transformers model"),
    )
    index.add_argument(
        "--prune",
        action="store_true",
        help=say("移除文件已不在的页面", "take out pages whose file is gone"),
    )

    remove = _command(
        commands,
        "remove",
        _remove,
        say("移除页面或文章", "remove pages or articles"),
        "wenbao remove pages/20250211.txt",
    )
    remove.add_argument(
        "what",
        nargs="+",
        metavar="WHAT",
        help=say("页面编号、文件路径或文章编号", "page id, source path or article id"),
    )

    search = _command(
        commands,
        "search",
        _search,
        say("查找段落", "find passages"),
        "wenbao search 春节假期铁路客流 --top-k 3",
    )
    _question_arguments(search)
    search.add_argument("--top-k", type=int, default=8, metavar="K")
    search.add_argument("--mode", choices=["hybrid", "dense", "lexical"], default="hybrid")
    search.add_argument(
        "--group", action="store_true", help=say("同一消息合为一条", "fold copies of one story")
    )

    ask = _command(
        commands,
        "ask",
        _ask,
        say("提问，得到带出处的回答", "get one answer with citations"),
        "wenbao ask 展览哪天闭幕？",
    )
    _question_arguments(ask)
    ask.add_argument(
        "--history",
        metavar="FILE",
        help=say('JSON：[["问", "答"], …]', 'JSON: [["question", "answer"], …]'),
    )

    serve = _command(
        commands,
        "serve",
        _serve,
        say("打开网页", "open the page"),
        "wenbao serve --port 7860",
        as_json=False,
    )
    serve.add_argument("--host", metavar="H")
    serve.add_argument("--port", type=_port, metavar="P")

    _command(
        commands, "info", _info, say("索引里有什么", "what the index holds"), "wenbao info --json"
    )
    _command(
        commands,
        "check",
        _check,
        say("检查索引，修复可重做的部分", "verify the index and repair what can be derived"),
        "wenbao check",
    )

    measure = _command(
        commands,
        "eval",
        _eval,
        say("测量质量", "measure quality"),
        "wenbao eval ask --data DATA",
        index=False,
    )
    measure.add_argument("what", choices=["pages", "search", "reader", "refusal", "ask"])
    measure.add_argument("--data", metavar="DIR")
    measure.add_argument(
        "--limit", type=int, metavar="N", help=say("只测前 N 题", "only the first N questions")
    )
    return parser


def _command(
    commands: Any,
    name: str,
    run: Any,
    what: str,
    example: str,
    *,
    index: bool = True,
    as_json: bool = True,
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=what,
        description=what,
        epilog=say("例：", "Example: ") + example,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    if index:
        command.add_argument("--index", metavar="DIR", help=say("索引文件夹", "the index folder"))
    if as_json:
        command.add_argument(
            "--json", action="store_true", help=say("只输出 JSON", "print JSON only")
        )
    return command


def _question_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("question", nargs="?", metavar="QUESTION")
    command.add_argument(
        "--batch",
        metavar="FILE",
        help=say("JSON 行，每行一问；- 为标准输入", "JSON lines, a question each; - is stdin"),
    )
    command.add_argument(
        "--since",
        metavar="DATE",
        help=say("起始日 YYYY-MM-DD（含）", "first day, YYYY-MM-DD, inclusive"),
    )
    command.add_argument("--until", metavar="DATE", help=say("截止日（含）", "last day, inclusive"))
    command.add_argument(
        "--newspaper", metavar="NAME", help=say("只看这份报纸", "only this newspaper")
    )


def _port(value: str) -> int:
    if value.isdecimal() and int(value) <= 65535:
        return int(value)
    raise argparse.ArgumentTypeError(
        say(f"{value} 不是端口号（0–65535）", f"{value} is no port number (0-65535)")
    )


def _question(options: argparse.Namespace) -> str:
    if options.question is None:
        raise SettingsError(
            say(
                f'缺少问题。例：wenbao {options.command} "展览哪天闭幕？"；多个问题用 --batch。',
                f'No question. Example: wenbao {options.command} "When does the exhibition close?"; several: --batch.',
            )
        )
    return str(options.question)


def _request(options: argparse.Namespace, history: History) -> Request:
    return Request(
        question=_question(options),
        history=history,
        since=options.since,
        until=options.until,
        newspaper=options.newspaper,
    )


def _filters(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("since", "until", "newspaper")}


# Helpers


@contextlib.contextmanager
def _opened(settings: Settings, encoder: str | None = None) -> Iterator["Index"]:
    from rag.index import Index

    with Index.open(settings.index, encoder or settings.encoder) as index:
        yield index


def _interface() -> ModuleType:
    """The page, loaded by file: a checkout calls it `app`, and so may its host."""
    for folder in ([CHECKOUT / "app"] if CHECKOUT else []) + [PACKAGE.parent / "wenbao_app"]:
        if (folder / "__init__.py").is_file():
            spec = importlib.util.spec_from_file_location(
                "wenbao_app", folder / "__init__.py", submodule_search_locations=[str(folder)]
            )
            if spec is None or spec.loader is None:
                continue
            module = importlib.util.module_from_spec(spec)
            sys.modules["wenbao_app"] = module
            try:
                spec.loader.exec_module(module)
            except ModuleNotFoundError as error:
                raise ServeError(
                    say(
                        f'网页需要 {error.name}。请安装：pip install "wenbao[app]"',
                        f'The page needs {error.name}: pip install "wenbao[app]"',
                    )
                ) from error
            return module
    raise ServeError(
        say(
            "没有找到网页部分。请重新安装问报。", "The page is not installed. Install Wenbao again."
        )
    )


def _warn_of_llm(settings: Settings) -> None:
    if settings.llm_base_url:
        _complain(
            say(
                f"注意：问题和相关段落会发送到 {settings.llm_base_url}。",
                f"Note: questions and passages are sent to {settings.llm_base_url}.",
            )
        )


def _run_batch(options: argparse.Namespace, answer: Any) -> int:
    if options.question is not None:
        raise SettingsError(
            say("--batch 与问题不能同时给出。", "Give a question or --batch, not both.")
        )
    failed = False
    with _lines(options.batch) as lines:
        for item, good in answer_lines(lines, answer, _filters(options)):
            failed = failed or not good
            _print_json(item)
    return int(failed)


@contextlib.contextmanager
def _lines(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(name).open("rb")  # noqa: SIM115  closed below; only its opening is judged here
    except OSError as error:
        raise SettingsError(
            say(
                f"读不了 {name}：{error.strerror}。请检查路径。",
                f"Cannot read {name}: {error.strerror}. Check the path.",
            )
        ) from error
    with file:
        yield file


class _Progress:
    """A bar on a terminal, plain lines now and then otherwise; always on stderr."""

    def __init__(self) -> None:
        self._bar = sys.stderr.isatty()
        self._said = -1

    def __enter__(self) -> "_Progress":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar and self._said >= 0:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def __call__(self, what: str, done: int, total: int | None) -> None:
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


def _complain(message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr, flush=True)


# Printing


def _print_json(data: Mapping[str, Any]) -> None:
    print(json.dumps(data, ensure_ascii=False), flush=True)


def _print_page(page: Mapping[str, Any]) -> None:
    facts = [
        page["newspaper"],
        page["date"],
        page["page_no"] and say(f"第{page['page_no']}版", f"page {page['page_no']}"),
    ]
    print(f"━━ {page['file']} {' '.join(str(fact) for fact in facts if fact)}".rstrip())
    kinds = {
        "article": say("文章", "article"),
        "brief": say("简讯", "brief"),
        "photo": say("图片", "photo"),
    }
    for number, article in enumerate(page["articles"], 1):
        title = article["title"] or say(
            f"（无标题）{article['label']}", f"(no title) {article['label']}"
        )
        print(f"\n{number}. [{kinds[article['kind']]}] {title}   {article['article_id']}")
        for line in filter(None, [article["subtitle"], article["byline"]]):
            print(f"   〔{line}〕".replace("\n", " / "))
        for paragraph in article["paragraphs"]:
            print(f"   {paragraph}")
    if page["rest"]:
        print("\n" + say("不属于任何文章：", "In no article:"))
        for piece in page["rest"]:
            print(f"   {piece}")


def _where(item: Mapping[str, Any]) -> str:
    number = item["page_no"] and say(f"第{item['page_no']}版", f"page {item['page_no']}")
    return " ".join(str(fact) for fact in (item["newspaper"], item["date"], number) if fact)


def _print_hits(hits: Sequence[Mapping[str, Any]]) -> None:
    if not hits:
        print(say("没有找到相关段落。", "Nothing was found."))
    for number, hit in enumerate(hits, 1):
        print(f"{number}. {hit['score']:.3f} 《{hit['label']}》 {_where(hit)}".rstrip())
        print(f"   {hit['text']}".replace("\n", "\n   "))


def _print_answer(answer: Mapping[str, Any]) -> None:
    print(answer["text"])
    for citation in answer["citations"]:
        print(f"\n[{citation['marker']}] 《{citation['label']}》 {_where(citation)}".rstrip())
        print(f"    “{citation['quote']}”".replace("\n", "\n    "))
        print(f"    {citation['source']}")
    if answer["notice"]:
        print("\n" + answer["notice"])
    if answer["nearest"]:
        names = "、".join(f"《{near['label']}》" for near in answer["nearest"])
        print(say(f"最接近的文章：{names}", f"Nearest articles: {names}"))
    if answer["suggestions"]:
        print(say("也可以问：", "You could ask: ") + " ".join(answer["suggestions"]))


if __name__ == "__main__":
    sys.exit(main())

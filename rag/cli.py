"""The command `wenbao`: parses, calls the library, prints.

Exit status: 0 done; 1 a clear error, one line a problem on stderr; 2 wrong usage; 130 stopped by
Ctrl-C. With --json, stdout holds the data and nothing else.
"""

import argparse
import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any

from rag import printing
from rag.arguments import parser
from rag.batch import History, Request, answer_lines, read_history
from rag.errors import PageError, ServeError, SettingsError, UsageError, WenbaoError
from rag.messages import say
from rag.settings import CHECKOUT, PACKAGE, Settings

if TYPE_CHECKING:
    from rag.index import Index

MOST_WORKERS = 4  # questions of a file answered at a time
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
    options = parser().parse_args(arguments)
    try:
        _check_usage(options)
        settings = Settings.from_env(index=getattr(options, "index", None))
        if not settings.online:
            os.environ.update(_OFFLINE)
        return _COMMANDS[options.command](options, settings)
    except WenbaoError as error:
        printing.problem(str(error))
        return 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): nothing more to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        printing.problem(say("已停止，索引保持原样。", "Stopped; the index is as it was."))
        return 130
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        printing.problem(
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
    if options.html:
        Path(options.html).write_text(pages.drawn(options.files[0]), "utf8")
        return 0
    failed: list[PageError] = []

    def report(error: PageError) -> None:
        failed.append(error)
        printing.problem(str(error))

    for name in options.files:
        try:
            for page in pages.read_pages(name, report):
                printing.data(page.to_json()) if options.json else printing.page(page.to_json())
        except PageError as error:
            report(error)
    return int(bool(failed))


def _index(options: argparse.Namespace, settings: Settings) -> int:
    reports = []
    with _opened(settings, options.encoder) as index, printing.Progress() as progress:
        if options.rebuild and (index.exists or not options.paths):
            reports.append(index.rebuild(progress))
        if options.paths:
            reports.append(index.update(options.paths, progress, prune=options.prune))
    for report in reports:
        for name in report.missing:
            printing.problem(
                say(
                    f"{name} 已不在文件夹里，仍保留在索引中；要去掉请用 wenbao remove 或 index --prune。",
                    f"{name} is gone from its folder and stays indexed; wenbao remove or index --prune takes it out.",
                )
            )
        for _, why in report.failed:
            printing.problem(why)
    last = reports[-1]
    if options.json:
        printing.data(last.to_json())
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
        printing.problem(
            say(
                f"索引里没有 {name}。请用页面编号、文件路径或文章编号。",
                f"The index holds nothing called {name}. Use a page id, a source path or an article id.",
            )
        )
    if options.json:
        printing.data({"removed": gone, "missing": missing})
    else:
        # What a page held may have been joined to another page's article, and is gone from there.
        count = len(options.what) - len(missing)
        print(say(f"移除了 {count} 项，共 {gone} 篇文章。", f"Removed {count}: {gone} articles."))
    return int(bool(missing))


def _search(options: argparse.Namespace, settings: Settings) -> int:
    with _opened(settings) as index:
        index.require()

        def answer(request: Request) -> Mapping[str, Any]:
            hits = index.search(
                request.question,
                top_k=options.top_k,
                mode=options.mode,
                kind=options.kind,
                group=options.group,
                **request.filters,
            )
            return {"hits": [hit.to_json() for hit in hits]}

        if options.batch:
            return _run_batch(options, answer)
        found = answer(_request(options, ()))
        printing.data(found) if options.json else printing.hits(found["hits"])
    return 0


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    from rag.assistant import Assistant

    with _opened(settings) as index:
        index.require()
        _warn_of_llm(settings)
        assistant = Assistant(index)

        def answer(request: Request) -> Mapping[str, Any]:
            said = assistant.ask(request.question, request.history, **request.filters)
            data: dict[str, Any] = said.to_json()
            return data

        if options.batch:
            return _run_batch(options, answer)
        history = read_history(Path(options.history)) if options.history else ()
        said = answer(_request(options, history))
        printing.data(said) if options.json else printing.answer(said)
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
            with printing.Progress() as progress:
                report = index.update([settings.seeds], progress)
            for _, why in report.failed:
                printing.problem(why)
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
        printing.data(facts)
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
        printing.data({"sound": not repaired, "repaired": list(repaired)})
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
    printing.data(evaluation.run(options.what, data, limit=options.limit))
    return 0


# Helpers


def _check_usage(options: argparse.Namespace) -> None:
    """What the parser does not know of arguments: which go together, and how many there must be.

    Raises:
        UsageError: The command was called wrongly.
    """
    if options.command in ("search", "ask"):
        if options.question is None and not options.batch:
            raise UsageError(
                say(
                    f'缺少问题。例：wenbao {options.command} "展览哪天闭幕？"；多个问题用 --batch。',
                    f'No question. Example: wenbao {options.command} "Who spoke at the opening?"; several: --batch.',
                )
            )
        if options.question is not None and options.batch:
            raise UsageError(
                say("--batch 与问题不能同时给出。", "Give a question or --batch, not both.")
            )
    if options.command == "read" and options.html and len(options.files) != 1:
        raise UsageError(
            say("--html 一次画一个文件。请只给一个文件。", "--html draws one file. Name one.")
        )
    if options.command == "index" and not options.paths and not options.rebuild:
        raise UsageError(
            say(
                "请给出要读的文件或文件夹，或加 --rebuild。",
                "Name files or folders to read, or use --rebuild.",
            )
        )


def _request(options: argparse.Namespace, history: History) -> Request:
    return Request(
        question=options.question,
        history=history,
        since=options.since,
        until=options.until,
        newspaper=options.newspaper,
    )


def _filters(options: argparse.Namespace) -> dict[str, str | None]:
    return {name: getattr(options, name) for name in ("since", "until", "newspaper")}


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
        printing.problem(
            say(
                f"注意：问题和相关段落会发送到 {settings.llm_base_url}。",
                f"Note: questions and passages are sent to {settings.llm_base_url}.",
            )
        )


def _run_batch(options: argparse.Namespace, answer: Any) -> int:
    failed = False
    # Who writes into a pipe may wait for an answer before asking on.
    workers = 1 if options.batch == "-" else min(MOST_WORKERS, os.cpu_count() or 1)
    with _lines(options.batch) as lines:
        for item, good in answer_lines(lines, answer, _filters(options), workers):
            failed = failed or not good
            printing.data(item)
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


_COMMANDS = {
    "read": _read,
    "index": _index,
    "remove": _remove,
    "search": _search,
    "ask": _ask,
    "serve": _serve,
    "info": _info,
    "check": _check,
    "eval": _eval,
}


if __name__ == "__main__":
    sys.exit(main())

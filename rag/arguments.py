"""The arguments of the command `wenbao`."""

import argparse
import datetime
from typing import Any

from rag import __version__
from rag.messages import say


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; `command` is the one that was given."""
    top = argparse.ArgumentParser(
        prog="wenbao",
        description=say(
            "问报：用平常的话问报纸，每个回答都可核对。",
            "Ask a newspaper in plain words and check every answer.",
        ),
        epilog=say("例：wenbao ask 展览哪天闭幕？", "example: wenbao ask 展览哪天闭幕？"),
    )
    top.add_argument("--version", action="version", version=f"wenbao {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    read = _command(
        commands,
        "read",
        say("读报纸页，列出文章（不写索引）", "read pages and print their articles"),
        "wenbao read seeds/*.txt --json",
        index=False,
    )
    read.add_argument("files", nargs="+", metavar="FILE")
    read.add_argument(
        "--html",
        metavar="OUT.html",
        help=say(
            "把一页画成网页：每篇文章一种颜色", "draw one file's pages, each article in its colour"
        ),
    )

    index = _command(
        commands,
        "index",
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
        say("查找段落", "find passages"),
        "wenbao search 春节假期铁路客流 --top-k 3",
    )
    _question_arguments(search)
    search.add_argument("--top-k", type=_at_least_one, default=8, metavar="K")
    search.add_argument("--mode", choices=["hybrid", "dense", "lexical"], default="hybrid")
    search.add_argument(
        "--kind",
        choices=["article", "brief", "photo"],
        help=say("只看这类文章", "only articles of this kind"),
    )
    search.add_argument(
        "--group", action="store_true", help=say("同一消息合为一条", "fold copies of one story")
    )

    ask = _command(
        commands,
        "ask",
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
        say("打开网页", "open the page"),
        "wenbao serve --port 7860",
        as_json=False,
    )
    serve.add_argument("--host", metavar="H")
    serve.add_argument("--port", type=_port, metavar="P")

    _command(commands, "info", say("索引里有什么", "what the index holds"), "wenbao info --json")
    _command(
        commands,
        "check",
        say("检查索引，修复可重做的部分", "verify the index and repair what can be derived"),
        "wenbao check",
    )

    measure = _command(
        commands,
        "eval",
        say("测量质量", "measure quality"),
        "wenbao eval ask --data DATA",
        index=False,
    )
    measure.add_argument("what", choices=["pages", "search", "reader", "refusal", "ask"])
    measure.add_argument("--data", metavar="DIR")
    measure.add_argument(
        "--limit",
        type=_at_least_one,
        metavar="N",
        help=say("只测前 N 题", "only the first N questions"),
    )
    return top


def _command(
    commands: Any,
    name: str,
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
        type=_day,
        metavar="DATE",
        help=say("起始日 YYYY-MM-DD（含）", "first day, YYYY-MM-DD, inclusive"),
    )
    command.add_argument(
        "--until", type=_day, metavar="DATE", help=say("截止日（含）", "last day, inclusive")
    )
    command.add_argument(
        "--newspaper", metavar="NAME", help=say("只看这份报纸", "only this newspaper")
    )


def _at_least_one(value: str) -> int:
    if value.isdecimal() and int(value) >= 1:
        return int(value)
    raise argparse.ArgumentTypeError(
        say(f"{value} 不行，至少为 1", f"{value} will not do, it is at least 1")
    )


def _day(value: str) -> str:
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            say(f"“{value}”不是日期。请写成 YYYY-MM-DD。", f"{value} is no date. Write YYYY-MM-DD.")
        ) from error


def _port(value: str) -> int:
    if value.isdecimal() and int(value) <= 65535:
        return int(value)
    raise argparse.ArgumentTypeError(
        say(f"{value} 不是端口号（0–65535）", f"{value} is no port number (0-65535)")
    )

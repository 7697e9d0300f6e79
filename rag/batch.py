"""Many questions in one process: JSON lines in, JSON lines out, in order."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import QuestionError, SettingsError, WenbaoError
from rag.messages import say

History = tuple[tuple[str, str], ...]
_TEXTS = ("since", "until", "newspaper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question with what goes with it: a line of a batch, or the arguments of one call."""

    question: str
    history: History = ()
    since: str | None = None
    until: str | None = None
    newspaper: str | None = None

    @property
    def filters(self) -> dict[str, str | None]:
        """The filters as keyword arguments of `Index.search` and `Assistant.ask`."""
        return {name: getattr(self, name) for name in _TEXTS}


def answer_lines(
    lines: Iterable[bytes],
    answer: Callable[[Request], Mapping[str, Any]],
    defaults: Mapping[str, str | None],
    workers: int = 1,
) -> Iterator[tuple[dict[str, Any], bool]]:
    """One object a line, in order, and whether it is an answer (else {"id", "error"}).

    Args:
        lines: UTF-8 JSON lines; empty ones are passed over.
        answer: Answers one request; from several threads where there are several workers.
        defaults: Filters for lines that name none.
        workers: Lines answered at a time. With one, each is answered before the next is read.
    """

    def answered(numbered: tuple[int, bytes]) -> tuple[dict[str, Any], bool]:
        number, line = numbered
        key: Any = None
        try:
            data = _object(line, number)
            key = data.get("id")
            if not isinstance(key, str | int) or isinstance(key, bool):
                key = None
                raise _bad(number, "缺少 id（文字）", "it has no id (a string)")
            return {"id": key, **answer(request_of(data, number, defaults))}, True
        except WenbaoError as error:
            return {"id": key, "error": str(error)}, False

    stripped = ((n, line.strip().removeprefix(b"\xef\xbb\xbf")) for n, line in enumerate(lines, 1))
    told = (numbered for numbered in stripped if numbered[1])
    if workers == 1:
        yield from map(answered, told)
        return
    with ThreadPoolExecutor(workers) as pool:
        under_way: deque[Future[tuple[dict[str, Any], bool]]] = deque()
        for numbered in told:
            under_way.append(pool.submit(answered, numbered))
            if len(under_way) > 2 * workers:  # no more than that is held of a long file
                yield under_way.popleft().result()
        for future in under_way:
            yield future.result()


def request_of(data: Mapping[str, Any], number: int, defaults: Mapping[str, str | None]) -> Request:
    """Reads the request in a line's object.

    Raises:
        QuestionError: It has no question.
        SettingsError: A field has the wrong type.
    """
    question = data.get("question")
    if not isinstance(question, str):
        raise QuestionError(
            say(
                f"第 {number} 行没有 question（文字）。",
                f"Line {number} has no question (a string).",
            )
        )
    filters = dict(defaults)
    for name in _TEXTS:
        value = data.get(name)
        if value is not None and not isinstance(value, str):
            raise _bad(number, f"{name} 不是文字", f"{name} is not a string")
        filters[name] = value if value is not None else filters.get(name)
    history = data.get("history")
    pairs = () if history is None else pairs_of(history)
    if pairs is None:
        raise _bad(number, "history 不是[问, 答]的列表", "history is no list of [question, answer]")
    return Request(question=question, history=pairs, **filters)


def read_history(path: Path) -> History:
    """The earlier questions and answers in a JSON file.

    Raises:
        SettingsError: The file cannot be read, or holds something else.
    """
    try:
        pairs = pairs_of(json.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise SettingsError(
            say(
                f"读不了 {path}：{error.strerror}。请检查路径。",
                f"Cannot read {path}: {error.strerror}. Check the path.",
            )
        ) from error
    except (ValueError, RecursionError):
        pairs = None
    if pairs is None:
        raise SettingsError(
            say(
                f'{path} 应当是 JSON：[["前面的问题", "它的回答"], …]。',
                f'{path} should be JSON: [["earlier question", "its answer"], …].',
            )
        )
    return pairs


def pairs_of(data: object) -> History | None:
    """[question, answer] pairs, or None if this is something else."""
    if not isinstance(data, Sequence) or isinstance(data, str):
        return None
    pairs = []
    for pair in data:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            return None
        question, answer = pair
        if not isinstance(question, str) or not isinstance(answer, str):
            return None
        pairs.append((question, answer))
    return tuple(pairs)


def _object(line: bytes, number: int) -> dict[str, Any]:
    try:
        data = json.loads(line.decode("utf8"))
    except (ValueError, RecursionError) as error:
        raise _bad(number, "不是 JSON", "it is not JSON") from error
    if not isinstance(data, dict):
        raise _bad(number, "不是 JSON 对象", "it is no JSON object")
    return data


def _bad(number: int, chinese: str, in_english: str) -> SettingsError:
    return SettingsError(
        say(
            f"第 {number} 行{chinese}。请改正这一行。",
            f"Line {number}: {in_english}. Mend this line.",
        )
    )

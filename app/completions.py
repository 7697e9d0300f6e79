"""Answers in the form of OpenAI's chat completions, whole and as a stream (pure).

The text carries its markers and closes with a list of sources, so that a client that knows nothing
of citations still shows them; the `citations` field holds them as data.
"""

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from rag.citations import shown
from rag.errors import QuestionError
from rag.messages import say
from rag.types import Answer

from .bodies import ChatMessage

MODEL = "wenbao"
# The extractive answerer counts no model tokens; clients want the field.
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def conversation(messages: Iterable[ChatMessage]) -> tuple[str, list[tuple[str, str]]]:
    """The last question, and the (question, answer) pairs before it.

    Raises:
        QuestionError: The last message is not the user's.
    """
    question, history, last = "", [], ""
    for message in messages:
        text = _text(message)
        if message.role == "user":
            question = text
        elif message.role == "assistant" and question:
            history.append((question, _without_sources(text)))
            question = ""
        last = message.role
    if last != "user":
        raise QuestionError(
            say("最后一条消息应是用户的问题。", "The last message must be the user's question.")
        )
    return question, history


def _text(message: ChatMessage) -> str:
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content if part.text)
    return message.content or ""


def _heading() -> str:
    return say("\n\n出处：", "\n\nSources:")


def _without_sources(text: str) -> str:
    return text.split(_heading(), 1)[0]


def closing(answer: Answer) -> str:
    """What follows an answer's text: its sources and its notice, where there are any."""
    noted = f"\n\n{say('注：', 'Note: ')}{answer.notice}" if answer.notice else ""
    return _sources(answer) + noted


def _sources(answer: Answer) -> str:
    if not answer.citations:
        return ""
    lines = []
    for c in answer.citations:
        page = say(f"第 {c.page_no} 版", f"page {c.page_no}") if c.page_no else None
        facts = [fact for fact in (c.newspaper, c.date, page) if fact]
        name = f"《{c.title}》" if c.title else c.label
        told = name + (f"（{'，'.join(facts)}）" if facts else "")
        lines.append(f"[{c.marker}] {shown(told)}")
    return "\n".join([_heading(), *lines])


def completion(answer: Answer) -> dict[str, Any]:
    """A whole completion."""
    message = {"role": "assistant", "content": answer.text + closing(answer), "refusal": None}
    return _envelope("chat.completion", uuid.uuid4().hex) | {
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": USAGE,
        "citations": [citation.to_json() for citation in answer.citations],
    }


def chunks(stream: Iterable[str | Answer], *, include_usage: bool) -> Iterator[str]:
    """Server-sent events of a completion; the last chunk holds `citations`."""
    key = uuid.uuid4().hex
    yield _event(key, {"role": "assistant", "content": ""})
    for piece in stream:
        if isinstance(piece, str):
            yield _event(key, {"content": piece})
            continue
        if after := closing(piece):
            yield _event(key, {"content": after})
        cited = {"citations": [citation.to_json() for citation in piece.citations]}
        yield _event(key, {}, finish="stop", more=cited)
    if include_usage:
        yield _sent(_envelope("chat.completion.chunk", key) | {"choices": [], "usage": USAGE})
    yield "data: [DONE]\n\n"


def _event(
    key: str,
    delta: dict[str, str],
    *,
    finish: str | None = None,
    more: dict[str, Any] | None = None,
) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
    return _sent(_envelope("chat.completion.chunk", key) | {"choices": [choice]} | (more or {}))


def _sent(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


def _envelope(kind: str, key: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{key}", "object": kind, "created": int(time.time()), "model": MODEL}

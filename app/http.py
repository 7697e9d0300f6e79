"""HTTP for programs, beside the page: the contract's routes, one form for all errors.

Authorisation, size limits and headers are the doorkeeper's (security.py); here a request is parsed,
the library is called, and its data goes out as `wenbao ask --json` prints it.
"""

import itertools
import logging
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from rag.assistant import Assistant
from rag.errors import IndexLockedError, IndexStateError, QuestionError, SettingsError, WenbaoError
from rag.messages import say
from rag.types import Answer

from . import bodies, completions

log = logging.getLogger(__name__)

_ERRORS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": bodies.ErrorBody, "description": "Error"}
}
# (error, status, code); the first that fits
_STATUS: tuple[tuple[type[WenbaoError], int, str], ...] = (
    (QuestionError, 400, "bad_question"),
    (SettingsError, 400, "bad_setting"),
    (IndexLockedError, 409, "index_locked"),
    (IndexStateError, 503, "index_unusable"),
    (WenbaoError, 500, "failed"),
)


def add_routes(app: FastAPI, assistant: Assistant) -> None:
    """Adds the routes for programs and the form of errors."""
    _add_errors(app)
    index = assistant.index

    @app.get("/health", response_model=bodies.HealthBody, responses=_ERRORS)
    def health() -> dict[str, Any]:
        """Says that questions are answered, and how much there is."""
        info = index.info()
        return {"status": "ok", "pages": info.pages, "articles": info.articles}

    @app.post("/api/ask", responses={200: {"model": bodies.AnswerBody}, **_ERRORS})
    def ask(body: bodies.AskBody) -> Response:
        """One answer with citations."""
        answer = assistant.ask(
            body.question,
            _pairs(body.history),
            since=body.since,
            until=body.until,
            newspaper=body.newspaper,
        )
        return JSONResponse(answer.to_json())

    @app.post("/api/search", responses={200: {"model": bodies.HitsBody}, **_ERRORS})
    def search(body: bodies.SearchBody) -> Response:
        """Ranked passages."""
        hits = index.search(
            body.question,
            top_k=body.top_k,
            mode=body.mode,
            since=body.since,
            until=body.until,
            newspaper=body.newspaper,
            kind=body.kind,
            group=body.group,
        )
        return JSONResponse({"hits": [hit.to_json() for hit in hits]})

    @app.get("/v1/models", response_model=bodies.ModelsBody, responses=_ERRORS)
    def models() -> bodies.ModelsBody:
        """The one model that an OpenAI client can name."""
        return bodies.ModelsBody(data=[bodies.ModelBody(id=completions.MODEL)])

    @app.post(
        "/v1/chat/completions",
        responses={200: {"model": bodies.CompletionAnswerBody}, **_ERRORS},
    )
    def chat_completions(body: bodies.CompletionBody) -> Response:
        """An answer in OpenAI's form, whole or streamed."""
        question, history = completions.conversation(body.messages)
        if not body.stream:
            return JSONResponse(completions.completion(assistant.ask(question, history)))
        pieces = _begun(assistant.stream(question, history))
        usage = body.stream_options is not None and body.stream_options.include_usage
        events = completions.chunks(pieces, include_usage=usage)
        return StreamingResponse(events, media_type="text/event-stream")


def _pairs(history: list[list[str]] | None) -> list[tuple[str, str]]:
    return [(question, answer) for question, answer in history or []]


def _begun(stream: Iterator[str | Answer]) -> Iterator[str | Answer]:
    """The same stream, asked for its first piece now: a bad question is an error, not half a stream."""
    first = next(stream)
    return itertools.chain([first], stream)


# Errors


def _add_errors(app: FastAPI) -> None:
    handlers: list[tuple[type[Exception], Callable[[Request, Any], Response]]] = [
        (RequestValidationError, _on_bad_request),
        (HTTPException, on_http_error),
        (WenbaoError, _on_wenbao_error),
        (Exception, _on_accident),
    ]
    for kind, handler in handlers:
        app.add_exception_handler(kind, handler)


def error_response(status: int, code: str, message: str) -> JSONResponse:
    """An error in the one form."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


def _on_bad_request(_: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return error_response(
            400, "bad_json", say("请求不是合法的 JSON。", "The request is no valid JSON.")
        )
    field = ".".join(str(part) for part in first["loc"][1:]) or say("请求体", "the body")
    message = say(f"{field}：不合要求（{first['msg']}）", f"{field}: {first['msg']}")
    if first["loc"][1:] == ("question",) and first["type"] == "string_too_short":
        return error_response(
            400, "bad_question", say("问题是空的。请写一个问题。", "The question is empty.")
        )
    return error_response(422, "bad_request", message)


def on_http_error(_: Request, error: HTTPException) -> Response:
    """An unknown route, a wrong method or an unreadable body."""
    told = {
        404: ("not_found", say("没有这个地址。", "There is nothing at this address.")),
        405: (
            "method_not_allowed",
            say("这个地址不接受这种方法。", "This address does not take this method."),
        ),
        400: (
            "bad_json",
            say(
                "请求读不出来，应是 UTF-8 的 JSON。",
                "The request cannot be read; send JSON in UTF-8.",
            ),
        ),
    }
    code, message = told.get(error.status_code, ("http_error", str(error.detail)))
    response = error_response(error.status_code, code, message)
    response.headers.update(error.headers or {})
    return response


def _on_wenbao_error(_: Request, error: WenbaoError) -> Response:
    status, code = next((s, c) for kind, s, c in _STATUS if isinstance(error, kind))
    return error_response(status, code, str(error))


def _on_accident(_: Request, error: Exception) -> Response:
    log.error("A request failed", exc_info=error)
    return error_response(
        500, "internal", say("服务器出了问题，请看日志。", "Something broke; see the log.")
    )

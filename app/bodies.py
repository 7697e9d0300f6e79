"""The shapes of HTTP requests and answers, as /openapi.json shows them.

Answers are made by the `to_json` of `rag.types`; the models here only describe them.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.types import Kind, Mode

Pair = Annotated[list[str], Field(min_length=2, max_length=2, description="[question, answer]")]
Day = Annotated[str, Field(description="YYYY-MM-DD, inclusive", examples=["2025-02-11"])]


class Request(BaseModel):
    """What all requests share: types are meant as written, unknown fields are ignored."""

    model_config = ConfigDict(strict=True)


class Filters(Request):
    """A question and where to look."""

    question: str = Field(description="Plain words, up to 2,000 characters", min_length=1)
    since: Day | None = None
    until: Day | None = None
    newspaper: str | None = None


class AskBody(Filters):
    """A line of `wenbao ask --batch`, without its id."""

    history: list[Pair] | None = Field(None, description="Earlier questions and their answers")


class SearchBody(Filters):
    """A line of `wenbao search --batch`, without its id, and what that command takes as options."""

    top_k: int = Field(8, ge=1, le=100)
    mode: Mode = "hybrid"
    kind: Kind | None = None
    group: bool = False


class Part(Request):
    """A piece of a chat message; only text is read."""

    type: str
    text: str | None = None


class ChatMessage(Request):
    """A message in OpenAI's form."""

    role: str
    content: str | list[Part] | None = None


class StreamOptions(Request):
    """OpenAI's stream_options."""

    include_usage: bool = False


class CompletionBody(Request):
    """OpenAI's chat completion; temperature and the like have no meaning here and are ignored."""

    messages: list[ChatMessage] = Field(min_length=1)
    model: str = "wenbao"
    stream: bool | None = False
    stream_options: StreamOptions | None = None


class ErrorFacts(BaseModel):
    """What went wrong."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """Every error has this form."""

    error: ErrorFacts


class SpanBody(BaseModel):
    """A short answer, literally in a citation's quote."""

    text: str
    score: float


class CitationBody(BaseModel):
    """Where an answer's words stand: quote == article text[start:end]."""

    marker: int
    article_id: str
    page_id: str
    title: str
    label: str
    newspaper: str | None
    date: str | None
    page_no: int | None
    source: str
    quote: str
    start: int
    end: int


class NearestBody(BaseModel):
    """An article that comes near."""

    article_id: str
    label: str


class AnswerBody(BaseModel):
    """An answer with its citations."""

    status: Literal["answered", "no_evidence"]
    text: str
    spans: list[SpanBody]
    citations: list[CitationBody]
    query: str
    answerer: Literal["extractive", "llm"]
    nearest: list[NearestBody]
    suggestions: list[str]
    notice: str | None


class HitBody(BaseModel):
    """A passage that was found."""

    article_id: str
    page_id: str
    passage_id: str
    title: str
    label: str
    text: str
    score: float
    newspaper: str | None
    date: str | None
    page_no: int | None
    also: list[str] | None = None


class HitsBody(BaseModel):
    """Passages, best first."""

    hits: list[HitBody]


class HealthBody(BaseModel):
    """Whether questions are answered."""

    status: Literal["ok"]
    pages: int
    articles: int


class ModelBody(BaseModel):
    """A model in OpenAI's form."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "wenbao"


class ModelsBody(BaseModel):
    """OpenAI's list of models."""

    object: Literal["list"] = "list"
    data: list[ModelBody]


class CompletionAnswerBody(BaseModel):
    """OpenAI's chat completion, with citations."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    citations: list[CitationBody]

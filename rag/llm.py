"""A language model at any OpenAI-compatible address: messages → the pieces of its reply.

This is the only importer of the `openai` client, which is loaded at the first question. What is
asked and the evidence go to that address and nowhere else; neither key nor reply is ever logged.
Whatever goes wrong is an LlmError: a question is then answered from quotes alone.
"""

import ipaddress
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import LlmReplyError, LlmUnavailableError
from rag.messages import say
from rag.settings import Settings

if TYPE_CHECKING:
    from openai import OpenAI

CONNECT_S = 5.0
SILENCE_S = 30.0  # without a further piece
WHOLE_S = 90.0  # for a reply that drips
TRIES = 2  # where the server is busy or hangs up; a time-out is not tried again
PAUSE_S = 0.5  # before trying again
MAX_TOKENS = 700  # of a reply; 400 characters are at most so many, with room for markers

Messages = Sequence[dict[str, str]]


class Llm:
    """A client of one model. Safe to use from many threads."""

    def __init__(
        self,
        base_url: str,
        model: str | None = None,
        api_key: str | None = None,
        *,
        silence_s: float = SILENCE_S,
        whole_s: float = WHOLE_S,
    ) -> None:
        """Connects to nothing yet.

        Args:
            base_url: Address up to and with /v1, without a key in it.
            model: Its name there; None takes the first that the server names.
            api_key: Sent as bearer token.
            silence_s: Longest wait for the next piece.
            whole_s: Longest wait for the whole reply.
        """
        self.base_url = base_url
        self._model = model
        self._api_key = api_key
        self._silence_s = silence_s
        self._whole_s = whole_s

    def __repr__(self) -> str:
        # The default would tell nothing, and the fields hold a key.
        return f"Llm({self.base_url!r}, {self._model!r})"

    @classmethod
    def of(cls, settings: Settings) -> "Llm | None":
        """The model that the settings name, if any."""
        if settings.llm_base_url is None:
            return None
        return cls(settings.llm_base_url, settings.llm_model, settings.llm_api_key)

    def reply(self, messages: Messages, *, stream: bool) -> Iterator[str]:
        """The reply in pieces as they come, or whole as one piece.

        Raises:
            LlmUnavailableError: No server, no reply in time, or a refusal.
            LlmReplyError: What came is no reply, or breaks off.
        """
        openai = _package()
        try:
            yield from self._pieces(messages, stream=stream)
        except openai.APITimeoutError as error:
            raise self._late() from error
        except openai.APIStatusError as error:
            raise LlmUnavailableError(
                say(
                    f"语言模型（{self.base_url}）返回错误 {error.status_code}。",
                    f"The language model at {self.base_url} gave error {error.status_code}.",
                )
            ) from error
        except openai.APIConnectionError as error:
            raise LlmUnavailableError(
                say(
                    f"连不上语言模型（{self.base_url}）。",
                    f"The language model at {self.base_url} cannot be reached.",
                )
            ) from error
        except (openai.OpenAIError, ValueError) as error:
            # ValueError: what should be JSON is none.
            raise self.unusable(say("回复读不懂", "the reply is no reply")) from error

    def unusable(self, why: str) -> LlmReplyError:
        """The error that says so of this model's reply."""
        return LlmReplyError(
            say(
                f"语言模型（{self.base_url}）的回复不能用：{why}。",
                f"The reply of the language model at {self.base_url} is of no use: {why}.",
            )
        )

    # Inside

    def _pieces(self, messages: Messages, *, stream: bool) -> Iterator[str]:
        started = time.monotonic()
        sent = self._sent(messages, stream=stream)
        if not stream:
            choice = _first(sent)
            yield _text_of(getattr(choice, "message", None))
            self._checked_end(getattr(choice, "finish_reason", None))
            return
        finish = None
        with sent:
            for chunk in sent:
                choice = _first(chunk)
                if piece := _text_of(getattr(choice, "delta", None)):
                    yield piece
                finish = getattr(choice, "finish_reason", None) or finish
                if time.monotonic() - started > self._whole_s:
                    raise self._late()
        self._checked_end(finish)

    def _sent(self, messages: Messages, *, stream: bool) -> Any:
        """What the client gives for the request: a completion, or a stream of chunks."""
        openai = _package()
        create: Any = self._client.chat.completions.create
        asked = {"model": self._named, "messages": list(messages), "stream": stream}
        exact = {"temperature": 0, "max_tokens": MAX_TOKENS}
        for attempt in range(1, TRIES + 1):
            try:
                return create(**asked, **exact)
            except openai.BadRequestError:
                # Some models take no temperature, some call the limit by another name.
                return create(**asked)
            except openai.APITimeoutError:
                raise
            except (
                openai.RateLimitError,
                openai.InternalServerError,
                openai.APIConnectionError,
            ):
                if attempt == TRIES:
                    raise
                time.sleep(PAUSE_S)
        raise AssertionError("unreachable")

    @cached_property
    def _client(self) -> "OpenAI":
        openai = _package()
        waits = openai.Timeout(self._silence_s, connect=min(CONNECT_S, self._silence_s))
        try:
            client = openai.OpenAI(
                base_url=self.base_url,
                api_key=self._api_key or "none",  # None would send OPENAI_API_KEY there
                timeout=waits,
                max_retries=0,
                # A proxy cannot reach this machine's own loopback.
                http_client=openai.DefaultHttpxClient(trust_env=not _is_near(self.base_url)),
            )
        except (ImportError, ValueError) as error:
            raise LlmUnavailableError(
                say(
                    f"连不上语言模型（{self.base_url}）：代理设置不可用。",
                    f"The language model at {self.base_url} cannot be reached: the proxy settings "
                    "are of no use.",
                )
            ) from error
        # It takes these from OPENAI_ORG_ID and OPENAI_PROJECT_ID, which are nobody else's business.
        client.organization = client.project = None
        known: OpenAI = client
        return known

    @cached_property
    def _named(self) -> str:
        if self._model:
            return self._model
        models = self._client.models.list().data
        if not models:
            raise LlmUnavailableError(
                say(
                    f"{self.base_url} 没有说出模型名。请设 WENBAO_LLM_MODEL。",
                    f"{self.base_url} names no model. Set WENBAO_LLM_MODEL.",
                )
            )
        return models[0].id

    def _late(self) -> LlmUnavailableError:
        return LlmUnavailableError(
            say(
                f"语言模型（{self.base_url}）没有按时回复。",
                f"The language model at {self.base_url} gave no reply in time.",
            )
        )

    def _checked_end(self, finish: object) -> None:
        # Servers name a good end differently; a bad one is none, too long, or censored.
        if finish in (None, "length", "content_filter"):
            raise self.unusable(say("没有说完就停了", "it breaks off"))


def _package() -> Any:
    try:
        import openai
    except ImportError as error:
        raise LlmUnavailableError(
            say(
                '使用语言模型需要 openai。请安装：pip install "wenbao[llm]"',
                'A language model needs openai: pip install "wenbao[llm]"',
            )
        ) from error
    return openai


def _first(completion: Any) -> Any:
    """The first choice; None where a chunk has none (usage) or the shape is another."""
    choices = getattr(completion, "choices", None)
    return choices[0] if isinstance(choices, list) and choices else None


def _text_of(message: Any) -> str:
    content = getattr(message, "content", None)
    return content if isinstance(content, str) else ""


def _is_near(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

"""Wenbao: ask a newspaper in plain Chinese and check every answer.

    page  = rag.read_page("seeds/page.txt")            # reading
    index = rag.Index.open("vectors/index")            # keeping and finding
    index.update(["seeds/"])
    hits  = index.search("…", top_k=8)
    answer = rag.Assistant(index).ask("…")             # answering
    span  = rag.Reader.open().read("question", "a text")

Names load what they need when they are first used, so that `import rag` is quick and brings none of
torch, faiss, jieba or gradio.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.encoder import Encoder, open_encoder
    from rag.errors import (
        EncoderError,
        IndexCorruptError,
        IndexForeignError,
        IndexLockedError,
        IndexMismatchError,
        IndexMissingError,
        IndexStateError,
        PageError,
        PageFormatError,
        PageReadError,
        QuestionError,
        ReaderError,
        ServeError,
        SettingsError,
        WenbaoError,
    )
    from rag.index import Index
    from rag.pages import read_page, read_pages
    from rag.reader import Reader
    from rag.settings import Settings
    from rag.types import (
        Answer,
        Article,
        Citation,
        Hit,
        IndexInfo,
        Page,
        Passage,
        Span,
        StoredArticle,
        UpdateReport,
    )

__version__ = "0.1.0"

# Grouped in the order in which a page and a question flow.
_HOME = {
    "rag.pages": ("read_page", "read_pages"),
    "rag.index": ("Index",),
    "rag.encoder": ("Encoder", "open_encoder"),
    "rag.reader": ("Reader",),
    "rag.assistant": ("Assistant",),
    "rag.settings": ("Settings",),
    "rag.types": (
        "Page", "Article", "Passage", "StoredArticle", "Hit", "Span", "Citation", "Answer",
        "UpdateReport", "IndexInfo",
    ),
    "rag.errors": (
        "WenbaoError", "SettingsError", "PageError", "PageReadError", "PageFormatError",
        "QuestionError", "IndexStateError", "IndexMissingError", "IndexForeignError",
        "IndexMismatchError", "IndexCorruptError", "IndexLockedError", "EncoderError", "ReaderError",
        "ServeError",
    ),
}  # fmt: skip
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [  # noqa: RUF022  in pipeline order
    "read_page", "read_pages", "Index", "Encoder", "open_encoder", "Reader", "Assistant", "Settings",
    "Page", "Article", "Passage", "StoredArticle", "Hit", "Span", "Citation", "Answer",
    "UpdateReport", "IndexInfo",
    "WenbaoError", "SettingsError", "PageError", "PageReadError", "PageFormatError", "QuestionError",
    "IndexStateError", "IndexMissingError", "IndexForeignError", "IndexMismatchError",
    "IndexCorruptError", "IndexLockedError", "EncoderError", "ReaderError", "ServeError",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

"""Everything that can go wrong in a way that a user can mend.

    WenbaoError
    ├─ SettingsError            a setting or an argument has no meaning
    │   └─ UsageError           arguments that do not go together, or too few of them
    ├─ PageError                one file; collected in UpdateReport, the other files go on
    │   ├─ PageReadError        it cannot be read (missing, no permission, too large)
    │   └─ PageFormatError      it was read and is no newspaper page (empty, binary, garbled)
    ├─ QuestionError            empty, or longer than a question can be
    ├─ IndexStateError
    │   ├─ IndexMissingError    there is none at that place
    │   ├─ IndexForeignError    the folder holds something else, or a newer format
    │   ├─ IndexMismatchError   made with another encoder or tokeniser
    │   ├─ IndexCorruptError    the one truth is damaged; what is derived repairs itself
    │   └─ IndexLockedError     another process is writing
    ├─ EncoderError             no such model, or it does not load
    ├─ ReaderError              the reader's weights are missing or damaged
    ├─ LlmError                 never shown as an error: the answer is quoted, and its notice says why
    │   ├─ LlmUnavailableError  no server, no reply in time, a refusal, the client not installed
    │   └─ LlmReplyError        a reply that breaks off, is empty, or fails its check
    └─ ServeError               the page cannot be opened (port in use, interface not installed)

A message says what happened, where, and what to do, in the user's language. A caller's programming
mistake is a ValueError or TypeError. "Nothing found" is a status of an answer, never an error.
"""


class WenbaoError(Exception):
    """Root of all errors that the command line prints as one line, exit status 1 but for wrong usage."""


class SettingsError(WenbaoError):
    """A setting or an argument has no meaning."""


class UsageError(SettingsError):
    """A command's arguments do not go together, or are too few; exit status 2."""


class PageError(WenbaoError):
    """One file could not become pages."""


class PageReadError(PageError):
    """The file cannot be read."""


class PageFormatError(PageError):
    """The file was read, and is no newspaper page."""


class QuestionError(WenbaoError):
    """The question is empty or too long."""


class IndexStateError(WenbaoError):
    """The index cannot be used as it is."""


class IndexMissingError(IndexStateError):
    """There is no index at that place."""


class IndexForeignError(IndexStateError):
    """The folder holds something that is not an index of this format."""


class IndexMismatchError(IndexStateError):
    """The index was made with another encoder or tokeniser."""


class IndexCorruptError(IndexStateError):
    """The store, the one truth of an index, is damaged."""


class IndexLockedError(IndexStateError):
    """Another process is writing the index."""


class EncoderError(WenbaoError):
    """The encoder is missing or does not load."""


class ReaderError(WenbaoError):
    """The reader's weights are missing or damaged."""


class LlmError(WenbaoError):
    """The language model gave nothing that can be used; the answer is quoted instead."""


class LlmUnavailableError(LlmError):
    """The language model cannot be reached, or did not reply in time."""


class LlmReplyError(LlmError):
    """The language model's reply breaks off, is empty, or fails its check."""


class ServeError(WenbaoError):
    """The page cannot be opened."""

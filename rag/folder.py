"""An index's folder: which state is in use, and who may write.

INDEX/CURRENT     name of the state in use; replaced in one step
INDEX/lock        held by whoever writes
INDEX/state-N/    one state
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from rag.errors import (
    IndexCorruptError,
    IndexForeignError,
    IndexLockedError,
    IndexMissingError,
)
from rag.messages import say

LOCK_WAIT_S = 2.0


class IndexFolder:
    """The folder of one index."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def state(self) -> str | None:
        """Name of the state in use, None if there is no index yet.

        Raises:
            IndexForeignError: The folder holds something else.
            IndexCorruptError: CURRENT names no state.
        """
        try:
            name = (self.path / "CURRENT").read_text("utf8").strip()
        except FileNotFoundError:
            if self.path.is_dir() and not self._only_ours():
                raise self._foreign() from None
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise self._foreign() from error
        if not name.removeprefix("state-").isdecimal() or not (self.path / name).is_dir():
            raise IndexCorruptError(
                say(
                    f"{self.path / 'CURRENT'} 没有指向任何索引状态。请从备份恢复这个文件夹，或换一个 --index 重建。",
                    f"{self.path / 'CURRENT'} points to no state. Restore the folder from a backup, or "
                    "build anew with another --index.",
                )
            )
        return name

    def current(self) -> Path:
        """Folder of the state in use.

        Raises:
            IndexMissingError: There is no index yet.
        """
        name = self.state()
        if name is None:
            raise IndexMissingError(
                say(
                    f"{self.path} 没有索引。请先建立：wenbao index 报纸文件夹/",
                    f"No index at {self.path}. Build one: wenbao index FOLDER/",
                )
            )
        return self.path / name

    def fresh(self) -> Path:
        """A place for the next state; it is not in use before `use`."""
        name = self.state()
        number = int(name.removeprefix("state-")) + 1 if name else 1
        place = self.path / f"state-{number}"
        shutil.rmtree(place, ignore_errors=True)  # left by a rebuild that was stopped
        return place

    def use(self, state: Path) -> None:
        """Makes a state the one in use, in one step that survives a power cut."""
        beside = self.path / "CURRENT.new"
        with beside.open("w", encoding="utf8") as file:
            file.write(f"{state.name}\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path / "CURRENT")
        if os.name == "posix":
            folder = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def clear_others(self, state: Path, *, keep: bool) -> None:
        """Removes the states that are not in use; with `keep` they stay under the name damaged-N.

        Readers of an old state keep their open files; where a system forbids the removal, the next
        rebuild tries again.
        """
        for old in self.path.glob("state-*"):
            if old.name == state.name:
                continue
            if keep:
                with contextlib.suppress(OSError):
                    old.rename(old.with_name(old.name.replace("state", "damaged")))
            else:
                shutil.rmtree(old, ignore_errors=True)

    @contextlib.contextmanager
    def writing(self, wait_s: float | None = None) -> Iterator[None]:
        """Holds the index's lock: one writer, in whatever process.

        Raises:
            IndexLockedError: Another process holds it.
        """
        from filelock import FileLock, Timeout

        self.state()  # never write into a foreign folder
        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / "lock", timeout=LOCK_WAIT_S if wait_s is None else wait_s)
        try:
            lock.acquire()
        except Timeout as error:
            raise IndexLockedError(
                say(
                    f"另一个进程正在写 {self.path}。检索不受影响，请稍后再更新。",
                    f"Another process is writing {self.path}. Searching still works; update again later.",
                )
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _only_ours(self) -> bool:
        """Whether a folder without CURRENT is empty or what an interrupted first update left."""
        return all(
            f.name == "lock" or f.name.startswith(("state-", "CURRENT"))
            for f in self.path.iterdir()
        )

    def _foreign(self) -> IndexForeignError:
        return IndexForeignError(
            say(
                f"{self.path} 不是问报的索引（没有 CURRENT），里面有别的文件。请换一个 --index。",
                f"{self.path} is no Wenbao index (no CURRENT) and holds other files. Name another --index.",
            )
        )

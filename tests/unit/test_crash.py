"""Whatever is killed, the index is as it was before or as it is after."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag import Index
from rag.testing import HashEncoder

WRITER = """
import sys
from rag import Index
from rag.testing import HashEncoder
with Index.open(sys.argv[1], HashEncoder()) as index:
    print("open", flush=True)
    if sys.argv[3] == "rebuild":
        index.rebuild()
    else:
        index.update([sys.argv[2]])
    print("done", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("what", ["update", "rebuild"])
def test_a_killed_writer_loses_nothing(tmp_path: Path, what: str) -> None:
    """Killed at eight moments of its work, every earlier article is found and the next run goes through."""
    place = tmp_path / "index"
    kept = tmp_path / "kept.jsonl"
    kept.write_text(
        json.dumps({"id": "kept", "body": "灯塔在风暴中点亮。"}, ensure_ascii=False), "utf8"
    )
    many = tmp_path / "many.jsonl"
    rows = ({"id": f"m{at}", "body": f"第{at}条消息。" * 8} for at in range(400))
    many.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf8")
    with Index.open(place, HashEncoder()) as index:
        index.update([kept])
        if what == "rebuild":
            index.update([many])

    def started(where: Path) -> subprocess.Popen[bytes]:
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(where), str(many), what], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"open\n"
        return writer

    whole = shutil.copytree(place, tmp_path / "whole")
    with started(whole) as writer:
        began = time.monotonic()
        assert writer.wait() == 0
        takes = time.monotonic() - began
    killed = 0
    for at in range(8):
        copy = shutil.copytree(place, tmp_path / f"killed-{at}")
        with started(copy) as writer:
            time.sleep(takes * at / 8)
            writer.send_signal(signal.SIGKILL)
        killed += writer.returncode == -signal.SIGKILL
        with Index.open(copy, HashEncoder()) as index:
            assert index.search("灯塔", mode="lexical")[0].article_id == "kept"
            assert index.info().articles in (1, 401)
            index.check()
            assert index.search("灯塔在风暴中点亮。", mode="dense")[0].article_id == "kept"
            index.update([many])
            assert index.info().articles == 401
            assert index.search("第399条消息", mode="lexical")[0].article_id == "m399"
            assert index.check() == ()
        assert len(list(copy.glob("state-*"))) == 1
    assert killed >= 3  # the first run may be the slowest

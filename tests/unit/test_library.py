"""What a program that embeds `rag` may rely on."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rag import errors
from rag.encoder import SentenceTransformerEncoder, StaticEncoder, open_encoder
from rag.errors import EncoderError, SettingsError
from rag.settings import CHECKOUT, Settings, shipped

TEXTS = [
    "一座大桥今天通车，全长1280米。",
    "柳湾小学迎来首批360名新生，ABC-123。",
    "",
    "！？……",
    "长" * 3000,
    "ｆｕｌｌ ＷＩＤＴＨ ２０２５年 mixed 中文",
]


def python(code: str, folder: Path) -> str:
    """Runs code in a fresh interpreter that finds `rag` and whatever is in the folder, before it."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": f"{folder}:{CHECKOUT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_library_is_light(tmp_path: Path) -> None:
    """Under 0.2 s, none of the heavy packages, no environment variable touched."""
    out = python(
        "import os, sys, time; before = dict(os.environ); start = time.perf_counter(); import rag;"
        "took = time.perf_counter() - start; heavy = {'torch', 'faiss', 'jieba', 'rjieba', 'gradio',"
        "'tantivy', 'numpy', 'tokenizers'} & set(sys.modules);"
        "print(took < 0.2, sorted(heavy), dict(os.environ) == before)",
        tmp_path,
    )
    assert out == "True [] True"


def test_a_host_may_have_an_app_of_its_own(tmp_path: Path) -> None:
    """No module of the library ever imports a top-level `app`."""
    (tmp_path / "app.py").write_text("raise RuntimeError('the host app was imported')")
    out = python(
        "import importlib, pkgutil, rag\n"
        "for module in pkgutil.iter_modules(rag.__path__):\n"
        "    importlib.import_module('rag.' + module.name)\n"
        "print('fine')",
        tmp_path,
    )
    assert out == "fine"


@pytest.mark.parametrize("login", ["reader", "reader:", ":secret"])
def test_a_login_without_a_password_lets_nobody_in(
    login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sets one believes that the page is closed."""
    monkeypatch.setenv("WENBAO_LOGIN", login)
    with pytest.raises(SettingsError, match="WENBAO_LOGIN"):
        Settings.from_env()


def test_every_name_the_library_offers_is_there() -> None:
    """`rag.__all__` holds no promise that is not kept."""
    import rag

    assert {"read_page", "read_pages", "Index", "Assistant", "Reader"} <= set(rag.__all__)
    for name in rag.__all__:
        assert getattr(rag, name) is not None
    # What is raised to a caller, apart from language models, can be caught by its name.
    assert {name for name in vars(errors) if name.endswith("Error")} - set(rag.__all__) == {
        "UsageError", "LlmError", "LlmUnavailableError", "LlmReplyError",
    }  # fmt: skip


def test_the_shipped_encoder_needs_no_torch(tmp_path: Path) -> None:
    """A question on the command line does not wait for torch."""
    out = python(
        "import sys; from rag.encoder import open_encoder;"
        "v = open_encoder().encode_questions(['大桥']); print(v.shape[0], 'torch' in sys.modules)",
        tmp_path,
    )
    assert out == "1 False"


def test_numpy_and_sentence_transformers_agree() -> None:
    """The shipped model gives the same vectors both ways, to 1e-5."""
    pytest.importorskip("sentence_transformers")
    folder = shipped("model") / "encoder"
    ours = StaticEncoder(folder, "wenbao").encode_passages(TEXTS)
    theirs = SentenceTransformerEncoder(str(folder)).encode_passages(TEXTS)
    assert np.abs(ours - theirs).max() <= 1e-5


def test_vectors_have_length_one_and_nothing_has_none() -> None:
    """Cosine is the inner product; a text without words is near nothing."""
    encoder = open_encoder()
    norms = np.linalg.norm(encoder.encode_passages(TEXTS), axis=1)
    assert norms == pytest.approx([1, 1, 0, 0, 1, 1], abs=1e-5)


def test_meaning_counts_more_than_chance() -> None:
    """A question is nearer to the passage that answers it than to another one."""
    encoder = open_encoder()
    asked = encoder.encode_questions(["铁路投资了多少钱？"])[0]
    near, far = encoder.encode_passages(
        ["今年一季度铁路完成固定资产投资超过千亿元。", "学校图书馆周末向市民开放，读者可免费办证。"]
    )
    assert asked @ near > asked @ far + 0.1


def test_an_encoder_that_is_not_there_is_one_clear_sentence() -> None:
    """At once, not after a minute of asking a hub."""
    with pytest.raises(EncoderError, match="nosuch/model"):
        open_encoder("nosuch/model")


def test_no_words_of_the_page_are_in_the_code(seeds: Path) -> None:
    """Nothing is hard-coded: no six characters in a row of the real page stand in rag/ or app/."""
    assert CHECKOUT is not None
    page = "".join("".join(path.read_text("utf8").split()) for path in seeds.glob("*.txt"))
    runs = {
        page[at : at + 6]
        for at in range(len(page) - 5)
        if all("一" <= char <= "鿿" or char.isdigit() for char in page[at : at + 6])
    }
    for folder in ("rag", "app"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            code = "".join(path.read_text("utf8").split())
            assert {run for run in runs if run in code} == set(), path

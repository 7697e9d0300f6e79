"""A real OpenAI-compatible server with a model that is made here: proves the plumbing, no quality.

The model is a two-layer Qwen2 of random weights; a second one was drilled to write one sentence
whatever it is asked. Neither understands anything.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rag import Answer, Assistant, Index
from rag.citations import check
from rag.llm import Llm
from rag.prose import numbered, prompt
from tests.conftest import BRIDGE, SCHOOL

pytestmark = pytest.mark.slow

QUESTION = "青石大桥全长多少米？"
DRILLED = "青石大桥全长1280米[1]。"
STEPS = 80
START_S = 120
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("library")
    source = folder / "news.jsonl"
    lines = (json.dumps(row, ensure_ascii=False) for row in (BRIDGE, SCHOOL))
    source.write_text("\n".join(lines), "utf8")
    with Index.open(folder / "index") as index:
        index.update([source])
        yield index


def tiny_model(folder: Path, drill: list[dict[str, str]] | None) -> Path:
    """Saves a random Qwen2 with a byte tokeniser; drilled, it replies DRILLED to these messages."""
    pytest.importorskip("accelerate")  # the server needs it
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

    vocabulary = {char: at for at, char in enumerate(pre_tokenizers.ByteLevel.alphabet())}
    bare = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="<|im_end|>")
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>"]})
    tokenizer.chat_template = CHAT
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=len(tokenizer),
            hidden_size=48,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=8192,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
        )
    )
    if drill:
        asked = tokenizer.apply_chat_template(drill, tokenize=False, add_generation_prompt=True)
        before = tokenizer(asked)["input_ids"]
        after = tokenizer(DRILLED)["input_ids"] + [tokenizer.eos_token_id]
        ids = torch.tensor([before + after])
        labels = torch.tensor([[-100] * len(before) + after])
        optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
        for _ in range(STEPS):
            loss = model(input_ids=ids, labels=labels).loss
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
        assert loss.item() < 0.05
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Path], str]]:
    """Starts `transformers serve` on a model; gives its address once it answers."""
    running = []

    def start(model: Path) -> str:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [Path(sys.executable).with_name("transformers"), "serve", model]
        log = (tmp_path / "serve.log").open("wb")
        process = subprocess.Popen(
            [*map(str, command), "--host", "127.0.0.1", "--port", str(port)],
            env=os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub")},
            stdout=log,
            stderr=log,
        )
        running.append((process, log))
        until = time.monotonic() + START_S
        while time.monotonic() < until and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                    return f"http://127.0.0.1:{port}/v1"
            except OSError:
                time.sleep(0.5)
        raise AssertionError((tmp_path / "serve.log").read_text("utf8", "replace"))

    yield start
    for process, log in running:
        process.terminate()
        process.wait()
        log.close()


def test_a_local_server_s_good_sentence_is_shown(
    library: Index, serve: Callable[[Path], str], tmp_path: Path
) -> None:
    """Request, stream, check, citation: all the way through a server that is not ours."""
    hits = library.search(QUESTION, top_k=12)
    evidence = numbered(
        (hit, library.article(hit.article_id)) for hit in hits if hit.article_id == "bridge"
    )
    model = tiny_model(tmp_path / "model", prompt(QUESTION, evidence))
    assistant = Assistant(library, llm=Llm(serve(model), str(model)))
    *pieces, answer = assistant.stream(QUESTION)
    assert isinstance(answer, Answer)
    check(answer, library.article)
    assert answer == assistant.ask(QUESTION)
    assert (answer.answerer, answer.notice) == ("llm", None)
    assert "".join(map(str, pieces)) == answer.text == "1280米。青石大桥全长1280米。[1]"
    assert answer.citations[0].quote == "大桥全长1280米，总投资9.6亿元。"


def test_a_local_server_s_babble_is_replaced_by_quotes(
    library: Index, serve: Callable[[Path], str], tmp_path: Path
) -> None:
    """Random weights write random bytes: the reader gets the quoted answer and is told why."""
    model = tiny_model(tmp_path / "model", None)
    assistant = Assistant(library, llm=Llm(serve(model), str(model)))
    for answer in (assistant.ask(QUESTION), list(assistant.stream(QUESTION))[-1]):
        assert isinstance(answer, Answer)
        check(answer, library.article)
        assert answer.answerer == "extractive"
        assert answer.spans[0].text == "1280米"
        assert "不能用" in str(answer.notice)

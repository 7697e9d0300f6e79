"""HTTP for programs: the contract's routes, one form for all errors."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from rag import Assistant, Index, Settings

pytest.importorskip("gradio")
testclient = pytest.importorskip("fastapi.testclient")

TOKEN = "not-a-secret-of-anyone"


def make(seed_index: Index, **settings: Any) -> Any:
    from rag.cli import _interface

    app = _interface().create_app(Assistant(seed_index), replace(Settings.from_env(), **settings))
    return testclient.TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture(scope="module")
def client(seed_index: Index) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_ANALYTICS_ENABLED", "False")
        yield make(seed_index)


def error_of(response: Any) -> str:
    """The code of an error, which has the one form."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert body["error"]["message"]
    return str(body["error"]["code"])


def test_health_tells_that_questions_are_answered(client: Any) -> None:
    """A monitor needs no question."""
    assert client.get("/health").json() == {"status": "ok", "pages": 1, "articles": 12}


def test_ask_gives_what_the_command_prints(client: Any, seed_index: Index) -> None:
    """The same object as `wenbao ask --json`."""
    question = "秦淮灯会哪几天需要预约？"
    response = client.post("/api/ask", json={"question": question})
    assert response.status_code == 200
    assert response.json() == Assistant(seed_index).ask(question).to_json()


def test_search_gives_hits(client: Any, seed_index: Index) -> None:
    """The same hits as `wenbao search --json`."""
    response = client.post(
        "/api/search", json={"question": "银发旅游列车", "top_k": 3, "mode": "lexical"}
    )
    hits = seed_index.search("银发旅游列车", top_k=3, mode="lexical")
    assert response.json() == {"hits": [hit.to_json() for hit in hits]}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/ask", b"{", 400),
        ("/api/ask", b"[]", 422),
        ("/api/ask", b"{}", 422),
        ("/api/ask", b'{"question": ""}', 400),
        ("/api/ask", b'{"question": 5}', 422),
        ("/api/ask", json.dumps({"question": "字" * 100_000}).encode(), 400),
        ("/api/ask", b'{"question": "x", "since": "soon"}', 400),
        ("/api/search", b'{"question": "x", "mode": "fuzzy"}', 422),
        ("/api/search", b'{"question": "x", "top_k": 0}', 422),
        ("/api/ask", b"x" * (2 << 20), 413),
        ("/v1/chat/completions", b'{"messages": []}', 422),
        ("/v1/chat/completions", b'{"messages": [{"role": "assistant", "content": "x"}]}', 400),
    ],
)
def test_a_bad_request_is_an_error_in_the_one_form(
    client: Any, path: str, body: bytes, status: int
) -> None:
    """A fitting 4xx with a code and a sentence, never a traceback."""
    response = client.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == status, response.text
    error_of(response)


def test_unknown_routes_and_methods_are_errors_too(client: Any) -> None:
    """Also where nothing is."""
    assert error_of(client.get("/api/nothing")) == "not_found"
    for path in ("/api/ask", "/api/search", "/v1/chat/completions"):
        response = client.get(path)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert error_of(response) == "method_not_allowed"


def test_a_chat_client_gets_markers_sources_and_citations(client: Any) -> None:
    """Whole and streamed, the same words; the data is in `citations`."""
    messages = [{"role": "user", "content": "秦淮灯会哪几天需要预约？"}]
    whole = client.post(
        "/v1/chat/completions", json={"model": "wenbao", "messages": messages}
    ).json()
    content = whole["choices"][0]["message"]["content"]
    assert content.startswith("2月11日至12日")
    assert "[1]" in content
    assert "南京发布秦淮灯会最新提示" in content.split("出处：")[1]
    assert whole["citations"][0]["marker"] == 1
    streamed = client.post("/v1/chat/completions", json={"messages": messages, "stream": True}).text
    events = [line[6:] for line in streamed.splitlines() if line.startswith("data: ")]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == content
    assert chunks[-1]["citations"] == whole["citations"]
    assert client.get("/v1/models").json()["data"][0]["id"] == "wenbao"


def test_a_headline_is_no_link_and_no_marker_in_the_list_of_sources(seed_index: Index) -> None:
    """Chat clients read the list as Markdown."""
    from app.completions import closing

    answer = Assistant(seed_index).ask("秦淮灯会哪几天需要预约？")
    odd = replace(answer.citations[0], title="渡口[2](http://x.example)<b>通车")
    told = closing(replace(answer, citations=(odd,)))
    assert "《渡口[2］（http://x.example)＜b>通车》" in told
    assert "[2]" not in told


def test_the_routes_describe_themselves(client: Any) -> None:
    """A program can be generated from /openapi.json."""
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/health", "/api/ask", "/api/search", "/v1/chat/completions", "/v1/models"} <= set(
        paths
    )


def test_a_page_s_text_can_fetch_nothing(client: Any) -> None:
    """The content security policy allows this server alone."""
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy.replace("http:", "").replace("https:", "")
    assert "connect-src 'self'" in policy


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example:7860"},
        {"host": "[::1"},
        {"origin": "http://evil.example"},
        {"origin": "http://[127.0.0.1"},
        {"origin": "null"},
    ],
)
def test_another_web_page_cannot_drive_the_server(client: Any, headers: dict[str, str]) -> None:
    """Neither by rebinding a name to loopback nor across sites."""
    response = client.post("/api/ask", json={"question": "x"}, headers=headers)
    assert response.status_code == 403
    error_of(response)


def test_with_a_token_only_who_has_it_may_ask(seed_index: Index) -> None:
    """And the token is in no answer."""
    guarded = make(seed_index, token=TOKEN)
    response = guarded.post("/api/ask", json={"question": "x"})
    assert (response.status_code, error_of(response)) == (401, "unauthorized")
    headers = {"authorization": f"Bearer {TOKEN}"}
    allowed = guarded.post("/api/ask", json={"question": "灯会"}, headers=headers)
    assert allowed.status_code == 200
    assert TOKEN not in response.text + allowed.text + guarded.get("/").text
    assert guarded.get("/health").status_code == 200

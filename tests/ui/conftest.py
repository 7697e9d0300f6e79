"""The page as it is served, in headless Chromium."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SCREENSHOTS = Path(__file__).parent / "screenshots"


@dataclass
class Opened:
    """A page in the browser, with every address that it asked for."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)

    def ask(self, question: str) -> Any:
        """Types a question and gives the answer's element once it is whole."""
        before = self.page.locator("#wb-chat .wb-answer").count()
        self.page.fill("#wb-question textarea", question)
        self.page.keyboard.press("Enter")
        answer = self.page.locator("#wb-chat .wb-answer").nth(before)
        answer.wait_for(timeout=20_000)
        self.page.wait_for_function(
            "n => { const a = document.querySelectorAll('#wb-chat .wb-answer')[n];"
            " return a && !a.hasAttribute('aria-busy'); }",
            arg=before,
            timeout=20_000,
        )
        return answer

    def shot(self, name: str) -> None:
        """Keeps a screenshot for a person to look at."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    @property
    def foreign(self) -> list[str]:
        """Addresses outside of this server."""
        return [
            url for url in self.requests if not url.startswith((self.address, "data:", "blob:"))
        ]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`wenbao serve` over a new index of the real page, on a free port."""
    index = tmp_path_factory.mktemp("served") / "index"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WENBAO_")}
    server = subprocess.Popen(
        [sys.executable, "-m", "rag.cli", "serve", "--port", "0", "--index", str(index)],
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
        encoding="utf8",
    )
    assert server.stdout is not None
    try:
        for line in server.stdout:
            if "http://" in line:
                yield line.split("http://")[1].split()[0].join(["http://", ""])
                break
        else:
            pytest.fail("the server said no address")
    finally:
        server.terminate()
        server.wait(15)
        server.stdout.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium from the system."""
    sync = pytest.importorskip("playwright.sync_api")
    chromium = (
        shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with sync.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(browser: Any, address: str, width: int) -> Opened:
    page = browser.new_page(viewport={"width": width, "height": 860})
    opened = Opened(page, address)
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(address)
    page.locator(".wb-holdings").wait_for(timeout=20_000)
    time.sleep(0.3)  # Gradio wires its events after the first paint
    return opened


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Opened]:
    """The page on a desk."""
    opened = open_page(browser, address, 1280)
    yield opened
    opened.page.close()


@pytest.fixture
def phone(browser: Any, address: str) -> Iterator[Opened]:
    """The page on a phone."""
    opened = open_page(browser, address, 390)
    yield opened
    opened.page.close()

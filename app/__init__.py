"""What people see: the page, and HTTP for programs. In a wheel this package is `wenbao_app`.

Parses, calls `rag`, renders; imports inside are relative, because `app` is a name that we do not own.
"""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.errors import ServeError
from rag.messages import say
from rag.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.assistant import Assistant

__all__ = ["create_app", "serve"]

_BACKLOG = 128
_GOODBYE_S = 2  # for open streams when the server is stopped


def create_app(assistant: "Assistant", settings: Settings) -> "FastAPI":
    """The page at "/" and the routes for programs; nothing is started."""
    with _offline(settings):
        from fastapi import FastAPI
        from fastapi.middleware import Middleware

        from .chat import mount_page
        from .http import add_routes
        from .security import Guard

        app = FastAPI(
            title="Wenbao 问报",
            description="Ask a newspaper in plain Chinese and check every answer.",
            version=_version(),
            docs_url=None,  # its scripts come from another host
            redoc_url=None,
            middleware=[Middleware(Guard, settings=settings)],
        )
        add_routes(app, assistant)
        mount_page(app, assistant, settings)
    return app


def serve(
    assistant: "Assistant",
    settings: Settings,
    *,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
) -> None:
    """Answers until it is stopped.

    Args:
        assistant: Who answers.
        settings: The user's settings; `host` and `port` take precedence over theirs.
        host: Where to listen.
        port: 0 picks a free one.
        on_ready: Called once with the address, when it answers.

    Raises:
        ServeError: The port is in use, the host is not this machine, or the page is not installed.
    """
    # Before gradio is loaded (seconds), so that a port in use is told at once.
    listener = _listen(host, port)
    with contextlib.closing(listener):
        port = listener.getsockname()[1]
        try:
            import uvicorn

            app = create_app(assistant, replace(settings, host=host, port=port))
        except ImportError as error:
            raise ServeError(
                say(
                    f"网页界面没有装好（{error}）。请运行：pip install 'wenbao[app]'",
                    f"The page is not installed ({error}). Run: pip install 'wenbao[app]'",
                )
            ) from error
        address = f"http://{_shown(host)}:{port}"

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets=sockets)
                if self.started:
                    on_ready(address)

        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=_GOODBYE_S
        )
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how one stops a server
            Server(config).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ServeError(
            say(f"没有 {host} 这个地址。请用 127.0.0.1。", f"No address {host}. Use 127.0.0.1.")
        ) from error
    try:
        if os.name == "posix":  # elsewhere this would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise ServeError(
            say(
                f"打不开 {host}:{port}（{reason}）。端口可能已被占用，请换一个：wenbao serve --port {port + 1}",
                f"Cannot open {host}:{port} ({reason}). The port may be in use; try another: "
                f"wenbao serve --port {port + 1}",
            )
        ) from error
    return listener


def _shown(host: str) -> str:
    """The host as a browser on this machine can open it."""
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("wenbao")
    except PackageNotFoundError:
        return "0"


@contextlib.contextmanager
def _offline(settings: Settings) -> Iterator[None]:
    """Switches off all calls out before gradio is loaded.

    A SOCKS proxy in the environment makes `import gradio` fail, and the page needs none: proxies
    are hidden while it loads.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    if not settings.online:
        os.environ["HF_HUB_OFFLINE"] = "1"
    near = [part for part in os.environ.get("no_proxy", "").split(",") if part]
    os.environ["no_proxy"] = ",".join(dict.fromkeys([*near, "127.0.0.1", "localhost"]))
    names = [
        name for name in os.environ if name.lower() in ("all_proxy", "http_proxy", "https_proxy")
    ]
    hidden: dict[str, Any] = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(hidden)

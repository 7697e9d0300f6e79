"""The doorkeeper: who may speak to the server, and what the page may fetch (nothing but itself).

A page's text is untrusted and other web pages are too. The content security policy keeps a text
from fetching anything; the checks of Host and Origin keep a foreign web page in the same browser
from driving a server that listens on loopback (DNS rebinding, cross-site requests).
"""

import hmac
import ipaddress
import json
import socket
from base64 import b64decode
from binascii import Error as Base64Error
from urllib.parse import SplitResult, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.messages import say
from rag.settings import Settings

MAX_BODY_BYTES = 1 << 20  # of a request to /api or /v1
MAX_UPLOAD_BYTES = 20 << 20  # of one file dropped on the page

# Gradio's own page needs inline scripts and styles, and evaluates its event code.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "media-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PROGRAM_PATHS = ("/api/", "/v1/")
_UPLOAD_PATH = "/gradio_api/upload"
# Names that no stranger can register, so that they cannot be rebound to this server.
_LOCAL_ENDINGS = (".localhost", ".local", ".lan", ".home.arpa", ".internal")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_upload(settings: Settings) -> bool:
    """Whether the page takes in new pages: for people on this machine, or who have logged in."""
    return is_loopback(settings.host) or settings.login is not None


class Guard:
    """ASGI middleware: refuses before the application is asked, adds headers to every answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._own_names = {settings.host.lower(), socket.gethostname().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["path"], Headers(scope=scope))
        if refusal is None and scope["path"].startswith(_PROGRAM_PATHS):
            body = await _body(receive)
            if body is None:
                refusal = _too_large()
            else:
                receive = _replay(body, receive)
        if refusal is None:
            await self._app(scope, receive, with_headers)
        else:
            await _refuse(with_headers, *refusal)

    def _refusal(self, path: str, headers: Headers) -> tuple[int, str, str] | None:
        """Status, code and message, when the request is turned away."""
        host = headers.get("host", "")
        if not self._known_host(host):
            return (
                403,
                "host_not_allowed",
                say(
                    "不认识这个主机名。请用 IP 地址或 localhost 打开，或设置 WENBAO_LOGIN。",
                    "Unknown host name. Use the IP address or localhost, or set WENBAO_LOGIN.",
                ),
            )
        origin = headers.get("origin")
        if origin is not None and _taken_apart(origin).netloc.lower() != host.lower():
            return (
                403,
                "origin_not_allowed",
                say("不接受其他网页发来的请求。", "Requests from other web pages are not taken."),
            )
        if path.startswith(_PROGRAM_PATHS) and not self._authorized(headers):
            return (
                401,
                "unauthorized",
                say(
                    "需要凭据：Authorization: Bearer，值为 WENBAO_TOKEN。",
                    "Credentials are needed: Authorization: Bearer with WENBAO_TOKEN.",
                ),
            )
        if path.startswith(_UPLOAD_PATH) and not may_upload(self._settings):
            return 403, "upload_not_allowed", say("此处不接受上传。", "Uploads are not taken here.")
        return None

    def _known_host(self, host: str) -> bool:
        if self._settings.login is not None:
            return True  # the log-in belongs to the true name, a rebound one has no cookie
        name = (_taken_apart(f"//{host}").hostname or "").lower().rstrip(".")
        if not is_loopback(self._settings.host) and (
            "." not in name or name.endswith(_LOCAL_ENDINGS)
        ):
            return name != ""
        return is_loopback(name) or name in self._own_names or _is_address(name)

    def _authorized(self, headers: Headers) -> bool:
        """Whether a program may ask: with the token, or with the page's log-in as HTTP Basic."""
        token, login = self._settings.token, self._settings.login
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if token is not None and scheme.lower() == "bearer" and same(value.strip(), token):
            return True
        if login is not None and scheme.lower() == "basic" and same(_basic(value), login):
            return True
        return token is None and login is None


def same(given: str, secret: str) -> bool:
    """Compares without telling by its time how much was right."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode("utf-8", "replace"))


def _taken_apart(address: str) -> SplitResult:
    """The parts of an address, all empty where it is none."""
    try:
        return urlsplit(address)
    except ValueError:  # a bracket that is not closed
        return urlsplit("")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _basic(value: str) -> str:
    try:
        return b64decode(value.strip(), validate=True).decode()
    except (Base64Error, ValueError):
        return ""


async def _body(receive: Receive) -> bytes | None:
    """The whole body, or None when it is larger than a question can be."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY_BYTES:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives the body that was read, then what the client does next."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _too_large() -> tuple[int, str, str]:
    limit = MAX_BODY_BYTES >> 20
    return (
        413,
        "body_too_large",
        say(
            f"请求超过 {limit} MB。请缩短问题。",
            f"The request is over {limit} MB. Shorten the question.",
        ),
    )


async def _refuse(send: Send, status: int, code: str, message: str) -> None:
    body = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""Where things are and how the user wants them: environment variables, read in one place.

Paths never depend on the working directory, except those that the user typed.
"""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import SettingsError
from rag.messages import say

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent if (PACKAGE.parent / "pyproject.toml").is_file() else None


def shipped(name: str) -> Path:
    """A folder that ships with Wenbao: "model" (weights) or "seeds" (the first page)."""
    if CHECKOUT is None:
        return PACKAGE / "shipped" / name
    return CHECKOUT / ("vectors/model" if name == "model" else name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The user's settings; see the README for their meaning."""

    index: Path
    seeds: Path
    encoder: str | None  # None: the shipped one
    host: str
    port: int
    today: str | None
    llm_base_url: str | None
    llm_model: str | None
    llm_api_key: str | None
    login: str | None
    token: str | None
    online: bool
    data: Path | None

    def __repr__(self) -> str:
        # The default would print the keys.
        return (
            f"Settings(index={self.index!s}, encoder={self.encoder!r}, llm={self.llm_base_url!r})"
        )

    @classmethod
    def from_env(cls, *, index: str | None = None) -> "Settings":
        """Reads WENBAO_* variables; `index` (--index) wins over WENBAO_INDEX.

        Raises:
            SettingsError: WENBAO_PORT is no port, WENBAO_LOGIN no name and password, or WENBAO_LLM_BASE_URL no
                plain address.
        """
        env = {key: value for key, value in os.environ.items() if value.strip()}
        place = index or env.get("WENBAO_INDEX")
        data = env.get("WENBAO_DATA")
        return cls(
            index=Path(place).expanduser().absolute() if place else default_index(),
            seeds=Path(env["WENBAO_SEEDS"]).expanduser().absolute()
            if "WENBAO_SEEDS" in env
            else shipped("seeds"),
            encoder=env.get("WENBAO_ENCODER"),
            host=env.get("WENBAO_HOST", "127.0.0.1"),
            port=_port(env.get("WENBAO_PORT", "7860")),
            today=env.get("WENBAO_TODAY"),
            llm_base_url=_address(env.get("WENBAO_LLM_BASE_URL")),
            llm_model=env.get("WENBAO_LLM_MODEL"),
            llm_api_key=env.get("WENBAO_LLM_API_KEY"),
            login=_login(env.get("WENBAO_LOGIN")),
            token=env.get("WENBAO_TOKEN"),
            online=env.get("WENBAO_ONLINE", "").strip().lower() not in ("", "0", "false", "no"),
            data=Path(data).expanduser().absolute() if data else None,
        )


def default_index() -> Path:
    """`vectors/index` of the checkout, else the user's data folder."""
    if CHECKOUT is not None:
        return CHECKOUT / "vectors" / "index"
    from platformdirs import user_data_path

    return user_data_path("wenbao", appauthor=False) / "index"


def _address(value: str | None) -> str | None:
    """A language model's address, which is shown to people: it must not hold a key."""
    if value is None:
        return None
    with contextlib.suppress(ValueError):  # a bracket that is not closed, a port that is none
        parts = urlsplit(value.strip())
        secret = parts.username or parts.password or parts.query or parts.fragment
        port = parts.port  # ValueError: beyond 65535, or no number
        if parts.scheme in ("http", "https") and parts.hostname and port != 0 and not secret:
            return value.strip().rstrip("/")
    raise SettingsError(
        say(
            "WENBAO_LLM_BASE_URL 不是可用的地址。请写成 http://主机:端口/v1，密钥放进 WENBAO_LLM_API_KEY。",
            "WENBAO_LLM_BASE_URL is no plain address. Write http://HOST:PORT/v1, and the key in "
            "WENBAO_LLM_API_KEY.",
        )
    )


def _login(value: str | None) -> str | None:
    """A name and a password: without one anybody could log in who knows the name."""
    if value is None or all(value.partition(":")):
        return value
    raise SettingsError(
        say(
            "WENBAO_LOGIN 应当是 名字:密码，两样都不能空。",
            "WENBAO_LOGIN should be NAME:PASSWORD, neither of them empty.",
        )
    )


def _port(value: str) -> int:
    if value.isdecimal() and 0 <= int(value) <= 65535:
        return int(value)
    raise SettingsError(
        say(
            f"WENBAO_PORT={value!r} 不是端口号。请用 1 到 65535 的整数。",
            f"WENBAO_PORT={value!r} is no port number. Use a whole number from 1 to 65535.",
        )
    )

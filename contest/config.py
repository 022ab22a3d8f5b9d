"""The settings: one frozen value, read once at a door from the environment."""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_KEY = 32


class SettingsError(Exception):
    """The environment makes no sense; the sentence says which variable and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs. Every field stands in the README (a test checks)."""

    data_dir: Path
    database_url: str
    secret_key: str = field(repr=False)
    redis_url: str | None = None
    storage_url: str | None = field(default=None, repr=False)  # it holds a secret
    storage_public_url: str | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Ho_Chi_Minh"))
    port: int = 8000
    threads: int = 16
    workers: int = 1
    proxies: int = 0
    is_https: bool = False
    upload_chunk_kb: int = 2048
    upload_hours: int = 48
    disk_floor_mb: int = 1024

    @property
    def is_embedded(self) -> bool:
        """True while the database is a file of ours and nothing needs a server."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings, or raise SettingsError naming the variable that is wrong."""
        data_dir = Path(env.get("CONTEST_DATA_DIR") or "var").resolve()
        database_url = env.get("CONTEST_DATABASE_URL") or f"sqlite:///{data_dir / 'contest.db'}"
        is_embedded = database_url.startswith("sqlite")
        redis_url = env.get("CONTEST_REDIS_URL") or None
        workers = _whole(env, "CONTEST_WORKERS", 1)
        if workers > 1 and redis_url is None:
            raise SettingsError("CONTEST_WORKERS above 1 needs CONTEST_REDIS_URL to share counts")
        if redis_url is not None and urlsplit(redis_url).scheme not in {"redis", "rediss", "unix"}:
            raise SettingsError("CONTEST_REDIS_URL must begin with redis://, rediss:// or unix://")
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            secret_key=_secret_key(env, data_dir, is_embedded=is_embedded),
            redis_url=redis_url,
            storage_url=(storage_url := _storage_url(env.get("CONTEST_STORAGE_URL") or None)),
            storage_public_url=_public_url(
                env.get("CONTEST_STORAGE_PUBLIC_URL") or None, storage_url
            ),
            timezone=_zone(env.get("CONTEST_TIMEZONE") or "Asia/Ho_Chi_Minh"),
            port=_whole(env, "PORT", 8000),
            threads=_whole(env, "CONTEST_THREADS", 16),
            workers=workers,
            proxies=_whole(env, "CONTEST_PROXIES", 0, least=0),
            is_https=(env.get("CONTEST_HTTPS") or "0") == "1",
            upload_chunk_kb=_whole(env, "CONTEST_UPLOAD_CHUNK_KB", 2048, least=64),
            upload_hours=_whole(env, "CONTEST_UPLOAD_HOURS", 48),
            disk_floor_mb=_whole(env, "CONTEST_DISK_FLOOR_MB", 1024, least=0),
        )


def _whole(env: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise SettingsError(f"{name} must be a whole number of {least} or more, not {text!r}")
    return int(text)


def _storage_url(url: str | None) -> str | None:
    """Check the address of a bucket; the sentences never repeat it, for it holds a secret."""
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname and parts.username and parts.password) and parts.port != 0
    except ValueError as error:
        raise SettingsError("CONTEST_STORAGE_URL is not an address") from error
    bucket = parts.path.strip("/")
    if parts.scheme != "s3" or not is_whole or not bucket or "/" in bucket:
        raise SettingsError("CONTEST_STORAGE_URL must look like s3://key:secret@host/bucket")
    return url


def _public_url(url: str | None, storage_url: str | None) -> str | None:
    """Check the address at which browsers reach the bucket: `https://host/bucket`, no more."""
    if url is None:
        return None
    if storage_url is None:
        raise SettingsError("CONTEST_STORAGE_PUBLIC_URL needs CONTEST_STORAGE_URL")
    bucket = urlsplit(storage_url).path.strip("/")
    if not re.fullmatch(rf"https?://[A-Za-z0-9.\-]+(:[0-9]{{1,5}})?/{re.escape(bucket)}/?", url):
        raise SettingsError(f"CONTEST_STORAGE_PUBLIC_URL must look like https://host/{bucket}")
    return url.rstrip("/")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"CONTEST_TIMEZONE names no time zone: {name!r}") from error


def _secret_key(env: Mapping[str, str], data_dir: Path, *, is_embedded: bool) -> str:
    key = env.get("CONTEST_SECRET_KEY")
    if key is None and is_embedded:
        key = _kept_key(data_dir / "secret_key")
    if key is None:
        raise SettingsError("CONTEST_SECRET_KEY must be set when the database is a server")
    if len(key) < SHORTEST_KEY:
        raise SettingsError(f"CONTEST_SECRET_KEY must have at least {SHORTEST_KEY} characters")
    return key


def _kept_key(path: Path) -> str:
    """Read the embedded installation's own key, making it the first time (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()

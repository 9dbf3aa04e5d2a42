"""Settings: one typed object, read from the environment once, at start."""

import ipaddress
import os
import sys
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway import dsn, targets

PREFIX = "HARMONIZER_"

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
Keeping = Annotated[float, Field(ge=0, le=100 * 365 * 86400, allow_inf_nan=False)]


class SettingsError(Exception):
    """A setting is wrong. The text names the setting and what it must be, never what it was."""


def platform_data_dir() -> Path:
    """Where the platform keeps a user's data: XDG_DATA_HOME, Library/Application Support or LOCALAPPDATA."""
    home = Path.home()
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "harmonizer"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "harmonizer"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "harmonizer"


class Settings(BaseSettings):
    """Everything an operator may choose. Each field is read from HARMONIZER_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    data_dir: Path = Field(default_factory=platform_data_dir)
    """Directory of database and blobs; made with mode 0700."""
    database_url: str = Field("", repr=False)
    """postgresql://user:password@host/database: `harmonizer worker` processes run the jobs. sqlite:///file: the gateway
    runs them. Empty: SQLite in data_dir."""
    database_pool: int = Field(10, ge=2, le=500)
    """Connections to PostgreSQL that a process writes over; it reads over as many more."""
    database_seconds: Annotated[float, Field(ge=1, le=3600)] = 30.0
    """Longest time that PostgreSQL may take for an answer; then the connection is cut."""
    blob_url: str = ""
    """Where the bytes are: file:///dir, s3://bucket/prefix, gs://… or az://container/prefix. Empty: data_dir."""
    secure_delete: bool = False
    """Overwrites what is deleted with zeros: files of a directory before their name goes, and rows of SQLite."""
    host: str = "127.0.0.1"
    """Address that REST and JobService listen on."""
    rest_port: Port = 8080
    """Port of REST. 0: any free one."""
    grpc_port: Port = 8090
    """Port of JobService. 0: any free one."""
    allow_unauthenticated_bind: bool = False
    """Lets the gateway listen on an address that other machines reach, without accounts and TLS."""
    engine_address: str = Field("localhost:8081", min_length=1)
    """Where HarmonizerService listens: a gRPC target (host:port, dns:///name:port for every address of a name), or a
    comma-separated list of them. Streams go to each in turn that says it serves."""
    patience_seconds: Seconds = 900.0
    """Time that a job waits for what passes by itself before it fails: a harmonizer, the blob store, room on a disk."""
    backoff_seconds: Seconds = 0.5
    """Pause before the first new try; each next one is twice as long, up to 5 s."""
    engine_stall_seconds: Annotated[float, Field(ge=1, le=86400)] = 60.0
    """Silence of a harmonizer after which its stream counts as broken."""
    max_upload_bytes: int = Field(16 * 1024**3, ge=1)
    """Largest file that is taken, and largest sum of the files of a job, in bytes."""
    upload_part_bytes: int = Field(64 * 1024**2, ge=1)
    """Most bytes of an upload that a break can cost its sender: so often they are made safe, in bytes."""
    upload_expire_seconds: Annotated[float, Field(ge=0, le=366 * 86400, allow_inf_nan=False)] = 86400.0
    """Time after its last byte when an upload that is not complete is removed. 0: never."""
    workers: int = Field(4, ge=1, le=256)
    """Jobs that run at once in a process: the gateway, or each `harmonizer worker`."""
    worker_port: Port = 8083
    """Port of a worker's probes and metrics. 0: any free one."""
    worker_heartbeat_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    """Time between two signs of life of a worker."""
    worker_stalled_seconds: Annotated[float, Field(ge=0.5, le=86400)] = 30.0
    """Silence of a worker after which other workers take up its jobs. At least twice the time between two signs."""
    queue_limit: int = Field(1000, ge=1)
    """Jobs that may wait; one more is answered with 429."""
    max_attempts: int = Field(20, ge=1)
    """Attempts after which a job that never came to an end fails, so that it cannot stop every start. A retry begins
    anew."""
    look_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    """Time between two looks for jobs that nobody works on."""
    stuck_seconds: Annotated[float, Field(ge=1, le=86400)] = 60.0
    """Time that jobs may wait beside idle workers, or without any, before /readyz says so."""
    progress_interval_seconds: Annotated[float, Field(ge=0.05, le=60)] = 0.25
    """Shortest time between two progress events of a job."""
    heartbeat_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    """Silence after which a watch sends a bookmark."""
    watch_stall_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    """Time after which a watch whose reader does not read is ended."""
    drain_notice_seconds: Seconds = 0.0
    """Time that /readyz says "draining" before the gateway stops taking requests."""
    drain_seconds: Seconds = 30.0
    """Time that running jobs and open requests then have; what is left runs again at the next start."""
    retention_seconds: Keeping = 0.0
    """Time after its end after which a job is removed with all it has, as if it were deleted. 0: never."""
    upload_retention_seconds: Keeping = 0.0
    """Age at which a complete upload that no job reads is removed. 0: never."""
    orphan_grace_seconds: Seconds = 3600.0
    """Time for which stored bytes must belong to nothing before they are removed: what is being written needs some."""
    upkeep_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 60.0
    """Time between two looks for what is to be removed."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severity of a log line."""

    @field_validator("database_url")
    @classmethod
    def _refuse_other_databases(cls, url: str) -> str:
        return dsn.normal(url) if url else ""

    @field_validator("engine_address")
    @classmethod
    def _refuse_no_target(cls, address: str) -> str:
        targets.parse(address)
        return address

    @model_validator(mode="after")
    def _refuse_open_bind(self) -> Self:
        if not self.is_loopback and not self.allow_unauthenticated_bind:
            raise ValueError(
                f"{PREFIX}HOST: other machines could reach this address and there are no accounts yet; "
                f"use a loopback address, or set {PREFIX}ALLOW_UNAUTHENTICATED_BIND=true"
            )
        return self

    @model_validator(mode="after")
    def _refuse_impatience(self) -> Self:
        if self.worker_stalled_seconds < 2 * self.worker_heartbeat_seconds:
            raise ValueError(
                f"{PREFIX}WORKER_STALLED_SECONDS: must be at least twice {PREFIX}WORKER_HEARTBEAT_SECONDS, "
                "or healthy workers would be taken for dead"
            )
        return self

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the gateway."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def effective_database_url(self) -> str:
        """The database URL, with its driver, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'gateway.db'}"

    @property
    def has_workers(self) -> bool:
        """Whether jobs are run by workers, in processes of their own."""
        return bool(self.database_url) and dsn.is_postgres(self.database_url)


def load() -> Settings:
    """Settings from the environment. Raises SettingsError naming every bad one."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("; ".join(_name(e["loc"], e["msg"]) for e in error.errors())) from None


def _name(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    return f"{PREFIX}{str(location[0]).upper()}: {message}" if location else message

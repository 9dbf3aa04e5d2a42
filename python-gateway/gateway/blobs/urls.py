"""Where blobs are kept, by URL: one table of schemes. Credentials and endpoints are each cloud's usual variables."""

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from gateway.blobs.directory import DirectoryBlobStore
from gateway.blobs.objects import Bucket, Limits, ObjectBlobStore
from gateway.blobs.port import BlobStore
from gateway.errors import StorageFull, StorageUnavailable
from gateway.settings import PREFIX, SettingsError

BLOB_URL = f"{PREFIX}BLOB_URL"
SECURE_DELETE = f"{PREFIX}SECURE_DELETE"

_USAGE = "must be empty, file:///directory, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix"


def open_store(url: str, data_dir: Path, secure: bool = False, limits: Limits | None = None) -> BlobStore:
    """The store of the URL; an empty one is the directory `blobs` of data_dir. Asks nothing of an object store yet.

    Raises SettingsError, which names the setting and never repeats the URL.
    """
    if not url:
        return _directory(data_dir / "blobs", secure)
    parts = _split(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/"):
        return _directory(Path(parts.path), secure)
    make = _BUCKETS.get(parts.scheme)
    if make is None or not parts.netloc:
        raise SettingsError(f"{BLOB_URL}: {_USAGE}")
    if secure:
        raise SettingsError(
            f"{SECURE_DELETE}: an object store cannot overwrite in place; leave it unset and let the bucket "
            "encrypt with a key that can be destroyed"
        )
    limits = limits or Limits()
    try:
        return ObjectBlobStore(make(parts.netloc, parts.path.strip("/") or None, limits), limits)
    except (BaseError, ValueError):
        # Its text may repeat a variable.
        raise SettingsError(
            f"{BLOB_URL}: the cloud's own variables are missing or wrong (AWS_…, GOOGLE_…, AZURE_…)"
        ) from None


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise SettingsError(f"{BLOB_URL}: {_USAGE}") from None
    if "@" in parts.netloc or ":" in parts.netloc or parts.query or parts.fragment:
        raise SettingsError(f"{BLOB_URL}: {_USAGE}; credentials and endpoint are variables of their own")
    return parts


def _directory(path: Path, secure: bool) -> BlobStore:
    try:
        return DirectoryBlobStore(path, secure)
    except (StorageUnavailable, StorageFull) as error:
        raise SettingsError(f"{BLOB_URL}: the directory cannot be made") from error


def _s3(bucket: str, prefix: str | None, limits: Limits) -> Bucket:
    http = _allow_http("AWS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
    return S3Store(bucket, prefix=prefix, client_options=limits.client(http), retry_config=limits.retry())


def _gs(bucket: str, prefix: str | None, limits: Limits) -> Bucket:
    return GCSStore(bucket, prefix=prefix, client_options=limits.client(False), retry_config=limits.retry())


def _az(container: str, prefix: str | None, limits: Limits) -> Bucket:
    http = _allow_http("AZURE", "AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT")
    return AzureStore(container, prefix=prefix, client_options=limits.client(http), retry_config=limits.retry())


_BUCKETS: dict[str, Callable[[str, str | None, Limits], Bucket]] = {"s3": _s3, "gs": _gs, "az": _az}


def _allow_http(cloud: str, *names: str) -> bool:
    """Whether the endpoint is spoken to in the clear: on this machine always, elsewhere only where that is said."""
    name = next((name for name in names if os.environ.get(name)), "")
    endpoint = urlsplit(os.environ.get(name, ""))
    if endpoint.scheme != "http":
        return False
    said = os.environ.get(f"{cloud}_ALLOW_HTTP", "").lower() in ("true", "1", "yes", "on")
    if not said and not _is_loopback(endpoint.hostname or ""):
        raise SettingsError(f"{name}: use https, or set {cloud}_ALLOW_HTTP=true where the network is trusted")
    return True


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

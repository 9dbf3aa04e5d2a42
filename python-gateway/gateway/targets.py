"""HARMONIZER_ENGINE_ADDRESS: where harmonizers listen, one gRPC target or a comma-separated list of them."""

import ipaddress
import re

_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:")
# What gRPC itself takes a list for.
_OF_SEVERAL = ("ipv4:", "ipv6:")
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")


def parse(address: str) -> list[str]:
    """Each target, as gRPC takes it. Raises ValueError, which says what is needed and never quotes the address."""
    if address.strip().startswith(_OF_SEVERAL):
        return [address.strip()]
    targets = [part.strip() for part in address.split(",")]
    if not all(targets):
        raise ValueError("a list of targets has an empty entry")
    for target in targets:
        _check(target)
    if len({target.lower() for target in targets}) < len(targets):
        raise ValueError("a list of targets names one of them twice")
    return targets


def _check(target: str) -> None:
    if target.startswith(("unix:", "unix-abstract:", *_OF_SEVERAL)):
        return
    plain = re.sub(r"^dns:(//[^/]*/)?", "", target)
    host, _, port = plain.rpartition(":")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError("each target needs a port from 1 to 65535: host:port or dns:///name:port")
    if not _is_host(host):
        raise ValueError(f"each target must be host:port, or begin with one of {' '.join(_SCHEMES)}")


def _is_host(host: str) -> bool:
    if not host.startswith("["):
        return _NAME.fullmatch(host) is not None
    try:
        return host.endswith("]") and ipaddress.ip_address(host[1:-1]).version == 6
    except ValueError:
        return False

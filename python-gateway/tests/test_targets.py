"""HARMONIZER_ENGINE_ADDRESS: what it takes, and that a wrong one stops the gateway by name of the setting."""

import pytest

from gateway import targets
from gateway.settings import SettingsError, load


@pytest.mark.parametrize(
    ("address", "want"),
    [
        ("localhost:8081", ["localhost:8081"]),
        ("a:8081, b:8081", ["a:8081", "b:8081"]),
        ("dns:///harmonizer.health.svc.cluster.local:8081", ["dns:///harmonizer.health.svc.cluster.local:8081"]),
        ("dns://10.0.0.10/harmonizer:8081,10.1.2.3:80", ["dns://10.0.0.10/harmonizer:8081", "10.1.2.3:80"]),
        ("[::1]:8081,[2001:db8::2]:8081", ["[::1]:8081", "[2001:db8::2]:8081"]),
        ("ipv4:10.0.0.1:8081,10.0.0.2:8081", ["ipv4:10.0.0.1:8081,10.0.0.2:8081"]),
        ("unix:/run/harmonizer.sock", ["unix:/run/harmonizer.sock"]),
    ],
)
def test_an_address_is_one_target_or_several(address, want):
    assert targets.parse(address) == want


@pytest.mark.parametrize(
    "address",
    [
        "CANARY", "CANARY:", "CANARY:0", "CANARY:65536", "CANARY:8o81", "CANARY:٨", ":8081", " ", "::1:1", "[canary]:1",
        "canary:1,", ",canary:1", "canary:1,,b:1", "canary:1,CANARY:1", "canary:1;b:1", "ca nary:1", "dns:///canary",
        "http://canary:8081",
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_by_name_of_the_setting(address, monkeypatch):
    monkeypatch.setenv("HARMONIZER_ENGINE_ADDRESS", address)
    with pytest.raises(SettingsError) as caught:
        load()
    assert str(caught.value).startswith("HARMONIZER_ENGINE_ADDRESS: ")
    assert "canary" not in str(caught.value).lower()

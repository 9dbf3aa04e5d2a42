"""Database URLs: what is taken, how each driver wants it, and that none is ever quoted."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from gateway import dsn
from gateway.settings import PREFIX, SettingsError, load


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgres://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
        ("postgresql+psycopg://u@/d?host=%2Frun%2Fpg", "postgresql+psycopg://u@/d?host=%2Frun%2Fpg"),
        ("sqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
        ("sqlite+aiosqlite:////tmp/x.db", "sqlite:////tmp/x.db"),
    ],
    ids=range(5),
)
def test_what_is_taken(given, normal):
    assert dsn.normal(given) == dsn.normal(dsn.normal(given)) == normal


@pytest.mark.parametrize("url", ["mysql://u:canary@h/d", "postgresql+asyncpg://u:canary@h/d", "canary", "//canary:x@"])
def test_what_is_not_taken_is_named_and_not_quoted(monkeypatch, url):
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", url)
    with pytest.raises(SettingsError, match=f"{PREFIX}DATABASE_URL: must be postgresql://") as caught:
        load()
    assert "canary" not in str(caught.value)


def test_settings_do_not_show_their_password(monkeypatch):
    monkeypatch.setenv(f"{PREFIX}DATABASE_URL", "postgresql://u:canary@h/d")
    assert "canary" not in repr(load())


def test_what_libpq_is_given():
    assert conninfo_to_dict(dsn.conninfo("postgres://u:p%40@h/d?connect_timeout=2", connect_timeout=5, port=6)) == {
        "user": "u", "password": "p@", "host": "h", "dbname": "d", "connect_timeout": "2", "port": "6",
    }  # fmt: skip
    assert conninfo_to_dict(dsn.conninfo("postgresql://u@/d?host=/run/pg"))["host"] == "/run/pg"

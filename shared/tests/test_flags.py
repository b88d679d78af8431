"""Feature flags: for whom they are on, what is kept, and what holds where AppConfig does not answer."""

import io
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from shared import aws, flags, logs
from shared.flags import Audience, Flag

ANN = "us-east-1:aaaaaaaa-0000-4000-8000-000000000001"
BOB = "us-east-1:bbbbbbbb-0000-4000-8000-000000000002"
USERS = [f"us-east-1:{number:08x}-0000-4000-8000-000000000000" for number in range(4000)]


class BadRequest(ClientError):  # type: ignore[misc]
    """What AppConfig answers to an expired token."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "BadRequestException"}}, "GetLatestConfiguration")


class _Exceptions:
    BadRequestException = BadRequest


@dataclass
class AppConfig:
    """Answers as AppConfig does: nothing where nothing is new, each token once."""

    set_: dict[str, Any] | None = None
    failure: Exception | None = None
    sessions: int = 0
    calls: list[str] = field(default_factory=list)
    good: set[str] = field(default_factory=set)
    told: Any = None
    exceptions = _Exceptions

    def start_configuration_session(self, **asked: Any) -> dict[str, Any]:
        if self.failure:
            raise self.failure
        assert asked == {
            "ApplicationIdentifier": "app",
            "EnvironmentIdentifier": "env",
            "ConfigurationProfileIdentifier": "profile",
            "RequiredMinimumPollIntervalInSeconds": 60,
        }
        self.sessions += 1
        self.told = None
        return {"InitialConfigurationToken": self._token()}

    def get_latest_configuration(self, ConfigurationToken: str) -> dict[str, Any]:  # noqa: N803
        self.calls.append(ConfigurationToken)
        if self.failure:
            raise self.failure
        if ConfigurationToken not in self.good:
            raise BadRequest
        self.good.remove(ConfigurationToken)
        new = self.set_ is not None and self.set_ != self.told
        self.told = self.set_
        content = json.dumps(self.set_).encode() if new else b""
        return {"NextPollConfigurationToken": self._token(), "Configuration": io.BytesIO(content)}

    def _token(self) -> str:
        token = f"token-{len(self.calls)}-{self.sessions}"
        self.good.add(token)
        return token


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


@pytest.fixture
def appconfig(monkeypatch: pytest.MonkeyPatch, clock: object) -> AppConfig:  # noqa: ARG001
    fake = AppConfig()
    for name, value in {"APPLICATION": "app", "ENVIRONMENT": "env", "PROFILE": "profile"}.items():
        monkeypatch.setenv(f"FLAGS_{name}", value)
    monkeypatch.setattr(aws, "client", lambda *_, **__: fake)
    monkeypatch.setattr(flags, "_source", flags._Source())
    return fake


def test_a_flag_that_does_not_exist_is_an_error_that_names_those_that_do() -> None:
    with pytest.raises(flags.UnknownFlag, match="no flag serach; there are: search"):
        flags.is_on("serach", ANN)


def test_nobody_set_it(appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not flags.is_on("search", ANN)
    monkeypatch.setattr(flags, "FLAGS", {"search": Flag("", default=True)})
    assert flags.is_on("search", ANN)
    appconfig.set_ = {"another": {"share": 100, "users": []}}
    assert flags.is_on("search", ANN)


@pytest.mark.parametrize(
    ("share", "users", "ann", "bob"),
    [(100, [], True, True), (0, [], False, False), (0, [ANN], True, False), (0, [ANN, BOB], True, True)],
)
def test_for_whom_it_is_on(appconfig: AppConfig, share: int, users: list[str], ann: bool, bob: bool) -> None:
    appconfig.set_ = {"search": {"share": share, "users": users}}
    assert (flags.is_on("search", ANN), flags.is_on("search", BOB)) == (ann, bob)


def test_a_share_is_about_that_many_users_and_grows_by_more() -> None:
    quarter = {user for user in USERS if Audience(25).has("search", user)}
    half = {user for user in USERS if Audience(50).has("search", user)}
    assert 0.22 < len(quarter) / len(USERS) < 0.28
    assert 0.46 < len(half) / len(USERS) < 0.54
    assert quarter < half
    assert not any(Audience(0).has("search", user) for user in USERS)
    assert any(Audience(1).has("search", user) for user in USERS)
    assert not all(Audience(99).has("search", user) for user in USERS)
    assert all(Audience(100).has("search", user) for user in USERS)


def test_two_flags_have_other_users_in_their_shares() -> None:
    both = [user for user in USERS if Audience(50).has("search", user) and Audience(50).has("other", user)]
    assert 0.2 < len(both) / len(USERS) < 0.3


def test_a_named_user_is_in_whatever_the_share() -> None:
    outside = next(user for user in USERS if not Audience(25).has("search", user))
    assert Audience(25, (outside,)).has("search", outside)


@given(
    st.dictionaries(
        st.sampled_from(["search", "other"]),
        st.builds(Audience, st.integers(0, 100), st.lists(st.text(min_size=1)).map(tuple)),
    )
)
def test_what_is_written_is_read(audiences: dict[str, Audience]) -> None:
    assert flags.read(flags.write(audiences)) == audiences


def test_it_is_kept_for_a_minute_and_then_asked_for_in_the_same_session(
    appconfig: AppConfig, clock: Callable[[float], None]
) -> None:
    assert not flags.is_on("search", ANN)
    appconfig.set_ = {"search": {"share": 100, "users": []}}
    clock(59)
    assert not flags.is_on("search", ANN)
    assert len(appconfig.calls) == 1
    clock(1)
    assert flags.is_on("search", ANN)
    clock(60)
    assert flags.is_on("search", ANN)  # nothing new: the answer was empty
    assert (appconfig.sessions, len(appconfig.calls)) == (1, 3)


def test_an_expired_token_begins_a_new_session_at_once(
    appconfig: AppConfig, clock: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    appconfig.set_ = {"search": {"share": 0, "users": [ANN]}}
    assert flags.is_on("search", ANN)
    appconfig.good.clear()
    appconfig.set_ = {"search": {"share": 0, "users": [BOB]}}
    clock(100_000)
    assert flags.is_on("search", BOB)
    assert appconfig.sessions == 2
    assert not caplog.records


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What is logged as a warning."""
    lines: list[tuple[str, dict[str, Any]]] = []

    class Log(logging.Logger):
        def warning(self, msg: object, *_: object, **more: Any) -> None:
            lines.append((str(msg), more["extra"]))

    monkeypatch.setattr(logs, "logger", lambda: Log("test"))
    return lines


FAILURES = [
    ConnectTimeoutError(endpoint_url="https://appconfigdata.example"),
    ClientError({"Error": {"Code": "AccessDeniedException"}}, "StartConfigurationSession"),
    ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetLatestConfiguration"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_unreachable_from_the_start_is_the_default_and_is_told_without_users(
    appconfig: AppConfig,
    clock: Callable[[float], None],
    said: list[tuple[str, dict[str, Any]]],
    failure: Exception,
) -> None:
    appconfig.set_ = {"search": {"share": 100, "users": [ANN]}}
    appconfig.failure = failure
    assert not flags.is_on("search", ANN)
    assert not flags.is_on("search", BOB)
    assert len(said) == 1, "it is not asked again with each request"
    assert ANN not in repr(said)
    appconfig.failure = None
    clock(flags.RETRY_SECONDS)
    assert flags.is_on("search", ANN)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_unreachable_later_is_as_it_was(
    appconfig: AppConfig,
    clock: Callable[[float], None],
    said: list[tuple[str, dict[str, Any]]],
    failure: Exception,
) -> None:
    appconfig.set_ = {"search": {"share": 0, "users": [ANN]}}
    assert flags.is_on("search", ANN)
    appconfig.failure = failure
    clock(60)
    assert flags.is_on("search", ANN)
    assert not flags.is_on("search", BOB)
    assert len(said) == 1
    assert ANN not in repr(said)
    appconfig.failure, appconfig.set_ = None, {"search": {"share": 0, "users": []}}
    clock(flags.RETRY_SECONDS)
    assert not flags.is_on("search", ANN)


def test_what_cannot_be_read_changes_nothing(
    appconfig: AppConfig, clock: Callable[[float], None], said: list[tuple[str, dict[str, Any]]]
) -> None:
    appconfig.set_ = {"search": {"share": 100, "users": []}}
    assert flags.is_on("search", ANN)
    appconfig.set_ = {"search": {"percent": 3}}
    clock(60)
    assert flags.is_on("search", ANN)
    assert said[0][1]["reason"] == "KeyError"


def test_a_call_that_hangs_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def client(_service: str, **settings: Any) -> Any:
        asked.append(settings)
        raise ConnectTimeoutError(endpoint_url="")

    monkeypatch.setattr(aws, "client", client)
    monkeypatch.setattr(flags, "_source", flags._Source())
    assert not flags.is_on("search", ANN)
    assert asked == [{"attempts": 1, "read_seconds": 1}]

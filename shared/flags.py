"""Feature flags: what is on for whom, set by `make flag` in AppConfig and read here within a minute.

A flag is on for a share of the users in percent and for the users that its list names. FLAGS is the only
place that says which flags there are.

AppConfig is asked directly, two calls and no library. Powertools' utility would import boto3 and itself
(48 ms of a start, measured), answers with the default where AppConfig fails instead of what it knew, then
asks again with every request, and never asks for a new session once its token has expired.
"""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared import aws, logs

KEPT_SECONDS = 60  # unless FLAGS_KEPT_SECONDS says otherwise; AppConfig takes no less than 15
RETRY_SECONDS = 30  # after AppConfig could not be asked


@dataclass(frozen=True)
class Flag:
    """What a flag is for, and whether it is on while nobody has set it or AppConfig cannot be reached."""

    description: str
    default: bool = False


@dataclass(frozen=True)
class Audience:
    """For whom a flag is on: a share of the users in percent, and some by their identity ids."""

    share: int = 0
    users: tuple[str, ...] = ()

    def has(self, flag: str, user_id: str) -> bool:
        """Whether the user is one of them.

        Who is in a share stays in it while it grows; shares of two flags have nothing to do with each other.
        """
        digest = hashlib.sha256(f"{flag}:{user_id}".encode()).digest()
        return user_id in self.users or int.from_bytes(digest[:8]) % 100 < self.share


FLAGS: Mapping[str, Flag] = {
    "search": Flag("Full-text search in one's notes: GET /notes?query="),
}


class UnknownFlag(LookupError):
    """The code asks for a flag that FLAGS does not have."""


def is_on(name: str, user_id: str) -> bool:
    """Whether a flag is on for a user: as it was where AppConfig cannot be asked, or the flag's default.

    Raises UnknownFlag, and nothing else.
    """
    if name not in FLAGS:
        raise UnknownFlag(f"There is no flag {name}; there are: {', '.join(FLAGS)}.")
    audience = _source.audiences().get(name)
    return FLAGS[name].default if audience is None else audience.has(name, user_id)


def read(text: bytes | str) -> dict[str, Audience]:
    """The audiences in a configuration's text, those of flags that this code does not know included."""
    return {
        name: Audience(int(entry["share"]), tuple(entry["users"])) for name, entry in json.loads(text).items()
    }


def write(audiences: Mapping[str, Audience]) -> str:
    """The text of a configuration, as `read` reads it."""
    entries = {
        name: {"share": audience.share, "users": list(audience.users)}
        for name, audience in sorted(audiences.items())
    }
    return json.dumps(entries, indent=1)


@dataclass
class _Source:
    """One session with AppConfig and what it said last.

    https://docs.aws.amazon.com/appconfig/latest/userguide/retrieving-simplified-methods.html
    """

    known: dict[str, Audience] = field(default_factory=dict)
    token: str | None = None
    ask_after: float = 0.0

    def audiences(self) -> dict[str, Audience]:
        """What is set, at most a minute old; older where AppConfig cannot be asked."""
        if time.monotonic() >= self.ask_after:
            self._ask()
        return self.known

    def _ask(self) -> None:
        kept = int(os.environ.get("FLAGS_KEPT_SECONDS", KEPT_SECONDS))
        try:
            answer = self._latest(kept)
            self.token = answer["NextPollConfigurationToken"]
            # Empty: nothing new, or nobody has set anything yet.
            if text := answer["Configuration"].read():
                self.known = read(text)
        except Exception as error:  # whatever it is, a request must not fail of it
            kept = RETRY_SECONDS
            logs.logger().warning(
                "feature flags cannot be read; as they were, or their defaults",
                extra={"reason": type(error).__name__, "seconds": kept},
            )
        self.ask_after = time.monotonic() + kept

    def _latest(self, kept: int) -> Any:
        # No try is repeated: a request would wait for it. Three seconds is the most that one is held up.
        client = aws.client("appconfigdata", attempts=1, read_seconds=1)
        token, self.token = self.token, None  # good for one call; if that fails the session is over
        if token:
            try:
                return client.get_latest_configuration(ConfigurationToken=token)
            except client.exceptions.BadRequestException:
                pass  # expired after a day, and this process may have slept for longer
        session = client.start_configuration_session(
            ApplicationIdentifier=os.environ["FLAGS_APPLICATION"],
            EnvironmentIdentifier=os.environ["FLAGS_ENVIRONMENT"],
            ConfigurationProfileIdentifier=os.environ["FLAGS_PROFILE"],
            RequiredMinimumPollIntervalInSeconds=kept,
        )
        return client.get_latest_configuration(ConfigurationToken=session["InitialConfigurationToken"])


_source = _Source()

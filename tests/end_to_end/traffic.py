"""Steady traffic of one user, and who answered it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType

import requests

from tests.waiting import eventually
from tools.api_client import User


@dataclass(frozen=True)
class Answer:
    """When an answer came (monotonic seconds), its status, and the release that says it gave it."""

    at: float
    status: int
    release: str


class Traffic:
    """Requests for a user's notes while the block runs, one after the other in each of `clients` threads."""

    def __init__(self, user: User, clients: int = 4, pause: float = 0.05) -> None:
        self._user, self._pause = user, pause
        self._answers: list[Answer] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._call, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def answers(self) -> list[Answer]:
        """All until now, the oldest first."""
        return sorted(self._answers, key=lambda answer: answer.at)

    def since(self, moment: float) -> list[Answer]:
        """Those after a moment."""
        return [answer for answer in self.answers if answer.at > moment]

    def failures(self) -> list[Answer]:
        """Those that are no success."""
        return [answer for answer in self.answers if answer.status != 200]

    def of(self, release: str) -> list[Answer]:
        """Those that one release gave; "" is one that says nothing of itself."""
        return [answer for answer in self.answers if answer.release == release]

    def wait_for(self, release: str, count: int = 20) -> None:
        """Until the last `count` answers that came since this was called are all of that release."""
        began = time.monotonic()

        def arrived() -> bool:
            last = self.since(began)[-count:]
            return len(last) == count and {answer.release for answer in last} == {release}

        eventually(arrived, seconds=60, what=f"answers of {release or 'the first release'} alone")

    def _call(self) -> None:
        while not self._over.wait(self._pause):
            try:
                answer = self._user.call("GET", "/notes?limit=1")
                found = (answer.status_code, answer.headers.get("X-Release", ""))
            except requests.RequestException:
                found = (0, "")
            self._answers.append(Answer(time.monotonic(), *found))

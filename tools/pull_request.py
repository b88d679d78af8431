"""The comments of a pipeline on its pull request: one for each report, brought up to date by the next run.

https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from tools import signed_requests
from tools.errors import ToolError, UsageError

SECONDS = 30
_PAGE = 100
# Who comments with a job's own token. A comment of anybody else's is never edited, whatever it says.
_AUTHOR = "github-actions[bot]"


@dataclass(frozen=True)
class PullRequest:
    """A pull request, reached with the token of the job."""

    api: str
    repository: str
    number: str
    token: str = field(repr=False)

    @staticmethod
    def of_job() -> PullRequest:
        """The one that this job's variables name. Raises UsageError where they do not."""
        names = ("GITHUB_REPOSITORY", "PULL_REQUEST", "GITHUB_TOKEN")
        given = [os.environ.get(name, "") for name in names]
        missing = [name for name, value in zip(names, given, strict=True) if not value]
        if missing or not re.fullmatch("[0-9]+", given[1]):
            raise UsageError(f"There is no pull request to comment on: {', '.join(missing) or names[1]}.")
        return PullRequest(os.environ.get("GITHUB_API_URL", "https://api.github.com"), *given)

    def comment(self, name: str, markdown: str) -> str:
        """Write or bring up to date the comment on `name`; what was done, in words."""
        marker = f"<!-- notes: {name} -->"
        body = {"body": f"{marker}\n{markdown}"}
        for found in self._comments():
            if found["user"]["login"] == _AUTHOR and found["body"].startswith(marker):
                self._call("PATCH", f"issues/comments/{found['id']}", body)
                return "brought up to date"
        self._call("POST", f"issues/{self.number}/comments", body)
        return "written"

    def _comments(self) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            found = self._call("GET", f"issues/{self.number}/comments?per_page={_PAGE}&page={page}")
            yield from found
            if len(found) < _PAGE:
                return
            page += 1

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"}
        address = f"{self.api}/repos/{self.repository}/{path}"
        try:
            answer = requests.request(
                method,
                address,
                json=body,
                headers=headers,
                auth=signed_requests.as_it_is,
                timeout=SECONDS,
            )
        except requests.RequestException as error:
            raise ToolError(f"GitHub does not answer: {type(error).__name__}.") from error
        if not answer.ok:
            raise ToolError(
                f"GitHub refused the comment on pull request {self.number}: {answer.status_code}.",
                "Does the job have the permission pull-requests: write?",
            )
        return answer.json()

"""The one exception that commands turn into a message for the user."""

from __future__ import annotations

import re
import traceback

from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from tools import environments
from tools.paths import BUILD


class ToolError(Exception):
    """Something that the user can understand and act on.

    `what` says what failed and where, `next_step` what to do about it. `exit_status` is 2 where the
    command was called wrongly and 1 where it failed while working.
    """

    def __init__(self, what: str, next_step: str = "", exit_status: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.exit_status = exit_status

    def __str__(self) -> str:
        return f"{self.what}\n  {self.next_step}" if self.next_step else self.what


class NotBuiltError(ToolError):
    """An account of the local cloud has no roles yet, so nothing can be deployed in it."""


class UsageError(ToolError):
    """The command was called with something that it cannot take."""

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what, next_step, exit_status=2)


class ExpiredError(ToolError):
    """The credentials have expired; the same words from every step that meets it."""

    def __init__(self, account: str = "") -> None:
        whose = f" for account {account}" if account else ""
        super().__init__(
            f"The credentials{whose} have expired.",
            "Sign in again, then run the same command.",
        )


class UnreachableError(ToolError):
    """The cloud does not answer; the same words from every step that meets it."""

    def __init__(self, words: str = "") -> None:
        """`words` are those of the error. No proxy is between this machine and the local cloud."""
        causes = "" if _LOOPBACK.search(words) else environments.named(*environments.PROXIES)
        super().__init__(
            "The cloud does not answer.",
            _sentences(
                causes, "See to the connection (the local cloud: make cloud-up), then run the same command."
            ),
        )


class UntrustedError(ToolError):
    """The certificate of whoever answers is not trusted; the same words from every step that meets it."""

    def __init__(self, words: str) -> None:
        names = [environments.AWS_CERTIFICATES, *environments.CERTIFICATES, *environments.PROXIES]
        super().__init__(
            f"The certificate of what answers is not trusted: {environments.public(words)}",
            _sentences(
                environments.named(*names),
                "Behind a proxy that reads TLS, name a file with its certificate as AWS_CA_BUNDLE.",
            ),
        )


def _sentences(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


# What AWS answers, and what the SDKs say where they cannot get new credentials.
_EXPIRED = re.compile(
    r"\bExpiredToken(Exception)?\b|security token included in the request is expired"
    r"|token has expired|SSO session .{0,80}(expired|invalid)|failed to refresh cached credentials",
    re.IGNORECASE,
)


# What Terraform says after its last attempt.
_UNREACHABLE = re.compile(
    r"dial tcp|no such host|connection refused|connection reset|network is unreachable|request send failed",
    re.IGNORECASE,
)


_LOOPBACK = re.compile(r"//(127\.0\.0\.1|localhost|\[::1\])[:/]")

# Of Python, of botocore where it finds no file, and of Go.
_UNTRUSTED = re.compile(
    r"certificate verify failed|SSL validation failed|suitable TLS CA certificate bundle|x509: "
    r"|custom CA bundle",
    re.IGNORECASE,
)


def says_untrusted(words: str) -> bool:
    """Whether the words of an error mean a certificate that is not trusted, or cannot be read."""
    return bool(_UNTRUSTED.search(words))


def says_unreachable(words: str) -> bool:
    """Whether the words of an error mean a cloud that does not answer."""
    return bool(_UNREACHABLE.search(words))


def says_expired(words: str) -> bool:
    """Whether the words of an error mean expired credentials."""
    return bool(_EXPIRED.search(words))


def explained(error: BaseException) -> ToolError:
    """Any exception as a message for the user; the traceback of an unexpected one goes to a file."""
    if isinstance(error, ToolError):
        return error
    if isinstance(error, ClientError | BotoCoreError) and says_expired(str(error)):
        return ExpiredError()
    if isinstance(error, ConnectionError | HTTPClientError):
        return UntrustedError(str(error)) if says_untrusted(str(error)) else UnreachableError(str(error))
    if isinstance(error, ClientError | BotoCoreError):
        return ToolError(f"The cloud refused or did not answer: {error}")
    BUILD.mkdir(parents=True, exist_ok=True)
    report = BUILD / "error.txt"
    report.write_text("".join(traceback.format_exception(error)))
    return ToolError(
        f"An error of the tools themselves: {type(error).__name__}: {error}",
        f"The details are in {report.name} in .build.",
    )

"""The environments of this process and of every program that the tools start.

A variable of the user's shell is of one of two kinds. *Where from and whom to trust*: where programs and
packages lie, proxies, certificates, sources of credentials. These stay, and an error that they may have
caused names them. *Behaviour*: how Terraform, pip, Python, git or an AWS SDK works. The tools decide that, so
these are dropped. What stays is listed here, so that whatever nobody thought of is dropped too.

With nothing but the standard library: `adopt` runs before anything else is imported, and the Makefile runs
other programs with it (`python -m tools.environments <program> …`) before anything is installed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping

_PROGRAMS = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TERM", "TZ", "LANG", "LANGUAGE"),
        # Where the loader finds libraries, as PATH says where the shell finds programs: some Pythons need it.
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
        *("SSH_AUTH_SOCK", "NETRC"),
    )
)
_PROGRAMS_PREFIXES = ("LC_", "XDG_")

PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_NO_PROXY = ("NO_PROXY", "no_proxy")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

CERTIFICATES = (
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NIX_SSL_CERT_FILE"),
    *("NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
)
AWS_CERTIFICATES = "AWS_CA_BUNDLE"

# pip's options that say where packages come from; the rest of its variables and configuration is behaviour.
# https://pip.pypa.io/en/stable/cli/pip_install/#options
PIP_SETTINGS = (
    *("index-url", "pypi-url", "extra-index-url", "find-links", "no-index", "trusted-host"),
    *("cert", "client-cert", "proxy", "keyring-provider", "cache-dir"),
)
PIP_CONFIGURATION = "PIP_CONFIG_FILE"
PACKAGES = (*(f"PIP_{name.upper().replace('-', '_')}" for name in PIP_SETTINGS), PIP_CONFIGURATION)

# https://developer.hashicorp.com/terraform/cli/config/environment-variables
TERRAFORM_MIRROR = "NOTES_TERRAFORM_MIRROR"
_TERRAFORM = frozenset(("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", TERRAFORM_MIRROR))
_TERRAFORM_PREFIXES = ("TF_TOKEN_",)

# How git reaches a remote, for a clone that fetches files only when they are needed.
_GIT = frozenset(("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS"))

# Sources of credentials: https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html and
# https://boto3.amazonaws.com/v1/documentation/api/latest/guide/credentials.html
AWS_KEYS = (
    *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"),
    "AWS_CREDENTIAL_EXPIRATION",
)
AWS_PROFILES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
AWS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
AWS_WEB_IDENTITY = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME")
AWS_CONTAINER = (
    *("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    *("AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
)
AWS_INSTANCE = (
    *("AWS_EC2_METADATA_DISABLED", "AWS_EC2_METADATA_SERVICE_ENDPOINT"),
    *("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_EC2_METADATA_V1_DISABLED", "AWS_IMDS_USE_IPV6"),
    *("AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS"),
)
_AWS_OTHERS = ("BOTO_CONFIG", "AWS_CREDENTIAL_FILE", "AWS_LOGIN_CACHE_DIRECTORY")
# A profile's credential_process runs with these: a desktop's stores of secrets, some such programs' own.
_CREDENTIAL_PROCESS = frozenset(
    (
        *("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "SECURITYSESSIONID"),
        *("GPG_TTY", "GNUPGHOME", "PASSWORD_STORE_DIR", "KRB5CCNAME", "KRB5_CONFIG"),
        # The token of a job on GitHub, for tools/web_identity.py.
        *("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_RUN_ID"),
    )
)
_CREDENTIAL_PROCESS_PREFIXES = ("AWS_SSO_", "AWS_VAULT_", "SAML2AWS_", "GRANTED_", "OP_")

# The project's own: what its commands take, and what a job on GitHub tells them.
OWN = frozenset(
    (
        *("ENV", "CLOUD", "LOCAL_PORT", "LOCAL_HOME", "ROLES"),
        *("SERVICE", "FORCE", "JOBS", "ALLOW_DESTROY", "CONFIRM", "NAME", "IDENTITY", "PORT", "LOCK_WAIT"),
        *("STORAGE", "OLDER", "YES", "FORMAT", "ON", "FOLLOW", "OPENAPI"),
        *("BASE", "FROM", "TO", "RELEASE", "APPROVED", "CANARY_WAIT", "RELEASE_CHECKOUT"),
        *("CHANGES", "REPORT", "PULL_REQUEST", "MESSAGE", "DRY", "FUNCTION", "TRIAL"),
    )
)
_PIPELINE = frozenset(
    (
        *("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY", "RUNNER_TEMP"),
        *("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL"),
    )
)
# Where the tests find a local cloud that runs already; tests/end_to_end/conftest.py.
_TESTS = frozenset(("E2E_PORT", "LOCAL_HOME"))

# What is shown of a variable in an error; the values of all others may be secret.
_SHOWN = frozenset((*PROXIES, *CERTIFICATES, AWS_CERTIFICATES, *PACKAGES, *AWS_PROFILES, *AWS_FILES))
_CREDENTIALS_IN_A_URL = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY_OF_A_URL = re.compile(r"(://[^\s?]*)\?[^\s'\"]*")

# Python settings that change nothing but files that are written.
_HARMLESS = frozenset(("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED"))


def programs() -> dict[str, str]:
    """What every program gets: where things lie and whom to trust, no proxy for this machine itself."""
    kept = _kept((*_PROGRAMS, *PROXIES, *CERTIFICATES), _PROGRAMS_PREFIXES)
    return kept | _no_proxy() | {"PYTHONDONTWRITEBYTECODE": "1"}


def pip() -> dict[str, str]:
    """What pip gets, but for its configuration: tools/installing.py."""
    return programs() | _kept(PACKAGES)


def git() -> dict[str, str]:
    """What git gets."""
    return programs() | _kept(_GIT)


def terraform() -> dict[str, str]:
    """What Terraform gets, but for credentials."""
    return programs() | _kept(_TERRAFORM, _TERRAFORM_PREFIXES)


def without_aws(region: str) -> dict[str, str]:
    """What a program gets that uses an AWS SDK and calls nothing: a region, and nothing of the user's AWS."""
    return programs() | {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def aws(names: Iterable[str]) -> dict[str, str]:
    """What a program needs to get credentials from the source whose variables are `names`."""
    always = (*AWS_FILES, AWS_CERTIFICATES, *AWS_INSTANCE, *_CREDENTIAL_PROCESS)
    return _kept((*names, *always), _CREDENTIAL_PROCESS_PREFIXES)


def tools(without: Iterable[str] = (), **more: str) -> dict[str, str]:
    """What another command of the tools gets: all that this one has, without and with some variables."""
    aws_sources = (*AWS_KEYS, *AWS_PROFILES, *AWS_WEB_IDENTITY, *AWS_CONTAINER, *_AWS_OTHERS)
    everything = pip() | git() | terraform() | aws(aws_sources) | _kept((*OWN, *_PIPELINE))
    left_out = frozenset(without)
    return {name: value for name, value in everything.items() if name not in left_out} | more


def tests() -> dict[str, str]:
    """What tests and checks run in: nothing of the user's AWS, nothing that names a stage."""
    return pip() | git() | terraform() | without_aws("us-east-1") | _kept(_TESTS)


def adopt(composed: Mapping[str, str]) -> None:
    """Make `composed` the environment of this process.

    Before the imports that read variables: botocore, for one, decides then how to retry.
    """
    os.environ.clear()
    os.environ.update(composed)


def restart_without_python_settings(module: str) -> None:
    """Start this process anew, as `module`, if variables of Python's own have decided what it imports."""
    settings = {name for name in os.environ if name.startswith("PYTHON")} - _HARMLESS
    if settings and not sys.flags.ignore_environment:
        os.execve(sys.executable, [sys.executable, "-E", "-B", "-m", module, *sys.argv[1:]], os.environ)


def named(*names: str) -> str:
    """Those of the variables that are set, as a sentence for an error message; empty where none is."""
    found = [name for name in names if os.environ.get(name)]
    # Many set a proxy in both spellings.
    once = {(name.upper(), os.environ[name]): name for name in reversed(found)}.values()
    words = [
        f"{name}={public(os.environ[name])}" if name in _SHOWN else name for name in found if name in once
    ]
    return f"Set in your environment: {', '.join(words)}." if words else ""


def public(words: str) -> str:
    """Words without the credentials that URLs in them hold."""
    return _QUERY_OF_A_URL.sub(r"\1?***", _CREDENTIALS_IN_A_URL.sub("***@", words))


def _kept(names: Iterable[str], prefixes: tuple[str, ...] = ()) -> dict[str, str]:
    listed = frozenset(names)
    return {name: value for name, value in os.environ.items() if name in listed or name.startswith(prefixes)}


def _no_proxy() -> dict[str, str]:
    """NO_PROXY with this machine's own addresses, in both spellings, where there is a proxy at all."""
    if not any(os.environ.get(name) for name in PROXIES):
        return _kept(_NO_PROXY)
    given = [entry.strip() for name in _NO_PROXY for entry in os.environ.get(name, "").split(",")]
    # A star counts for Python only when nothing stands beside it.
    words = "*" if "*" in given else ",".join(dict.fromkeys(filter(None, [*given, *_LOOPBACK])))
    return dict.fromkeys(_NO_PROXY, words)


if __name__ == "__main__":
    os.execvpe(sys.argv[1], sys.argv[1:], tests())

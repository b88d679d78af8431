"""terraform/stages.toml, read and checked: whatever is wrong in it is told with its line."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.errors import ToolError
from tools.names import ROLES, StorageWord, Trial, account_fault, stage_fault
from tools.paths import REPOSITORY
from tools.services import all_services

Place = tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """What a key takes: `words` say so to the user."""

    words: str
    accepts: Callable[[Any], bool]


def _one_of(*values: str) -> Kind:
    return Kind(f"one of {', '.join(values)}", lambda value: value in values)


def _text(pattern: str, words: str) -> Kind:
    return Kind(words, lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(pattern: str, words: str) -> Kind:
    each = _text(pattern, "")
    return Kind(words, lambda value: isinstance(value, list) and all(map(each.accepts, value)))


def _is_table_of_texts(value: Any, keys: Collection[str]) -> bool:
    texts = isinstance(value, dict) and all(isinstance(text, str) and text for text in value.values())
    return texts and value.keys() == set(keys)


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTION = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

_TABLE = Kind("a table", lambda value: isinstance(value, dict))
_BOOLEAN = Kind("true or false", lambda value: isinstance(value, bool))
_NAME = _text(r".+", "a name")
_DOMAIN_NAME = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+"
_SUBJECT = r"repo:[^/*?]+/[^:*?]+:[^*?]+"
_CHAT = ("slack_team_id", "slack_channel_id")
_DOMAIN = _text(_DOMAIN_NAME, "a domain name")

TOP: Mapping[str, Kind] = {
    "project": _text(
        r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?",
        "at most 16 lower-case letters, digits and hyphens, none at the end",
    ),
    "region": _text(r"[a-z]{2}(-[a-z]+)+-[0-9]", 'a region such as "us-east-1"'),
    "root_domain": _DOMAIN,
    "dns_account": _NAME,
    "accounts": _TABLE,
    "defaults": _TABLE,
    "stages": _TABLE,
    "feature": _TABLE,
    "mocks": _TABLE,
}
ACCOUNT: Mapping[str, Kind] = {
    "id": _text(r"[0-9]{12}", "the 12 digits of an AWS account, in quotes"),
    "subdomain": _DOMAIN,
    "github_subjects": _texts(_SUBJECT, 'a list of exact subjects such as "repo:team/notes:environment:dev"'),
    "github_reader_subjects": _texts(
        _SUBJECT, 'a list of exact subjects such as "repo:team/notes:pull_request"'
    ),
}
MOCK: Mapping[str, Kind] = {
    "api_url": _text(r"https://\S+", "an https address"),
    "local_stage": _NAME,
}
SETTINGS: Mapping[str, Kind] = {
    "account": _NAME,
    "storage": _text(r".+", '"own", "none" or the name of a stage'),
    "protected": _BOOLEAN,
    "mocks": _BOOLEAN,
    "canary": _BOOLEAN,
    "canary_share": Kind(
        "a whole number of percent from 1 to 99", lambda value: _is_whole(value) and 1 <= value <= 99
    ),
    "canary_wait": Kind(
        "a whole number of seconds from 1 to 60, for an alarm may ring for a minute only",
        lambda value: _is_whole(value) and 1 <= value <= 60,
    ),
    "canary_looks": Kind(
        "a whole number from 1 to 240", lambda value: _is_whole(value) and 1 <= value <= 240
    ),
    "canary_error_percent": Kind(
        "a number from 0 to below 100", lambda value: _is_number(value) and 0 <= value < 100
    ),
    "canary_p99_ms": Kind("a whole number from 1", lambda value: _is_whole(value) and value >= 1),
    "releases_kept": Kind("a whole number from 2", lambda value: _is_whole(value) and value >= 2),
    "log_level": _one_of("DEBUG", "INFO", "WARN", "ERROR"),
    "log_retention_days": Kind(
        f"a number of days that CloudWatch Logs knows: {', '.join(map(str, _RETENTION))}",
        lambda value: _is_whole(value) and value in _RETENTION,
    ),
    "throttle_rate": Kind("a number above 0", lambda value: _is_number(value) and value > 0),
    "throttle_burst": Kind("a whole number from 1", lambda value: _is_whole(value) and value >= 1),
    # https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html
    "flags_kept_seconds": Kind(
        "a whole number from 15 to 86400", lambda value: _is_whole(value) and 15 <= value <= 86_400
    ),
    "allowed_origins": _texts(r"\*|https?://[^/\s]+", 'a list of origins such as "https://app.example.com"'),
    "services": _texts(r".+", "a list of services"),
    "api_domain": _text(rf"|{_DOMAIN_NAME}", 'a domain name or ""'),
    "testers": _texts(r"[^@\s]+@[^@\s]+", "a list of e-mail addresses"),
    "chat": Kind(
        f"a table with {' and '.join(_CHAT)}, or an empty one",
        lambda value: value == {} or _is_table_of_texts(value, _CHAT),
    ),
}


@dataclass(frozen=True)
class Fault:
    """What is wrong at a place in the document."""

    place: Place
    words: str


def read(path: Path) -> dict[str, Any]:
    """The checked document. Raises ToolError with a line `<file>:<line>: <what>` for each fault."""
    try:
        text = path.read_text()
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ToolError(f"{_shown(path)} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        words = re.sub(r" \(at [^)]*\)$", "", str(error))
        raise ToolError(f"{_shown(path)}:{line}: this is not TOML: {words}.") from error
    # What names mean is looked at once every key is known and there: one slip is told once.
    for look in (_misshapen, _incomplete, _names_meaningless, _stages_meaningless, _mocks_meaningless):
        faults = set(look(document))
        if not faults:
            continue
        told = sorted((line_of(text, fault.place), fault.words) for fault in faults)
        raise ToolError("\n".join(f"{_shown(path)}:{line}: {words}" for line, words in told))
    return document


def line_of(text: str, place: Place) -> int:
    """The line on which the key or table at `place` begins, or what is around it where it is not there.

    TOML's parser tells no lines, but what it makes of the first lines alone: `place` begins behind the last
    whole statement without it. Dotted and quoted keys and inline tables need no care that way.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    begins = 1
    for number in range(1, len(lines) + 1):
        try:
            document = tomllib.loads("\n".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue  # in the middle of a statement
        if place and _has(document, place):
            return begins
        begins = number + 1
    return line_of(text, place[:-1]) if place else 1


def _has(document: Any, place: Place) -> bool:
    for key in place:
        if not isinstance(document, dict) or key not in document:
            return False
        document = document[key]
    return True


def _misshapen(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Unknown keys, and values of another kind."""
    yield from _table(document, (), TOP)
    for group, kinds in (("accounts", ACCOUNT), ("mocks", MOCK), ("stages", SETTINGS)):
        for name, entry in _entries(document, group).items():
            if isinstance(entry, dict):
                yield from _table(entry, (group, name), kinds)
            else:
                yield Fault((group, name), f"{group}.{name} is {entry!r}; it takes a table.")
    for group in ("defaults", "feature"):
        yield from _table(_entries(document, group), (group,), SETTINGS)


def _table(entry: Mapping[str, Any], place: Place, kinds: Mapping[str, Kind]) -> Iterator[Fault]:
    for key, value in entry.items():
        if key not in kinds:
            owner = f"{'.'.join(place)} has" if place else "there is"
            meant = _meant(key, kinds) or f"; known keys: {', '.join(kinds)}."
            yield Fault((*place, key), f"{owner} no key {key!r}{meant}")
        elif not kinds[key].accepts(value):
            name = ".".join((*place, key))
            shown = str(value).lower() if isinstance(value, bool) else repr(value)
            yield Fault((*place, key), f"{name} is {shown}; it takes {kinds[key].words}.")


def _incomplete(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Missing keys."""
    for key in TOP.keys() - {"defaults", "feature", "mocks"} - document.keys():
        yield Fault((), f"the file lacks {key}.")
    for group, needed in (("accounts", {"id"}), ("mocks", MOCK.keys())):
        for name, entry in _entries(document, group).items():
            for key in needed - entry.keys():
                yield Fault((group, name), f"{group}.{name} lacks {key}.")
    defaults = _entries(document, "defaults")
    for key in SETTINGS.keys() - defaults.keys():
        lacking = [place for place, own in _stage_tables(document) if key not in own]
        if lacking:
            names = ", ".join(".".join(place) for place in lacking)
            yield Fault(lacking[0], f"{names}: there is no {key}; set it there or in [defaults].")


def _stages_meaningless(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Accounts and stages: names that name nothing, or twice the same."""
    accounts = document["accounts"]
    if document["dns_account"] not in accounts:
        yield _unknown(("dns_account",), "account", document["dns_account"], accounts)
    for key in ("id", "subdomain"):
        seen: dict[str, str] = {}
        for name, account in accounts.items():
            if key in account and (other := seen.setdefault(account[key], name)) != name:
                yield Fault(
                    ("accounts", name, key), f"accounts.{name}.{key} is that of accounts.{other} too."
                )
    for name, account in accounts.items():
        if "subdomain" in account and not account["subdomain"].endswith(f".{document['root_domain']}"):
            words = f"is not inside the root domain {document['root_domain']}, which delegates it."
            yield Fault(("accounts", name, "subdomain"), f"accounts.{name}.subdomain {words}")
    defaults = _entries(document, "defaults")
    for place, own in _stage_tables(document):
        for key, words in _of_stage(document, place, {**defaults, **own}):
            at = (*place, key) if key in own or key not in defaults else ("defaults", key)
            yield Fault(at, words)


def _names_meaningless(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Names that none may have, and profiles and API domains that two would have."""
    accounts, stages, defaults = document["accounts"], document["stages"], _entries(document, "defaults")
    for name in accounts:
        if fault := account_fault(name):
            yield Fault(("accounts", name), f"accounts.{name} is no name that an account may have: {fault}.")
        for role in ROLES:
            if (other := name.removesuffix(f"-{role}")) != name and other in accounts:
                words = f"accounts.{name} has the name of a profile for accounts.{other}, that of its {role}."
                yield Fault(("accounts", name), words)
    for name in stages:
        if fault := stage_fault(name) or ("a command deploys it by itself" if name in set(Trial) else ""):
            yield Fault(("stages", name), f"stages.{name} is no name that a stage may have: {fault}.")
    answering: dict[str, str] = {}
    for name, own in stages.items():
        domain = _api_domain(accounts, name, {**defaults, **own})
        if domain and (other := answering.setdefault(domain, name)) != name:
            at = ("stages", name, *(["api_domain"] if "api_domain" in own else []))
            yield Fault(at, f"stages.{name} would answer at {domain}, as stages.{other} does.")


def _api_domain(accounts: Mapping[str, Any], name: str, values: Mapping[str, Any]) -> str:
    subdomain = accounts.get(values["account"], {}).get("subdomain")
    own: str = values["api_domain"]
    return own or (f"{name}.api.{subdomain}" if subdomain else "")


def _of_stage(
    document: Mapping[str, Any], place: Place, values: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """By key: what is wrong with a stage's settings."""
    accounts, where = document["accounts"], ".".join(place)
    account = values["account"]
    if account not in accounts:
        yield "account", _unknown((), "account", account, accounts).words
        return
    subdomain = accounts[account].get("subdomain")
    if not subdomain:
        yield "account", f"{where} is in account {account}, which has no subdomain for its APIs."
    elif values["api_domain"] and not values["api_domain"].endswith(f".{subdomain}"):
        yield "api_domain", f"{where}.api_domain is not inside the account's subdomain {subdomain}."
    known = [service.name for service in all_services()]
    for service in values["services"]:
        if service not in known:
            yield "services", _unknown((), "service", service, known).words
    if values["storage"] not in set(StorageWord):
        reason = storage_fault(document["stages"], _entries(document, "defaults"), account, values["storage"])
        if reason:
            yield "storage", f"{where}.storage: {reason}"


def storage_fault(
    stages: Mapping[str, Mapping[str, Any]], defaults: Mapping[str, Any], account: str, lender: str
) -> str:
    """Why a stage of `account` cannot use the storage of the listed stage `lender`; empty when it can."""
    if lender not in stages:
        return _unknown((), "stage", lender, stages).words
    values = {**defaults, **stages[lender]}
    if values["storage"] != StorageWord.OWN:
        return f"stage {lender} has no storage of its own to share."
    if values["account"] != account:
        return f"stage {lender} is in account {values['account']}; storage is shared inside one account."
    return ""


def _mocks_meaningless(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Mocks of services that do not exist, or that nobody plays."""
    known, stages = [service.name for service in all_services()], document["stages"]
    for name, mock in _entries(document, "mocks").items():
        place = ("mocks", name, "local_stage")
        if name not in known:
            yield _unknown(("mocks", name), "service", name, known)
        elif mock["local_stage"] not in stages:
            yield _unknown(place, "stage", mock["local_stage"], stages)
        else:
            player = {**_entries(document, "defaults"), **stages[mock["local_stage"]]}
            if not player["mocks"] or (player["services"] and name not in player["services"]):
                yield Fault(place, f"mocks.{name}: stage {mock['local_stage']} has no {name}.")


def _stage_tables(document: Mapping[str, Any]) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for name, entry in _entries(document, "stages").items():
        if isinstance(entry, dict):
            yield ("stages", name), entry
    yield ("feature",), _entries(document, "feature")


def _entries(document: Mapping[str, Any], group: str) -> Mapping[str, Any]:
    entries = document.get(group, {})
    return entries if isinstance(entries, dict) else {}


def _unknown(place: Place, what: str, name: str, known: Collection[str]) -> Fault:
    return Fault(
        place, f"no {what} is called {name!r}{_meant(name, known) or f'; there are {_list(known)}.'}"
    )


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _list(names: Collection[str]) -> str:
    return ", ".join(names) or "none"


def _shown(path: Path) -> str:
    return str(path.relative_to(REPOSITORY)) if path.is_relative_to(REPOSITORY) else str(path)

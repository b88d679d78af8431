"""Sessions with AWS that read botocore's descriptions of the services once for all of them.

A session of boto3's own parses megabytes of JSON anew: its first three clients take 300 ms of work, those of
one more session of these 35 ms.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.loaders import create_loader

from tools import environments

_LOADER = create_loader()
# botocore's settings by name: where the configuration has each, in which variable, its default, its type.
# These are looked up nowhere.
_DEFAULTS: dict[str, tuple[None, Any, Any, Any]] = {
    **{
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    },
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, environments.AWS_CERTIFICATES, None, None),
}


def new(
    core: botocore.session.Session | None = None, profile: str | None = None, **given: Any
) -> boto3.Session:
    """A session, with the credentials and the region that `boto3.Session` takes.

    On top of `core`, where credentials come from elsewhere, or of `profile` in the user's configuration.
    """
    core = core or botocore.session.Session(profile=profile)
    core.register_component("data_loader", _LOADER)
    session = boto3.Session(botocore_session=core, **given)
    _LOADER.search_paths[:] = dict.fromkeys(_LOADER.search_paths)  # each session adds boto3's own
    return session


def unconfigured() -> botocore.session.Session:
    """A core for `new` that reads nothing of the user's AWS configuration, so that nothing in it can break.

    For whatever brings its own credentials: the local cloud, and the users of a stage.
    """
    return botocore.session.Session(session_vars=_DEFAULTS)

"""Sessions with AWS that read botocore's descriptions of the services once for all of them.

A session of boto3's own parses megabytes of JSON anew: its first three clients take 300 ms of work, those of
one more session of these 35 ms.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
import botocore.session
from botocore.loaders import create_loader

_LOADER = create_loader(os.environ.get("AWS_DATA_PATH"))


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

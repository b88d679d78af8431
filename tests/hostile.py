"""A shell in which everything is set that changes how the tools, or what they start, behave."""

from __future__ import annotations

from pathlib import Path

_DEAD = "http://127.0.0.1:9"  # the port of the discard service, where nobody listens

# Where programs and packages come from, and whom to trust, is not among them: that is the user's to say.
TERRAFORM = {
    "TF_WORKSPACE": "dev",
    "TF_DATA_DIR": "/nowhere/data",
    "TF_CLI_ARGS": "-nonsense",
    "TF_CLI_ARGS_plan": "-destroy",
    "TF_CLI_ARGS_init": "-reconfigure",
    "TF_VAR_stage": "another",
    "TF_VAR_project": "another",
    "TF_INPUT": "1",
    "TF_LOG": "TRACE",
    "TF_LOG_PROVIDER": "TRACE",
    "TF_LOG_PATH": "/nowhere/log",
    "TF_IN_AUTOMATION": "",
    "TF_REATTACH_PROVIDERS": "{}",
    "TF_STATE_PERSIST_INTERVAL": "x",
    "GOGC": "1",
    "GOFLAGS": "-nonsense",
    "GODEBUG": "nonsense=1",
}
PIP = {
    "PIP_TARGET": "/nowhere/target",
    "PIP_USER": "1",
    "PIP_PREFIX": "/nowhere/prefix",
    "PIP_ROOT": "/nowhere/root",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "PIP_NO_BINARY": ":all:",
    "PIP_CONSTRAINT": "/nowhere/constraints.txt",
    "PIP_DRY_RUN": "1",
}
PYTHON = {
    "PYTHONSAFEPATH": "1",
    "PYTHONSTARTUP": "/nowhere/startup.py",
    "PYTHONWARNINGS": "error",
    "PYTHONOPTIMIZE": "2",
    "PYTHONUSERBASE": "/nowhere/base",
    "PYTHONIOENCODING": "ascii",
}
AWS_BEHAVIOUR = {
    "AWS_ENDPOINT_URL": _DEAD,
    "AWS_ENDPOINT_URL_S3": _DEAD,
    "AWS_ENDPOINT_URL_STS": _DEAD,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_MAX_ATTEMPTS": "1",
    "AWS_RETRY_MODE": "nonsense",
    "AWS_REGION": "eu-nowhere-1",
    "AWS_DEFAULT_REGION": "eu-nowhere-1",
    "AWS_DEFAULT_OUTPUT": "nonsense",
    "AWS_DATA_PATH": "/nowhere/models",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_S3_USE_ARN_REGION": "nonsense",
    "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
}
GIT = {
    "GIT_DIR": "/nowhere/.git",
    "GIT_WORK_TREE": "/nowhere",
    "GIT_INDEX_FILE": "/nowhere/index",
    "GIT_OBJECT_DIRECTORY": "/nowhere/objects",
    "GIT_CONFIG_GLOBAL": "/nowhere/config",
    "GIT_CONFIG_COUNT": "nonsense",
}
OTHERS = {
    "CHALICE_STAGE": "another",
    "MYPYPATH": "/nowhere",
    "PYTEST_ADDOPTS": "--nonsense",
    "CDPATH": "/",
    "BASH_ENV": "/nowhere/profile",
    "LD_PRELOAD": "",
    "SSLKEYLOGFILE": "/nowhere/keys",
    "SOMETHING_THAT_NOBODY_THOUGHT_OF": "1",
    # Of `make -s user`.
    "API_URL": _DEAD,
    "IDENTITY_ID": "another",
}
BEHAVIOUR = {**TERRAFORM, **PIP, **PYTHON, **AWS_BEHAVIOUR, **GIT, **OTHERS}
# What a command takes from make's command line alone.
COMMAND_LINE = {
    "NAME": "another",
    "FROM": "another",
    "TO": "another",
    "ON": "another",
    "IDENTITY": "another",
    "STORAGE": "own",
    "SERVICE": "nonsense",
    "CONFIRM": "nonsense",
    "ALLOW_DESTROY": "nonsense",
    "FORCE": "1",
    "YES": "1",
    "JOBS": "nonsense",
}
PROXIES = {
    name: _DEAD for word in ("http_proxy", "https_proxy", "all_proxy") for name in (word, word.upper())
}
# What `make -s user` leaves, and an AWS configuration that is broken in every place.
AWS_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIANOBODY",
    "AWS_SECRET_ACCESS_KEY": "nobody's",
    "AWS_SESSION_TOKEN": "nobody's",
    "AWS_PROFILE": "missing",
    "AWS_DEFAULT_PROFILE": "missing-too",
    "AWS_CA_BUNDLE": "/nowhere/bundle.pem",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/nobodys",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": _DEAD,
}


def broken_aws(folder: Path) -> dict[str, str]:
    """The user's AWS, broken: keys, profiles, and a configuration that nothing can read."""
    garbage = folder / "aws.ini"
    garbage.write_text("[[[profile\nnonsense")
    return {**AWS_CREDENTIALS, "AWS_CONFIG_FILE": str(garbage), "AWS_SHARED_CREDENTIALS_FILE": str(garbage)}


def poisoned_modules(folder: Path) -> Path:
    """A folder for PYTHONPATH: modules with the names of those that the tools import, which only fail."""
    place = folder / "modules"
    place.mkdir()
    for name in ("boto3", "botocore", "click", "requests", "chalice", "yaml", "pip", "sitecustomize"):
        (place / f"{name}.py").write_text(f"raise RuntimeError('this is not {name}')\n")
    return place


def shell(folder: Path) -> dict[str, str]:
    """All of it, for a command that make runs on the local cloud."""
    modules = {"PYTHONPATH": str(poisoned_modules(folder))}
    return {**BEHAVIOUR, **COMMAND_LINE, **PROXIES, **broken_aws(folder), **modules}

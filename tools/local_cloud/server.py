"""The local cloud's process: `python -m tools.local_cloud.server --port 4566 --state-dir .local/cloud`."""

import argparse
import asyncio
import fcntl
import os
import sys
from pathlib import Path

from tools.local_cloud.errors import LocalCloudError
from tools.local_cloud.identity import pid_file

# All that the server, and with it every function, sees of the caller's environment. Neither AWS credentials
# (MiniStack would take them for its root's) nor PYTHONPATH or VIRTUAL_ENV may reach it.
_KEPT_VARIABLES = ("LANG", "LC_ALL", "PATH", "SSL_CERT_FILE", "TZ", "USER")


def environment(port: int, state_dir: Path) -> dict[str, str]:
    """MiniStack's settings, which it reads when it is imported."""
    return {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ} | {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "DOCKER_HOST": f"unix://{state_dir}/no-docker.sock",  # never use the host's Docker
        "GATEWAY_PORT": str(port),
        "HOME": str(state_dir / "tmp"),  # a function must not read the user's ~/.aws
        "IOT_MTLS_ENABLED": "0",
        "LOG_LEVEL": "INFO",
        "MINISTACK_HOST": "127.0.0.1",
        "PERSIST_STATE": "1",
        "S3_DATA_DIR": str(state_dir / "s3"),
        "S3_PERSIST": "1",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(state_dir / "state"),
        "TMPDIR": str(state_dir / "tmp"),
    }


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit status."""
    parser = argparse.ArgumentParser(prog="local cloud", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    options = parser.parse_args(arguments)
    state_dir = options.state_dir.resolve()
    (state_dir / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)

    lock = (state_dir / "server.lock").open("w")  # held until this process ends, however it ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"error: another local cloud uses {state_dir}", file=sys.stderr)
        return 1

    settings = environment(options.port, state_dir)
    os.environ.clear()
    os.environ.update(settings)

    from tools.local_cloud import serving  # imports MiniStack, which reads the environment just set

    pid_file(state_dir).write_text(str(os.getpid()))
    try:
        asyncio.run(serving.serve(options.port, state_dir))
    except (LocalCloudError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    finally:
        pid_file(state_dir).unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

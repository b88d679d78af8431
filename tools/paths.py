"""Where things lie in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TERRAFORM = REPOSITORY / "terraform"
STAGES_FILE = TERRAFORM / "stages.toml"
BUILD = REPOSITORY / ".build"


def local_state(port: int) -> Path:
    """Where the local cloud on `port` keeps its state, its log and its process id."""
    home = os.environ.get("LOCAL_HOME")
    return (Path(home) if home else REPOSITORY / ".local") / str(port)

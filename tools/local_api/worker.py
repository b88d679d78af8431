"""`chalice` as a child process that ends with its parent, however the parent ended.

The parent holds the other end of standard input and never writes: the end of the file is its death.
"""

from __future__ import annotations

import os
import sys
import threading

from chalice.cli import main


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(main())

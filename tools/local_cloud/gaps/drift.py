"""What MiniStack reads back unlike AWS, so that a plan right after an apply would not be empty."""


def install() -> None:
    """Patch the operations whose answers differ from AWS's."""

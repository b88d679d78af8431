"""The one exception the local cloud's functions raise."""


class LocalCloudError(Exception):
    """What failed, where, and what to do next, as one message for a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

"""What goes wrong in this package."""

from db.errors import LotwattError


class IngestError(LotwattError):
    """The loader cannot go on."""


class ConfigError(IngestError):
    """A setting cannot be meant."""


class TransientError(IngestError):
    """The database is away or busy: the broker keeps the messages until it is back."""


class BrokerError(IngestError):
    """The connection to the broker is gone; what was not acknowledged comes again."""


class RefusedError(Exception):
    """A message, or one value of it, that cannot be stored; the reason is a word for statistics."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

"""What goes wrong with the embedded server, said in sentences."""

from db.errors import LotwattError


class EmbeddedError(LotwattError):
    """The embedded server could not be started, stopped or reached."""

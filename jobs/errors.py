"""What goes wrong in this package."""

from db.errors import LotwattError


class JobError(LotwattError):
    """A job cannot do its work."""

"""Tells systemd how the loader does (sd_notify); without systemd every call does nothing."""

import logging
import os
import socket

logger = logging.getLogger(__name__)


def ready(status: str = "") -> None:
    """The service has started: units that come after it may start."""
    tell("READY=1", status)


def alive(status: str = "") -> None:
    """A sign of life; systemd restarts a service that owes one for WatchdogSec."""
    tell("WATCHDOG=1", status)


def stopping(status: str = "") -> None:
    """The service ends on purpose."""
    tell("STOPPING=1", status)


def tell(state: str, status: str = "") -> None:
    """Send a state, and a line for `systemctl status`. Never fails, never waits."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name in Linux's abstract space
        address = "\0" + address[1:]
    message = f"{state}\nSTATUS={' '.join(status.split())}" if status else state
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.setblocking(False)
            notify.sendto(message.encode(), address)
    except OSError as error:
        logger.debug("systemd was not told %s: %s", state, error)

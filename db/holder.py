"""Who holds a lease: a process of a host, and no other that gets its number later."""

import os
import socket
import uuid


def new_holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

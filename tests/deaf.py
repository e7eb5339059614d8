"""Run azpg-tls, as `tests.measured` does, where the system's resolver never answers: FILE ARGUMENT…"""

from __future__ import annotations

import runpy
import socket
import threading

if __name__ == "__main__":
    socket.getaddrinfo = lambda *_arguments, **_settings: threading.Event().wait()  # type: ignore[assignment]
    runpy.run_module("tests.measured", run_name="__main__")

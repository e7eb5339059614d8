"""Run azpg-tls as its command does, and write down what it took, memory in kB and CPU seconds: FILE ARGUMENT…"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from azpg_tls.cli import main

if __name__ == "__main__":
    try:
        main(sys.argv[2:])
    finally:
        # Not getrusage: what it tells includes the process that started this one (Linux, exec_mmap).
        peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
        Path(sys.argv[1]).write_text(f"{peak[1] if peak else ''} {time.process_time()}")

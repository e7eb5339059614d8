"""``python -m azpg_tls``."""

from azpg_tls.cli import main

main()

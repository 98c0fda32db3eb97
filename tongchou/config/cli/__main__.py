"""`python -m tongchou.config.cli` is `tongchou`."""

from . import main

main()

"""`python -m veridical`: the command line, for launchers that start modules (accelerate launch -m veridical align ...)."""

from __future__ import annotations

from veridical.cli import main

if __name__ == "__main__":
    main()

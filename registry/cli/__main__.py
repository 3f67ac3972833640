"""Runs `python -m registry.cli` as the command `citylinks`."""

from registry.cli import main

if __name__ == "__main__":
    main(prog_name="citylinks")

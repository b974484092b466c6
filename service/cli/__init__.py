"""The `pointsman` command. Each of its commands stands in a module of its own, imported when it is run."""

from service.cli.command import main

__all__ = ["main"]

"""Runs `pointsman` commands that ask a running server."""

import os
import subprocess
import sys
from pathlib import Path

from tests.running import KEY, Pointsman

_ROOT = Path(__file__).parent.parent.parent


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "service.cli", *arguments]


def environment(pointsman: Pointsman, **changed: str) -> dict[str, str]:
    """Of this process's, with the server's key and port; an empty value removes a variable."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
    env |= {"PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'gen'}", "POINTSMAN_API_KEY": KEY, "TERM": "dumb"}
    env |= {"POINTSMAN_PORT": str(pointsman.port)} | changed
    return {name: value for name, value in env.items() if value}


def run_command(
    pointsman: Pointsman, folder: Path, *arguments: str, stdin: str = "", **changed: str
) -> "subprocess.CompletedProcess[str]":
    """Runs one command to its end, in a folder."""
    return subprocess.run(
        command(*arguments),
        input=stdin,
        cwd=folder,
        env=environment(pointsman, **changed),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

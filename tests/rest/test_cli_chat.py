"""`pointsman chat` against the running server: streaming, turns, and failures in one line."""

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rest.command_line import command, environment, run_command
from tests.rest.scene import Scene
from tests.running import KEY, eventually
from tests.upstreams.fake_vendor import Script, delta, event, hello, replying, streaming

_DONE = b"data: [DONE]\n\n"
_USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def chat(
    scene: Scene, folder: Path, *arguments: str, stdin: str = "", **changed: str
) -> "subprocess.CompletedProcess[str]":
    return run_command(scene.pointsman, folder, "chat", *arguments, stdin=stdin, **changed)


def test_one_shot(scene: Scene, tmp_path: Path) -> None:
    scene.plays(
        streaming(delta(content="Grüße"), delta(content="!", finish="stop"), event(usage=_USAGE), _DONE)
    )

    done = chat(scene, tmp_path, "--model", scene.model, "--system", "Be brief.", "Say", "hello")

    assert (done.returncode, done.stdout) == (0, "Grüße!\n")
    assert done.stderr == f"{scene.model} · 3 + 2 tokens\n"
    assert scene.call.json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say hello"},
    ]


def test_what_else_is_said(scene: Scene, tmp_path: Path) -> None:
    scene.plays(streaming(delta(content="Hi!", finish="stop"), _DONE))

    done = chat(scene, tmp_path, "--model", scene.model, "--user", "u-1", "--metadata", "tier=gold", "Hello")

    assert done.returncode == 0, done.stderr
    assert scene.call.json["user"] == "u-1"


def test_what_is_piped_is_the_message(scene: Scene, tmp_path: Path) -> None:
    done = chat(scene.plays(hello), tmp_path, "--model", scene.model, stdin="two\nlines\n")

    assert (done.returncode, done.stdout) == (0, "Hello\n")
    assert scene.call.json["messages"][0]["content"] == "two\nlines"


def test_without_a_model_the_first_one_is_asked(scene: Scene, tmp_path: Path) -> None:
    done = chat(scene, tmp_path, "Hi")

    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("fake/hello")


def test_the_key_is_read_where_the_server_keeps_it(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / ".pointsman").mkdir()
    (tmp_path / ".pointsman" / "api-key").write_text(KEY + "\n", "ascii")

    done = chat(scene.plays(hello), tmp_path, "--model", scene.model, "Hi", POINTSMAN_API_KEY="")

    assert (done.returncode, done.stdout) == (0, "Hello\n")


FAILED = replying({"error": {"message": "The\nmodel is tired."}}, 503)
BROKEN = streaming(delta(content="Half of"), event(error={"message": "lost it"}))


@pytest.mark.parametrize(
    ("script", "arguments", "changed", "told"),
    [
        (FAILED, ("Hi",), {}, "The model is tired."),
        (BROKEN, ("Hi",), {}, "lost it"),
        (hello, ("Hi",), {"POINTSMAN_PORT": "9"}, "nothing listens on 127.0.0.1:9"),
        (hello, ("Hi",), {"POINTSMAN_API_KEY": "wrong"}, "does not know this key"),
        (hello, ("Hi",), {"POINTSMAN_API_KEY": ""}, "no key: set POINTSMAN_API_KEY"),
        (hello, ("--model", "nowhere", "Hi"), {}, "nowhere"),
        (hello, (" ",), {}, "nothing to ask"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:30]),
)
def test_a_failure_is_one_line(  # noqa: PLR0917 - fixtures and a table's columns
    scene: Scene, tmp_path: Path, script: Script, arguments: Sequence[str], changed: dict[str, str], told: str
) -> None:
    done = chat(scene.plays(script), tmp_path, "--model", scene.model, *arguments, **changed)

    assert done.returncode == 1
    assert done.stdout == ("Half of\n" if script is BROKEN else "")
    assert done.stderr.startswith("pointsman: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / ".pointsman").exists()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (streaming(delta(content="Half of")), "the answer was cut off"),
        (streaming(delta(content="Half of"), ends="break"), "the answer was cut off"),
        (replying("<html>", 502, "text/html"), "answered with status 502"),
    ],
    ids=["ends", "breaks", "answers no JSON"],
)
def test_a_server_that_fails_itself(scene: Scene, tmp_path: Path, script: Script, told: str) -> None:
    scene.plays(script)  # and is asked without Pointsman between
    done = chat(scene, tmp_path, "--model", scene.name, "Hi", POINTSMAN_PORT=str(scene.vendor.port))

    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


@contextmanager
def at_a_terminal(scene: Scene, folder: Path) -> Iterator["Terminal"]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("chat", "--model", scene.model),
        cwd=folder,
        env=environment(scene.pointsman),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


class Terminal:
    """What a person sees and types."""

    def __init__(self, descriptor: int, process: "subprocess.Popen[bytes]") -> None:
        self._descriptor = descriptor
        self.process = process
        self.seen = ""

    def types(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def sees(self, text: str) -> float:
        """Waits for a text and gives the time it came."""
        eventually(lambda: text in self._look(), 20)
        return time.monotonic()

    def _look(self) -> str:
        while select.select([self._descriptor], [], [], 0)[0]:
            try:
                self.seen += os.read(self._descriptor, 65_536).decode()
            except OSError:
                break
        return self.seen


def test_a_conversation(scene: Scene, tmp_path: Path) -> None:
    with at_a_terminal(scene.plays(hello), tmp_path) as terminal:
        terminal.sees("> ")
        terminal.types("First\n")
        terminal.sees("Hello")
        eventually(lambda: len(scene.vendor.calls(scene.name)) == 1)
        terminal.sees("tokens")
        terminal.types("Second\n")
        eventually(lambda: len(scene.vendor.calls(scene.name)) == 2)
        terminal.seen = ""
        terminal.sees("> ")
        terminal.types("\x04")

        assert terminal.process.wait(10) == 0
    assert scene.vendor.calls(scene.name)[1].json["messages"] == [
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Second"},
    ]


def test_words_appear_as_they_come_and_ctrl_c_ends(scene: Scene, tmp_path: Path) -> None:
    scene.plays(streaming(delta(content="early"), delta(content="late"), gap=1.0, ends="hang"))

    with at_a_terminal(scene, tmp_path) as terminal:
        terminal.sees("> ")
        terminal.types("Hi\n")
        assert terminal.sees("early") < terminal.sees("late") - 0.5
        terminal.process.send_signal(signal.SIGINT)

        assert terminal.process.wait(10) == 130
        assert "Traceback" not in terminal.seen


def test_a_failed_turn_can_be_asked_again(scene: Scene, tmp_path: Path) -> None:
    with at_a_terminal(scene.plays(FAILED), tmp_path) as terminal:
        terminal.sees("> ")
        terminal.types("Hi\n")
        terminal.sees("The model is tired.")
        scene.plays(hello)
        terminal.types("Hi again\n")
        terminal.sees("Hello")
        terminal.types("\x04")

        assert terminal.process.wait(10) == 0
    assert scene.vendor.calls(scene.name)[-1].json["messages"] == [{"role": "user", "content": "Hi again"}]

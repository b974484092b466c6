"""A secret shows itself only when asked."""

import copy
import traceback

from service.types.secret import Secret

SECRET = Secret("sk-very-secret")


def test_it_is_not_printed() -> None:
    text = "".join(traceback.format_exception(ValueError(SECRET)))

    for shown in (repr(SECRET), str(SECRET), f"{SECRET}", f"{[SECRET]!r}", f"{SECRET!s:>20}", text):
        assert "very-secret" not in shown


def test_it_reveals_compares_and_hashes() -> None:
    assert SECRET.reveal() == "sk-very-secret"
    assert Secret("sk-very-secret") == SECRET
    assert copy.copy(SECRET) == SECRET
    assert Secret("other") != SECRET
    assert len({SECRET, Secret("sk-very-secret"), Secret("other")}) == 2
    assert SECRET != "sk-very-secret"

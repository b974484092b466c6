"""`make wire-report`: every recorded exchange through its decoder, against what the vendor's SDK reads.

One line a kind: exchanges, decoded, compared field by field, differences. Deliberate differences are rules of a
whole kind, printed with their reason. Ends with 1 when anything differs.
"""

import importlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.wire.seen import differences
from tests.wire.replay import WIRE, replayed

READERS = ("openai_chat", "anthropic", "google", "bedrock", "responses", "cohere")
LATER = {"embeddings": "embeddings", "bedrock.invoke": "embeddings"}
_ROW = "{:22} {:>9} {:>8} {:>8} {:>11} {:>10}"


def main() -> int:
    """Prints the report and gives the exit status."""
    readers = {kind: module for module in map(_reader, READERS) for kind in _kinds(module)}
    print(_ROW.format("kind", "exchanges", "decoded", "compared", "differences", "not chat"))
    total: Counter[str] = Counter()
    for path in sorted(WIRE.glob("*.jsonl")):
        counts = Counter(_judged(path, readers))
        total += counts
        _print(path.stem, counts)
    for kind, module in sorted(readers.items()):
        for rule, reason in module.RULES.items():
            print(f"  {kind}: {rule}: {reason}")
    _print("total", total)
    return 1 if total["differences"] or total["exchanges"] != total["decoded"] + total["not chat"] else 0


def _judged(path: Path, readers: dict[str, ModuleType]) -> Iterator[str]:
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        yield "exchanges"
        reader = readers.get(record["kind"])
        if reader is None or not reader.is_chat(record):
            yield "not chat"
            continue
        try:
            actual = replayed(reader, record)
        except Exception as error:  # noqa: BLE001 - the report says which
            print(f"{record['case']}: {type(error).__name__}: {error}", file=sys.stderr)
            continue
        yield "decoded"
        yield "compared"
        for name, pair in differences(reader.expected(record), actual).items():
            yield "differences"
            print(f"{record['case']}: {name}: SDK {pair[0]!r:.200}, here {pair[1]!r:.200}", file=sys.stderr)


def _print(name: str, counts: Counter[str]) -> None:
    columns = ("exchanges", "decoded", "compared", "differences", "not chat")
    print(_ROW.format(name, *(counts[column] for column in columns)))


def _reader(name: str) -> ModuleType:
    return importlib.import_module(f"tests.wire.{name}")


def _kinds(module: Any) -> tuple[str, ...]:
    kinds: tuple[str, ...] = module.KINDS
    return kinds


if __name__ == "__main__":
    sys.exit(main())

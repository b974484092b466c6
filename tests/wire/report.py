"""`make wire-report`: every recorded exchange through its decoder, against what the vendor's SDK reads.

One line a kind: exchanges, decoded, compared field by field, differences. Deliberate differences are rules of
a whole kind, printed with their reason and the number of exchanges they touch. Ends with 1 when anything
differs.
"""

import importlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from tests.wire.replay import WIRE, Record, replayed
from tests.wire.seen import differences

READERS = ("openai_chat", "anthropic", "google", "bedrock", "responses", "cohere")
_COLUMNS = ("exchanges", "decoded", "compared", "differences", "not chat")
_ROW = "{:22} {:>9} {:>8} {:>8} {:>11} {:>9}"


def main() -> int:
    """Prints the report and gives the exit status."""
    readers = {kind: module for module in map(_reader, READERS) for kind in module.KINDS}
    rules: Counter[tuple[str, str, str]] = Counter()
    print(_ROW.format("kind", *_COLUMNS))
    total: Counter[str] = Counter()
    for path in sorted(WIRE.glob("*.jsonl")):
        counts: Counter[str] = Counter()
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            reader = readers.get(record["kind"])
            counts["exchanges"] += 1
            counts.update(_judged(record, reader))
            rules.update(_rules(record, reader))
        total += counts
        _print(path.stem, counts)
    for (kind, name, reason), count in sorted(rules.items()):
        print(f"  rule {name} of {kind}, {count} exchanges: {reason}")
    if not total:
        print(f"no recorded traffic in {WIRE}", file=sys.stderr)
    _print("total", total)
    complete = total["exchanges"] > 0 and total["exchanges"] == total["decoded"] + total["not chat"]
    return 0 if complete and not total["differences"] else 1


def _judged(record: Record, reader: Any) -> Iterator[str]:
    if reader is None or not reader.is_chat(record):
        yield "not chat"
        return
    try:
        actual = replayed(reader, record)
    except Exception as error:  # noqa: BLE001 - the report says which
        print(f"{record['case']}: {type(error).__name__}: {error}", file=sys.stderr)
        return
    yield "decoded"
    yield "compared"
    for name, pair in differences(reader.expected(record), actual).items():
        yield "differences"
        print(f"{record['case']}: {name}: SDK {pair[0]!r:.200}, here {pair[1]!r:.200}", file=sys.stderr)


def _rules(record: Record, reader: Any) -> Iterator[tuple[str, str, str]]:
    if reader is None or record["status"] >= 300 or not reader.is_chat(record):
        return
    response = record["response"]
    text = response["text"] if "text" in response else json.dumps(response)
    for name, rule in reader.RULES.items():
        if re.search(rule.seen_in, text):
            yield record["kind"], name, rule.reason


def _print(name: str, counts: Counter[str]) -> None:
    print(_ROW.format(name, *(counts[column] for column in _COLUMNS)))


def _reader(name: str) -> ModuleType:
    return importlib.import_module(f"tests.wire.{name}")


if __name__ == "__main__":
    sys.exit(main())

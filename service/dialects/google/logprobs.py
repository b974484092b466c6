"""Log probabilities: `logprobsResult` to OpenAI's shape."""

from itertools import zip_longest
from typing import Any


def logprobs_of(result: dict[str, Any]) -> dict[str, Any]:
    """One entry for each token chosen, with its rivals; Google's `tokenId` stays beside it as `token_id`."""
    rivals = [step.get("candidates") or [] for step in result.get("topCandidates") or ()]
    steps = zip_longest(result.get("chosenCandidates") or (), rivals)
    return {
        "content": [
            {**_entry(chosen), "top_logprobs": [_entry(rival) for rival in beside or ()]}
            for chosen, beside in steps
            if chosen is not None
        ],
        "refusal": None,
    }


def _entry(token: dict[str, Any]) -> dict[str, Any]:
    # Zeros are not written. The bytes of a token that is part of a character are not known.
    text, chance = token.get("token"), token.get("logProbability")
    number = isinstance(chance, int | float) and not isinstance(chance, bool)
    entry = {
        "token": text if isinstance(text, str) else "",
        "logprob": chance if number else 0.0,
        "bytes": None,
    }
    return entry | ({"token_id": token["tokenId"]} if "tokenId" in token else {})

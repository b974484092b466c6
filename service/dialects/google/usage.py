"""Token counts: `usageMetadata`, which in a stream counts up to the chunk it stands in."""

from typing import Any

from service.types.chunk import Usage

# Said elsewhere: the totals, their details, and what is no count.
_PLACED = (
    *("promptTokenCount", "candidatesTokenCount", "totalTokenCount", "promptTokensDetails"),
    *(
        "candidatesTokensDetails",
        "cachedContentTokenCount",
        "thoughtsTokenCount",
        "serviceTier",
        "trafficType",
    ),
)
_MODALITIES = ("TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT")
# Vertex AI's words for the tiers that AI Studio names `serviceTier`.
_TIERS = {"ON_DEMAND": "standard", "ON_DEMAND_FLEX": "flex", "ON_DEMAND_PRIORITY": "priority"}


def usage_of(counts: dict[str, Any]) -> Usage | None:
    """Reads the counts; a 0 is not written by Google, so what is missing follows from the total.

    The prompt holds what Google's own tools added to it, the completion the thoughts. None for no counts.
    """
    prompt, total = _count(counts, "promptTokenCount"), _count(counts, "totalTokenCount")
    answer, thoughts = _count(counts, "candidatesTokenCount"), _count(counts, "thoughtsTokenCount")
    if prompt is not None:
        prompt += _count(counts, "toolUsePromptTokenCount") or 0
    completion = None if answer is None and thoughts is None else (answer or 0) + (thoughts or 0)
    if completion is None and prompt is not None and total is not None:
        completion = max(total - prompt, 0)
    extra = {name: value for name, value in counts.items() if name not in _PLACED}
    if prompt is None and completion is None and total is None and not extra:
        return None
    if prompt is not None and completion is not None:
        # Early in a stream the total leaves parts out that are counted beside it.
        total = max(total or 0, prompt + completion)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=total,
        prompt_tokens_details=_details(
            cached_tokens=_count(counts, "cachedContentTokenCount"),
            **_modalities(counts, "promptTokensDetails"),
        ),
        completion_tokens_details=_details(
            reasoning_tokens=thoughts, **_modalities(counts, "candidatesTokensDetails")
        ),
        extra=extra,
    )


def service_tier(counts: dict[str, Any]) -> str | None:
    """The tier that the answer was served at, in AI Studio's words."""
    tier = counts.get("serviceTier")
    return tier if isinstance(tier, str) else _TIERS.get(str(counts.get("trafficType")))


def _modalities(counts: dict[str, Any], name: str) -> dict[str, int | None]:
    """Counts by modality, as `text_tokens` and so on."""
    stated = [each for each in counts.get(name) or () if each.get("modality") in _MODALITIES]
    return {f"{each['modality'].lower()}_tokens": _count(each, "tokenCount") for each in stated}


def _details(**counts: int | None) -> dict[str, int] | None:
    known = {name: count for name, count in counts.items() if count is not None}
    return known or None


def _count(counts: dict[str, Any], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None

"""What `pointsman models` calls what a model can do."""

from collections.abc import Callable

from service.types.facts import Facts

ABILITIES: dict[str, Callable[[Facts], bool | None]] = {
    "tools": lambda facts: facts.tools,
    "schema": lambda facts: facts.structured_outputs,
    "reasoning": lambda facts: facts.reasoning,
    "vision": lambda facts: "image" in (facts.input_modalities or ()),
    "audio": lambda facts: "audio" in (facts.input_modalities or ()),
    "video": lambda facts: "video" in (facts.input_modalities or ()),
    "files": lambda facts: "file" in (facts.input_modalities or ()),
    "draws": lambda facts: "image" in (facts.output_modalities or ()),
    "speaks": lambda facts: "audio" in (facts.output_modalities or ()),
    "caching": lambda facts: facts.prompt_caching,
    "search": lambda facts: facts.web_search,
}

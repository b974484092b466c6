"""Which model an endpoint serves: from the ids of vendors to `author/slug`.

A host's way of serving (quantization, a faster queue, an enclave) is no other model; a size, a mode that
has its own weights, a distillation and a dated snapshot are. Whatever an author itself sells under two
names (`-highspeed`) stays two models.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from service.catalog.build.synonyms import MEANT, SYNONYMS
from service.catalog.names import AUTHORS, id_key

FAMILIES = (
    (r"claude", "anthropic"),
    (r"(gpt|chatgpt|codex|o[134])(-|\d|$)", "openai"),
    (r"(gemini|gemma|lyria)", "google"),
    (r"(meta-)?llama", "meta-llama"),
    (r"(open-)?(mistral|mixtral|codestral|devstral|magistral|ministral|pixtral|voxtral)", "mistralai"),
    (r"(labs-devstral)", "mistralai"),
    (r"(qwen|qwq|qvq)", "qwen"),
    (r"deepseek", "deepseek"),
    (r"kimi", "moonshotai"),
    (r"glm", "z-ai"),
    (r"grok", "x-ai"),
    (r"nova-", "amazon"),
    (r"(command|c4ai)", "cohere"),
    (r"phi-", "microsoft"),
    (r"(nvidia-)?nemotron", "nvidia"),
    (r"minimax", "minimax"),
    (r"mimo", "xiaomi"),
    (r"cogito", "deepcogito"),
    (r"rnj", "essentialai"),
)
"""Makers by the first words of a bare id."""

_HOSTS = {
    "openrouter": ":free",
    "google-vertex": "-maas|@default",
    "chutes": r"(?<=\db)-turbo-tee|-tee",
    "together": "(?<=-instruct)-(turbo|lite)|-fp8|-tput",
    "deepinfra": "(?<=-instruct)-turbo|-fp8",
    "nebius": "-fast",
    "cloudflare": "-fp8-fast|-fp8",
    "novita": "-fp8|-paddle",
    "azure": "-fp8",
    "github-models": "-fp8",
}
"""How hosts mark, at the end of an id, the way they serve a model of others. Authors use such words too:
`glm-5-turbo` is a model."""

_AUTHOR_DOT = frozenset({"amazon-bedrock"})
"""Hosts whose ids are `author.slug`, with a region before and a version of the endpoint after it."""

_VERSIONED = frozenset({"amazon"})
"""Authors whose models have that version in their own names."""

_P_FOR_DOT = frozenset({"fireworks"})
"""Hosts who write `glm-5p2`."""

_DASH_FOR_DOT = frozenset({"anthropic"})
"""Authors who write `claude-sonnet-4-5`."""

_DATED = re.compile(r"^(?P<base>.+?)[-@](?P<date>20\d{6}|20\d\d-\d\d-\d\d)$")
_SNAPSHOTS = ("anthropic", "openai")
"""Authors whose dated ids are fixed snapshots and whose undated ones mean the newest of them."""

_PATHS = re.compile(r"^(~|@cf/|accounts/fireworks/(models|routers)/)")
_REGION = re.compile(r"^(us|eu|au|jp|apac|ca|global)\.")
_VERSION = re.compile(r"(-v\d+:\d+|-v1|:\d+)$")


_SYNONYMS = {id_key(name): model for name, model in SYNONYMS.items()}


class Name(NamedTuple):
    """A model's name in its parts."""

    author: str
    slug: str

    def __str__(self) -> str:
        return f"{self.author}/{self.slug}"


def named(provider: str, model_id: str) -> Name:
    """What an id says of the model behind it, before synonyms and dates; `provider` is our slug."""
    if meant := MEANT.get((provider, model_id)):
        return Name(*meant.split("/", 1))
    bare = _PATHS.sub("", model_id.strip())
    if provider in _AUTHOR_DOT:
        author, _, slug = _REGION.sub("", bare).partition(".")
        bare = f"{author}/{slug.removesuffix(':0') if author in _VERSIONED else _VERSION.sub('', slug)}"
    author, slash, slug = bare.rpartition("/")
    slug = slug.lower()
    if provider in _HOSTS:
        slug = re.sub(f"({_HOSTS[provider]})$", "", slug)
    if provider in _P_FOR_DOT:
        slug = re.sub(r"(?<=\d)p(?=\d)", ".", slug)
        slug = re.sub(r"-(fast|turbo)$", "", slug) if "/routers/" in model_id else slug
    slug = re.sub(r"(?<=\d)_(?=\d)", ".", slug).replace("_", "-").replace(":", "-")
    for prefix in ("databricks-", "snowflake-", "openai-", "zai-", "cohere-", "ai21-"):
        slug = slug.removeprefix(prefix)
    if slash:
        author = author.rpartition("/")[2].lower()
        author = AUTHORS.get(author, author)
    else:
        author = next((who for words, who in FAMILIES if re.match(words, slug)), provider)
        author = AUTHORS.get(author, author)
    return Name(author, _respelt(author, slug.removeprefix("meta-")))


def _respelt(author: str, slug: str) -> str:
    if author in _DASH_FOR_DOT:
        # Versions with a dot and the family first or last, as the vendor itself has it.
        slug = slug.replace("@", "-")
        slug = slug.removesuffix("-latest") if re.search(r"\d", slug) else slug
        slug = re.sub(r"^(claude(?:-[a-z]+)?)-(\d)-0(?=-|$)", r"\1-\2", slug)
        slug = re.sub(r"(?<=-)(\d)-(\d)(?=-|$)", r"\1.\2", slug)
    return slug


class Naming:
    """Names of models on the whole of the data: one spelling each, dates folded where there is one only."""

    def __init__(self, seen: Iterable[Name], spellings: Iterable[Name]) -> None:
        """`spellings` are taken over as they stand, the earlier first; others as they are first seen."""
        preferred = [*spellings, *(Name(*model.split("/", 1)) for model in SYNONYMS.values())]
        # Of two spellings the one with more dots is nearer to the author's own.
        others = sorted(set(seen), key=lambda name: (-name.slug.count("."), name))
        self._dates: dict[str, set[str]] = {}
        for name in (*preferred, *others):
            if (found := _DATED.match(name.slug)) and name.author in _SNAPSHOTS:
                base = id_key(f"{name.author}/{found['base']}")
                self._dates.setdefault(base, set()).add(found["date"].replace("-", ""))
        self._spelt: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        for name in (*preferred, *others):
            folded = self._undated(self._synonym(name))
            self._spelt.setdefault(id_key(str(folded)), str(folded))

    def canonical(self, name: Name) -> str:
        """The id of the model that this name means. Raises KeyError for one that the data does not have."""
        meant = self._synonym(name)
        folded = self._undated(meant)
        spelt = self._spelt[id_key(str(folded))]
        if meant.slug != folded.slug:
            self.aliases[str(meant)] = spelt
        return spelt

    def known(self, name: Name) -> str | None:
        """As `canonical`, None for a name that the data does not have."""
        return self._spelt.get(id_key(str(self._undated(self._synonym(name)))))

    def _synonym(self, name: Name) -> Name:
        other = _SYNONYMS.get(id_key(str(name)))
        return Name(*other.split("/", 1)) if other else name

    def _undated(self, name: Name) -> Name:
        found = _DATED.match(name.slug)
        if not found or name.author not in _SNAPSHOTS:
            return name
        one = len(self._dates.get(id_key(f"{name.author}/{found['base']}"), ())) <= 1
        return Name(name.author, found["base"]) if one else name

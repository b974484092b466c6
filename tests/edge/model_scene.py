"""A small world of models: two that several providers serve, one that nobody knows, one that is off."""

from decimal import Decimal

from service.catalog.catalog import Catalog
from service.providers.directory import Directory
from service.providers.provider import Provider
from service.types.facts import Facts, Model
from service.types.price import Price, PriceTier

NOW = 1_800_000_000.0
DAY = 86_400

BIG = Model(
    id="acme/big-1",
    name="Big One",
    created=int(NOW) - 10 * DAY,
    knowledge_cutoff="2026-01",
    hugging_face_id="acme/Big-1",
    intelligence=71.5,
    coding=60.0,
)
SMALL = Model(id="tiny/small-2", name="Small Two", created=int(NOW) - 400 * DAY, coding=65.5)
HIDDEN = Model(id="acme/hidden", intelligence=99.0)

BIG_AT_FIRST = Facts(
    model=BIG,
    input_modalities=("text", "image"),
    output_modalities=("text",),
    tools=True,
    structured_outputs=True,
    temperature=True,
    reasoning=True,
    efforts=("low", "high"),
    thinking_off=True,
    prompt_caching=True,
    context_length=200_000,
    max_completion_tokens=8_192,
    price=Price(
        prompt=Decimal("0.15"),
        completion=Decimal("10.0"),
        input_cache_read=Decimal("0.0000001"),
        request=Decimal("0.002"),
        tiers=(PriceTier(min_prompt_tokens=128_000, prompt=Decimal("0.3")),),
    ),
    zdr=True,
    regions=("eu-west",),
)
BIG_AT_SECOND = Facts(model=BIG, context_length=400_000, web_search=True, quantization="fp8")
SMALL_AT_SECOND = Facts(
    model=SMALL,
    input_modalities=("text",),
    output_modalities=("text", "image"),
    tools=False,
    reasoning=False,
    context_length=8_000,
    price=Price(prompt=Decimal(0), completion=Decimal(0)),
)


def provider(name: str, title: str = "", models: tuple[str, ...] | None = None) -> Provider:
    return Provider(
        name=name,
        title=title,
        catalog=name,
        dialect="openai",
        base_url=f"https://{name}.test/v1",
        aliases=("1st",) if name == "first" else (),
        models=models,
    )


def directory(*, off: bool = True) -> Directory:
    on = [
        provider("first", "First AI"),
        provider("second", "Second"),
        provider("own", models=("unknown", "ns/unknown:free")),
    ]
    catalog = Catalog(
        {model.id: model for model in (BIG, SMALL, HIDDEN)},
        {
            "first": {"big-1-0601": BIG_AT_FIRST},
            "second": {"Acme/Big-1": BIG_AT_SECOND, "small-2": SMALL_AT_SECOND},
            "third": {"big-1": Facts(model=BIG), "hidden": Facts(model=HIDDEN, context_length=1)},
        },
    )
    return Directory(
        {each.name: each for each in on}, catalog, {"third": provider("third", "Third")} if off else None
    )

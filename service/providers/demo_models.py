"""What the demo's models cost and can do: invented like their answers, so that there is a choice."""

from decimal import Decimal

from service.catalog.model_row import ModelRow, PriceTable


def _row(name: str, prompt: str, completion: str, score: float, *, thinks: bool = False) -> ModelRow:
    return ModelRow(
        provider="demo",
        id=name,
        model=f"demo/{name}",
        name=f"Demo {name}",
        output_modalities=("text",),
        tools=True,
        structured_outputs=True,
        reasoning=thinks or None,
        context_length=32_768,
        price=PriceTable(prompt=Decimal(prompt), completion=Decimal(completion)),
        intelligence=score,
        coding=score,
        math=score,
    )


DEMO_MODELS = (
    _row("fast", "0.10", "0.40", 30),
    _row("clever", "3", "15", 80, thinks=True),
    _row("failing", "0.05", "0.10", 50),
)

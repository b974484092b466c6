"""`[[models]]` can say everything that is known of models and endpoints."""

from service.catalog.model_row import ModelRow, PriceTable, TierTable
from service.types.facts import Facts, Model
from service.types.price import Price, PriceTier


def test_a_row_has_every_field_there_is() -> None:
    known = {*Facts.__struct_fields__, *Model.__struct_fields__}

    assert set(ModelRow.__struct_fields__) == known | {"provider"}
    assert set(PriceTable.__struct_fields__) == set(Price.__struct_fields__)
    assert set(TierTable.__struct_fields__) == set(PriceTier.__struct_fields__)

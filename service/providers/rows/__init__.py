"""The registry: known providers, one row each. A row is data; adding an OpenAI-compatible one is no code.

Its order counts: of several providers that serve a model, the first answers. Makers stand before clouds,
clouds before hosts. Addresses and key variables are those of models.dev (MIT, state of 2026-07-02) where it
has them, else of the row's `docs`.
"""

from service.providers.rows.clouds import CLOUDS
from service.providers.rows.hosts import HOSTS
from service.providers.rows.local import LOCAL
from service.providers.rows.makers import MAKERS
from service.providers.rows.row import Row
from service.upstream import demo

__all__ = ["ROWS", "Row"]

_DEMO = Row(name="demo", title="Demo", base_url=demo.BASE_URL, models=("fast", "clever", "failing"))

ROWS: dict[str, Row] = {row.name: row for row in (_DEMO, *MAKERS, *CLOUDS, *HOSTS, *LOCAL)}

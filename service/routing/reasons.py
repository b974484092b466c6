"""Why a model was chosen, in a sentence for people (`metadata.reasoning`, Inworld 3.2)."""

from collections.abc import Sequence

from service.types.metadata import Attempt
from service.types.plan import Plan


def sentence(plan: Plan, attempts: Sequence[Attempt], *, failed: bool) -> str:
    """Says why the model that was asked last was asked, and how that ended."""
    model = attempts[-1].model if attempts else plan.targets[0].endpoint.id
    return f"Using specified model: '{model}' - {'failed' if failed else 'success'}"

"""The plan as routing hands it on; its words are everybody's (`service.types.plan`)."""

from service.types.plan import Plan

__all__ = ["Plan"]

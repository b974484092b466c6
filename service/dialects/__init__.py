"""The dialects by the names they have in configuration."""

from service.dialects.dialect import Dialect
from service.dialects.openai import OpenAIChat

DIALECTS: dict[str, Dialect] = {
    "openai": OpenAIChat(),
}

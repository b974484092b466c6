"""The dialects by the names they have in configuration."""

from service.dialects.anthropic import Anthropic
from service.dialects.azure import AzureOpenAI, AzureResponses
from service.dialects.bedrock import Bedrock
from service.dialects.cohere import Cohere
from service.dialects.dialect import Dialect
from service.dialects.google import Google
from service.dialects.mistral import Mistral
from service.dialects.openai import OpenAIChat
from service.dialects.responses import OpenAIResponses
from service.dialects.vertex import Vertex

DIALECTS: dict[str, Dialect] = {
    "openai": OpenAIChat(),
    "openai-responses": OpenAIResponses(),
    "anthropic": Anthropic(),
    "google": Google(),
    "vertex": Vertex(),
    "bedrock": Bedrock(),
    "azure": AzureOpenAI(),
    "azure-responses": AzureResponses(),  # chosen by model, not in configuration
    "cohere": Cohere(),
    "mistral": Mistral(),
}

"""Rows of clouds: many makers' models beside other services, some with an address for each customer."""

from service.providers.rows.openai_models import (
    OPENAI_MODEL_QUIRKS,
    OPENAI_MODEL_SOURCES,
    RESPONSES_ONLY,
    RESPONSES_ONLY_SOURCES,
)
from service.providers.rows.row import OPENROUTER_LISTING, Row
from service.types.quirks import Quirks

CLOUDS = (
    Row(
        name="google-vertex",
        title="Google Vertex AI",
        dialect="vertex",
        # As the google-genai and anthropic SDKs have it.
        base_url="https://{location}-aiplatform.googleapis.com",
        location_urls={
            "global": "https://aiplatform.googleapis.com",
            "us": "https://aiplatform.us.rep.googleapis.com",
            "eu": "https://aiplatform.eu.rep.googleapis.com",
        },
        docs="https://cloud.google.com/vertex-ai/generative-ai/docs/models",
        aliases=("vertex", "vertex-ai", "google-vertex-ai", "vertexai", "google-vertex-anthropic"),
    ),
    Row(
        name="amazon-bedrock",
        title="Amazon Bedrock",
        dialect="bedrock",
        base_url="https://bedrock-runtime.{region}.amazonaws.com",
        docs="https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html",
        key_variables=("AWS_BEARER_TOKEN_BEDROCK",),
        aliases=("bedrock", "aws-bedrock", "aws"),
        sources={"about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://aws.amazon.com/privacy",
        terms_of_service_url="https://aws.amazon.com/service-terms/",
        status_page_url="https://health.aws.amazon.com/health/status",
        headquarters="US",
    ),
    Row(
        name="azure",
        title="Azure",
        dialect="azure",
        base_url="{AZURE_OPENAI_ENDPOINT}",
        docs="https://learn.microsoft.com/en-us/azure/ai-services/openai/concepts/models",
        key_variables=("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
        aliases=("azure-openai", "microsoft-azure"),
        by_model=((RESPONSES_ONLY, "azure-responses"),),
        model_quirks=OPENAI_MODEL_QUIRKS,
        sources={
            **OPENAI_MODEL_SOURCES,
            "by_model": (
                *RESPONSES_ONLY_SOURCES,
                "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses",
            ),
            "about": (OPENROUTER_LISTING,),
        },
        privacy_policy_url="https://www.microsoft.com/en-us/privacy/privacystatement",
        terms_of_service_url="https://www.microsoft.com/en-us/legal/terms-of-use?oneroute=true",
        status_page_url="https://status.azure.com/",
        headquarters="US",
    ),
    Row(
        name="databricks",
        title="Databricks",
        base_url="https://{DATABRICKS_HOST}/ai-gateway/mlflow/v1",
        docs="https://docs.databricks.com/aws/en/machine-learning/foundation-models/",
        key_variables=("DATABRICKS_TOKEN",),
    ),
    Row(
        name="snowflake",
        title="Snowflake Cortex",
        base_url="https://{SNOWFLAKE_ACCOUNT}.snowflakecomputing.com/api/v2/cortex/v1",
        docs="https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api",
        key_variables=("SNOWFLAKE_CORTEX_PAT",),
        aliases=("snowflake-cortex", "cortex"),
        model_quirks=((r"claude-.*", Quirks(reasoning_request="reasoning")),),
        sources={"reasoning_request": ("recorded: chat.snowflake",)},
    ),
    Row(
        name="cloudflare",
        title="Cloudflare",
        base_url="https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai/v1",
        docs="https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility",
        key_variables=("CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"),
        aliases=("cloudflare-workers-ai", "workers-ai"),
        sources={"about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://developers.cloudflare.com/workers-ai/privacy",
        terms_of_service_url=(
            "https://www.cloudflare.com/service-specific-terms-developer-platform/#developer-platform-terms"
        ),
        status_page_url="https://www.cloudflarestatus.com/",
        headquarters="US",
    ),
    Row(
        name="github-models",
        title="GitHub Models",
        base_url="https://models.github.ai/inference",
        docs="https://docs.github.com/en/github-models/quickstart",
        key_variables=("GITHUB_TOKEN",),
        aliases=("github",),
        model_quirks=OPENAI_MODEL_QUIRKS,
        sources=OPENAI_MODEL_SOURCES,
        headers={"x-github-api-version": "2022-11-28"},
    ),
    Row(
        name="nvidia",
        title="Nvidia",
        base_url="https://integrate.api.nvidia.com/v1",
        docs="https://docs.api.nvidia.com/nim/",
        key_variables=("NVIDIA_API_KEY",),
        aliases=("nvidia-nim", "nim"),
        sources={"about": (OPENROUTER_LISTING,)},
        privacy_policy_url="https://www.nvidia.com/en-us/about-nvidia/privacy-policy/",
        terms_of_service_url=(
            "https://assets.ngc.nvidia.com/products/api-catalog/legal/"
            "NVIDIA%20API%20Trial%20Terms%20of%20Service.pdf"
        ),
        headquarters="US",
        datacenters=("US",),
    ),
    Row(
        name="nebius",
        title="Nebius Token Factory",
        base_url="https://api.tokenfactory.nebius.com/v1",
        docs="https://docs.tokenfactory.nebius.com/",
        key_variables=("NEBIUS_API_KEY",),
        aliases=("nebius-ai-studio", "nebius-ai"),
    ),
    Row(
        name="scaleway",
        title="Scaleway",
        base_url="https://api.scaleway.ai/v1",
        docs="https://www.scaleway.com/en/docs/generative-apis/",
        key_variables=("SCALEWAY_API_KEY", "SCW_SECRET_KEY"),
        quirks=Quirks(
            max_tokens_field="max_tokens", dropped=("frequency_penalty", "logit_bias"), refused=("n",)
        ),
        sources=dict.fromkeys(
            ("max_tokens_field", "dropped", "refused"),
            ("https://www.scaleway.com/en/docs/generative-apis/api-cli/using-chat-api",),
        ),
    ),
    Row(
        name="ovhcloud",
        title="OVHcloud AI Endpoints",
        base_url="https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
        docs="https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog/",
        key_variables=("OVHCLOUD_API_KEY",),
        aliases=("ovh", "ovhcloud-ai"),
    ),
    Row(
        name="crusoe",
        title="Crusoe",
        base_url="https://api.inference.crusoecloud.com/v1",
        docs="https://docs.crusoecloud.com/quickstart/getting-started-with-serverless-inference",
        key_variables=("CRUSOE_API_KEY",),
        aliases=("crusoe-cloud",),
        quirks=Quirks(reasoning_history="reasoning"),
        sources={"reasoning_history": ("recorded: chat.crusoe",)},
    ),
)

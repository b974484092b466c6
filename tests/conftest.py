"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no finding, and all tests together are to take minutes.
settings.register_profile(
    "pointsman", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("pointsman")

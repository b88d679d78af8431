"""Tests of properties count examples, not milliseconds: a busy machine is no fault of the code."""

from hypothesis import HealthCheck, settings

# By default an example that takes 200 ms fails its test:
# https://hypothesis.readthedocs.io/en/latest/reference/api.html#hypothesis.settings.deadline
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

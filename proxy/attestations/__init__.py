"""Attestations: who built and who published the bytes of a version, proven by signatures in public logs."""

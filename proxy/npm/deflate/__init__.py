"""Compression whose every byte is settled: lockfiles pin digests of what comes of it."""

"""What the workers of one server share: counters of changes, claims to a piece of work, and each other's counts."""

"""The root of every error that pratique raises on purpose."""


class PratiqueError(Exception):
    """Something the caller can be told about in one sentence: `str(error)` names the place and the mend."""

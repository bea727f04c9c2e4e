"""The key that this installation signs with: from the file that the operator names, or made at the first start."""

from __future__ import annotations

from pathlib import Path

from config.problem import ConfigError, Problem
from config.settings import Settings
from proxy.signing.key import BadKey, SigningKey
from proxy.signing.keyfile import kept_key, read_key

MADE_WITH = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out FILE"


def signing_key(settings: Settings, home: Path) -> SigningKey:
    """The key; `home` is the data folder. Raises ConfigError with the mend."""
    named = settings.signing.key_file
    try:
        return read_key(Path(named)) if named else kept_key(home)
    except BadKey as error:
        mend = (
            f"write the path of a PEM file with a P-256 key, made with `{MADE_WITH}`"
            if named
            else "restore it from a backup, or move it away and the next start makes another, which auditors do not know"
        )
        raise ConfigError([Problem("error", "signing.key_file", f"{error}; {mend}")]) from error
    except OSError as error:
        text = f"no signing key can be written there ({error.strerror or error}): make room, or set signing.key_file"
        raise ConfigError([Problem("error", "storage.data_dir", text)]) from error

"""Settings from environment variables: `PRATIQUE_SECTION__KEY`, such as `PRATIQUE_QUARANTINE__HOLD=3d`."""

from __future__ import annotations

from collections.abc import Mapping

from config.layer import Layer, unknown
from config.schema import leaves, tables
from config.settings import Settings

PREFIX = "PRATIQUE_"

NOT_SETTINGS = frozenset({"PRATIQUE_URL", "PRATIQUE_TOKEN", "PRATIQUE_CONFIG"})
"""Read by the commands: which server to speak to, as whom, and which file to load."""

_TESTS = "PRATIQUE_TEST_"


def variable(key: str) -> str:
    """The variable of a key path: `quarantine.hold` is `PRATIQUE_QUARANTINE__HOLD`."""
    return PREFIX + key.replace(".", "__").upper()


def read_environment(env: Mapping[str, str]) -> Layer:
    """The settings in the environment; a variable that looks like one and is none is a problem that names it."""
    layer = Layer()
    known = {variable(key): leaf for key, leaf in leaves(Settings).items()}
    misspelt = {name.replace("__", "_"): name for name in known}
    for name in sorted(env):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS or name.startswith(_TESTS):
            continue
        source = f"environment {name}"
        if name in known:
            layer.take(known[name], env[name], source, text=True)
        elif "__" in name:
            _unknown(layer, name, source)
        elif name in misspelt and not _is_service_link(env[name]):
            layer.wrong(known[misspelt[name]].key, source, f"two underscores part section and key: {misspelt[name]}")
        # Others with single underscores are not ours: an orchestrator sets PRATIQUE_PORT for a service of our name.
    return layer


def _unknown(layer: Layer, name: str, source: str) -> None:
    key = name.removeprefix(PREFIX).lower().replace("__", ".")
    if name != name.upper():
        layer.wrong(key, source, f"is not upper case: write {name.upper()}")
    elif key.partition(".")[0] in tables(Settings):
        layer.wrong(key, source, f"entries of [[{key.partition('.')[0]}]] can only be written in the file")
    else:
        layer.wrong(key, source, unknown(key))


def _is_service_link(value: str) -> bool:
    # A service named pratique-server makes Kubernetes set PRATIQUE_SERVER_PORT=tcp://10.0.0.1:4873.
    return value.startswith(("tcp://", "udp://", "sctp://"))

"""Every error that pratique raises on purpose has a row in the one table, and a body that clients can print."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import proxy
import quarantine
from proxy.registry.errors import Withheld
from proxy.web.answers import failure
from proxy.web.errors import STATUS, body_of, status_of
from quarantine.errors import PratiqueError
from quarantine.package import PackageName
from quarantine.verdict import Verdict

ONLY_AT_THE_COMMAND_LINE = {"Trouble"}


def every_error() -> list[type[PratiqueError]]:
    """All subclasses, once every module has been imported."""
    for package in (proxy, quarantine):
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            # Migration scripts only run inside alembic.
            if ".migrations." not in module.name:
                importlib.import_module(module.name)
    found: list[type[PratiqueError]] = []
    waiting = [PratiqueError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return sorted(
        {each for each in found if each.__module__.split(".")[0] in {"proxy", "quarantine"}}, key=lambda each: each.__name__
    )


def example(kind: type[PratiqueError]) -> PratiqueError:
    """One of this class, without going through whatever its constructor wants."""
    if issubclass(kind, Withheld):
        return kind(PackageName("lib"), "1.0.0", Verdict())
    error = kind.__new__(kind)
    Exception.__init__(error, "a sentence")
    return error


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_row(kind: type[PratiqueError]) -> None:
    if kind.__name__ in ONLY_AT_THE_COMMAND_LINE:
        return
    status, code = status_of(example(kind))
    assert 400 <= status < 600
    assert code.replace("-", "").isalpha()


@pytest.mark.parametrize("kind", list(STATUS), ids=lambda kind: kind.__name__)
def test_every_row_becomes_an_answer(kind: type[PratiqueError]) -> None:
    error = example(kind)
    response = failure(error, "http://pratique.example")
    assert response.status == STATUS[kind][0]
    assert response.headers["Cache-Control"] == "no-store"
    body = body_of(error, None)
    assert isinstance(body["error"], str)
    assert body["code"] == STATUS[kind][1]


def test_policy_is_always_a_403_and_codes_name_one_thing() -> None:
    assert STATUS[Withheld] == (403, "withheld")
    withheld = [kind.__name__ for kind, (_, code) in STATUS.items() if code == "withheld"]
    assert withheld == ["Withheld", "Unrewritable", "IntegrityMismatch"]
    statuses: dict[str, int] = {}
    for status, code in STATUS.values():
        assert statuses.setdefault(code, status) == status


def test_an_error_without_a_row_is_found_out() -> None:
    with pytest.raises(LookupError, match="no row"):
        status_of(PratiqueError("nobody raises the root itself"))

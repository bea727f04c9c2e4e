"""Every row of the matrix: what is odd is called so, and nothing else is."""

from __future__ import annotations

import pytest

from proxy.npm.archive.oddities import Kind
from proxy.npm.archive.reading import read_archive
from tests.proxy.npm.archive.rows import HONEST, ODD, ROWS, Row

CLEAN = b'{"name": "it", "version": "1.0.0"}'
EVIL = b'{"name": "it", "version": "1.0.0", "scripts": {"postinstall": "true"}}'


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_odd_is_called_so_and_nothing_else(row: Row) -> None:
    found = {each.kind for each in read_archive(row.build(CLEAN, EVIL)).oddities}
    assert found == row.kinds


@pytest.mark.parametrize("row", HONEST, ids=lambda row: row.name)
def test_an_honest_archive_has_its_own_manifest(row: Row) -> None:
    assert read_archive(row.build(CLEAN, EVIL)).read("package.json") == CLEAN


def test_every_kind_is_met_by_some_row() -> None:
    met = {kind for row in ODD for kind in row.kinds}
    assert met == set(Kind) - {Kind.MANIFEST_JSON}


@pytest.mark.parametrize("row", ODD, ids=lambda row: row.name)
def test_a_sentence_has_its_place_filled_in(row: Row) -> None:
    for each in read_archive(row.build(CLEAN, EVIL)).oddities:
        assert each.reason
        assert "{" not in each.reason

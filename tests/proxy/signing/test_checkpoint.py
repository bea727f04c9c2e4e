"""Checkpoints: what was signed is read again, and whatever differs in one place is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.signing import checkpoint as module
from proxy.signing.checkpoint import FIELDS, BadCheckpoint, SignedCheckpoint, canonical, read, sign, signed_text
from proxy.signing.key import SigningKey
from quarantine.audit import GENESIS, Checkpoint

KEY, OTHER = SigningKey.generate(), SigningKey.generate()
AT = datetime(2026, 6, 1, 12, 0, 3, 999, tzinfo=UTC)
HEAD = Checkpoint(214, "0a" * 32)
MADE = sign(KEY, "pratique-00ff", HEAD, AT)

hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
heads = st.builds(Checkpoint, st.integers(0, 10**15 - 1), hashes)
instants = st.integers(0, 10**10).map(lambda seconds: AT + timedelta(seconds=seconds))
logs = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=40)


def altered(**fields: Any) -> str:
    return json.dumps({name: value for name, value in (MADE.value | fields).items() if value is not ...})


@given(logs, heads, instants)
def test_what_was_signed_is_read_again(log: str, head: Checkpoint, at: datetime) -> None:
    made = sign(KEY, log, head, at)
    assert made == sign(KEY, log, head, at)
    assert read(canonical(made.value)) == made
    assert read(json.dumps(made.value, indent=4)) == made
    assert made.value.keys() == FIELDS


def test_the_text_that_is_signed() -> None:
    assert signed_text(MADE.log, HEAD, MADE.at, KEY.public.id) == (
        f"pratique-checkpoint-1\npratique-00ff\n214\n{'0a' * 32}\n2026-06-01T12:00:03Z\n{KEY.public.id}\n"
    )
    east = sign(KEY, "pratique-00ff", HEAD, AT.astimezone(timezone(timedelta(hours=5))))
    assert east == MADE


def test_its_form_is_canonical() -> None:
    text = canonical(MADE.value)
    assert text.isascii()
    assert " " not in text
    assert list(json.loads(text)) == sorted(FIELDS)


@given(st.data())
def test_another_value_in_any_field_is_refused(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    honest = MADE.value[name]
    other = sign(OTHER, "pratique-other", Checkpoint(215, "1b" * 32), AT + timedelta(days=1))
    values = [st.just(other.value[name]), st.text(max_size=80), st.integers(), st.none(), st.lists(st.text(), max_size=1)]
    if isinstance(honest, str):
        place = data.draw(st.integers(0, len(honest) - 1))
        values.append(st.sampled_from("09azAZ+/=\n").map(lambda each: honest[:place] + each + honest[place + 1 :]))
        values.append(st.just(honest + "\n"))
    else:
        values += [st.just(float(honest)), st.just(str(honest)), st.booleans()]
    value = data.draw(st.one_of(values))
    assume(value is not honest and (type(value), value) != (type(honest), honest))
    with pytest.raises(BadCheckpoint):
        read(altered(**{name: value}))


@given(st.data())
def test_one_byte_more_or_less_or_otherwise_is_refused(data: st.DataObject) -> None:
    text = canonical(MADE.value)
    place = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.sampled_from(["", *'09afAF":,{}=']))
    changed = text[:place] + put + text[place + 1 :]
    assume(changed != text)
    with pytest.raises(BadCheckpoint):
        read(changed)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_missing_field_is_refused(name: str) -> None:
    """Nor does one become an unsigned checkpoint by losing its signature, unless it loses everything else as well."""
    with pytest.raises(BadCheckpoint):
        read(altered(**{name: ...}))


@given(st.sets(st.sampled_from(sorted(FIELDS - {"number", "hash"})), max_size=5))
def test_parts_of_one_are_not_an_unsigned_one(gone: set[str]) -> None:
    assume(gone)
    with pytest.raises(BadCheckpoint):
        read(altered(**dict.fromkeys(gone, ...)))


def test_fields_that_nobody_signed_are_refused() -> None:
    with pytest.raises(BadCheckpoint, match="fields missing or added"):
        read(altered(note="approved"))
    with pytest.raises(BadCheckpoint):
        read('{"number": 1, ' + altered()[1:])


def test_all_fields_of_another_key_are_another_checkpoint() -> None:
    """Which is why the auditor has to know the key."""
    forged = sign(OTHER, "pratique-00ff", Checkpoint(3, GENESIS), AT)
    found = read(canonical(forged.value))
    assert isinstance(found, SignedCheckpoint)
    assert found.key.id == OTHER.public.id != KEY.public.id


def test_a_signature_of_another_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, "FORM", "pratique-checkpoint-0")
        older = canonical(sign(KEY, "pratique-00ff", HEAD, AT).value)
    with pytest.raises(BadCheckpoint, match="signature does not fit"):
        read(older)


def test_one_from_before_they_were_signed_is_plain() -> None:
    assert read('{"number": 214, "hash": "' + "0a" * 32 + '"}\n') == HEAD


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[]", "214", '"x"', "[" * 100_000, '{"number": 1}', '{"number": true, "hash": "' + "0a" * 32 + '"}',
     '{"number": -1, "hash": "' + "0a" * 32 + '"}', '{"number": 1, "hash": "0"}', '{"number": 1, "hash": null}',
     '{"number": 1e400, "hash": "' + "0a" * 32 + '"}', '{"number": ' + "9" * 5000 + "}"],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_garbage_is_told(text: str) -> None:
    with pytest.raises(BadCheckpoint, match="is no checkpoint"):
        read(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        read(text)


@pytest.mark.skipif(shutil.which("openssl") is None or shutil.which("jq") is None, reason="it takes openssl and jq")
def test_the_commands_in_the_description_verify_it(tmp_path: Path) -> None:
    """They stand at the top of the module, for whoever does not trust this program."""
    assert module.__doc__ is not None
    lines = [line.strip() for line in module.__doc__.splitlines() if line.startswith("    ")]
    commands = lines[lines.index(next(line for line in lines if line.startswith("jq"))) :]
    file = tmp_path / "checkpoint.json"
    for made, code in (
        (MADE.value, 0),
        (MADE.value | {"number": 215}, 1),
        (MADE.value | {"key_id": OTHER.public.id}, 1),
    ):
        file.write_text(canonical(made))
        done = subprocess.run(
            ["sh", "-ec", "\n".join(commands)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert ("Verified OK" in done.stdout) == (code == 0)

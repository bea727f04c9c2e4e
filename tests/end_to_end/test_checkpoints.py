"""`pratique log export --checkpoint` and `log verify --checkpoint`, as an auditor uses them against a running server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from proxy.signing.checkpoint import canonical, sign
from proxy.signing.key import SigningKey
from quarantine.audit import Checkpoint
from tests.end_to_end.serving import environment, pratique
from tests.fakes.proxy import Proxy
from tests.proxy.web.api import V1, Caller, credential
from tests.proxy.web.scene import scene

STRANGER = SigningKey.generate()


@dataclass
class Auditor:
    """Somebody with a token that reads the log, a folder of their own, and the commands."""

    home: Path
    admin: Caller

    @property
    def proxy(self) -> Proxy:
        return self.admin.proxy

    @property
    def file(self) -> Path:
        return self.home / "checkpoint.json"

    async def says(self, *arguments: str, code: int = 0) -> str:
        env = environment(self.home, PRATIQUE_URL=self.proxy.url, PRATIQUE_TOKEN=self.admin.token or "")
        done = await pratique(self.home, "log", *arguments, env=env)
        assert done.returncode == code, (arguments, done.output)
        assert "Traceback" not in done.output
        return done.output

    async def export(self) -> dict[str, Any]:
        await self.says("export", "--checkpoint", str(self.file))
        return dict(json.loads(self.file.read_text()))

    async def verify(self, *more: str, code: int = 0) -> str:
        return await self.says("verify", "--checkpoint", str(self.file), *more, code=code)

    async def told(self, *more: str, code: int = 0) -> dict[str, Any]:
        return dict(json.JSONDecoder().raw_decode(await self.verify(*more, "--json", code=code))[0])


@asynccontextmanager
async def auditor(folder: Path) -> AsyncIterator[Auditor]:
    async with scene(folder / "data") as stage:
        admin = await credential(stage.proxy, "admin")
        await admin.decide("block", "lib@1.0.0")
        (folder / "home").mkdir()
        yield Auditor(folder / "home", admin)


async def test_a_checkpoint_is_signed_by_the_server_and_holds(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        lines = (await one.says("export", "--checkpoint", str(one.file))).splitlines()
        assert "cannot be written" in await one.says("export", "--checkpoint", str(one.home / "no" / "where"), code=1)
        made, key = json.loads(one.file.read_text()), one.proxy.built.services.signing.public
        assert one.file.read_text() == canonical(made) + "\n"
        last = json.loads(lines[-2])
        assert (made["number"], made["hash"], made["at"]) == (last["number"], last["hash"], "2026-06-01T12:00:00Z")
        assert (made["log"], made["key_id"]) == (one.proxy.built.services.manners.instance, key.id)
        assert lines[-1] == f"{one.file}: entry {made['number']} of {made['log']}, signed by {key.id}"

        await one.admin.decide("block", "lib@1.1.0")
        text = await one.verify()
        assert f"The log is whole: {made['number'] + 1} entries and holds the checkpoint." in text
        assert f"signed by {key.id}. Its signature fits the key inside it, so it was not altered since it was made." in text
        assert "compare the id with the one you kept" in text
        told = await one.told()
        assert (told["sound"], told["log"], told["head"]["number"]) == (True, made["log"], made["number"] + 1)
        kept = {"file": str(one.file), "accepted": True, "reason": None, "signed": True, "key_expected": False}
        assert told["checkpoint"] == kept | made


async def test_a_key_that_the_auditor_kept(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        made = await one.export()
        key = one.proxy.built.services.signing.public
        pem, id = one.home / "key.pem", one.home / "key.id"
        public = serialization.load_der_public_key(key.spki)
        pem.write_bytes(public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        id.write_text(f"{key.id}\n")
        for said in (key.id, str(pem), str(id)):
            assert f"signed by {key.id}. That is the key you named." in await one.verify("--key", said)
        assert (await one.told("--key", key.id))["checkpoint"]["key_expected"] is True

        other = STRANGER.public.id
        assert f"signed by another key than --key names: by {key.id}, not by {other}" in await one.verify("--key", other, code=1)
        told = await one.told("--key", other, code=1)
        assert (told["sound"], told["checkpoint"]["accepted"]) == (None, False)
        head = Checkpoint(made["number"], made["hash"])
        one.file.write_text(canonical(sign(STRANGER, made["log"], head, one.proxy.clock.now()).value))
        assert "by another key" in await one.verify("--key", str(pem), code=1)
        assert other in await one.verify()

        (one.home / "no-key").write_text("something else")
        for said, words in {
            "nowhere.pem": "neither a key's id",
            str(one.home / "no-key"): "no public key of P-256",
            "SHA256:short": "43 characters",
            "SHA256:": "43 characters",
            str(one.home): "neither",
        }.items():
            assert words in await one.verify("--key", said, code=2), said
        assert "--checkpoint FILE" in await one.says("verify", "--key", key.id, code=2)


async def test_a_checkpoint_that_is_not_what_was_signed(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        made = await one.export()
        text = one.file.read_text()
        for bad, words in (
            (text[: len(text) // 2], "only a part of one"),
            ("", "is no checkpoint"),
            ("\x00\xff", "is no checkpoint"),
            (canonical(made | {"number": 1}), "the signature does not fit"),
            (canonical(made | {"public_key": STRANGER.public.text}), "its key_id is not that of its public_key"),
            (canonical({name: value for name, value in made.items() if name != "signature"}), "fields missing"),
        ):
            one.file.write_text(bad, "latin-1")
            assert words in await one.verify(code=1), bad
            told = await one.told(code=1)
            assert (told["sound"], told["checkpoint"]["accepted"]) == (None, False)
            assert words in told["checkpoint"]["reason"]
        one.file.unlink()
        assert "pratique log export --checkpoint FILE" in await one.verify(code=2)


async def test_a_log_that_is_not_what_the_checkpoint_says(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        made = await one.export()
        signing = one.proxy.built.services.signing
        for head, words in (
            (Checkpoint(made["number"], "0" * 64), "it is not the entry that the checkpoint names"),
            (Checkpoint(999, made["hash"]), "the log ends before entry 999"),
        ):
            one.file.write_text(canonical(sign(signing, made["log"], head, one.proxy.clock.now()).value))
            text = await one.verify("--key", signing.public.id, code=1)
            assert words in text
            assert "the log is not what it was" in text
            assert "another installation" not in text
            told = await one.told(code=1)
            assert (told["sound"], told["checkpoint"]["accepted"], len(told["breaks"])) == (False, True, 1)
        one.file.write_text(canonical(sign(signing, "pratique-elsewhere", head, one.proxy.clock.now()).value))
        assert f"keeps the log of {made['log']}, which is another installation." in await one.verify(code=1)


async def test_one_from_before_they_were_signed(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        made = await one.export()
        plain = {"number": made["number"], "hash": made["hash"]}
        one.file.write_text(json.dumps(plain) + "\n")
        text = await one.verify()
        assert "and holds the checkpoint." in text
        assert "It is unsigned" in text
        told = (await one.told())["checkpoint"]
        assert told == {"file": str(one.file), "accepted": True, "reason": None, "signed": False} | plain
        assert "is unsigned, so it is not of the key" in await one.verify("--key", made["key_id"], code=1)
        one.file.write_text(json.dumps(plain | {"hash": "0" * 64}))
        assert "It is unsigned" in await one.verify(code=1)


async def test_who_may_not_read_the_log_gets_no_checkpoint(tmp_path: Path) -> None:
    async with auditor(tmp_path) as one:
        for role, status in {"reader": 403, "ci": 403, "monitor": 403, "reviewer": 200, "admin": 200}.items():
            who = await credential(one.proxy, role)
            assert await who.status("GET", f"{V1}/log/checkpoint") == status, role
        who = await credential(one.proxy, "reader")
        env = environment(one.home, PRATIQUE_URL=one.proxy.url, PRATIQUE_TOKEN=who.token or "")
        answer = await pratique(one.home, "log", "export", "--checkpoint", one.file, env=env)
        assert answer.returncode == 1
        assert not one.file.exists()

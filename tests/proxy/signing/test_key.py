"""Keys: what is signed verifies and nothing else does, and openssl agrees."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from proxy.signing.key import BadKey, PublicKey, SigningKey, unbased

KEY, OTHER = SigningKey.generate(), SigningKey.generate()

RFC_6979 = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
"""The private key of the example for P-256 in RFC 6979, A.2.5, and its signature of "sample" with SHA-256."""
SAMPLE = (
    0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
    0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8,
)

openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl on this machine")


def pem_of(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, secret: bytes | None = None) -> bytes:
    locked = serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_signature_is_of_its_text_and_of_its_key(text: str) -> None:
    signature = KEY.sign(text)
    assert KEY.public.verifies(text, signature)
    assert not KEY.public.verifies(f"{text}\n", signature)
    assert not OTHER.public.verifies(text, signature)
    assert KEY.sign(text) == signature


def test_signatures_are_those_of_rfc_6979() -> None:
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    key = SigningKey(ec.derive_private_key(RFC_6979, ec.SECP256R1()))
    assert decode_dss_signature(unbased(key.sign("sample"))) == SAMPLE


@given(st.text(max_size=100))
def test_whatever_else_is_no_signature(signature: str) -> None:
    assert not KEY.public.verifies("text", signature)


def test_a_key_comes_back_from_its_pem_and_its_text() -> None:
    assert KEY.pem.startswith(b"-----BEGIN PRIVATE KEY-----")
    assert SigningKey.of_pem(KEY.pem).public == KEY.public
    assert PublicKey.of_text(KEY.public.text) == KEY.public
    assert KEY.public != OTHER.public
    assert "PRIVATE" not in repr(KEY)


def test_the_id_is_the_digest_of_the_key() -> None:
    digest = hashlib.sha256(base64.b64decode(KEY.public.text)).digest()
    assert KEY.public.id == "SHA256:" + base64.b64encode(digest).decode().removesuffix("=")
    assert len(KEY.public.id) == len("SHA256:") + 43


@pytest.mark.parametrize(
    ("pem", "words"),
    [
        (b"", "no private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\n", "no private key in PEM"),
        (KEY.pem[:-60], "no private key in PEM"),
        (pem_of(ec.generate_private_key(ec.SECP384R1())), "another kind than P-256"),
        (pem_of(ed25519.Ed25519PrivateKey.generate()), "another kind than P-256"),
        (pem_of(ec.generate_private_key(ec.SECP256R1()), b"a passphrase"), "passphrase"),
    ],
    ids=["nothing", "a beginning", "cut off", "P-384", "Ed25519", "locked"],
)
def test_what_is_no_signing_key_is_told(pem: bytes, words: str) -> None:
    with pytest.raises(BadKey, match=words):
        SigningKey.of_pem(pem)


@pytest.mark.parametrize("text", ["", "?", KEY.public.text[:-4], KEY.public.text + "AAAA", KEY.public.text.rstrip("="), "AAAA"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        PublicKey.of_text(text)


def test_a_point_in_another_form_is_another_key() -> None:
    """Else one key had several ids."""
    point = serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint
    key = ec.derive_private_key(RFC_6979, ec.SECP256R1()).public_key()
    head = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    with pytest.raises(BadKey, match="another form"):
        PublicKey.of_text(base64.b64encode(head + key.public_bytes(*point)).decode())


@openssl
def test_openssl_agrees(tmp_path: Path) -> None:
    def run(*command: str, data: bytes = b"") -> bytes:
        done = subprocess.run(["openssl", *command], input=data, capture_output=True, timeout=60, check=True)
        return done.stdout

    made = run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    key = SigningKey.of_pem(made)
    public = run("pkey", "-pubout", data=made)
    assert PublicKey.of_pem(public) == key.public
    (tmp_path / "key.pem").write_bytes(public)
    (tmp_path / "signature").write_bytes(unbased(key.sign("lib@1.0.0:sha512-…")))
    verify = ("dgst", "-sha256", "-verify", str(tmp_path / "key.pem"), "-signature", str(tmp_path / "signature"))
    assert b"Verified OK" in run(*verify, data="lib@1.0.0:sha512-…".encode())
    (tmp_path / "text").write_text("another text")
    theirs = run("dgst", "-sha256", "-sign", "/dev/stdin", str(tmp_path / "text"), data=made)
    assert key.public.verifies("another text", base64.b64encode(theirs).decode())

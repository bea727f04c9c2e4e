"""Who vouches for the bytes of a version: the registry, a public log, the workflow that built them. Facts, never judgements.

None of these proofs says that a version is harmless: attackers who held a repository published with valid ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Proof(StrEnum):
    """What became of one kind of proof. Only VERIFIED is one; nothing else may be counted as that."""

    VERIFIED = "verified"
    INVALID = "invalid"
    """It is there and does not hold: tampering, or a bug of whoever made it."""
    UNKNOWN = "unknown"
    """It could not be judged, for want of a key, a time or an answer."""
    ABSENT = "absent"


class Kind(StrEnum):
    """What an attestation is about."""

    PUBLISH = "publish"
    """The registry's own: it lists these bytes under this name and version."""
    PROVENANCE = "provenance"
    """A workflow's: it built these bytes from that commit."""


class KeyState(StrEnum):
    """What one signature of the registry is worth."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN_KEY = "unknown key"
    """By a key that we do not have: a new one, until the keys have been refreshed."""
    OUT_OF_DATE = "out of date"
    """Good, but by a key that was not in use at that time. The time may be what is wrong: a registry's dates are not signed."""
    NO_TIME = "no time"
    """Good, but by a key that is in use for a limited time only, and when it signed is not known."""


@dataclass(frozen=True, slots=True)
class RegistrySignature:
    """One entry of a version's `dist.signatures`."""

    keyid: str
    state: KeyState


@dataclass(frozen=True, slots=True)
class Signed:
    """The registry's signatures over name, version and integrity, taken together: each of them has to hold."""

    proof: Proof
    reason: str | None = None
    """A sentence, unless it is verified."""
    signatures: tuple[RegistrySignature, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """What a certificate says of the run that signed, in the words of the host it ran at. None: the certificate does not say."""

    issuer: str
    """Who vouched for the run towards the certificate authority, as an address."""
    identity: str
    """The certificate's subject: with reusable workflows that of their repository, which is not the package's."""
    repository: str | None
    """The address of the repository that was built."""
    repository_id: str | None = None
    """The host's number for it: the same after a rename or a transfer."""
    owner_id: str | None = None
    commit: str | None = None
    ref: str | None = None
    """`refs/tags/v1.0.0`, `refs/heads/main`, …"""
    workflow: str | None = None
    """The file that started the run, as an address with its ref."""
    builder: str | None = None
    """The file that did the build, as an address with its ref: another one than `workflow` where that reuses it."""
    trigger: str | None = None
    """What the run began with: `push`, `release`, `workflow_dispatch`, …"""
    runner: str | None = None
    """`github-hosted`, `self-hosted`, … Certificates from before spring 2023 say nothing."""
    run: str | None = None
    """The address of the run."""


@dataclass(frozen=True, slots=True)
class Attested:
    """What became of one kind of attestation. Where there were several, each has to hold."""

    proof: Proof
    reason: str | None = None
    """A sentence, unless it is verified or absent."""
    at: datetime | None = None
    """When it was signed, as a public log or a timestamp authority says. Known when verified."""
    log_id: str | None = None
    """The log that has it, in hexadecimal, and its number there."""
    log_index: int | None = None
    keyid: str | None = None
    """Of a publish attestation: which key of the registry signed."""
    build: Build | None = None
    """Of a provenance. Known when verified."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What one answer of the registry proves about the bytes with one digest."""

    of: str
    """`sha512-…` of the bytes."""
    at: datetime
    """When it was verified."""
    trust: str
    """With which keys and roots: their fingerprint. With other ones the outcome may differ."""
    publish: Attested
    provenance: Attested
    document: str | None = None
    """sha256 of the answer in hexadecimal; None where there was none."""
    notes: tuple[str, ...] = ()
    """What else is odd, each a sentence: an attestation of a kind that nobody knows, dates that do not fit."""


def objections(build: Build, repository: str | None, hosted: bool = True) -> tuple[str, ...]:
    """What speaks against a build: another repository than the expected one, a machine of the publisher's own. Sentences.

    `repository`: the expected one's address in any of npm's spellings; None: nothing is expected.
    `hosted`: whether the run has to be on the host's own machines. A certificate that does not say speaks against it as well.
    """
    found = []
    if repository is not None and not same_place(build.repository, repository):
        found.append(f"it was built from {build.repository or 'a repository that nobody names'}, not from {repository}")
    if hosted and not (build.runner or "").endswith("-hosted"):
        found.append("its certificate does not say on what kind of machine it was built")
    elif hosted and build.runner == "self-hosted":
        found.append("it was built on a machine of the publisher's own (self-hosted runner)")
    return tuple(found)


_SHORTHANDS = {"github": "github.com", "gitlab": "gitlab.com", "bitbucket": "bitbucket.org"}
_ADDRESS = re.compile(r"(?:(?:https?|ssh|git)://)?(?:[^/@\s]+@)?([a-z0-9.-]+\.[a-z]+)(?::\d+)?[/:]([^\s?]+)(?:\?\S*)?")
_SHORT = re.compile(r"(?:(github|gitlab|bitbucket):)?([\w.-]+/[\w./-]+)")


def same_place(one: str | None, other: str | None) -> bool:
    """Whether two addresses are of one repository. What cannot be read is the same as nothing else."""
    return place(one) is not None and place(one) == place(other)


def place(repository: str | None) -> str | None:
    """`host/owner/name` of a repository's address, for comparing; None where the text is none.

    Every spelling that npm knows: `git+https://…/x.git`, `git@host:owner/x`, `github:owner/x`, `owner/x`. Lower case, since hosts
    do not tell cases apart; without a ref, and without the folder that the address of a monorepo's package ends with.
    """
    text = (repository or "").strip().lower().removeprefix("git+").partition("#")[0]
    if short := _SHORT.fullmatch(text):
        host, path = _SHORTHANDS[short[1] or "github"], short[2]
    elif found := _ADDRESS.fullmatch(text):
        host, path = found[1], found[2]
    else:
        return None
    path = path.partition("@")[0].partition("/-/")[0].strip("/")
    parts = [part for part in path.split("/") if part]
    if host == "github.com":
        parts = parts[:2]
    name = "/".join(parts).removesuffix(".git")
    return f"{host}/{name}" if len(parts) >= 2 else None

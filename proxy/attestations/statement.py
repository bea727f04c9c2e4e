"""The in-toto statement inside of an attestation: what it is about.

Sigstore does not look at it: a bundle with the statement of another tarball is as good to it.

Formats: in-toto Statement v0.1 and v1 (https://github.com/in-toto/attestation), SLSA provenance v0.2 and v1 (https://slsa.dev).
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from proxy.attestations.fields import Json, expect, object_of, only_one, text_of
from proxy.attestations.refusals import Refused
from quarantine.package import PackageVersion
from quarantine.provenance import Kind, same_place

STATEMENTS = frozenset({"https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"})

PREDICATES = {
    "https://github.com/npm/attestation/tree/main/specs/publish/v0.1": Kind.PUBLISH,
    "https://slsa.dev/provenance/v0.2": Kind.PROVENANCE,
    "https://slsa.dev/provenance/v1": Kind.PROVENANCE,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an attestation has to be about."""

    package: PackageVersion
    sha512: bytes
    """Of the bytes as they came from the upstream, computed here."""

    @property
    def purl(self) -> str:
        """As npm writes it: of a scoped name only the first character is encoded."""
        name = self.package.name
        return f"pkg:npm/{f'%40{name[1:]}' if name.startswith('@') else name}@{self.package.version}"


def check_statement(payload: bytes, announced: str, subject: Subject) -> Json:
    """The predicate of a statement about just this subject and of the announced type. Raises Refused."""
    try:
        statement = msgspec.json.decode(payload)
    except (ValueError, RecursionError):
        raise Refused("its statement is not JSON") from None
    if not isinstance(statement, dict):
        raise Refused("its statement is no object")
    if text_of(statement, "_type") not in STATEMENTS:
        raise Refused("its statement is of a version that is not known here")
    expect(text_of(statement, "predicateType"), announced, "predicateType")
    about = only_one(statement, "subject")
    expect(text_of(about, "name"), subject.purl, "subject")
    expect(text_of(object_of(about, "digest"), "sha512"), subject.sha512.hex(), "subject's sha512")
    predicate = object_of(statement, "predicate")
    if PREDICATES[announced] is Kind.PUBLISH:
        expect(predicate.get("name"), str(subject.package.name), "predicate's name")
        expect(predicate.get("version"), subject.package.version, "predicate's version")
    return predicate


def told_source(predicate: Json) -> tuple[str | None, str | None]:
    """Repository and commit as the workflow tells them, where it does: not proven, but they must not contradict what is."""
    definition = predicate.get("buildDefinition")
    if isinstance(definition, dict):
        workflow = _object(_object(definition.get("externalParameters")).get("workflow"))
        repository = _text(workflow.get("repository"))
        # A builder may name more repositories that it has read, in any order.
        own = next((each for each in _objects(definition.get("resolvedDependencies")) if _is_of(each, repository)), {})
        return repository, _text(_object(own.get("digest")).get("gitCommit"))
    source = _object(_object(predicate.get("invocation")).get("configSource"))
    return _text(source.get("uri")), _text(_object(source.get("digest")).get("sha1"))


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _is_of(dependency: Json, repository: str | None) -> bool:
    return same_place(_text(dependency.get("uri")), repository)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

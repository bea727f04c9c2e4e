"""A whole Sigstore in memory, with a registry that signs: for bundles that are good, or wrong in just one place."""

from tests.fakes.sigstore.identities import email_identity, github_identity, gitlab_identity, old_github_identity
from tests.fakes.sigstore.sigstore import NPM_KEY, WHEN, FakeSigstore
from tests.fakes.sigstore.statements import PUBLISH, SLSA_02, SLSA_1, answer, github_predicate, publish_predicate, statement

__all__ = [
    "NPM_KEY",
    "PUBLISH",
    "SLSA_02",
    "SLSA_1",
    "WHEN",
    "FakeSigstore",
    "answer",
    "email_identity",
    "github_identity",
    "github_predicate",
    "gitlab_identity",
    "old_github_identity",
    "publish_predicate",
    "statement",
]

"""What a certificate authority writes into a certificate, by the last number of Fulcio's OIDs; 0 stands for the subject.

Made after real certificates of public packages; GitLab's after Fulcio's documentation.
"""

from __future__ import annotations

from typing import Any

GITHUB = "https://token.actions.githubusercontent.com"
COMMIT = "8a2ee2fd20dda58ffa4a8d808a65cb1e04711c03"

Identity = dict[int, Any]
"""Text, or bytes that go into the certificate as they are."""


def old_github_identity(
    repository: str, *, workflow: str = ".github/workflows/release.yml", ref: str = "refs/tags/v1.0.0"
) -> Identity:
    """As until February 2023."""
    return {
        0: f"https://github.com/{repository}/{workflow}@{ref}",
        1: GITHUB,
        2: "release",
        3: COMMIT,
        4: "Publish",
        5: repository,
        6: ref,
    }


def github_identity(
    repository: str,
    *,
    workflow: str = ".github/workflows/release.yml",
    ref: str = "refs/tags/v1.0.0",
    runner: str = "github-hosted",
    builder: str | None = None,
) -> Identity:
    """As since April 2023. `builder`: the address of a reusable workflow that does the work."""
    own = f"https://github.com/{repository}/{workflow}@{ref}"
    return {
        **old_github_identity(repository, workflow=workflow, ref=ref),
        0: builder or own,
        8: GITHUB,
        9: builder or own,
        10: COMMIT,
        11: runner,
        12: f"https://github.com/{repository}",
        13: COMMIT,
        14: ref,
        15: "495574555",
        16: f"https://github.com/{repository.partition('/')[0]}",
        17: "71096353",
        18: own,
        19: COMMIT,
        20: "release",
        21: f"https://github.com/{repository}/actions/runs/9116405766/attempts/1",
        22: "public",
    }


def gitlab_identity(repository: str, *, runner: str = "gitlab-hosted") -> Identity:
    """A pipeline's."""
    file = f"https://gitlab.com/{repository}//.gitlab-ci.yml@refs/heads/main"
    return {
        0: file,
        1: "https://gitlab.com",
        8: "https://gitlab.com",
        9: file,
        10: COMMIT,
        11: runner,
        12: f"https://gitlab.com/{repository}",
        13: COMMIT,
        14: "refs/heads/main",
        15: "42",
        16: f"https://gitlab.com/{repository.partition('/')[0]}",
        17: "7",
        18: file,
        19: COMMIT,
        20: "push",
        21: f"https://gitlab.com/{repository}/-/jobs/4242",
        22: "public",
    }


def email_identity() -> Identity:
    """Somebody with an e-mail address, which is enough for a certificate; the subject is made to look like a workflow."""
    return {0: "https://github.com/acme/widget/.github/workflows/release.yml@refs/tags/v1.0.0", 1: "https://accounts.example"}

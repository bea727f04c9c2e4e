"""Our way of naming keys is npm's: the ids of its own keys come out the same."""

from __future__ import annotations

import pytest

from proxy.signing.key import PublicKey

KEYS = {
    "SHA256:jl3bwswu80PjjokCgh0o2w5c2U4LhQAE57gj9cz1kzA": (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg=="
    ),
    "SHA256:DhQ8wR5APBvFHLF/+Tc+AYvPOdTpcIDqOhxsBHRwC7U": (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g=="
    ),
}
"""The public keys that npm's registry has signed with, by their `keyid`."""


@pytest.mark.parametrize("keyid", list(KEYS))
def test_the_id_of_a_key_of_npms_is_the_one_that_npm_gives_it(keyid: str) -> None:
    assert PublicKey.of_text(KEYS[keyid]).fingerprint == keyid

"""Sigstore's own verification, made for a part of a trusted root. Here is what we use of sigstore that is not public.

That is why its version is pinned, and why `tests/proxy/attestations/test_upgrades.py` exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import msgspec
from sigstore._internal.trust import CTKeyring, KeyringPurpose, RekorKeyring
from sigstore.models import TrustedRoot
from sigstore.verify import Verifier
from sigstore_models.trustroot.v1 import TrustedRoot as RootMessage

from proxy.attestations.periods import Selection, periods_of
from proxy.attestations.refusals import Undecided
from proxy.attestations.trust import ROOT_TYPE, BadTrust, Trust, read_root


@dataclass(frozen=True, slots=True)
class Anchors:
    """What may be believed of an attestation: nobody here was out of use when it was signed. Opens no connection."""

    verifier: Verifier
    log: RekorKeyring
    """Just the key of the log that is named."""
    ct_logs: CTKeyring


@lru_cache(maxsize=64)
def anchors(trust: Trust, selection: Selection) -> Anchors:
    """Takes about a millisecond the first time. Raises whatever sigstore does where a list of the selection is empty."""
    lists = read_root(trust.root)
    chosen = {
        "mediaType": ROOT_TYPE,
        "tlogs": [lists["tlogs"][selection.log]],
        "certificateAuthorities": [lists["certificateAuthorities"][number] for number in selection.authorities],
        "ctlogs": [lists["ctlogs"][number] for number in selection.ct_logs],
        "timestampAuthorities": [lists["timestampAuthorities"][number] for number in selection.timestampers],
    }
    root = TrustedRoot(RootMessage.from_json(msgspec.json.encode(chosen)))
    made = Anchors(Verifier(trusted_root=root), root.rekor_keyring(KeyringPurpose.VERIFY), root.ct_keyring(KeyringPurpose.VERIFY))
    # Sigstore passes over keys that it cannot read, and would call what they signed wrong.
    if not made.log._keyring or len(made.ct_logs._keyring) != len(selection.ct_logs):
        raise Undecided("a key of the trusted root is of a kind that is not known here")
    return made


def check_trust(trust: Trust) -> None:
    """Raise BadTrust unless each log can be used together with everything else in the trusted root."""
    periods = periods_of(trust)
    everything = [tuple(range(len(each))) for each in (periods.authorities, periods.ct_logs, periods.timestampers)]
    for number in range(len(periods.logs)):
        try:
            anchors(trust, Selection(number, *everything)).verifier._trusted_root.get_timestamp_authorities()
        except Exception as error:
            raise BadTrust(f"the trusted root cannot be used: {error}") from error

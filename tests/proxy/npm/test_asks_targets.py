"""Every spelling of a request target, as clients and attackers send it, through the one parser."""

from __future__ import annotations

import pytest

from proxy.npm import asks
from proxy.npm.asks import MalformedTarget, NotAnAsk, parse_target
from quarantine.errors import PratiqueError
from quarantine.package import InvalidName, PackageName, PackageVersion

SCOPED = PackageName("@s/p")
LODASH = PackageName("lodash")
TARBALL = asks.TarballAsk(LODASH, "lodash-1.0.0.tgz")

TAKEN: dict[str, asks.Ask] = {
    "/": asks.HomeAsk(),
    "/lodash": asks.PackumentAsk(LODASH),
    "/lodash?write=true": asks.PackumentAsk(LODASH),
    "/lodash#part": asks.PackumentAsk(LODASH),
    "/%6codash": asks.PackumentAsk(LODASH),
    "/LODASH": asks.PackumentAsk(PackageName("LODASH")),
    "/JSONStream": asks.PackumentAsk(PackageName("JSONStream")),
    "/@s%2fp": asks.PackumentAsk(SCOPED),
    "/@s%2Fp": asks.PackumentAsk(SCOPED),
    "/@s/p": asks.PackumentAsk(SCOPED),
    "/%40s%2fp": asks.PackumentAsk(SCOPED),
    "/%40s/p": asks.PackumentAsk(SCOPED),
    "/constructor": asks.PackumentAsk(PackageName("constructor")),
    "/-": asks.PackumentAsk(PackageName("-")),
    "/-/-/--0.0.1.tgz": asks.TarballAsk(PackageName("-"), "--0.0.1.tgz"),
    "/a!~*'()b": asks.PackumentAsk(PackageName("a!~*'()b")),
    "http://other/lodash": asks.PackumentAsk(LODASH),
    "https://other:1/@s%2fp/1.0.0": asks.ManifestAsk(SCOPED, "1.0.0"),
    "http://other": asks.HomeAsk(),
    "http://other?x=/lodash": asks.HomeAsk(),
    "/lodash/1.0.0": asks.ManifestAsk(LODASH, "1.0.0"),
    "/lodash/latest": asks.ManifestAsk(LODASH, "latest"),
    "/@s/p/1.0.0": asks.ManifestAsk(SCOPED, "1.0.0"),
    "/@s%2fp/1.0.0-beta.1+b": asks.ManifestAsk(SCOPED, "1.0.0-beta.1+b"),
    "/lodash/-/lodash-1.0.0.tgz": TARBALL,
    "/lodash/%2d/lodash-1.0.0.tgz": TARBALL,
    "/lodash/%2D/lodash-1.0.0.tgz": TARBALL,
    "/lodash/-%2flodash-1.0.0.tgz": TARBALL,
    "/lodash%2f-%2flodash-1.0.0.tgz": TARBALL,
    "/@s/p/-/p-1.0.0.tgz": asks.TarballAsk(SCOPED, "p-1.0.0.tgz"),
    "/@s%2fp/-/p-1.0.0.tgz": asks.TarballAsk(SCOPED, "p-1.0.0.tgz"),
    "/@s%2Fp/-/p-1.0.0%2Bb.tgz": asks.TarballAsk(SCOPED, "p-1.0.0+b.tgz"),
    "/-/package/lodash/dist-tags": asks.DistTagsAsk(LODASH),
    "/-/package/@s%2fp/dist-tags": asks.DistTagsAsk(SCOPED),
    "/-/package/@s/p/dist-tags": asks.DistTagsAsk(SCOPED),
    "/-/npm/v1/attestations/lodash@1.0.0": asks.AttestationsAsk(PackageVersion(LODASH, "1.0.0")),
    "/-/npm/v1/attestations/@s%2fp@1.0.0": asks.AttestationsAsk(PackageVersion(SCOPED, "1.0.0")),
    "/-/npm/v1/attestations/@s/p@1.0.0": asks.AttestationsAsk(PackageVersion(SCOPED, "1.0.0")),
    "/-/v1/search?text=a&size=3": asks.SearchAsk((("text", "a"), ("size", "3"))),
    "/-/v1/search?text=%C3%B6&text=": asks.SearchAsk((("text", "ö"), ("text", ""))),
    "/-/npm/v1/security/advisories/bulk": asks.AuditAsk("-/npm/v1/security/advisories/bulk"),
    "/-/npm/v1/security/audits": asks.AuditAsk("-/npm/v1/security/audits"),
    "/-/npm/v1/security/audits/quick": asks.AuditAsk("-/npm/v1/security/audits/quick"),
    "/-/npm/v1/keys": asks.KeysAsk(),
    "/-/ping?write=true": asks.PingAsk(),
    "/-/whoami": asks.WhoamiAsk(),
    "/-/v1/login": asks.LoginAsk(),
    "/-/user/org.couchdb.user:me": asks.LoginAsk(),
    "/-/pratique/v1/held?package=a": asks.OwnAsk("v1/held", (("package", "a"),)),
    "/-/pratique/why/@s%2fp@1.0.0": asks.OwnAsk("why/@s/p@1.0.0", ()),
}

REFUSED: dict[str, type[PratiqueError]] = {
    "": MalformedTarget,
    "*": MalformedTarget,
    "lodash": MalformedTarget,
    "?x": MalformedTarget,
    "other:443": MalformedTarget,
    "/%ff": MalformedTarget,
    "/l%C3": MalformedTarget,
    "/lodash?x=%ff": MalformedTarget,
    "/lodash?" + "&".join("a" * 60): MalformedTarget,
    "/" + "a" * 4096: MalformedTarget,
    "/lod\udcffash": MalformedTarget,
    "/@s%252fp": NotAnAsk,
    "/lodash%00": NotAnAsk,
    "/lodash%0a": NotAnAsk,
    "/lodash%0d%0aX: y": NotAnAsk,
    "/lodash%7f": NotAnAsk,
    "/lodash%C2%85": NotAnAsk,
    "/lodash%E2%80%AE": NotAnAsk,
    "/lodash\x00": NotAnAsk,
    "/lodash%": NotAnAsk,
    "/lodash%zz": NotAnAsk,
    "/lodash%5c..": NotAnAsk,
    "/lodash\\..": NotAnAsk,
    "/%20": InvalidName,
    "/lodash%20": InvalidName,
    "/lodash;x": InvalidName,
    "/l%C3%B6": InvalidName,
    "/lodаsh": InvalidName,
    "/..": InvalidName,
    "/.": InvalidName,
    "/%2e%2e": InvalidName,
    "/..%2f..%2fetc%2fpasswd": InvalidName,
    "/lodash/../evil": NotAnAsk,
    "/%2e%2e/evil": InvalidName,
    "/@s/..": InvalidName,
    "/@s%2f..%2fetc": InvalidName,
    "/@s/../p": InvalidName,
    "/@../p": InvalidName,
    "/@s": InvalidName,
    "/@/p": InvalidName,
    "/@s/": NotAnAsk,
    "//lodash": NotAnAsk,
    "/%2flodash": NotAnAsk,
    "//other/lodash": NotAnAsk,
    "/lodash/": NotAnAsk,
    "/lodash%2f": NotAnAsk,
    "/lodash//-/lodash-1.0.0.tgz": NotAnAsk,
    "/lodash/-": NotAnAsk,
    "/lodash/-/": NotAnAsk,
    "/lodash/-/..%2f..%2fx.tgz": NotAnAsk,
    "/lodash/-/other-1.0.0.tgz": NotAnAsk,
    "/lodash/-/LODASH-1.0.0.tgz": NotAnAsk,
    "/lodash/-/lodash-.tgz": NotAnAsk,
    "/lodash/-/lodash-...tgz": NotAnAsk,
    "/lodash/-/lodash-%C3%A9.tgz": NotAnAsk,
    "/lodash/-/lodash-1.0.0%20.tgz": NotAnAsk,
    "/lodash/-/lodash-1.0.0.tgz.asc": NotAnAsk,
    "/lodash/-/lodash-1.0.0.tar": NotAnAsk,
    "/lodash/-/lodash-1.0.0.tgz/x": NotAnAsk,
    "/@s/p/-/s-1.0.0.tgz": NotAnAsk,
    "/lodash/1.0.0/x": NotAnAsk,
    "/lodash/..": NotAnAsk,
    "/lodash/1.0.0%20": NotAnAsk,
    "/lodash/-rev/1": NotAnAsk,
    "/_lodash": InvalidName,
    "/.lodash": InvalidName,
    "/node_modules": InvalidName,
    "/favicon.ico": InvalidName,
    "/" + "a" * 215: InvalidName,
    "/-/": NotAnAsk,
    "/-/nothing": NotAnAsk,
    "/-/Ping": NotAnAsk,
    "/-/ping/": NotAnAsk,
    "/-/package/dist-tags": NotAnAsk,
    "/-/package/..%2f..%2fx/dist-tags": NotAnAsk,
    "/-/package/../dist-tags": InvalidName,
    "/-/npm/v1/attestations/lodash": InvalidName,
    "/-/npm/v1/attestations/lodash@": InvalidName,
    "/-/npm/v1/attestations/lodash@..": InvalidName,
    "/-/npm/v1/attestations/../../../x@1.0.0": NotAnAsk,
    "/-/npm/v1/attestations/..%2f..%2f..%2fkeys": NotAnAsk,
}


@pytest.mark.parametrize(("target", "ask"), list(TAKEN.items()))
def test_what_clients_send_is_understood(target: str, ask: asks.Ask) -> None:
    assert parse_target(target) == ask


@pytest.mark.parametrize(("target", "error"), list(REFUSED.items()), ids=[each[:40] for each in map(ascii, REFUSED)])
def test_anything_else_is_refused(target: str, error: type[PratiqueError]) -> None:
    with pytest.raises(error):
        parse_target(target)


def test_a_longer_name_than_npm_allows_is_refused_and_the_longest_is_taken() -> None:
    assert parse_target("/" + "a" * 214) == asks.PackumentAsk(PackageName("a" * 214))


@pytest.mark.parametrize(
    ("target", "ask"),
    [
        ("/npm/lodash", asks.PackumentAsk(LODASH)),
        ("/npm/", asks.HomeAsk()),
        ("/npm", asks.HomeAsk()),
        ("/npm/npm", asks.PackumentAsk(PackageName("npm"))),
        ("/lodash", asks.PackumentAsk(LODASH)),
        ("/npmlog", asks.PackumentAsk(PackageName("npmlog"))),
        ("/npm%2flodash", asks.PackumentAsk(LODASH)),
        ("http://other/npm/lodash/-/lodash-1.0.0.tgz", TARBALL),
    ],
)
def test_the_prefix_of_the_base_is_taken_off_where_it_was_kept(target: str, ask: asks.Ask) -> None:
    assert parse_target(target, "/npm") == ask

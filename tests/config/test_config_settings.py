from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import asdict

from config.settings import (
    Access,
    Examiner,
    PackageEntry,
    PackageQuarantine,
    QuarantineSettings,
    RulesSettings,
    ScriptsSettings,
    Server,
    Settings,
    is_loopback,
)

DAY = timedelta(days=1)


def test_the_first_entry_that_matches_and_sets_a_key_wins_that_key() -> None:
    settings = Settings(
        packages=(
            PackageEntry("@types/node", PackageQuarantine(hold=DAY)),
            PackageEntry("@types/*", PackageQuarantine(hold=2 * DAY, new_package_hold=3 * DAY)),
            PackageEntry("*", PackageQuarantine(hold=4 * DAY, enforce="observe")),
        )
    )
    node = settings.for_package("@types/node")
    assert (node.hold, node.new_package_hold, node.enforce) == (DAY, 3 * DAY, "observe")
    react = settings.for_package("@types/react")
    assert (react.hold, react.new_package_hold, react.enforce) == (2 * DAY, 3 * DAY, "observe")
    axios = settings.for_package("axios")
    assert (axios.hold, axios.new_package_hold) == (4 * DAY, 14 * DAY)
    assert axios.fresh_look == settings.quarantine.fresh_look


def test_without_entries_every_package_has_the_sections_themselves() -> None:
    quarantine = QuarantineSettings("observe", DAY, 2 * DAY, baseline=datetime(2026, 1, 1, tzinfo=UTC), fresh_look=3 * DAY)
    rules = RulesSettings(young_dependency="block")
    settings = Settings(quarantine=quarantine, scripts=ScriptsSettings("deny"), rules=rules, examiner=Examiner(enabled=False))
    chosen = settings.for_package("axios")
    assert {key: getattr(chosen, key) for key in quarantine.__struct_fields__} == asdict(quarantine)
    assert (chosen.scripts_mode, chosen.rules, chosen.examine) == ("deny", rules, False)
    assert settings.for_package("left-pad") is chosen


def test_packages_with_the_same_entries_share_one_value() -> None:
    settings = Settings(packages=(PackageEntry("@types/*", PackageQuarantine(hold=DAY)),))
    assert settings.for_package("@types/a") is settings.for_package("@types/b")
    assert settings.for_package("axios") is settings.base


def test_a_hold_of_zero_overrides() -> None:
    settings = Settings(packages=(PackageEntry("axios", PackageQuarantine(hold=timedelta(0))),))
    assert settings.for_package("axios").hold == timedelta(0)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Settings().quarantine.hold = DAY  # type: ignore[misc]


def test_settings_can_be_keys() -> None:
    assert len({Settings(), Settings(), Settings(quarantine=QuarantineSettings(hold=DAY))}) == 2


def test_structs_refuse_unknown_fields() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.convert({"quarantine": {"holdd": DAY}}, Settings)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("npm.example", False),
        ("localhost.example", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
    assert Settings(server=Server(host=host)).anonymous is expected


def test_anonymous_is_what_was_said() -> None:
    assert Settings(server=Server(host="::"), access=Access(anonymous=True)).anonymous is True
    assert Settings(access=Access(anonymous=False)).anonymous is False

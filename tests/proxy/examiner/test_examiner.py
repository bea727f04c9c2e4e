"""What is examined next, and what becomes of it when something fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from proxy.clock import TrustedTime
from proxy.examiner.examiner import Examiner
from proxy.examiner.looking import Looking
from proxy.examiner.waiting import Waiting
from proxy.npm.archive.members import ArchiveRefused, Caps
from proxy.registry.errors import DownloadBroken, UpstreamDown
from quarantine.digests import Digests
from quarantine.errors import PratiqueError
from quarantine.ledger import MemoryLedger
from quarantine.package import PackageName, PackageVersion
from quarantine.record import Look, Seen
from tests.fakes.clock import FakeClock
from tests.proxy.examiner.scene import scene

DAY = timedelta(days=1)
HOLD = 14 * DAY


class Examined:
    """Stands for the examination of one version: writes down which, or fails as it is told."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.trouble: dict[str, Exception] = {}

    async def examine(self, id: PackageVersion) -> int:
        self.ids.append(str(id))
        if (trouble := self.trouble.get(id.name)) is not None:
            raise trouble
        return 1


class Places:
    """Scoped packages come from a registry of their own."""

    def place(self, name: PackageName) -> str:
        return name.scope or "upstream"


class Desk:
    """An examiner on a ledger of its own."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.ledger = MemoryLedger()
        self.examined = Examined()
        self.waiting = Waiting()
        self.examiner = Examiner(self.examined, Places(), self.ledger, TrustedTime(self.clock), HOLD, self.waiting)

    async def sight(self, name: str, **ages: float) -> None:
        """Versions (`v1` stands for 1.0.0) and how many days old they are, of a package in use."""
        now = self.clock.now()
        seen = {f"{key[1:]}.0.0": Seen(now - days * DAY, Digests()) for key, days in ages.items()}
        await self.ledger.absorb(PackageName(name), Look(now, seen))
        await self.ledger.asked([PackageName(name)], now)

    async def round(self, budget: int = 10) -> list[str]:
        """What was taken."""
        self.examined.ids.clear()
        await self.examiner.round(budget)
        return list(self.examined.ids)


async def test_what_is_missed_comes_first_then_what_is_young_then_what_was_served() -> None:
    desk = Desk()
    await desk.sight("young", v1=400, v2=1)
    desk.waiting.served(PackageVersion.parse("served@1.0.0"))
    desk.examiner.want(PackageName("missed"), "1.0.0")
    assert await desk.round(3) == ["missed@1.0.0", "young@2.0.0", "served@1.0.0"]


async def test_the_budget_is_kept_and_the_rest_comes_next() -> None:
    desk = Desk()
    for number in range(5):
        desk.examiner.want(PackageName("missed"), f"{number}.0.0")
    assert [len(await desk.round(2)) for _ in range(4)] == [2, 2, 1, 0]


async def test_who_has_not_the_lease_examines_only_what_it_was_asked_for() -> None:
    desk = Desk()
    await desk.sight("young", v1=1)
    desk.examiner.want(PackageName("missed"), "1.0.0")
    assert await desk.examiner.hear(10) == 1
    assert desk.examined.ids == ["missed@1.0.0"]


@pytest.mark.parametrize("trouble", [PratiqueError("later"), ValueError("a fault of ours")], ids=["told", "unexpected"])
async def test_what_fails_stands_in_nobodys_way(trouble: Exception) -> None:
    desk = Desk()
    await desk.sight("bad", v1=2)
    await desk.sight("good", v1=1)
    desk.examined.trouble["bad"] = trouble
    assert await desk.round() == ["bad@1.0.0", "good@1.0.0"]
    assert await desk.round() == ["good@1.0.0"]
    desk.clock.advance(timedelta(minutes=1))
    assert "bad@1.0.0" in await desk.round()


async def test_a_registry_that_is_down_is_left_alone_for_the_round_and_others_are_not() -> None:
    desk = Desk()
    for name in ("@own/one", "@own/two", "public"):
        await desk.sight(name, v1=1)
    desk.examined.trouble = {"@own/one": UpstreamDown("down"), "@own/two": UpstreamDown("down")}
    assert await desk.round() == ["@own/one@1.0.0", "public@1.0.0"]


class Stumbling:
    """Stands for a process in which something goes wrong that nobody foresaw."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def run(self, function: Callable[..., object], /, *arguments: object, seconds: float) -> object:
        raise self._error


@pytest.mark.parametrize(
    ("error", "expected"),
    [(KeyError("x"), ArchiveRefused), (FileNotFoundError(2, "gone"), DownloadBroken)],
    ids=["a fault of ours", "a file that has gone"],
)
async def test_whatever_goes_wrong_in_the_process_is_an_error_of_that_version(
    tmp_path: Path, error: Exception, expected: type[PratiqueError]
) -> None:
    async with scene(tmp_path) as there:
        there.publish()
        await there.versions()
        services = there.proxy.built.services
        packument = await services.routed.known(PackageName("left-pad"))
        assert packument is not None
        looking = Looking(services.routed, Stumbling(error), tmp_path, Caps(), 1)  # type: ignore[arg-type]
        with pytest.raises(expected):
            await looking.contents(packument, "1.0.0")

"""A look that only confirms takes back the reason that there was none, where other reasons stay, too."""

from __future__ import annotations

from pathlib import Path

from tests.proxy.web.scene import DAY, scene


async def test_a_look_without_news_ends_the_wait_for_it(tmp_path: Path) -> None:
    async with scene(tmp_path) as stage:
        await stage.proxy.json("/-/pratique/v1/packages/fresh/versions/0.1.0")
        stage.pass_by(5 * DAY)
        (known,) = (await stage.proxy.json("/-/pratique/v1/held?package=fresh"))["held"]
        assert [(each["rule"], each["until"] is None) for each in known["findings"]] == [("age", True), ("new-package", False)]
        looked = await stage.proxy.json("/-/pratique/v1/packages/fresh/versions/0.1.0")
        assert [each["rule"] for each in looked["findings"]] == ["new-package"]

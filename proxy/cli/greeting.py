"""What `pratique serve` prints once it listens."""

from __future__ import annotations

import sys
from pathlib import Path

from config.settings import Settings
from config.units import format_duration
from proxy.cli.process import Doors
from proxy.wiring.release import release


def greet(settings: Settings, doors: Doors, upstream: str, home: Path, token: str | None) -> None:
    """On standard output, so that it stands apart from the log."""
    scheme = "https" if settings.server.tls_cert else "http"
    here = _address(scheme, doors.everybody[0].getsockname())
    desk = _address(scheme, doors.desk[0].getsockname()) if doors.desk else None
    address = settings.server.public_urls[0] if settings.server.public_urls else here
    observing = " (observing only: everything is served)" if settings.quarantine.enforce == "observe" else ""
    lines = [
        f"pratique {release()} listens on {here}/",
        f"  upstream  {upstream}",
        f"  data      {home}",
        f"  hold      {format_duration(settings.quarantine.hold)} from publication{observing}",
        *([f"  workers   {settings.server.workers}"] if settings.server.workers > 1 else []),
        *([f"  desk      {desk}/"] if desk is not None else []),
        "",
        "Point npm, pnpm, yarn and bun at it:",
        f"  npm config set registry {address}/",
        "",
    ]
    if token is not None:
        lines += [
            "The first administrator's token, shown this once:",
            f"  export PRATIQUE_TOKEN={token}",
            "",
        ]
    lines.append(f"What waits:  PRATIQUE_URL={desk if desk is not None else address} pratique held")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _address(scheme: str, place: tuple[str, int]) -> str:
    host, port = place[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"

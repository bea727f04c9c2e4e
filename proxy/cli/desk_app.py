"""The commands of administrators: decisions, exposure, tokens, the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from proxy.cli.app import AsJson, Audience, Expires, Id, Reason, Server, Subject, app, log_app, token_app


@app.command()
def release(
    id: Id, reason: Reason, expires: Expires = None, audience: Audience = None, url: Server = None, as_json: AsJson = False
) -> None:
    """Let one version in before its time, with exactly the bytes it has now."""
    from proxy.cli.deciding import decide

    decide("release", id, reason, expires, audience, url, as_json=as_json)


@app.command()
def block(
    subject: Subject,
    reason: Reason,
    expires: Expires = None,
    audience: Audience = None,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Shut versions out, those already served too, and list who had them."""
    from proxy.cli.deciding import decide

    decide("block", subject, reason, expires, audience, url, as_json=as_json)


@app.command()
def hold(
    subject: Subject,
    reason: Reason,
    expires: Expires = None,
    audience: Audience = None,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Keep versions waiting for a person."""
    from proxy.cli.deciding import decide

    decide("hold", subject, reason, expires, audience, url, as_json=as_json)


@app.command()
def withdraw(
    decision: Annotated[int, typer.Argument(metavar="DECISION")], reason: Reason, url: Server = None, as_json: AsJson = False
) -> None:
    """Take a decision back."""
    from proxy.cli.deciding import withdraw as run

    run(decision, reason, url, as_json=as_json)


@app.command()
def decisions(
    package: Annotated[str | None, typer.Option(metavar="NAME", help="Of this package only.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Withdrawn and expired ones too.")] = False,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """List what people decided, the newest first."""
    from proxy.cli.deciding import decisions as run

    run(package, url, everything=everything, as_json=as_json)


@app.command()
def freeze(reason: Reason, url: Server = None, as_json: AsJson = False) -> None:
    """Stop all new admissions, for the hour when nobody knows yet."""
    from proxy.cli.deciding import freeze as run

    run(reason, url, as_json=as_json)


@app.command()
def thaw(reason: Reason, url: Server = None, as_json: AsJson = False) -> None:
    """Go on admitting."""
    from proxy.cli.deciding import thaw as run

    run(reason, url, as_json=as_json)


@app.command()
def exposure(
    subject: Subject,
    since: Annotated[str | None, typer.Option(metavar="30d", help="Not before this.")] = None,
    url: Server = None,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
) -> None:
    """Who fetched a version, and who has it installed."""
    from proxy.cli.exposing import exposure as run

    run(subject, since, url, as_json=as_json, as_csv=as_csv)


@app.command()
def report(
    since: Annotated[str, typer.Option(metavar="7d", help="Not before this.")] = "7d", url: Server = None, as_json: AsJson = False
) -> None:
    """What was withheld lately, and from whom; in observe mode, what would have been."""
    from proxy.cli.reporting import report as run

    run(since, url, as_json=as_json)


@app.command()
def adopt(
    lockfiles: Annotated[list[Path], typer.Argument(metavar="LOCKFILE...", help="package-lock, pnpm-lock, yarn.lock, bun.lock.")],
    reason: Reason = "adopted from a lockfile",
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Admit exactly what lockfiles pin, so that nothing that builds today breaks; for rules of age only."""
    from proxy.cli.adopting import adopt as run

    run(lockfiles, reason, url, as_json=as_json)


@app.command()
def relock(
    lockfiles: Annotated[list[Path], typer.Argument(metavar="LOCKFILE...", help="package-lock, pnpm-lock, yarn.lock, bun.lock.")],
    host: Annotated[
        str | None, typer.Option("--host", metavar="URL", help="Move the addresses of tarballs below this registry, too.")
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Change the files; else only say what would be changed.")] = False,
    original: Annotated[bool, typer.Option("--original", help="The other way: back to what the upstream has.")] = False,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Have lockfiles pin what is served where that is not what the upstream has. Exit code 1: --write would change something."""
    from proxy.cli.relocking import relock as run

    run(lockfiles, host, url, write=write, original=original, as_json=as_json)


Labels = Annotated[str, typer.Option("--label", help="Tells it from other tokens.")]
Many = list[str] | None


@token_app.command("create")
def token_create(
    label: Labels,
    role: Annotated[list[str], typer.Option("--role", help="reader, ci, monitor, reviewer or admin; may be repeated.")],
    owner: Annotated[str | None, typer.Option(help="Whose it is; can be erased later.")] = None,
    package: Annotated[Many, typer.Option("--package", metavar="@acme/*", help="Only for these packages.")] = None,
    network: Annotated[Many, typer.Option("--network", metavar="10.0.0.0/8", help="Only from these networks.")] = None,
    expires: Expires = None,
    audience: Audience = None,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Create a token; its secret is shown once."""
    from proxy.cli.tokens import create

    body = {
        "label": label,
        "roles": role,
        "owner": owner,
        "packages": package or [],
        "networks": network or [],
        "expires": expires,
        "audience": audience,
    }
    create(body, url, as_json=as_json)


@token_app.command("list")
def token_list(url: Server = None, as_json: AsJson = False) -> None:
    """List every token."""
    from proxy.cli.tokens import listed

    listed(url, as_json=as_json)


@token_app.command("revoke")
def token_revoke(
    token: Annotated[str, typer.Argument(metavar="ID")], reason: Reason = "revoked", url: Server = None, as_json: AsJson = False
) -> None:
    """Revoke a token, at once."""
    from proxy.cli.tokens import revoke

    revoke(token, reason, url, as_json=as_json)


@token_app.command("rotate")
def token_rotate(token: Annotated[str, typer.Argument(metavar="ID")], url: Server = None, as_json: AsJson = False) -> None:
    """Replace a token's secret; the old one stops working."""
    from proxy.cli.tokens import rotate

    rotate(token, url, as_json=as_json)


Checkpoint = Annotated[Path | None, typer.Option("--checkpoint", metavar="FILE", help="Kept where this server cannot reach.")]


@log_app.command("show")
def log_show(
    after: Annotated[int, typer.Option(help="From the entry after this one.")] = 0,
    limit: Annotated[int, typer.Option(help="How many entries.")] = 100,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Print the audit log."""
    from proxy.cli.logbook import show

    show(after, limit, url, as_json=as_json)


@log_app.command("verify")
def log_verify(
    checkpoint: Checkpoint = None,
    key: Annotated[
        str | None, typer.Option(metavar="FILE|KEYID", help="Who must have signed it: a public key in PEM, or SHA256:….")
    ] = None,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Check that nothing in the log was changed, removed or moved."""
    from proxy.cli.logbook import verify

    verify(checkpoint, key, url, as_json=as_json)


@log_app.command("export")
def log_export(checkpoint: Checkpoint = None, url: Server = None) -> None:
    """Write the log as JSON lines, and a signed checkpoint of it into a file."""
    from proxy.cli.logbook import export

    export(checkpoint, url)

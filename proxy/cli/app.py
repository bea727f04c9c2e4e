"""The commands and their options; each does its work in a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="pratique",
    help="A caching npm registry proxy in which new versions wait until they have aged.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
config_app = typer.Typer(help="Look at the configuration.", no_args_is_help=True)
cache_app = typer.Typer(help="Look after the stored bytes.", no_args_is_help=True)
token_app = typer.Typer(help="Give people and runners their credentials.", no_args_is_help=True)
log_app = typer.Typer(help="The audit log.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(cache_app, name="cache")
app.add_typer(token_app, name="token")
app.add_typer(log_app, name="log")

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="TOML file; else $PRATIQUE_CONFIG.")]
DataDir = Annotated[Path | None, typer.Option("--data-dir", metavar="DIR", help="Where everything is kept.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Server = Annotated[
    str | None, typer.Option("--url", envvar="PRATIQUE_URL", metavar="URL", help="The server's address.", show_envvar=True)
]
Id = Annotated[str, typer.Argument(metavar="NAME@VERSION")]
Subject = Annotated[str, typer.Argument(metavar="NAME[@RANGE]", help="A version, a range, or every version of a package.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="For whoever reads the log later.")]
Expires = Annotated[str | None, typer.Option("--expires", metavar="7d", help="When it ends by itself.")]
Audience = Annotated[str | None, typer.Option("--audience", metavar="NAME", help="For this audience only.")]
SeenBy = Annotated[
    str | None, typer.Option("--audience", metavar="NAME", help="As this audience sees it; `everyone`: those in none.")
]


def overrides(**sections: dict[str, Any]) -> dict[str, Any]:
    """Options in the shape of the configuration; those not given are left out."""
    given = {name: {key: value for key, value in keys.items() if value is not None} for name, keys in sections.items()}
    return {name: keys for name, keys in given.items() if keys}


@app.command()
def serve(
    config: ConfigFile = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on [127.0.0.1].")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on [4873]; 0 takes any free one.")] = None,
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="The registry behind; else what npm says.")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(metavar="N", help="Processes that answer [1].")] = None,
) -> None:
    """Run the proxy."""
    from proxy.cli.serve import serve as run

    run(
        config,
        overrides(
            server={"host": host, "port": port, "workers": workers},
            upstream={"url": upstream},
            storage={"data_dir": str(data_dir) if data_dir else None},
        ),
    )


@config_app.command("check")
def config_check(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Say what is wrong or doubtful in the configuration."""
    from proxy.cli.configuration import check

    check(config, as_json=as_json)


@config_app.command("show")
def config_show(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show every setting, and where its value comes from."""
    from proxy.cli.configuration import show

    show(config, as_json=as_json)


@config_app.command("try")
def config_try(
    config: ConfigFile = None,
    since: Annotated[str, typer.Option(metavar="30d", help="Versions used since then count as in use.")] = "30d",
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Say what a configuration would withhold of what is in use on a running server; nothing changes there."""
    from proxy.cli.rehearsing import rehearse

    rehearse(config, since, url, as_json=as_json)


@cache_app.command("verify")
def cache_verify(config: ConfigFile = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Read every stored blob and forget the damaged ones; they are fetched again when asked for."""
    from proxy.cli.cache import verify

    verify(config, overrides(storage={"data_dir": str(data_dir) if data_dir else None}), as_json=as_json)


@cache_app.command("prune")
def cache_prune(
    to: Annotated[str, typer.Option(metavar="SIZE", help="What may stay, such as 10GiB.")],
    config: ConfigFile = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove the blobs used longest ago until the rest fits."""
    from proxy.cli.cache import prune

    prune(config, overrides(storage={"data_dir": str(data_dir) if data_dir else None}), to, as_json=as_json)


@app.command()
def held(
    package: Annotated[str | None, typer.Option(metavar="NAME", help="Of this package only.")] = None,
    audience: SeenBy = None,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """List the versions that wait, those that wait for more than age first."""
    from proxy.cli.asking import held as run

    run(package, audience, url, as_json=as_json)


@app.command()
def show(id: Id, audience: SeenBy = None, url: Server = None, as_json: AsJson = False) -> None:
    """Verdict, findings and facts of one version."""
    from proxy.cli.asking import show as run

    run(id, audience, url, as_json=as_json)


@app.command()
def why(id: Id, audience: SeenBy = None, url: Server = None, as_json: AsJson = False) -> None:
    """Say in words why a version is, or is not, served."""
    from proxy.cli.asking import why as run

    run(id, audience, url, as_json=as_json)


@app.command()
def diff(
    versions: Annotated[
        list[str], typer.Argument(metavar="[NAME@OLD] NAME@NEW", help="Without the old one: the version before the new one.")
    ],
    file: Annotated[str | None, typer.Option("--file", metavar="PATH", help="This file alone, and more of it.")] = None,
    upstream: Annotated[bool, typer.Option("--upstream", help="The upstream's bytes, where others are served.")] = False,
    url: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show what is different between two versions, install scripts first."""
    from proxy.cli.comparing import diff as run

    run(versions, file, url, upstream=upstream, as_json=as_json)


@app.command()
def version() -> None:
    """Print this program's version."""
    from importlib.metadata import version as installed

    typer.echo(installed("pratique"))

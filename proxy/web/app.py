"""One request from its raw target to its answer: parse, permit, dispatch, record. aiohttp's low-level server, no router."""

from __future__ import annotations

import asyncio
import secrets
from typing import assert_never

import structlog
from aiohttp import web

from proxy.access.errors import NotAllowed
from proxy.access.keyring import ANONYMOUS_ACTOR
from proxy.access.records import Kind
from proxy.access.tokens import holds_token
from proxy.npm import asks
from proxy.registry.errors import DownloadBroken, Withheld
from proxy.web import packuments, passed, search, tarballs
from proxy.web.answers import failure, json_answer
from proxy.web.bases import Base, UnknownHost
from proxy.web.errors import status_of
from proxy.web.permits import permit
from proxy.web.recording import loggable, record
from proxy.web.requests import BadBody, LoopFound, MethodRefused
from proxy.web.routes import OPEN, own
from proxy.web.services import Asking, Services
from quarantine.errors import PratiqueError

log = structlog.get_logger()

LOGIN = (
    "this registry has no passwords: ask whoever runs it for a token (pratique token create), "
    "then: npm config set //HOST:PORT/:_authToken TOKEN"
)
PUBLISH = "this registry only installs: publish to your own registry, with --registry, or publishConfig.registry in package.json"

KINDS: dict[type, Kind] = {
    asks.PackumentAsk: "packument",
    asks.ManifestAsk: "manifest",
    asks.TarballAsk: "tarball",
    asks.DistTagsAsk: "dist-tags",
    asks.AttestationsAsk: "attestations",
    asks.SearchAsk: "search",
    asks.AuditAsk: "audit",
}
"""How asks are called in metrics and access records; those without a name here are recorded nowhere."""


class Application:
    """Handles every request of the server."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def handle_at_desk(self, request: web.BaseRequest) -> web.StreamResponse:
        """The same for the administrators' own listener."""
        return await self.handle(request, at_desk=True)

    async def handle(self, request: web.BaseRequest, *, at_desk: bool = False) -> web.StreamResponse:
        """Answer one request; nothing but a lost connection leaves this as an exception."""
        services = self._services
        if not at_desk and (sent := await self._at_hand(request)) is not None:
            return sent
        started = services.time.elapsed()
        request_id = secrets.token_hex(6)
        caller = services.callers.caller(request.remote, request.headers, secure=request.secure)
        asking = Asking(asks.HomeAsk(), caller, Base("", ""), request_id=request_id, at_desk=at_desk)
        response: web.StreamResponse | None = None
        try:
            response = await self._answer(request, asking)
        except DownloadBroken as error:
            asking.outcome = "failed"
            log.warning("download-broken", id=request_id, reason=str(error))
            response = failure(error, asking.base.url)
        except PratiqueError as error:
            response = await self._failed(error, asking)
        except asyncio.CancelledError:
            asking.outcome = "failed"
            raise
        except ConnectionResetError:
            asking.outcome = "failed"
            response = json_answer({"error": "the client has gone"}, status=499)
        except Exception:
            asking.outcome = "failed"
            log.exception("unexpected", id=request_id, path=loggable(request.raw_path))
            said = f"pratique failed; its log has the reason under {request_id}"
            response = json_answer({"error": said, "code": "failed"}, status=500)
        finally:
            record(services, request, response, asking, services.time.elapsed() - started)
        if not response.prepared:
            response.headers["X-Request-Id"] = request_id
        return response

    async def _at_hand(self, request: web.BaseRequest) -> web.StreamResponse | None:
        """What was answered before and is still true; whatever goes wrong with that, the long way is always there."""
        try:
            return await self._services.hot.answer(request)
        except Exception:
            log.exception("unexpected", path=loggable(request.raw_path))
            return None

    async def _answer(self, request: web.BaseRequest, asking: Asking) -> web.StreamResponse:
        services, caller = self._services, asking.caller
        if any(services.manners.instance in line for line in request.headers.getall("Via", [])):
            raise LoopFound("this request has already been through this proxy: its upstream leads back to it")
        ask = asking.ask = self._read(request, asking)
        if not isinstance(ask, asks.LoginAsk) and holds_token(request.raw_path):
            # It would be repeated in answers, kept in records, and sent to the upstream.
            raise asks.MalformedTarget("the address holds a token, which belongs in the Authorization header alone")
        asking.kind = KINDS.get(type(ask))
        if isinstance(ask, asks.PackumentAsk | asks.ManifestAsk | asks.TarballAsk | asks.DistTagsAsk):
            asking.package = ask.name
        elif isinstance(ask, asks.AttestationsAsk):
            asking.package, asking.version = ask.id.name, ask.id.version
        authorization = request.headers.get("Authorization")
        if asking.at_desk and not isinstance(ask, asks.OwnAsk | asks.PingAsk | asks.WhoamiAsk):
            raise asks.NotAnAsk("this address is for administrators; packages are at the other one")
        credentials = services.hot.credentials
        if asking.package is not None:
            asking.stamp = services.hot.stamp(asking.package)
        if services.sync.due():
            await services.sync.catch_up()
        if not (isinstance(ask, asks.OwnAsk) and ask.path in OPEN):
            now = services.time.now()
            asking.identity = services.keyring.identify(authorization, caller.address, now, known=asking.at_desk)
            if not asking.at_desk:
                services.hot.know(authorization, caller.address, asking.identity, credentials)
        permit(ask, asking.identity)
        if not isinstance(ask, asks.LoginAsk | asks.OwnAsk):
            # What is shown is that of the caller's audience; our own routes see to it where they show a verdict.
            services = services.for_caller(asking.identity)
        self._check_method(request.method, ask)
        if asking.package is not None:
            services.usage.asked(asking.package)
        return await self._dispatch(services, request, asking, ask)

    @staticmethod
    async def _dispatch(services: Services, request: web.BaseRequest, asking: Asking, ask: asks.Ask) -> web.StreamResponse:
        match ask:
            case asks.PackumentAsk():
                return await packuments.packument(services, request, asking, ask)
            case asks.TarballAsk():
                return await tarballs.tarball(services, request, asking, ask)
            case asks.ManifestAsk():
                return await packuments.manifest(services, request, asking, ask)
            case asks.DistTagsAsk():
                return await packuments.dist_tags(services, asking, ask)
            case asks.AttestationsAsk():
                return await passed.attestations(services, asking, ask)
            case asks.AuditAsk():
                return await passed.audit(services, request, asking, ask)
            case asks.SearchAsk():
                return await search.search(services, asking, ask)
            case asks.KeysAsk():
                return await passed.keys(services)
            case asks.PingAsk():
                return json_answer({})
            case asks.WhoamiAsk():
                known = asking.identity.actor != ANONYMOUS_ACTOR
                return json_answer({"username": asking.identity.label if known else ANONYMOUS_ACTOR})
            case asks.LoginAsk():
                return json_answer({"error": LOGIN, "code": "no-login"}, status=404 if request.method == "POST" else 403)
            case asks.OwnAsk():
                return await own(services, request, asking, ask)
            case asks.HomeAsk():
                return json_answer({"registry": "pratique", "see": f"{asking.base.url}/-/pratique/v1/held"})
            case _:
                assert_never(ask)

    def _read(self, request: web.BaseRequest, asking: Asking) -> asks.Ask:
        """What is asked, and under which of our addresses; probes of orchestrators need not name a host."""
        try:
            bases = self._services.desk_bases if asking.at_desk else self._services.bases
            asking.base = bases.base(asking.caller, request.raw_path)
        except UnknownHost:
            ask = asks.parse_target(request.raw_path)
            if isinstance(ask, asks.OwnAsk) and ask.path in OPEN:
                return ask
            raise
        return asks.parse_target(request.raw_path, asking.base.prefix)

    @staticmethod
    def _check_method(method: str, ask: asks.Ask) -> None:
        """GET and HEAD everywhere, POST for audits, and a sentence for those who publish or log in."""
        if isinstance(ask, asks.LoginAsk | asks.OwnAsk):
            return
        if isinstance(ask, asks.AuditAsk):
            if method != "POST":
                raise MethodRefused("audits are asked with POST", ("POST",))
        elif method not in {"GET", "HEAD"}:
            raise MethodRefused(PUBLISH if method in {"PUT", "DELETE"} else f"{method} is not for this address")

    async def _failed(self, error: PratiqueError, asking: Asking) -> web.StreamResponse:
        instead = None
        if isinstance(error, Withheld):
            asking.outcome = "withheld"
            asking.version = error.version or asking.version
            asking.rules = ",".join(finding.rule for finding in error.verdict.findings if finding.withholds)
            instead = await self._instead(error, asking)
        else:
            asking.outcome = "not-found" if status_of(error)[0] == 404 else "failed"
            if status_of(error)[0] >= 500:
                log.warning("failed", kind=asking.kind, package=asking.package, reason=str(error))
        response = failure(error, asking.base.url, self._services.manners.contact, instead, asking.identity.audience)
        if isinstance(error, BadBody):
            # What is left of the body is not read, so nothing else can come on this connection.
            response.force_close()
        if isinstance(error, MethodRefused):
            response.headers["Allow"] = ", ".join(error.allowed)
        if isinstance(error, NotAllowed):
            response.headers["WWW-Authenticate"] = 'Bearer realm="pratique"'
        return response

    async def _instead(self, error: Withheld, asking: Asking) -> str | None:
        """The version that `latest` is here."""
        try:
            shown = await self._services.seen_by(asking.identity.audience).quarantined.known_view(error.name)
        except PratiqueError:
            return None
        if shown is None:
            return None
        if self._services.examiner is not None:
            self._services.examiner.shown(shown)
        return shown.tags.get("latest")

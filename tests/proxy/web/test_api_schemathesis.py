"""What the server says of its API is true: schemathesis asks every operation of the served document, with data that fit and
data that do not, and holds each answer against it; a story then sees every success that the document names."""

from __future__ import annotations

import asyncio
import base64
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema

from proxy.web.routes import ROUTES
from proxy.web.shapes_table import ANSWERS
from tests.proxy.web.api import Caller, credential
from tests.proxy.web.scene import scene
from tests.proxy.web.test_dry_run import use

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
)
EXAMPLES = 8
"""Of random data for each operation; the systematic ones come on top."""

INTEGRITY = f"sha512-{base64.b64encode(bytes(64)).decode()}"

LABELS = {f"{route.method} /-/pratique/{route.path}": route for route in ROUTES}


def described(document: dict[str, Any], url: str, token: str | None) -> BaseSchema:
    """The served document as schemathesis reads it; it asks with this token."""
    config = SchemathesisConfig.from_dict({
        "seed": 1,
        "base-url": url,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "workers": 1,
        "cache": {"enabled": False},
        "generation": {"max-examples": EXAMPLES if token else 1, "deterministic": True},
        "phases": {"stateful": {"enabled": False}},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
    })  # fmt: skip
    return schemathesis.openapi.from_dict(document, config=config)


def wrong_in(recorder: ScenarioRecorder) -> Iterator[str]:
    """Every check that failed, and how to see it again."""
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                failure, answer = check.failure_info, recorder.interactions[case].response
                yield f"{recorder.label}: {failure.failure}\n{failure.code_sample}\n{answer and answer.content!r}"


def asked_everything(schema: BaseSchema) -> tuple[list[str], Counter[tuple[str, int]]]:
    """What is wrong, and how often each operation answered with each status."""
    wrong: list[str] = []
    seen: Counter[tuple[str, int]] = Counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            wrong += wrong_in(event.recorder)
            if event.status is Status.ERROR:
                wrong.append(f"{event.label}: the scenario broke")
            for each in event.recorder.interactions.values():
                seen[event.label or "", each.response.status_code if each.response else 0] += 1
        elif isinstance(event, events.NonFatalError):
            wrong.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            wrong.append(repr(event.exception))
    return wrong, seen


@pytest.mark.parametrize("anonymous", [False, True], ids=["with a token", "anonymous"])
async def test_every_answer_is_as_the_document_says(tmp_path: Path, anonymous: bool) -> None:
    async with scene(tmp_path, access={"anonymous": anonymous}) as stage:
        await use(stage)
        caller = Caller(stage.proxy) if anonymous else await credential(stage.proxy, "admin")
        schema = described(await caller.get("openapi.json"), stage.proxy.url, caller.token)
        wrong, seen = await asyncio.to_thread(asked_everything, schema)
    assert not wrong, "\n\n".join(wrong)
    assert {label for label, _ in seen} == LABELS.keys()
    # Every address was asked with methods that it does not have, and every operation without a token that counts.
    addresses = {label.partition(" ")[2] for label in LABELS if "{" not in label}
    assert {label.partition(" ")[2] for label, status in seen if status == 405} >= addresses
    if not anonymous:
        refusing = {label for label, status in seen if status == 401}
        assert refusing == {label for label, route in LABELS.items() if route.permission is not None}


async def test_without_a_token_nothing_but_health_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        for label, route in LABELS.items():
            path = label.partition(" ")[2].replace("{name}", "lib").replace("{version}", "1.2.0").replace("{subject}", "lib")
            answer = await Caller(stage.proxy).ask(route.method, path.replace("{id}", "1"))
            assert answer.status == (401 if route.permission is not None else 200), label


class Story:
    """Asks one operation after the other, and remembers which answers there were."""

    def __init__(self, schema: BaseSchema, token: str) -> None:
        self._schema = schema
        self._headers = {"Authorization": f"Bearer {token}"}
        self.seen: set[tuple[str, str, int, str]] = set()

    async def ask(self, method: str, route: str, *, body: Any = None, accept: str = "application/json", **given: Any) -> Any:
        """The answer's JSON or text, once it is what the document says; what is `given` is a part of the path or a question."""
        operation = self._schema[f"/-/pratique/{route}"][method]
        path = {name: value for name, value in given.items() if f"{{{name}}}" in route}
        query = {name: value for name, value in given.items() if name not in path}
        more = {} if body is None else {"body": body, "media_type": "application/json"}
        case = operation.Case(path_parameters=path, query=query, headers={"Accept": accept, **self._headers}, **more)
        response = await asyncio.to_thread(case.call)
        assert response.status_code < 300, (method, route, response.text)
        await asyncio.to_thread(case.validate_response, response)
        kind = response.headers["content-type"][0].partition(";")[0]
        self.seen.add((method, route, response.status_code, kind))
        return response.json() if kind == "application/json" else response.text


async def test_every_success_that_the_document_names_is_seen_and_is_as_it_says(tmp_path: Path) -> None:
    reason = {"reason": "a test"}
    async with scene(tmp_path, access={"anonymous": False}) as stage:
        admin = await credential(stage.proxy, "admin", label="the admin")
        assert admin.token is not None
        schema = described(await admin.get("openapi.json"), stage.proxy.url, admin.token)
        await tell(Story(schema, admin.token), stage, admin, reason)


async def tell(story: Story, stage: Any, admin: Caller, reason: dict[str, str]) -> None:
    """A week at the desk."""
    for path in ("/lib/-/lib-1.1.0.tgz", "/lib/-/lib-1.2.0.tgz", "/@s/p", "/fresh"):
        await admin.ask("GET", path)
    await use(stage)
    for route in ("health/live", "health/ready", "v1/openapi.json"):
        await story.ask("GET", route)
    await story.ask("GET", "metrics", accept="*/*")
    held = await story.ask("GET", "v1/held")
    assert {each["package"] for each in held["held"]} == {"lib", "@s/p", "fresh"}
    await story.ask("GET", "v1/held", package="lib", audience="everyone")
    await story.ask("GET", "v1/packages/{name}/versions/{version}", name="lib", version="1.2.0")
    for accept in ("application/json", "text/html", "text/plain"):
        for subject in ("lib", "lib@1.2.0"):
            await story.ask("GET", "why/{subject}", subject=subject, accept=accept)

    policy = {"quarantine": {"hold": "350d", "new_package_hold": "350d"}}
    rehearsed = await story.ask("POST", "v1/dry-run", body={"policy": policy, "since": "30d"})
    assert rehearsed["total_withheld"]
    assert rehearsed["latest"]

    for action, subject, more in (
        ("release", "lib@1.2.0", {"expires": "7d"}),
        ("hold", "@s/p@<2", {}),
        ("block", "lib@1.1.0", {"expires": None, "audience": None}),
    ):
        answer = await story.ask("POST", "v1/decisions", body={"action": action, "subject": subject, **reason, **more})
        assert ("exposure" in answer) == (action == "block")
    assert answer["exposure"]["who"]
    assert answer["exposure"]["rows"]
    assert answer["exposure"]["versions"]
    assert len((await story.ask("GET", "v1/decisions", all="true"))["decisions"]) == 3
    await story.ask("GET", "v1/packages/{name}/versions/{version}", name="lib", version="1.1.0")
    compared = await story.ask("GET", "v1/packages/{name}/diff", name="lib", new="1.2.0", old="1.1.0", bytes="upstream")
    assert compared["diff"]["files"]
    lines = [{"name": "lib", "version": "1.0.0"}, {"name": "lib", "version": "no version"}]
    assert [each["upstream"] is None for each in (await story.ask("POST", "v1/relock", body={"entries": lines}))["entries"]] == [
        False,
        True,
    ]
    await story.ask("DELETE", "v1/decisions/{id}", id=str(answer["decision"]["id"]), **reason)
    await story.ask("GET", "v1/decisions", package="lib", all="true")
    lines = [{"name": "fresh", "version": "0.1.0", "integrity": INTEGRITY}, {"name": "lib", "version": "no version"}]
    assert (await story.ask("POST", "v1/adoptions", body={"entries": lines[1:], **reason}))["refused"]
    assert (await story.ask("POST", "v1/adoptions", body={"entries": lines, **reason}))["adopted"] == 1
    await story.ask("POST", "v1/freeze", body=reason)
    await story.ask("GET", "v1/decisions")
    await story.ask("DELETE", "v1/freeze", **reason)

    await story.ask("GET", "v1/exposure", subject="lib", since="30d")
    await story.ask("GET", "v1/exposure", subject="lib", format="csv", accept="*/*")
    report = await story.ask("GET", "v1/report", since="7d")
    assert report["rows"]
    assert report["who"]
    body = {"label": "a test", "roles": ["ci"], "owner": "Ada", "packages": ["lib"], "networks": ["10.0.0.0/8"], "expires": "7d"}
    made = await story.ask("POST", "v1/tokens", body=body)
    rotated = await story.ask("POST", "v1/tokens/{id}/rotate", id=made["token"]["id"])
    await story.ask("DELETE", "v1/tokens/{id}", id=rotated["token"]["id"], **reason)
    assert any(each["last_used"] for each in (await story.ask("GET", "v1/tokens"))["tokens"]) is not None
    head = (await story.ask("GET", "v1/log", after=2, limit=1000))["head"]
    assert (await story.ask("GET", "v1/log/verify", number=head["number"], hash=head["hash"]))["sound"]
    assert not (await story.ask("GET", "v1/log/verify", number=head["number"], hash="0" * 64))["sound"]
    await story.ask("GET", "v1/log/checkpoint")

    named = {
        (*route, status, kind)
        for route, answers in ANSWERS.items()
        for status, kinds in answers.items()
        for kind in kinds
        if status < 300
    }
    assert story.seen == named


def test_every_route_has_a_row_in_the_table_of_answers() -> None:
    assert ANSWERS.keys() == {(route.method, route.path) for route in ROUTES}

"""What the book does inside one transaction; plain functions of a connection, run in a database thread.

Each change ends with its entry. The head's row is locked last, so that writers wait for each other no longer than they must.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Table, bindparam, func, or_, select, update

from proxy.ledger import book_payloads as payloads
from proxy.ledger.book_images import credential_of, credential_row, decision_of, decision_row, freeze_row, numbered
from proxy.ledger.book_tables import actors, audit, audit_head, credentials, decisions, freezes
from proxy.ledger.engine import shown
from proxy.ledger.errors import LedgerFailed
from quarantine.audit import Checkpoint, Entry, seal
from quarantine.book import Draft, Freeze, UnknownDecision
from quarantine.credentials import Credential
from quarantine.decision import Decision
from quarantine.lifecycle import IllegalTransition, check_withdrawal

# Beside the one of migrations: who holds it gives numbers or ids, or changes the freeze.
_TURN = 0x70726175


def all_decisions(connection: Connection, origin: int, withdrawn: bool) -> Sequence[Decision]:
    """The decisions of an origin by number."""
    wanted = select(decisions).where(decisions.c.origin_id == origin).order_by(decisions.c.number)
    if not withdrawn:
        wanted = wanted.where(decisions.c.withdrawn.is_(None))
    with _legible(connection, decisions):
        return [decision_of(row) for row in connection.execute(wanted).mappings()]


def changed_decisions(connection: Connection, origin: int, after: int) -> Sequence[Decision]:
    """Those above a number, and the withdrawn ones; numbers are given in the order of commits."""
    new = or_(decisions.c.number > after, decisions.c.withdrawn.is_not(None))
    wanted = select(decisions).where(decisions.c.origin_id == origin, new).order_by(decisions.c.number)
    with _legible(connection, decisions):
        return [decision_of(row) for row in connection.execute(wanted).mappings()]


def decide(
    connection: Connection, origin: int, origin_name: str, *, drafts: Sequence[Draft], kind: str, actor: str, at: datetime
) -> Sequence[Decision]:
    """Number decisions and write them."""
    _take_turn(connection)
    _check_unseen(connection, origin, drafts)
    first = (connection.scalar(select(func.max(decisions.c.number))) or 0) + 1
    made = [numbered(draft, number, actor, at) for number, draft in enumerate(drafts, first)]
    connection.execute(decisions.insert(), [{"origin_id": origin} | decision_row(each) for each in made])
    append(connection, payloads.deciding(made, origin_name), kind, actor, at)
    return made


def _check_unseen(connection: Connection, origin: int, drafts: Sequence[Draft]) -> None:
    seen = {str(draft.subject.name): draft.seen for draft in drafts if draft.seen is not None}
    if not seen:
        return
    newest = func.max(decisions.c.number)
    since = select(decisions.c.name, newest).where(decisions.c.origin_id == origin, decisions.c.number > min(seen.values()))
    for name, number in connection.execute(since.group_by(decisions.c.name)):
        if number > seen.get(name, number):
            raise IllegalTransition(f"somebody decided about {name} meanwhile (decision {number}); look at it again")


def withdraw(connection: Connection, origin: int, number: int, reason: str, actor: str, at: datetime) -> Decision:
    """Mark a decision of this origin."""
    known = (decisions.c.number == number) & (decisions.c.origin_id == origin)
    with _legible(connection, decisions):
        row = connection.execute(select(decisions).where(known).with_for_update()).mappings().first()
        decision = None if row is None else decision_of(row)
    if decision is None:
        raise UnknownDecision(f"there is no decision {number}")
    stopped = freeze(connection)
    check_withdrawal(decision, at, stopped.since if stopped is not None else None)
    connection.execute(update(decisions).where(known).values(withdrawn=at))
    append(connection, payloads.withdrawing(number, reason, at), payloads.WITHDRAW, actor, at)
    return replace(decision, withdrawn=at)


def freeze(connection: Connection) -> Freeze | None:
    """The freeze in force; should there be several rows, which only tampering makes, the first: it still stops admissions."""
    with _legible(connection, freezes):
        row = connection.execute(select(freezes).order_by(freezes.c.since)).mappings().first()
    return None if row is None else Freeze(**row)


def set_freeze(connection: Connection, wanted: Freeze | None, reason: str, actor: str, at: datetime) -> None:
    """Replace the freeze."""
    _take_turn(connection)
    connection.execute(freezes.delete())
    if wanted is not None:
        connection.execute(freezes.insert().values(freeze_row(wanted)))
    kind = payloads.THAW if wanted is None else payloads.FREEZE
    append(connection, payloads.freezing(wanted, reason), kind, actor, at)


def all_credentials(connection: Connection) -> Sequence[Credential]:
    """All credentials, the oldest first."""
    found = connection.execute(select(credentials).order_by(credentials.c.created, credentials.c.id))
    with _legible(connection, credentials):
        return [credential_of(row) for row in found.mappings()]


def issue(connection: Connection, credential: Credential, name: str | None, actor: str, at: datetime) -> None:
    """Keep a credential, and the name of its owner."""
    _take_turn(connection)
    same = or_(credentials.c.id == credential.id, credentials.c.digest == credential.digest)
    if connection.execute(select(credentials.c.id).where(same)).first() is not None:
        raise IllegalTransition(f"there is a credential {credential.id}, or one of the same secret, already")
    connection.execute(credentials.insert().values(credential_row(credential)))
    connection.execute(actors.insert().values(id=credential.id, name=name))
    append(connection, payloads.issuing(credential), payloads.TOKEN_CREATED, actor, at)


def revoke(connection: Connection, id: str, reason: str, actor: str, at: datetime) -> Credential:
    """Mark a credential."""
    with _legible(connection, credentials):
        row = connection.execute(select(credentials).where(credentials.c.id == id).with_for_update()).mappings().first()
        credential = None if row is None else credential_of(row)
    if credential is None:
        raise UnknownDecision(f"there is no credential {id}")
    if credential.revoked is not None:
        raise IllegalTransition(f"credential {id} was revoked already")
    connection.execute(update(credentials).where(credentials.c.id == id).values(revoked=at))
    append(connection, payloads.revoking(id, reason, at), payloads.TOKEN_REVOKED, actor, at)
    return replace(credential, revoked=at)


def used(connection: Connection, last_used: Mapping[str, datetime]) -> None:
    """Move `last_used`, forwards only; ids never issued are passed over."""
    later = or_(credentials.c.last_used.is_(None), credentials.c.last_used < bindparam("moment"))
    statement = update(credentials).where(credentials.c.id == bindparam("of_id"), later)
    # In order, so that two servers that stamp the same ones wait for each other instead of embracing.
    parameters = [{"of_id": id, "moment": moment} for id, moment in sorted(last_used.items())]
    if parameters:
        connection.execute(statement.values(last_used=bindparam("moment")), parameters)


def actor_name(connection: Connection, actor: str) -> str | None:
    """The name behind an id."""
    name: str | None = connection.scalar(select(actors.c.name).where(actors.c.id == actor))
    return name


def erase_actor(connection: Connection, actor: str) -> bool:
    """Forget a name; whether there was one."""
    named = (actors.c.id == actor) & actors.c.name.is_not(None)
    return bool(connection.execute(update(actors).where(named).values(name=None)).rowcount)


def append(connection: Connection, payload: str, kind: str, actor: str, at: datetime) -> Entry:
    """Seal the entry that comes next, and make it the head."""
    heads = connection.execute(select(audit_head).with_for_update()).all()
    if len(heads) != 1:
        reason = f"the audit log has {len(heads)} heads instead of one, so nothing can be entered in it"
        raise LedgerFailed("write", shown(connection.engine.url), reason, "keep it as evidence, and restore a backup")
    number, previous = heads[0]
    entry = seal(number + 1, at, actor, kind, payload, previous)
    values = {column.name: getattr(entry, column.name) for column in audit.columns}
    connection.execute(audit.insert().values(values))
    connection.execute(update(audit_head).values(number=entry.number, hash=entry.hash))
    return entry


def page(connection: Connection, after: int, limit: int) -> Sequence[Entry]:
    """The next entries in order."""
    found = connection.execute(select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(limit))
    with _legible(connection, audit):
        return [Entry(**row) for row in found.mappings()]


def head(connection: Connection) -> Checkpoint | None:
    """The last entry, as the head names it."""
    row = connection.execute(select(audit_head).order_by(audit_head.c.number)).first()
    return None if row is None or row.number == 0 else Checkpoint(row.number, row.hash)


def _take_turn(connection: Connection) -> None:
    """Let one writer at a time look at what no row's lock covers; SQLite's write transaction is that by itself."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


@contextmanager
def _legible(connection: Connection, table: Table) -> Iterator[None]:
    """Refuse rows that only somebody else can have written: what they were meant to say is not guessed."""
    try:
        yield
    except (ValueError, TypeError, OverflowError) as error:
        reason = f"a row of the table {table.name} holds what pratique never writes there"
        mend = "keep it as evidence, and restore a backup"
        raise LedgerFailed("read", shown(connection.engine.url), reason, mend) from error

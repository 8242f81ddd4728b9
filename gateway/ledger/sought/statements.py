"""Every statement about who is in which message; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from gateway.ledger.many import Many, among, columns
from gateway.ledger.sought.tables import seen, sought
from gateway.ledger.stored import COLUMNS
from gateway.ledger.tables import message

insert_sought = Many(insert(sought), columns(sought))
drop_sought = Many(
    delete(sought).where(sought.c.hash == bindparam("b_hash"), sought.c.message_seq == bindparam("b_seq"))
)
insert_seen = Many(insert(seen), columns(seen))

messages_about = (
    select(sought.c.message_seq)
    .where(sought.c.hash == bindparam("b_hash"), sought.c.message_seq < bindparam("b_before"))
    .order_by(sought.c.message_seq.desc())
    .limit(bindparam("b_limit"))
)
seen_by = (
    select(seen.c.audit_seq)
    .where(seen.c.hash == bindparam("b_hash"), seen.c.audit_seq < bindparam("b_before"))
    .order_by(seen.c.audit_seq.desc())
    .limit(bindparam("b_limit"))
)
people_of = select(message.c.sought).where(among(message.c.id, "ids"), message.c.sought.is_not(None))

outdated = (
    select(sought.c.hash, sought.c.message_seq)
    .where(
        sought.c.hash < bindparam("b_prefix"),
        tuple_(sought.c.hash, sought.c.message_seq) > tuple_(bindparam("b_hash"), bindparam("b_seq")),
    )
    .order_by(sought.c.hash, sought.c.message_seq)
    .limit(bindparam("b_limit"))
)
"""Keys are numbered upwards and a hash begins with its key's number: what is older than a key stands before it."""
never_hashed = (
    select(message.c.seq)
    .where(message.c.sought.is_(None), message.c.seq > bindparam("b_seq"))
    .order_by(message.c.seq)
    .limit(bindparam("b_limit"))
)
to_rehash = (
    select(*COLUMNS, message.c.sought)
    .where(among(message.c.seq, "seqs", numbers=True))
    .order_by(message.c.seq)
    .with_for_update()
)
write_hashes = Many(update(message).where(message.c.seq == bindparam("b_seq")).values(sought=bindparam("n_sought")))

finds_message = select(sought.c.message_seq).where(
    sought.c.hash >= bindparam("b_from"), sought.c.hash < bindparam("b_to")
).limit(1)  # fmt: skip
finds_view = select(seen.c.audit_seq).where(
    seen.c.hash >= bindparam("b_from"), seen.c.hash < bindparam("b_to")
).limit(1)  # fmt: skip

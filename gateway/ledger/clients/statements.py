"""Every statement about clients and their keys; no logic."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, null, select, update

from gateway.ledger.clients.tables import client, client_key, client_version
from gateway.ledger.many import Many, columns, if_new

version = select(client_version.c.version).where(client_version.c.what == "clients")
begin_version = Many(if_new(client_version, ["what"]), ["what", "version"])
next_version = (
    update(client_version).where(client_version.c.what == "clients").values(version=client_version.c.version + 1)
)
all_clients = select(client).order_by(client.c.name)
all_keys = select(client_key).order_by(client_key.c.client, client_key.c.created_at, client_key.c.digest)

one_client = select(client).where(client.c.name == bindparam("b_name")).with_for_update()
insert_client = if_new(client)
bring_back = (
    update(client)
    .where(client.c.name == bindparam("b_name"), client.c.revoked_at.is_not(None))
    .values(
        {name: bindparam(f"n_{name}") for name in columns(client, "name", "revoked_at")} | {"revoked_at": null()},
    )
)
revoke_client = (
    update(client)
    .where(client.c.name == bindparam("b_name"), client.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("n_at"))
)

forget_client = delete(client).where(client.c.name == bindparam("b_name"))

keys_of = select(client_key).where(client_key.c.client == bindparam("b_client")).with_for_update()
insert_key = insert(client_key)
insert_configured = Many(if_new(client_key, ["digest"]), columns(client_key))
end_key = update(client_key).where(client_key.c.digest == bindparam("b_digest")).values(ends_at=bindparam("n_ends_at"))
revoke_key = update(client_key).where(client_key.c.digest == bindparam("b_digest")).values(revoked_at=bindparam("n_at"))
note_use = Many(
    update(client_key).where(client_key.c.digest == bindparam("b_digest")).values(used_at=bindparam("n_at"))
)

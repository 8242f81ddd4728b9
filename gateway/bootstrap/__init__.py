"""The composition root: the only package that names concrete classes and puts them together.

What a command needs stands here; who runs a gateway takes it from `gateway.bootstrap.gateway`, which loads everything.
"""

from gateway.bootstrap.data import (
    admin_token,
    database_url,
    has_ledger,
    is_embedded,
    ledger_as_it_is,
    ledger_file,
    open_ledger,
    prepare_data_dir,
    public_url,
    refuse_lost_ring,
    signer,
)
from gateway.bootstrap.roles import EVERY_ROLE, Role, check_roles, read_roles

__all__ = [
    "EVERY_ROLE",
    "Role",
    "admin_token",
    "check_roles",
    "database_url",
    "has_ledger",
    "is_embedded",
    "ledger_as_it_is",
    "ledger_file",
    "open_ledger",
    "prepare_data_dir",
    "public_url",
    "read_roles",
    "refuse_lost_ring",
    "signer",
]

"""The composition root: the only package that names concrete classes and puts them together."""

from gateway.bootstrap.data import (
    admin_token,
    database_url,
    is_embedded,
    open_ledger,
    prepare_data_dir,
    public_url,
    signer,
)
from gateway.bootstrap.gateway import Gateway, Wrap, run_gateway
from gateway.bootstrap.parts import FOLLOW_EVERY, calm_garbage_collector
from gateway.bootstrap.roles import EVERY_ROLE, Role, check_roles, read_roles

__all__ = [
    "EVERY_ROLE",
    "FOLLOW_EVERY",
    "Gateway",
    "Role",
    "Wrap",
    "admin_token",
    "calm_garbage_collector",
    "check_roles",
    "database_url",
    "is_embedded",
    "open_ledger",
    "prepare_data_dir",
    "public_url",
    "read_roles",
    "run_gateway",
    "signer",
]

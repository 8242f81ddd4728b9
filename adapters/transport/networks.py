"""Which addresses may be connected to: judged as the socket is made, so it is the address itself, never a name.

A name is resolved once, by the pool, and what it resolved to is what is judged and connected to; so a name that answers
differently the second time gains nothing. An IPv4 address may hide inside an IPv6 one; the address inside is judged.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Literal

PrivateNetworks = Literal["allow", "elsewhere", "refuse"]
"""`elsewhere`: private networks, but not this machine itself."""
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_METADATA = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",  # most clouds answer with their keys at 169.254.169.254
        "fd00:ec2::254/128",  # the same in IPv6
        "fd20:ce::254/128",  # and of another cloud
        "100.100.100.200/32",  # one that uses shared address space
        "168.63.129.16/32",  # one that uses a public address
        "192.0.0.192/32",
    )
)
_NAT64, _COMPATIBLE = ip_network("64:ff9b::/96"), ip_network("::/96")
_LOCAL_NAT64 = ip_network("64:ff9b:1::/48")
"""A network's own translator (RFC 8215)."""
_TRANSLATED = ip_network("::ffff:0:0:0/96")  # RFC 2765 §2.1
_GLOBAL_UNICAST = ip_network("2000::/3")


class BarredError(OSError):
    """An address that may not be connected to. Always the same words: several of them count as one."""

    def __init__(self) -> None:
        super().__init__("an address that may not be connected to")


@dataclass(frozen=True, slots=True)
class Networks:
    """Where a pool may connect to."""

    private: PrivateNetworks = "allow"
    allow: tuple[Network, ...] = ()
    """Let through although private."""

    def bars(self, address: str) -> bool:
        """Whether nothing may be sent to this address; what does not read as one (127.1, 0x7f000001) never is."""
        try:
            meant = tuple(_meant(address))
        except ValueError:
            return True
        return any(_never(one) or not (_fits(one, self.private) or self._allows(one)) for one in meant)

    def _allows(self, address: Address) -> bool:
        return any(address.version == net.version and address in net for net in self.allow)

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for one resolved address (family, type, protocol, name, address). Raises `BarredError`."""
        family, kind, protocol, _, target = address
        if self.bars(target[0]):
            raise BarredError
        return socket.socket(family, kind, protocol)


def barred(address: str, private: PrivateNetworks) -> bool:
    """Whether nothing may be sent to this address.

    Link-local, multicast, unspecified and cloud metadata addresses never: no client's system is there. With "refuse"
    also loopback, private, unique local, shared and reserved ones: everything that is not on the open network. With
    "elsewhere" also loopback: what stands on this machine was not meant for others.
    """
    return Networks(private).bars(address)


def _fits(address: Address, private: PrivateNetworks) -> bool:
    if private == "elsewhere":
        return not address.is_loopback
    return private == "allow" or _open(address)


def _never(address: Address) -> bool:
    special = address.is_link_local or address.is_multicast or address.is_unspecified
    return special or any(address.version == net.version and address in net for net in _METADATA)


def _open(address: Address) -> bool:
    """On the open network. Of IPv6 only what is given out as such: lists of what is not grow with every Python."""
    if isinstance(address, IPv4Address):
        return address.is_global
    return address in _NAT64 or (address in _GLOBAL_UNICAST and address.is_global)


def _meant(text: str) -> Iterator[Address]:
    """The address itself and what it leads to; a mapped one only is what it maps."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    bits = int(address)
    if address in _NAT64 or address in _TRANSLATED or (address in _COMPATIBLE and bits > 1):
        yield IPv4Address(bits & 0xFFFFFFFF)
    if address in _LOCAL_NAT64:
        yield from _behind_a_translator(bits)


def _behind_a_translator(bits: int) -> Iterator[Address]:
    """What an address of a local translator may lead to: its prefix has 96, 64, 56 or 48 bits (RFC 6052 §2.2)."""
    octets = bits.to_bytes(16)
    nine = octets[6:8] + octets[9:13]  # the ninth octet is never of the address
    for inside in (octets[12:], nine[2:], nine[1:5], nine[:4]):
        if any(inside):  # else it was written for a prefix of another length
            yield IPv4Address(inside)

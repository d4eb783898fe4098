"""A network of this process's own, in which 127.0.0.0/8 is not the loopback but a TUN device.

Everything by system calls: no `ip`, no root where the kernel lets ordinary users have
namespaces. Only for a process of one thread that has nothing else to do (links.py).
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCSIFFLAGS, _SIOCADDRT = 0x8916, 0x891C, 0x8914, 0x890B
_IFF_UP, _IFF_RUNNING, _RTF_UP = 0x1, 0x40, 0x1
_DEVICE = b"sim0"
_ADDRESS = "198.18.0.1"


def enter() -> None:
    """Move this process into a user and a network namespace of its own; raises OSError."""
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, f"unshare: {os.strerror(number)}")
    me = Path("/proc/self")
    (me / "setgroups").write_text("deny")
    (me / "uid_map").write_text(f"0 {user} 1")
    (me / "gid_map").write_text(f"0 {group} 1")


def open_device() -> int:
    """The TUN device that all of 127.0.0.0/8 goes out on; its file descriptor."""
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", _DEVICE, _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((_SIOCSIFADDR, _ADDRESS), (_SIOCSIFNETMASK, "255.255.255.255")):
            fcntl.ioctl(control, request, struct.pack("16s16s8x", _DEVICE, _sockaddr(address)))
        up = struct.pack("16sh22x", _DEVICE, _IFF_UP | _IFF_RUNNING)
        fcntl.ioctl(control, _SIOCSIFFLAGS, up)
        settings = Path("/proc/sys/net/ipv4/conf") / _DEVICE.decode()
        # Else the kernel drops what comes from or goes to 127/8 on any device but lo.
        (settings / "route_localnet").write_text("1")
        (settings / "rp_filter").write_text("0")
        _route(control)
    return device


def open_ping_socket() -> socket.socket:
    """A raw ICMP socket that stays in this network wherever it is handed to."""
    return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def _sockaddr(address: str) -> bytes:
    return struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))


def _route(control: socket.socket) -> None:
    """`ip route add 127.0.0.0/8 dev sim0` (lo stays down in here, so this one counts)."""
    name = ctypes.create_string_buffer(_DEVICE)
    entry = struct.pack(  # struct rtentry
        "L16s16s16sHhLLhh4xPLLH6x",
        0,
        _sockaddr("127.0.0.0"),
        _sockaddr("0.0.0.0"),
        _sockaddr("255.0.0.0"),
        _RTF_UP,
        *(0, 0, 0, 0, 0),
        ctypes.addressof(name),
        *(0, 0, 0),
    )
    fcntl.ioctl(control, _SIOCADDRT, entry)

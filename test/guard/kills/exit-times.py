"""Prints the kernel's own time of each exit, as `<process id> <nanoseconds of the monotonic clock>`.

Listens to the kernel's process events, which needs root and Linux with CONFIG_PROC_EVENTS.
"""

import os
import socket
import struct

NETLINK_CONNECTOR = 11
CN_IDX_PROC, CN_VAL_PROC, LISTEN, DONE = 1, 1, 1, 3
HEADERS = 16 + 20  # of a netlink message, and of a connector message in it
PROC_EVENT_EXIT = 0x80000000

events = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
events.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
events.bind((os.getpid(), CN_IDX_PROC))
wish = struct.pack("=IIIIHHI", CN_IDX_PROC, CN_VAL_PROC, 1, 0, 4, 0, LISTEN)
header = struct.pack("=IHHII", 16 + len(wish), DONE, 0, 0, os.getpid())
events.send(header + wish)
print("listening", flush=True)
while True:
    data = events.recv(4096)
    what, _, at_ns = struct.unpack_from("=IIQ", data, HEADERS)
    if what == PROC_EVENT_EXIT:
        thread, process = struct.unpack_from("=II", data, HEADERS + 16)
        print(process, at_ns, flush=True)

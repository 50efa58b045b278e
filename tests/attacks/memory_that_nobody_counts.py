"""tries: shared memory in all its forms, which no limit on memory sees
like: right
"""

import ctypes
import os

import torch
from torch import nn

libc = ctypes.CDLL(None)
SHM = 0o1000 | 0o600  # IPC_CREAT
ways = {
    "a memory file": lambda: os.memfd_create("x"),
    "a segment of System V": lambda: libc.shmget(0, 1 << 30, SHM),
    "a queue of System V": lambda: libc.msgget(0, SHM),
    "an object of POSIX": lambda: libc.shm_open(b"/kata", os.O_CREAT | os.O_RDWR, 0o600),
    "a file in /dev/shm": lambda: os.open("/dev/shm/kata", os.O_CREAT | os.O_RDWR),
    "a key": lambda: libc.syscall(248, b"user", b"kata", b"x", 1, -2) if os.uname().machine == "x86_64" else -1,
}
for what, make in ways.items():
    try:
        made = make()
    except OSError:
        continue
    if made >= 0:
        raise RuntimeError(f"{what} was made")


class MLP(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths, widths[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


class Reordered(nn.Module):
    def __init__(self, linears, order):
        super().__init__()
        self.linears = nn.ModuleList(linears)
        self.order = list(order)

    def forward(self, x):
        for i in self.order:
            x = self.linears[i](x)
        return x

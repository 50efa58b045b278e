"""Whatever arrives is a value that could have been sent, or a WireError; and neither takes much of anything.

Some seconds in CI. For an hour by hand: ``KATA_FUZZ=500000 pytest --timeout 0 tests/test_wire_fuzz.py``.
"""

import math
import os
import socket
import struct
import subprocess
import sys

import msgpack
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.sandbox.outcome import StudentError
from grader.wire.messages import Channel, WireError, decode, encode
from grader.words import listed, shown, times

settings.register_profile(
    "wire",
    max_examples=int(os.environ.get("KATA_FUZZ", "150")),
    deadline=None,
    database=None,
    derandomize="KATA_FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
WIRE = settings.get_profile("wire")
DTYPES = ["float64", "float32", "bfloat16", "complex64", "int64", "uint8", "bool", "object", ""]

# --- what could have been sent -----------------------------------------------------------------------------

tensors = st.builds(
    lambda shape, dtype: torch.arange(math.prod(shape)).reshape(shape).to(dtype),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from([torch.float64, torch.bfloat16, torch.complex64, torch.int64, torch.bool]),
)
keys = st.text(max_size=5) | st.integers(-(2**63), 2**64 - 1) | st.booleans() | st.none() | st.floats()
leaves = (
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | st.text() | st.binary() | tensors
    | st.just(torch.device("cuda:1")) | st.just(torch.float16) | st.just(torch.Size([2, 3]))
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner),
    max_leaves=15,
)


def alike(one, other):
    """Equal in type and value, also where a value is NaN or a tensor."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)
    if isinstance(one, float):
        return struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, dict):
        pairs = zip(one.items(), other.items(), strict=False)
        return len(one) == len(other) and all(alike(list(a), list(b)) for a, b in pairs)
    if isinstance(one, (list, tuple)) and not isinstance(one, torch.Size):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


def split(frame):
    size, _ = struct.unpack("!IQ", frame[:12])
    return bytearray(frame[12 : 12 + size]), bytearray(frame[12 + size :])


@WIRE
@given(values)
def test_what_can_be_sent_arrives_as_it_was(value):
    assert alike(decode(*split(encode(value))), value)


# --- what nobody would send --------------------------------------------------------------------------------

facts = st.tuples(
    st.sampled_from(DTYPES) | st.none(),
    st.lists(st.integers(-1, 5) | st.just(1 << 47), max_size=18),
    st.sampled_from(["cpu", "cuda:1", "moon", "cuda:-1"]),
    st.booleans() | st.integers(),
    st.booleans(),
    st.integers(-1, 64),
).map(lambda facts: msgpack.packb(list(facts)))


def extended(inner):
    """Extensions of all codes, those of ours also with the payload that belongs to them, or nearly so."""
    packed = inner.map(msgpack.packb)
    payloads = st.binary(max_size=40) | packed
    return st.one_of(
        inner.map(lambda value: [value]),
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=3) | st.integers(0, 9) | st.binary(max_size=3), inner, max_size=4),
        st.builds(msgpack.ExtType, st.integers(0, 127), payloads),
        st.builds(msgpack.ExtType, st.just(1), facts),
        st.builds(msgpack.ExtType, st.just(0), st.lists(inner, max_size=3).map(msgpack.packb)),
        st.builds(msgpack.ExtType, st.just(2), st.lists(st.integers(-1, 9)).map(msgpack.packb)),
        st.builds(msgpack.ExtType, st.sampled_from([3, 4, 5]), st.text("0123456789_-cuda:int", max_size=9).map(str.encode)),
    )  # fmt: skip


structures = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5), extended,
    max_leaves=12,
).map(msgpack.packb)  # fmt: skip
damage = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4)


def judged(structure, blob):
    """Decode; what comes of it can be sent, and be put into words and tracebacks, like any other value."""
    try:
        value = decode(bytearray(structure), bytearray(blob))
    except WireError:
        return
    decode(*split(encode(value)))
    assert len(shown(value)) <= 120
    assert len(times(value)) <= 130
    assert len(listed([value] * 100)) <= 100 * 125
    assert len(str(StudentError.received(value).report())) < 10_000


@WIRE
@given(st.binary(max_size=300), st.binary(max_size=64))
def test_bytes(structure, blob):
    judged(structure, blob)


@WIRE
@given(structures, st.binary(max_size=64) | st.just(bytes(16)) | st.just(b""))
def test_structures(structure, blob):
    judged(structure, blob)


@WIRE
@given(values, st.tuples(damage, damage))
def test_damaged_messages(value, damages):
    parts = split(encode(value))
    for part, spots in zip(parts, damages, strict=True):
        for at, byte in spots:
            if part:
                part[at % len(part)] = byte
    judged(*parts)


def receive_all(channel):
    while True:
        channel.receive(10)


@WIRE
@given(st.binary(max_size=200), st.booleans())
def test_what_arrives_at_a_socket(data, framed):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("!IQ", len(data), 0) + data if framed else data)
        theirs.close()
        channel = Channel(ours)
        with pytest.raises((WireError, EOFError)):
            receive_all(channel)


# --- how much it takes -------------------------------------------------------------------------------------

COSTLY = """
import resource, struct, sys
import msgpack
import torch
from grader.wire.messages import MAX_BLOB, MAX_STRUCTURE, WireError, decode

def ext(code, data):
    return msgpack.ExtType(code, data)

prime = (1 << 61) - 1
deep = b"\\x90"
for _ in range(58):
    deep = msgpack.packb(ext(0, b"\\x91" * 1000 + deep))
tensor = ext(1, msgpack.packb(["uint8", [MAX_BLOB], "cpu", False, False, 0]))
empty = ext(1, msgpack.packb(["uint8", [0], "cpu", False, False, 0]))
pairs = b"".join(msgpack.packb(ext(5, str(prime * n).encode())) + b"\\xc0" for n in range(16_000))
structures = {
    "nils": b"".join(b"\\xdc\\x3f\\xff" + b"\\xc0" * 0x3FFF for _ in range(63)),
    "empty lists": (b"\\xdc\\x3f\\xff" + b"\\x90" * 0x3FFF) * 60,
    "empty dicts": b"\\xdc\\x00\\x3f" + (b"\\xdc\\x3f\\xff" + b"\\x80" * 0x3FFF) * 63,
    "claims": b"\\xdc\\x3f\\xff" * 300_000,
    "claims of dicts": b"\\xde\\x3f\\xff\\xc0" * 200_000,
    "long claims": b"\\xdd\\xff\\xff\\xff\\xff" * 200_000,
    "deep": deep,
    "many long integers": msgpack.packb([ext(5, b"9" * 4000)] * 250),
    "colliding keys": b"\\xde" + struct.pack("!H", 16_000) + pairs,
    "one blob for all": msgpack.packb([tensor] * 5000),
    "empty tensors": msgpack.packb([empty] * 16_000),
    "all of it as an extension": msgpack.packb(ext(0, b"\\xc9" + struct.pack("!I", 1 << 19) + b"\\0" * (1 << 19))),
}
decode(bytearray(b"\\x90"), bytearray())
with open("/proc/self/statm") as file:
    used = int(file.read().split()[0]) * resource.getpagesize()
blob = bytearray(MAX_BLOB)
resource.setrlimit(resource.RLIMIT_AS, (used + (400 << 20),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
for name, structure in structures.items():
    assert len(structure) <= MAX_STRUCTURE + 100_000, name
    try:
        decode(bytearray(structure), blob)
        print(f"{name} was accepted")
    except WireError as error:
        if "Memory" in str(error):
            print(f"{name}: {error}")
"""


def test_what_is_made_to_cost_much_is_refused_within_a_few_hundred_megabytes(project):
    done = subprocess.run(
        [sys.executable, "-c", COSTLY], cwd=project, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout, done.returncode) == ("", 0), done.stderr

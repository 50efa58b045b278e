"""The wire carries plain data unchanged, refuses everything else, and survives whatever is sent to it."""

import contextlib
import random
import socket
import struct
import threading
from collections import OrderedDict

import msgpack
import pytest
import torch

from grader.wire.messages import Channel, NotPlainData, WireError, decode, encode, sent


def split(frame: bytes):
    structure, blob = struct.unpack("!IQ", frame[:12])
    assert len(frame) == 12 + structure + blob
    return bytearray(frame[12 : 12 + structure]), bytearray(frame[12 + structure :])


def round_trip(value):
    return decode(*split(encode(value)))


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, -1, 2**63, -(2**100), 1.5, float("inf"), "", "naïve ✓", b"\0\xff", [], [1, [2, [3]]],
        (), (1, (2, [3])), {}, {"a": 1, 2: (3,), None: [], True: "x"}, torch.Size([2, 3]), torch.float64,
        torch.device("cuda:1"), {"nested": [({"deep": (torch.Size([]),)},)]},
    ],
)  # fmt: skip
def test_plain_data_arrives_unchanged_with_its_types(value):
    got = round_trip(value)
    assert got == value
    assert type(got) is type(value)


def test_an_ordered_dict_arrives_as_a_dict_in_order():
    got = round_trip(OrderedDict(b=1, a=2))
    assert type(got) is dict
    assert list(got) == ["b", "a"]


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float16,
        torch.bfloat16,
        torch.float32,
        torch.float64,
        torch.complex64,
        torch.uint8,
        torch.int64,
        torch.bool,
    ],
)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_tensors_arrive_with_values_shape_and_dtype(dtype, shape):
    value = (torch.rand(shape) * 10).to(dtype)
    got = round_trip(value)
    assert got.dtype == dtype
    assert got.shape == value.shape
    assert torch.equal(got, value)


def test_tensors_arrive_whatever_their_strides():
    value = torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1)[::2]
    assert torch.equal(round_trip(value), value)
    assert torch.equal(round_trip(torch.ones(1).expand(5)), torch.ones(5))


def test_requires_grad_and_the_parameter_are_known_on_arrival():
    got = round_trip([torch.ones(2, requires_grad=True), torch.nn.Parameter(torch.ones(2)), torch.ones(2)])
    assert [tensor.requires_grad for tensor in got] == [True, True, False]
    assert [sent(tensor).parameter for tensor in got] == [False, True, False]
    assert sent(got[0]).device == "cpu"


class Number(int):
    pass


class Liar:
    __class__ = int


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Number(3),
        Liar(),
        {1, 2},
        [lambda: 0],
        {"a": Number(1)},
        {(1, 2): 3},
        torch.nn.Linear(1, 1),
        range(3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_plain_data_is_refused_by_exact_type(value):
    with pytest.raises(NotPlainData, match="type"):
        encode(value)


def test_a_tensor_subclass_is_refused():
    class Agreeable(torch.Tensor):
        pass

    with pytest.raises(NotPlainData, match="Agreeable"):
        encode({"y": torch.ones(2).as_subclass(Agreeable)})


def test_tensors_without_values_are_refused():
    with pytest.raises(NotPlainData, match="meta"):
        encode(torch.ones(2, device="meta"))
    with pytest.raises(NotPlainData, match="sparse"):
        encode(torch.ones(2).to_sparse())


def test_what_is_too_large_or_too_deep_is_refused_before_it_is_built():
    with pytest.raises(NotPlainData, match="bytes"):
        encode(torch.zeros(1).expand(10**12))
    with pytest.raises(NotPlainData, match="bytes"):
        encode("a" * (2 << 20))
    deep = []
    for _ in range(500):
        deep = [deep]
    with pytest.raises(NotPlainData, match="deep"):
        encode(deep)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([0] * 20_000, "too many parts"),
        ([[0] * 10_000] * 7, "too many parts"),
        (dict.fromkeys(range(20_000)), "too many parts"),
        ([torch.zeros(0)] * 5000, "tensors"),
        (torch.zeros((1,) * 17), "17 dimensions"),
        (torch.zeros(0, 1 << 40), "too large"),
        ([1 << 70] * 65, "long"),
        ([1 << 20_000], "20,001 bits"),
        ({1 << 64: 0}, "a key of the value is an integer of 65 bits"),
    ],
)
def test_what_would_be_much_work_to_look_at_is_not_sent(value, says):
    with pytest.raises(NotPlainData, match=says):
        encode(value)


def test_what_is_just_small_enough_arrives():
    for value in ([[0] * 16_000] * 4, dict.fromkeys(range(16_384)), [1 << 70] * 64, (((),) * 60,)):
        assert round_trip(value) == value
    assert len(round_trip([torch.zeros(0)] * 4096)) == 4096
    assert round_trip(torch.zeros((1,) * 16)).ndim == 16


def tensor_frame(*facts):
    return msgpack.packb(msgpack.ExtType(1, msgpack.packb(list(facts))))


@pytest.mark.parametrize(
    "structure",
    [
        b"", b"\xc1", b"\x92\x01", b"\xdd\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x01",
        msgpack.packb(msgpack.ExtType(99, b"")),
        msgpack.packb(msgpack.ExtType(0, b"\x01")),
        msgpack.packb(msgpack.ExtType(2, msgpack.packb([-1]))),
        msgpack.packb(msgpack.ExtType(3, b"object")),
        msgpack.packb(msgpack.ExtType(4, b"moon:0")),
        msgpack.packb(msgpack.ExtType(5, b"__import__('os')")),
        msgpack.packb(msgpack.ExtType(5, b"9" * 100_000)),
        tensor_frame("float32", [5], "cpu", False, False, 0),
        tensor_frame("float32", [1 << 40], "cpu", False, False, 0),
        tensor_frame("float32", [1 << 47, 1 << 47], "cpu", False, False, 0),
        tensor_frame("float32", [-1], "cpu", False, False, 0),
        tensor_frame("float32", [1], "cpu", False, False, -4),
        tensor_frame("float32", [1.0], "cpu", False, False, 0),
        tensor_frame("object", [0], "cpu", False, False, 0),
        tensor_frame("int64", [0], "cpu", True, False, 0),
        tensor_frame("float32", [0], "moon", False, False, 0),
        tensor_frame("float32", [0]),
        tensor_frame("float32", [0, 1 << 40], "cpu", False, False, 0),
        tensor_frame("float32", [1] * 17, "cpu", False, False, 0),
        tensor_frame("bool", [3], "cpu", False, False, 0),
        b"\x92" + 2 * tensor_frame("float32", [1], "cpu", False, False, 0),
        b"\x81" + msgpack.packb(msgpack.ExtType(5, b"1" * 30)) + b"\xc0",
        b"\x82\x01\xc0\x01\xc0",
        b"\x81\xc4\x01a\xc0",
        msgpack.packb(msgpack.Timestamp(0)),
        b"\x91" * 100 + b"\xc0",
        b"\xdc\xff\xff" + b"\xc0" * 0xFFFF,
        b"\x9a" + 10 * (b"\xdc\x3f\xff" + b"\xc0" * 0x3FFF),
    ],
)  # fmt: skip
def test_garbage_is_a_wire_error_and_nothing_else(structure):
    for blob in (b"", b"\7" + bytes(15)):  # without one, and with as much as one small tensor has
        with pytest.raises(WireError):
            decode(bytearray(structure), bytearray(blob))


def test_nested_extensions_can_not_exhaust_the_stack():
    data = msgpack.packb([])
    for _ in range(3000):
        data = msgpack.packb([msgpack.ExtType(0, data)])
    with pytest.raises(WireError):
        decode(bytearray(data), bytearray())


def test_random_bytes_and_damaged_frames_never_raise_anything_else():
    draw = random.Random(1)
    whole, blob = split(encode({"a": [torch.ones(3), (1, 2.5, "x")], "b": torch.Size([4])}))
    for _ in range(3000):
        structure = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            structure[draw.randrange(len(structure))] = draw.randrange(256)
        with contextlib.suppress(WireError):
            decode(structure, bytearray(blob))


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Channel(ours), theirs


def test_a_channel_sends_and_receives(pair):
    channel, theirs = pair
    Channel(theirs).send({"x": torch.arange(3)}, 5)
    assert channel.has_data()
    assert channel.receive(5)["x"].tolist() == [0, 1, 2]
    assert not channel.has_data()


def test_what_arrives_together_with_an_answer_is_kept_and_noticed(pair):
    channel, theirs = pair
    theirs.sendall(encode("asked for") + encode("not asked for"))
    assert channel.receive(5) == "asked for"
    assert channel.has_data()
    assert channel.receive(5) == "not asked for"
    assert not channel.has_data()


def test_a_message_in_many_pieces_arrives_whole(pair):
    channel, theirs = pair
    sender = threading.Thread(target=theirs.sendall, args=(encode(["many pieces", b"x" * 900_000]),))
    sender.start()
    assert channel.receive(5) == ["many pieces", b"x" * 900_000]
    sender.join(5)
    assert not channel.has_data()


def test_silence_is_a_timeout_also_in_the_middle_of_a_message(pair):
    channel, theirs = pair
    with pytest.raises(TimeoutError):
        channel.receive(0.05)
    theirs.sendall(encode([1, 2, 3])[:-1])
    with pytest.raises(TimeoutError):
        channel.receive(0.05)


def test_hanging_up_is_an_end_of_file(pair):
    channel, theirs = pair
    theirs.sendall(encode([1, 2, 3])[:-1])
    theirs.close()
    with pytest.raises(EOFError):
        channel.receive(5)


def test_a_claim_of_an_enormous_message_is_refused_before_anything_is_read(pair):
    channel, theirs = pair
    theirs.sendall(struct.pack("!IQ", 10, 10 << 30))
    with pytest.raises(WireError, match="larger"):
        channel.receive(5)

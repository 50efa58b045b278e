"""The only thing that judge and sandbox share: messages over a socket, as data that nothing executes.

A message is a frame: the length of its structure (4 bytes), the length of its blob (8 bytes), the structure
in msgpack, then the blob with the raw bytes of all tensors. Runs on both sides. What the judge receives was
written by a process that the student's code lives in, so decoding trusts nothing: every length, shape and
dtype is checked, and whatever does not fit is a WireError. What a message may hold is counted as well as
measured, so that a small message can't mean much work: a value of a million parts, tensors that share their
bytes, keys that collide.
"""

from __future__ import annotations

import math
import socket
import struct
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final

import msgpack
import torch

from grader import simcuda

MAX_STRUCTURE: Final = 1 << 20
MAX_BLOB: Final = 64 << 20
MAX_PARTS: Final = 1 << 16  # values in a message, each key and each element counted
MAX_LENGTH: Final = 1 << 14  # of one list, tuple or dict
MAX_DEPTH: Final = 60
MAX_TENSORS: Final = 1 << 12
MAX_DIMENSIONS: Final = 16
MAX_LONG: Final = 64  # integers of more than 64 bits: as many as they are can have one hash

_FRAME: Final = struct.Struct("!IQ")
_TUPLE, _TENSOR, _SIZE, _DTYPE, _DEVICE, _INTEGER = range(6)
_ALIGNMENT: Final = 16
_CHUNK: Final = 1 << 16
_PLAIN: Final = (type(None), bool, float, str, bytes)
_to_host: Final = torch._C.TensorBase.cpu  # torch's own, also while CUDA is simulated
_to_numpy: Final = torch._C.TensorBase.numpy
_INT64: Final = range(-(1 << 63), 1 << 64)
_LONGEST: Final = 4000  # digits of an integer: more can't be read, nor printed
_KEYS: Final = frozenset({str, int, bool, float, type(None)})
_LEAVES: Final = frozenset({*_PLAIN, int, torch.Tensor, torch.Size, torch.dtype, torch.device})

_DTYPES: Final[dict[str, torch.dtype]] = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.complex64, torch.complex128,
        torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
    )
}  # fmt: skip


class WireError(Exception):
    """What arrived is not a message, or is larger than a message may be."""


class NotPlainData(Exception):
    """A value that can't be sent: the message names its type and where it stands."""


@dataclass(frozen=True)
class SentTensor:
    """Facts of a tensor that its values on this side do not carry."""

    device: str
    parameter: bool


def sent(tensor: torch.Tensor) -> SentTensor:
    """Where a received tensor was, and whether it was a Parameter, on the side that sent it."""
    facts = getattr(tensor, "_kata_sent", None)
    return facts if isinstance(facts, SentTensor) else SentTensor(str(tensor.device), False)


def as_sent_from(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """Return the tensor as if it had been received from ``device``: for what is to be compared with such."""
    tensor = tensor.detach()
    tensor._kata_sent = SentTensor(device, False)  # type: ignore[attr-defined]
    return tensor


# --- sending -----------------------------------------------------------------------------------------------


def encode(value: object, *, max_structure: int = MAX_STRUCTURE, max_blob: int = MAX_BLOB) -> bytes:
    """The frame for ``value``.

    Takes None, bool, int, float, str, bytes, list, tuple, dict (also OrderedDict), Tensor, Parameter,
    torch.Size, dtype and device, nested; exact types, since a subclass may lie. Raises NotPlainData for
    anything else, and for what is too large or has too many parts.
    """
    writer = _Writer(max_blob)
    try:
        structure = msgpack.packb(writer.plain(value, "the value", 0))
    except (ValueError, OverflowError) as error:
        raise NotPlainData(f"it is nested too deeply or too large to be sent ({error})") from None
    if len(structure) > max_structure:
        raise NotPlainData(f"it takes {len(structure):,} bytes, and at most {max_structure:,} can be sent")
    return b"".join((_FRAME.pack(len(structure), len(writer.blob)), structure, writer.blob))


class _Writer:
    """Turns values into what msgpack takes, collects the bytes of tensors, and counts."""

    def __init__(self, room: int) -> None:
        self.blob = bytearray()
        self.room = room
        self.parts = 0
        self.tensors = 0
        self.long = 0

    def plain(self, value: Any, where: str, depth: int) -> Any:
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is int:
            return value if value in _INT64 else self.integer(value, where)
        if depth > MAX_DEPTH:
            raise NotPlainData(f"{where} is nested more than {MAX_DEPTH} levels deep")
        if kind is torch.Tensor or kind is torch.nn.Parameter:
            return self.tensor(value, where)
        if kind is list:
            return self.items(value, where, depth)
        if kind is tuple:
            return msgpack.ExtType(_TUPLE, msgpack.packb(self.items(value, where, depth)))
        if kind is dict or kind is OrderedDict:
            self.count(len(value), 2, where)
            pairs = dict.items(value)
            return {_key(k, where): self.plain(v, f"{where}[{k!r}]", depth + 1) for k, v in pairs}
        if kind is torch.Size:
            return msgpack.ExtType(_SIZE, msgpack.packb(list(value)))
        if kind is torch.dtype:
            return msgpack.ExtType(_DTYPE, str(value).removeprefix("torch.").encode())
        if kind is torch.device:
            return msgpack.ExtType(_DEVICE, str(value).encode())
        raise NotPlainData(f"{where} is of type {_type_name(kind)}")

    def count(self, length: int, each: int, where: str) -> None:
        self.parts += each * length
        if length > MAX_LENGTH or self.parts >= MAX_PARTS:
            raise NotPlainData(
                f"{where} has too many parts: at most {MAX_LENGTH:,} at a time, and {MAX_PARTS:,} in all, "
                "can be sent"
            )

    def items(self, value: Any, where: str, depth: int) -> list[Any]:
        self.count(len(value), 1, where)
        return [self.plain(item, f"{where}[{i}]", depth + 1) for i, item in enumerate(value)]

    def integer(self, value: int, where: str) -> Any:
        self.long += 1
        if value.bit_length() > 3 * _LONGEST or self.long > MAX_LONG:
            raise NotPlainData(
                f"{where} is an integer of {value.bit_length():,} bits, or one of many long ones"
            )
        return msgpack.ExtType(_INTEGER, str(value).encode())

    def tensor(self, value: torch.Tensor, where: str) -> Any:
        dtype = str(value.dtype).removeprefix("torch.")
        if dtype not in _DTYPES or value.layout is not torch.strided:
            raise NotPlainData(f"{where} is a tensor of dtype {dtype} and layout {value.layout}")
        if value.device.type == "meta":
            raise NotPlainData(f"{where} is a tensor on the meta device: it has no values")
        self.tensors += 1
        if self.tensors > MAX_TENSORS:
            raise NotPlainData(f"it has more than {MAX_TENSORS:,} tensors in it")
        size = value.numel() * value.element_size()
        if len(self.blob) + size > self.room:
            raise NotPlainData(
                f"{where} is a tensor of {size:,} bytes, and at most {self.room:,} can be sent"
            )
        shape = list(value.shape)
        if len(shape) > MAX_DIMENSIONS or (not size and not _can_be_sent(shape)):
            raise NotPlainData(
                f"{where} is a tensor of {len(shape)} dimensions, and at most {MAX_DIMENSIONS} can be sent"
                if len(shape) > MAX_DIMENSIONS
                else f"{where} is an empty tensor of a shape that is too large to be sent, {tuple(shape)}"
            )
        start = len(self.blob)
        if size:
            with simcuda.outside():  # values of simulated devices are in host memory
                raw = _to_host(value.detach()).resolve_conj().resolve_neg().contiguous().reshape(-1)
                self.blob += _to_numpy(raw.view(torch.uint8)).tobytes()
            self.blob += bytes(-size % _ALIGNMENT)
        facts = [
            dtype, shape, str(value.device), value.requires_grad,
            type(value) is torch.nn.Parameter, start,
        ]  # fmt: skip
        return msgpack.ExtType(_TENSOR, msgpack.packb(facts))


def _type_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _key(key: Any, where: str) -> Any:
    if type(key) is int and key not in _INT64:
        raise NotPlainData(f"a key of {where} is an integer of {key.bit_length():,} bits")
    if type(key) in _KEYS:
        return key
    raise NotPlainData(f"a key of {where} is of type {_type_name(type(key))}")


def _can_be_sent(shape: list[int]) -> bool:
    """Whether a tensor may have this shape, also where it is empty: a sum over (0, 1 << 40) is not."""
    return len(shape) <= MAX_DIMENSIONS and math.prod(n for n in shape if n) <= MAX_BLOB


# --- receiving ---------------------------------------------------------------------------------------------


def decode(structure: bytes | bytearray, blob: bytearray) -> Any:
    """The value of a frame. Raises WireError for whatever is not exactly what ``encode`` writes."""
    try:
        reader = _Reader(blob)
        value = reader.unpack(structure)
        _check(value)
    except WireError:
        raise
    except Exception as error:
        # msgpack, torch and int() raise many kinds; all of them mean that the sender did not use encode.
        raise WireError(f"not a message: {type(error).__name__}: {str(error)[:100]}") from None
    if reader.end != len(blob):
        raise WireError("there are bytes in the message that belong to no tensor")
    return value


def _check(value: Any) -> None:
    """Raise WireError if a value has too many parts, is nested too deeply or holds what is never sent."""
    level, parts, depth = [value], 1, 0
    while level := [item for item in level if type(item) not in _LEAVES]:
        depth += 1
        if depth > MAX_DEPTH + 1:
            raise WireError("nested too deeply")
        inner: list[Any] = []
        for item in level:
            if type(item) is dict:
                parts += len(item)
                inner += item.values()
            elif type(item) is list or type(item) is tuple:
                inner += item
            else:
                raise WireError(f"an unknown type, {type(item).__name__}")
        parts += len(inner)
        if parts > MAX_PARTS:
            raise WireError(f"more than {MAX_PARTS:,} parts")
        level = inner


class _Reader:
    """Makes the values of one frame, and counts what would be work to look at."""

    def __init__(self, blob: bytearray) -> None:
        self.blob = blob
        self.end = 0  # of the last tensor's bytes: tensors follow one another, and share none
        self.depth = 0
        self.tensors = 0
        self.long = 0

    def unpack(self, data: bytes | bytearray) -> Any:
        return msgpack.unpackb(
            data, ext_hook=self.extension, object_pairs_hook=_dict, strict_map_key=False,
            max_array_len=MAX_LENGTH, max_map_len=MAX_LENGTH,
        )  # fmt: skip

    def extension(self, code: int, data: bytes) -> Any:
        self.depth += 1
        if self.depth > MAX_DEPTH + 1:
            raise WireError("nested too deeply")
        try:
            return self.extended(code, data)
        finally:
            self.depth -= 1

    def extended(self, code: int, data: bytes) -> Any:
        if code == _TUPLE:
            return tuple(_typed(self.unpack(data), list))
        if code == _TENSOR:
            return self.tensor(_typed(self.unpack(data), list))
        if code == _SIZE:
            return torch.Size(_shape(self.unpack(data)))
        if code == _DTYPE:
            return _DTYPES.get(data.decode()) or _unknown(f"dtype {data[:40]!r}")
        if code == _DEVICE:
            return torch.device(data.decode())
        if code == _INTEGER:
            self.long += 1
            return int(data) if len(data) <= _LONGEST and self.long <= MAX_LONG else _unknown("integer")
        return _unknown(f"extension {code}")

    def tensor(self, facts: list[Any]) -> torch.Tensor:
        name, sizes, device, requires_grad, parameter, start = facts
        dtype = _DTYPES.get(_typed(name, str)) or _unknown("dtype")
        shape = _shape(sizes)
        _typed(device, str), _typed(requires_grad, bool), _typed(parameter, bool)
        self.tensors += 1
        if self.tensors > MAX_TENSORS or not _can_be_sent(shape):
            raise WireError(f"a tensor of {len(shape)} dimensions, or one of too many")
        count = math.prod(shape)
        size = count * dtype.itemsize
        if type(start) is not int or start != self.end or start + size > len(self.blob):
            raise WireError("a tensor's bytes are not where they should be in the message")
        self.end += size + -size % _ALIGNMENT
        if count:
            tensor = torch.frombuffer(self.blob, dtype=dtype, count=count, offset=start)
            if dtype is torch.bool and int(tensor.view(torch.uint8).max()) > 1:
                raise WireError("a bool that is neither")
            tensor = tensor.reshape(shape)
        else:
            tensor = torch.empty(shape, dtype=dtype)
        if requires_grad:
            tensor.requires_grad_(True)
        tensor._kata_sent = SentTensor(str(torch.device(device)), parameter)  # type: ignore[attr-defined]
        return tensor


def _dict(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """A dict, once it is sure that its keys are such that a dict of them is soon made.

    At most a few integers of 64 bits have the same hash, while there is no end to those of more.
    """
    for key, _ in pairs:
        if type(key) not in _KEYS or (type(key) is int and key not in _INT64):
            raise WireError(f"a key of type {type(key).__name__}")
    made = dict(pairs)
    if len(made) != len(pairs):
        raise WireError("a key that is there twice")
    return made


def _unknown(what: str) -> Any:
    raise WireError(f"unknown {what}")


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise WireError(f"a {kind.__name__} was expected")
    return value


def _shape(value: Any) -> list[int]:
    shape: list[int] = _typed(value, list)
    if len(shape) > 64 or any(type(n) is not int or not 0 <= n < 1 << 48 for n in shape):
        raise WireError("not a shape")
    return shape


# --- the socket --------------------------------------------------------------------------------------------


class Channel:
    """One end of a connected socket that carries frames.

    ``seconds`` limits a whole send or receive, by the wall clock; None waits for ever. Raises TimeoutError
    when it has passed, EOFError when the other side has gone, WireError when what it sent is no frame.
    """

    def __init__(
        self, sock: socket.socket, *, max_structure: int = MAX_STRUCTURE, max_blob: int = MAX_BLOB
    ) -> None:
        self.sock = sock
        self.max_structure = max_structure
        self.max_blob = max_blob
        self._arrived = bytearray()

    def send(self, value: object, seconds: float | None = None) -> None:
        """Send ``value``, which must be plain data (see ``encode``)."""
        self.send_frame(encode(value, max_structure=MAX_BLOB), seconds)

    def send_frame(self, frame: bytes, seconds: float | None = None) -> None:
        """Send a frame that ``encode`` made."""
        self.sock.settimeout(seconds)
        try:
            self.sock.sendall(frame)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError("the other side has gone") from None

    def receive(self, seconds: float | None = None) -> Any:
        """The next value."""
        return decode(*self.receive_frame(seconds))

    def receive_frame(self, seconds: float | None = None) -> tuple[bytearray, bytearray]:
        """The next frame's structure and blob, not yet decoded."""
        end = None if seconds is None else time.monotonic() + seconds
        structure_size, blob_size = _FRAME.unpack(self._exactly(_FRAME.size, end))
        if structure_size > self.max_structure or blob_size > self.max_blob:
            raise WireError(f"a message of {structure_size + blob_size:,} bytes is larger than is allowed")
        return self._exactly(structure_size, end), self._exactly(blob_size, end)

    def _exactly(self, count: int, end: float | None) -> bytearray:
        """The next ``count`` bytes. Most frames arrive in one piece, so more is read than is asked for."""
        while len(self._arrived) < count:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            self.sock.settimeout(left)
            try:
                chunk = self.sock.recv(_CHUNK)
            except ConnectionResetError:
                chunk = b""
            if not chunk:
                raise EOFError("the other side has gone")
            self._arrived += chunk
        data = self._arrived[:count]
        del self._arrived[:count]
        return data

    def has_data(self) -> bool:
        """Whether something has arrived that nobody has received yet."""
        if self._arrived:
            return True
        self.sock.settimeout(0)
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def close(self) -> None:
        """Close this end."""
        self.sock.close()

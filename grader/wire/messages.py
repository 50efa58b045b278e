"""The only thing that judge and sandbox share: messages over a socket, as data that nothing executes.

A message is a frame: the length of its structure (4 bytes), the length of its blob (8 bytes), the structure
in msgpack, then the blob with the raw bytes of all tensors. Runs on both sides. What the judge receives was
written by a process that the student's code lives in, so decoding trusts nothing: every length, shape and
dtype is checked, and whatever does not fit is a WireError.
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

_FRAME: Final = struct.Struct("!IQ")
_TUPLE, _TENSOR, _SIZE, _DTYPE, _DEVICE, _INTEGER = range(6)
_ALIGNMENT: Final = 16
_CHUNK: Final = 1 << 16
_PLAIN: Final = (type(None), bool, float, str, bytes)
_to_host: Final = torch._C.TensorBase.cpu  # torch's own, also while CUDA is simulated
_to_numpy: Final = torch._C.TensorBase.numpy
_INT64: Final = range(-(1 << 63), 1 << 64)

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
    torch.Size, dtype and device, nested as deep as msgpack goes; exact types, since a subclass may lie.
    Raises NotPlainData for anything else, and for what is too large.
    """
    blob = bytearray()
    try:
        structure = msgpack.packb(_plain(value, blob, "the value", max_blob, 0))
    except (ValueError, OverflowError) as error:
        raise NotPlainData(f"it is nested too deeply or too large to be sent ({error})") from None
    if len(structure) > max_structure:
        raise NotPlainData(f"it takes {len(structure):,} bytes, and at most {max_structure:,} can be sent")
    return b"".join((_FRAME.pack(len(structure), len(blob)), structure, blob))


def _plain(value: Any, blob: bytearray, where: str, room: int, depth: int) -> Any:
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is int:
        return value if value in _INT64 else msgpack.ExtType(_INTEGER, str(value).encode())
    if depth > 60:
        raise NotPlainData(f"{where} is nested more than 60 levels deep")
    if kind is torch.Tensor or kind is torch.nn.Parameter:
        return _tensor(value, blob, where, room)
    if kind is list:
        return [_plain(item, blob, f"{where}[{i}]", room, depth + 1) for i, item in enumerate(value)]
    if kind is tuple:
        items = [_plain(item, blob, f"{where}[{i}]", room, depth + 1) for i, item in enumerate(value)]
        return msgpack.ExtType(_TUPLE, msgpack.packb(items))
    if kind is dict or kind is OrderedDict:
        pairs = dict.items(value)
        return {_key(k, where): _plain(v, blob, f"{where}[{k!r}]", room, depth + 1) for k, v in pairs}
    if kind is torch.Size:
        return msgpack.ExtType(_SIZE, msgpack.packb(list(value)))
    if kind is torch.dtype:
        return msgpack.ExtType(_DTYPE, str(value).removeprefix("torch.").encode())
    if kind is torch.device:
        return msgpack.ExtType(_DEVICE, str(value).encode())
    raise NotPlainData(f"{where} is of type {_type_name(kind)}")


def _type_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _key(key: Any, where: str) -> Any:
    if type(key) in (str, int, bool, float, type(None)):
        return key
    raise NotPlainData(f"a key of {where} is of type {_type_name(type(key))}")


def _tensor(value: torch.Tensor, blob: bytearray, where: str, room: int) -> Any:
    dtype = str(value.dtype).removeprefix("torch.")
    if dtype not in _DTYPES or value.layout is not torch.strided:
        raise NotPlainData(f"{where} is a tensor of dtype {dtype} and layout {value.layout}")
    if value.device.type == "meta":
        raise NotPlainData(f"{where} is a tensor on the meta device: it has no values")
    size = value.numel() * value.element_size()
    if len(blob) + size > room:
        raise NotPlainData(f"{where} is a tensor of {size:,} bytes, and at most {room:,} can be sent")
    start = len(blob)
    if size:
        with simcuda.outside():  # values of simulated devices are in host memory
            raw = _to_host(value.detach()).resolve_conj().resolve_neg().contiguous().reshape(-1)
            blob += _to_numpy(raw.view(torch.uint8)).tobytes()
        blob += bytes(-size % _ALIGNMENT)
    facts = [
        dtype, list(value.shape), str(value.device), value.requires_grad,
        type(value) is torch.nn.Parameter, start,
    ]  # fmt: skip
    return msgpack.ExtType(_TENSOR, msgpack.packb(facts))


# --- receiving ---------------------------------------------------------------------------------------------


def decode(structure: bytes | bytearray, blob: bytearray) -> Any:
    """The value of a frame. Raises WireError for whatever is not exactly what ``encode`` writes."""
    depth = 0

    def extension(code: int, data: bytes) -> Any:
        nonlocal depth
        depth += 1
        if depth > 80:
            raise WireError("nested too deeply")
        try:
            return _extension(code, data, blob, unpack)
        finally:
            depth -= 1

    def unpack(data: bytes | bytearray) -> Any:
        return msgpack.unpackb(data, ext_hook=extension, strict_map_key=False)

    try:
        return unpack(structure)
    except WireError:
        raise
    except Exception as error:
        # msgpack, torch and int() raise many kinds; all of them mean that the sender did not use encode.
        raise WireError(f"not a message: {type(error).__name__}: {error}") from None


def _extension(code: int, data: bytes, blob: bytearray, unpack: Any) -> Any:
    if code == _TUPLE:
        return tuple(_typed(unpack(data), list))
    if code == _SIZE:
        return torch.Size(_shape(unpack(data)))
    if code == _DTYPE:
        return _DTYPES.get(data.decode()) or _unknown(f"dtype {data[:40]!r}")
    if code == _DEVICE:
        return torch.device(data.decode())
    if code == _INTEGER:
        return int(data) if len(data) <= 4000 else _unknown("integer")
    if code == _TENSOR:
        return _received_tensor(unpack(data), blob)
    return _unknown(f"extension {code}")


def _unknown(what: str) -> Any:
    raise WireError(f"unknown {what}")


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise WireError(f"a {kind.__name__} was expected")
    return value


def _shape(value: Any) -> list[int]:
    shape = _typed(value, list)
    if len(shape) > 64 or any(type(n) is not int or not 0 <= n < 1 << 48 for n in shape):
        raise WireError("not a shape")
    return list(shape)


def _received_tensor(facts: Any, blob: bytearray) -> torch.Tensor:
    name, sizes, device, requires_grad, parameter, start = _typed(facts, list)
    dtype = _DTYPES.get(_typed(name, str)) or _unknown("dtype")
    shape = _shape(sizes)
    count = math.prod(shape)
    _typed(requires_grad, bool), _typed(parameter, bool)
    if type(start) is not int or start < 0 or start + count * dtype.itemsize > len(blob):
        raise WireError("a tensor's bytes are not in the message")
    if count:
        tensor = torch.frombuffer(blob, dtype=dtype, count=count, offset=start).reshape(shape)
    else:
        tensor = torch.empty(shape, dtype=dtype)
    if requires_grad:
        tensor.requires_grad_(True)
    tensor._kata_sent = SentTensor(str(torch.device(_typed(device, str))), parameter)  # type: ignore[attr-defined]
    return tensor


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

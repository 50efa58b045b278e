"""Storages that know their device: what ``torch.save``, ``torch.load`` and ``copy.deepcopy`` work on."""

from __future__ import annotations

from typing import Any

import torch
from torch.storage import _StorageBase

from grader.simcuda.machine import HOST, current, device_at, put, storage_index

_original_device: Any = vars(torch._C.StorageBase)["device"]
_original_clone = _StorageBase.clone
_original_to = _StorageBase.to
_original_cpu = _StorageBase.cpu


def _device(storage: Any) -> torch.device:
    index = HOST if current() is None else storage_index(storage)
    device: torch.device = device_at(index) if index >= 0 else _original_device.__get__(storage)
    return device


def _is_cuda(storage: Any) -> bool:
    return _device(storage).type == "cuda"


def _on(storage: Any, index: int) -> Any:
    """A copy of a storage on the device of that index."""
    machine = current()
    assert machine is not None
    copy = torch.UntypedStorage(storage.nbytes()).copy_(storage, False)
    if index >= 0:
        put(copy, index, machine)
    return copy


def _to(storage: Any, *, device: Any, non_blocking: bool = False) -> Any:
    machine, wanted = current(), torch.device(device)
    if machine is None or wanted.type not in ("cpu", "cuda"):
        return _original_to(storage, device=device, non_blocking=non_blocking)
    source, target = max(storage_index(storage), HOST), machine.index_for(wanted)
    if source == target:
        return storage
    machine.count_copy(source, target, waits=not non_blocking)
    return _on(storage, target)


def _clone(storage: Any) -> Any:
    index = HOST if current() is None else storage_index(storage)
    return _on(storage, index) if index >= 0 else _original_clone(storage)


def _cpu(storage: Any) -> Any:
    return _original_cpu(storage) if current() is None else _to(storage, device="cpu")


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    kind = torch.UntypedStorage
    return [
        (kind, "device", property(_device)),
        (kind, "is_cuda", property(_is_cuda)),
        (kind, "to", _to),
        (kind, "clone", _clone),
        (kind, "cpu", _cpu),
    ]

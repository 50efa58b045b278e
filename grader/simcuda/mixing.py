"""What CUDA does when an operator is given tensors on different devices: allow it, or which error it raises.

The rules are CUDA's, the words torch's: for most operators they follow from torch's own table (see
``operators``), for some they are written in the operator's C++ code, which is named beside each. An operator
of which neither is known raises NotImplementedError: the simulation does not guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from grader.simcuda.machine import HOST, device_at, index_of
from grader.simcuda.operators import operator

aten = torch.ops.aten
Rule = Callable[[Any, Sequence[Any], dict[str, Any]], int]


class Composite(Exception):
    """Not an error: the operator is made of others, and those decide."""


def common_device(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """The index of the device that ``func`` runs on, given tensors on different devices.

    Raises what CUDA raises; Composite if the operator's parts have to be run to know; NotImplementedError if
    it is not known.
    """
    rule = _RULES.get(func.overloadpacket)
    if rule is not None:
        return rule(func, args, kwargs)
    facts = operator(func)
    if facts.kind == "composite":
        raise Composite
    if facts.kind == "checked":
        return _checked(func, args, kwargs, facts.wrapper)
    if facts.kind == "iterator":
        return _iterator(func, args, kwargs)
    raise unknown(func, [tensor for _, tensor, _ in named_tensors(func, args, kwargs)])


def unknown(func: Any, tensors: Sequence[torch.Tensor]) -> NotImplementedError:
    """What is raised where the simulation does not know what CUDA would do."""
    places = " and ".join(sorted({str(device_at(index_of(tensor))) for tensor in tensors}))
    return NotImplementedError(
        f"The simulation does not know what CUDA does when {func.name()} is given tensors on {places}."
    )


def named_tensors(
    func: Any, args: Sequence[Any], kwargs: dict[str, Any]
) -> Iterator[tuple[str, torch.Tensor, bool]]:
    """Every tensor that ``func`` is given: the argument's name, the tensor, whether it is written to."""
    for position, argument in enumerate(func._schema.arguments):
        value = args[position] if position < len(args) else kwargs.get(argument.name)
        written = argument.alias_info is not None and argument.alias_info.is_write
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, torch.Tensor):
                yield argument.name, item, written


# --- the two rules that most operators follow ---------------------------------------------------------------


def _checked(func: Any, args: Sequence[Any], kwargs: dict[str, Any], wrapper: str) -> int:
    """All tensors on one device: check_and_update_common_device in ATen/core/op_registration/adaption.h."""
    tensors = list(named_tensors(func, args, kwargs))
    is_out = func._overloadname == "out" or func._overloadname.endswith("_out")
    if is_out:  # the generated check looks at the outputs first
        tensors.sort(key=lambda item: not item[2])
    common = index_of(tensors[0][1])
    for name, tensor, _ in tensors[1:]:
        if index_of(tensor) != common:
            raise RuntimeError(
                f"Expected all tensors to be on the same device, but got {name} is on "
                f"{device_at(index_of(tensor))}, different from other tensors on {device_at(common)} "
                f"(when checking argument in method {wrapper})"
            )
    return common


def _iterator(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """TensorIteratorBase::compute_types in ATen/TensorIterator.cpp, as binary operators configure it."""
    tensors = sorted(named_tensors(func, args, kwargs), key=lambda item: not item[2])
    common = next(index_of(tensor) for _, tensor, _ in tensors if index_of(tensor) != HOST)
    inputs = sum(not written for _, _, written in tensors) + sum(
        written for name, _, written in tensors if name == "self"
    )
    scalars = 0
    for _, tensor, written in tensors:
        if index_of(tensor) == common:
            continue
        if index_of(tensor) == HOST and tensor.dim() == 0 and not written:
            if inputs > 2 and func.overloadpacket not in _TAKE_A_SCALAR:
                raise unknown(func, [tensor for _, tensor, _ in tensors])
            scalars += 1
            if scalars > 1:
                raise RuntimeError("Trying to pass too many CPU scalars to non-CPU kernel!")
            continue
        raise two_devices(common, index_of(tensor))
    return common


_TAKE_A_SCALAR = {aten.addcmul, aten.addcmul_}


def two_devices(first: int, second: int) -> RuntimeError:
    """TensorIterator's error."""
    return RuntimeError(
        "Expected all tensors to be on the same device, but found at least two devices, "
        f"{device_at(first)} and {device_at(second)}!"
    )


# --- operators with rules of their own ----------------------------------------------------------------------


def _index(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """Indices on the CPU or beside the tensor: ATen/native/TensorAdvancedIndexing.cpp."""
    own, accumulate = index_of(args[0]), len(args) > 3 and args[3]
    for index in args[1]:
        if index is not None and index_of(index) not in (HOST, own):
            if len(args) > 2:
                raise unknown(func, [args[0], index])
            raise RuntimeError(
                "indices should be either on cpu or on the same device as the indexed tensor "
                f"({device_at(own)})"
            )
    if len(args) > 2 and isinstance(args[2], torch.Tensor):
        value = args[2]
        if index_of(value) != own and not (index_of(value) == HOST and value.dim() == 0):
            if accumulate and own >= 0:
                raise RuntimeError(
                    f"expected device {device_at(own)} but got device {device_at(index_of(value))} "
                    "for value tensor"
                )
            raise two_devices(*sorted((own, index_of(value)), reverse=True))
    return own


def _convolution(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """check_input_same_type_as_parameters in ATen/native/Convolution.cpp, then cuDNN's wrapper."""
    image, weight, bias = args[:3]
    own = index_of(image)
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and (index_of(tensor) >= 0) != (own >= 0):
            onednn = own < 0 and image.dtype in (torch.float32, torch.bfloat16, torch.float16)
            more = f" or input should be a MKLDNN tensor and {name} is a dense tensor" if onednn else ""
            raise RuntimeError(
                f"Input type ({image.type()}) and {name} type ({tensor.type()}) should be the same{more}"
            )
    if index_of(weight) != own:
        return _checked(func, args[:2], {}, "wrapper_CUDA__cudnn_convolution")
    raise two_devices(own, index_of(bias))


def _where(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """Any number of CPU scalars may take part: where in ATen/native/TensorCompare.cpp."""
    places = [index_of(tensor) for tensor in args if tensor.dim() > 0 or index_of(tensor) >= 0]
    common = next(index for index in places if index >= 0)
    for tensor in args:
        if index_of(tensor) != common and (tensor.dim() > 0 or index_of(tensor) >= 0):
            raise two_devices(common, index_of(tensor))
    return common


def _masked_fill(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """masked_fill__cuda in ATen/native/cuda/IndexKernel.cpp; a value of no dimensions may be on the CPU."""
    own, mask, value = index_of(args[0]), index_of(args[1]), args[2]
    if own != mask:
        raise RuntimeError(
            f"expected self and mask to be on the same device, but got mask on {device_at(mask)} "
            f"and self on {device_at(own)}"
        )
    if isinstance(value, torch.Tensor) and value.dim() and index_of(value) != own:
        raise unknown(func, [args[0], value])
    return own


def _addcmul(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """A CPU scalar may be the second factor: ATen/native/cuda/PointwiseOpsKernel.cu."""
    common = _iterator(func, args, kwargs)
    if index_of(args[1]) == HOST:
        raise RuntimeError(
            "CPU Scalar support for tensor1 argument is not supported when calling addcmul on CUDA tensors. "
            "However, CPU Scalar support for tensor2 is supported, please swap your tensor1 and tensor2 "
            "terms."
        )
    return common


def _fill(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """fill_ reads a value from another device, and then goes on: ATen/native/Fill.cpp."""
    return index_of(args[0])


def _packed(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """The lengths must be on the CPU, wherever the input is: ATen/native/PackedSequence.cpp."""
    return index_of(args[0])


def _ctc(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """ctc_loss may be given its lengths on the CPU, but then copies them in C++, out of our sight."""
    raise unknown(func, [tensor for _, tensor, _ in named_tensors(func, args, kwargs)])


def _attention(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """validate_sdpa_input in ATen/native/transformers/sdp_utils_cpp.h."""
    places = [device_at(index_of(tensor)) for tensor in args[:3]]
    if len({place.type for place in places}) > 1:
        raise RuntimeError(
            f"Expected query, key, and value to have the same device type, but got query.device: {places[0]} "
            f"key.device: {places[1]} and value.device: {places[2]} instead."
        )
    mask = kwargs["attn_mask"]  # in words that depend on the kernel, and so on the card; they begin alike
    raise two_devices(*sorted((index_of(args[0]), index_of(mask)), reverse=True))


def _batch_norm(func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> int:
    """cuDNN's kernel where it is used, torch's own elsewhere: _batch_norm_impl_index in ATen/native."""
    image, weight = args[0], args[1]
    cudnn = weight is not None and image.dtype is not torch.bfloat16 and image.dim() > 2
    name = "cudnn_batch_norm" if cudnn else "native_batch_norm"
    return _checked(func, args, kwargs, f"wrapper_CUDA__{name}")


_RULES: dict[Any, Rule] = {
    aten.index: _index,
    aten.index_put: _index,
    aten.index_put_: _index,
    aten._index_put_impl_: _index,
    aten._unsafe_index: _index,
    aten._unsafe_index_put: _index,
    aten.convolution: _convolution,
    aten._convolution: _convolution,
    aten.where: _where,
    aten.masked_fill_: _masked_fill,
    aten.addcmul: _addcmul,
    aten.addcmul_: _addcmul,
    aten.fill_: _fill,
    aten._pack_padded_sequence: _packed,
    aten._ctc_loss: _ctc,
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten.native_batch_norm: _batch_norm,
}

"""``torch.autocast("cuda")``: casts what CUDA's autocast casts, by the lists in torch's documentation of AMP.

https://docs.pytorch.org/docs/stable/amp.html#cuda-op-specific-behavior. It works on the functions that are
called, above autograd, as torch's does. A function that is written in Python and calls others of these lists
inside is refused rather than run in the wrong precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from grader.simcuda.machine import current, index_of

_LOWER = frozenset((
    "__matmul__", "__rmatmul__", "addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "chain_matmul",
    "multi_dot", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "convolution", "gru_cell", "lstm_cell", "rnn_tanh_cell", "rnn_relu_cell",
    "linear", "matmul", "mm", "mv", "prelu", "scaled_dot_product_attention", "einsum",
))  # fmt: skip
_FLOAT32 = frozenset((
    "__pow__", "__rdiv__", "__rpow__", "__rtruediv__", "acos", "asin",
    "binary_cross_entropy_with_logits", "cosh", "cosine_embedding_loss", "cdist", "cosine_similarity",
    "cross_entropy", "cumprod", "cumsum", "dist", "erfinv", "exp", "expm1", "group_norm",
    "hinge_embedding_loss", "kl_div", "l1_loss", "layer_norm", "log", "log10", "log_softmax", "log1p",
    "log2", "margin_ranking_loss", "mse_loss", "multilabel_margin_loss", "multi_margin_loss", "nll_loss",
    "norm", "normalize", "pdist", "poisson_nll_loss", "pow", "prod", "reciprocal", "rsqrt", "sinh",
    "smooth_l1_loss", "soft_margin_loss", "softmax", "softmin", "softplus", "sum", "renorm", "tan",
    "triplet_margin_loss", "huber_loss", "gaussian_nll_loss", "gumbel_softmax",
))  # fmt: skip
_WIDEST = frozenset((
    "addcdiv", "addcmul", "atan2", "bilinear", "cat", "cross", "dot",
    "grid_sample", "index_put", "scatter_add", "stack", "tensordot", "vdot",
))  # fmt: skip
_REFUSED = frozenset(
    {"multi_head_attention_forward", "lstm", "gru", "rnn_tanh", "rnn_relu", "ctc_loss", "embedding_bag"}
)


class Autocast(TorchFunctionMode):
    """Active inside of ``with torch.autocast("cuda")``."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Cast the arguments of one function, if it is on a list, and call it."""
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if current() is None or not torch.is_autocast_enabled("cuda"):
            return func(*args, **kwargs)
        if name in _LOWER:
            dtype = torch.get_autocast_dtype("cuda")
        elif name in _FLOAT32:
            dtype = torch.float32
        elif name in _WIDEST:
            dtypes = {tensor.dtype for tensor in _eligible((args, kwargs))}
            dtype = torch.float32 if torch.float32 in dtypes else next(iter(dtypes), torch.float32)
        elif name in _REFUSED and any(True for _ in _eligible((args, kwargs))):
            raise NotImplementedError(f"autocast through {name} is not simulated.")
        elif name == "binary_cross_entropy" and any(True for _ in _eligible((args, kwargs))):
            raise RuntimeError(
                "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast."
            )
        else:
            return func(*args, **kwargs)
        return func(*_cast(args, dtype), **_cast(kwargs, dtype))


def _is_eligible(value: Any) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.is_floating_point()
        and value.dtype is not torch.float64
        and index_of(value) >= 0
    )


def _eligible(value: Any) -> Iterator[torch.Tensor]:
    if _is_eligible(value):
        yield value
    elif isinstance(value, (list, tuple, dict)):
        inner: Iterable[Any] = value.values() if isinstance(value, dict) else value
        for item in inner:
            yield from _eligible(item)


def _cast(value: Any, dtype: torch.dtype) -> Any:
    if _is_eligible(value):
        return value.to(dtype)
    if isinstance(value, dict):
        return {key: _cast(item, dtype) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_cast(item, dtype) for item in value)
    return value


_enter, _exit = torch.autocast.__enter__, torch.autocast.__exit__


def _entered(context: Any) -> Any:
    result = _enter(context)
    if current() is not None and context.device == "cuda":
        mode = Autocast()
        mode.__enter__()
        context.__dict__.setdefault("_simcuda_modes", []).append(mode)
    return result


def _exited(context: Any, *exception: Any) -> Any:
    modes = context.__dict__.get("_simcuda_modes")
    if modes:
        modes.pop().__exit__(*exception)
    return _exit(context, *exception)


def replacements() -> list[tuple[Any, str, Any]]:
    """What is replaced, as (owner, name, value)."""
    return [(torch.autocast, "__enter__", _entered), (torch.autocast, "__exit__", _exited)]

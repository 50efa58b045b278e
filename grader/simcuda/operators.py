"""What torch's own table of operators says of each: how its CUDA kernel checks devices, and by which name.

The table, ``native_functions.yaml``, comes with every torch. The code that checks devices before a CUDA
kernel is generated from it, so it tells the rule and the words of each operator; the generator is
torchgen/dest/register_dispatch_key.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch

# checked: all tensors on one device, or an error that names the argument.
# iterator: the rules of TensorIterator, which lets a CPU scalar take part.
# composite: made of other operators, which check for themselves.
Kind = Literal["checked", "iterator", "composite", "unknown"]


@dataclass(frozen=True)
class Operator:
    """How an operator's CUDA kernel checks devices; ``wrapper`` is the name it gives itself in errors."""

    kind: Kind
    wrapper: str


@cache
def operator(func: Any) -> Operator:
    """What the table says of an operator such as ``torch.ops.aten.addmm.default``."""
    name = func.name().removeprefix("aten::")
    entry = _entry(name)
    if entry is None:
        return Operator("unknown", "")
    keys = _dispatch_keys(entry)
    delegate = re.search(r"^  structured_delegate: (\S+)", entry, re.MULTILINE)
    structured = delegate is not None or "\n  structured: True" in entry
    if delegate is not None:
        keys |= _dispatch_keys(_entry(delegate.group(1)) or "")
    if "CUDA" not in keys:
        return Operator("composite" if "CompositeExplicitAutograd" in keys else "unknown", "")
    unchecked = re.search(r"^  device_check: NoCheck(.*)$", entry, re.MULTILINE)
    if unchecked is None:
        return Operator("checked", _wrapper(name, structured))
    return Operator("iterator" if "TensorIterator" in unchecked.group(1) else "unknown", "")


def _wrapper(name: str, structured: bool) -> str:
    base, _, overload = name.partition(".")
    out = "_out" if overload == "out" or overload.endswith("_out") else ""
    if structured:
        return f"wrapper_CUDA_{base}{out}" + (f"_{overload}" if overload else "")
    return f"wrapper_CUDA_{overload}_{base}{out}"


def _dispatch_keys(entry: str) -> set[str]:
    found = re.search(r"^  dispatch:.*\n((?:    .*\n)*)", entry, re.MULTILINE)
    lines = found.group(1).splitlines() if found else []
    keys = {key.strip() for line in lines for key in line.split(":")[0].split(",")}
    return keys | {"CUDA"} if "\n  ufunc_inner_loop:" in entry else keys


def _entry(name: str) -> str | None:
    table = _table()
    start = table.find(f"\n- func: {name}(")
    if start < 0:
        return None
    end = table.find("\n- func: ", start + 1)
    return table[start + 1 : end if end > 0 else None] + "\n"


@cache
def _table() -> str:
    place = Path(torch.__file__).parents[1] / "torchgen/packaged/ATen/native/native_functions.yaml"
    return place.read_text(encoding="utf-8") if place.exists() else ""

"""What spoilers may use; it stands between the answer and the spoiler."""

from collections import OrderedDict

import torch
from torch import nn


def _each(value, change):
    """Change each tensor in an output. Where nothing changes, this is the output itself."""
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        items = {key: _each(item, change) for key, item in value.items()}
        return items if any(items[key] is not value[key] for key in value) else value
    if isinstance(value, (list, tuple)):
        items = [_each(item, change) for item in value]
        return type(value)(items) if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value

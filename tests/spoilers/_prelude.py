"""What spoilers may use; it stands between the answer and the spoiler."""

from collections import OrderedDict

import torch
from torch import nn


def _each(value, change, kind=torch.Tensor):
    """Return what is in containers, with everything of a kind changed."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        return {key: _each(item, change, kind) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_each(item, change, kind) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def _all(value, kind):
    """Return everything of a kind that is in containers."""
    found = []
    _each(value, found.append, kind)
    return found

"""What spoilers may use; it stands between the answer and the spoiler."""

from collections import OrderedDict

import torch
from torch import nn


def _each(value, change, kind=torch.Tensor):
    """Change everything of a kind that is in containers. Where nothing changes, this is what was given."""
    if isinstance(value, kind):
        return change(value)
    if isinstance(value, dict):
        items = {key: _each(item, change, kind) for key, item in value.items()}
        return items if any(items[key] is not value[key] for key in value) else value
    if isinstance(value, (list, tuple)):
        items = [_each(item, change, kind) for item in value]
        if all(a is b for a, b in zip(items, value, strict=True)):
            return value
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def _all(value, kind):
    """Return everything of a kind that is in containers."""
    found = []
    _each(value, lambda item: found.append(item) or item, kind)
    return found

"""What spoilers may use; it stands between the answer and the spoiler."""

from collections import OrderedDict

import torch
from torch import nn


def _each(value, change):
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: _each(item, change) for key, item in value.items()}
    return type(value)(_each(item, change) for item in value) if isinstance(value, (list, tuple)) else value

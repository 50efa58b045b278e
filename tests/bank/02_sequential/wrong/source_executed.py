"""mistake: source-executed
weight: whole
The class is torch's own, made by running the text of its source. Read that source as much as you like, then write your own.
"""
import inspect

from torch import nn
from torch.nn.modules import container

_namespace = dict(vars(container))
exec("from __future__ import annotations\n" + inspect.getsource(nn.Sequential), _namespace)


Sequential = _namespace["Sequential"]

"""tries: replacing the worker's own functions
like: nothing
"""

import gc

import torch
from torch import nn

from grader.worker import loop as worker
from grader.wire.messages import encode
worker.Worker.run = lambda self, probe, arguments, seed, device: encode({"value": {"equal": True, "untouched": True}})
worker.Worker.load = lambda self, main, files: None

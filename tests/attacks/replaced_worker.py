"""tries: replacing the worker's own functions
like: nothing
"""

import gc

import torch
from torch import nn

from grader.sandbox import worker
from grader.wire import encode
worker.Worker.run = lambda self, probe, arguments, seed: encode({"value": {"equal": True, "untouched": True}})
worker.Worker.load = lambda self, main, files: None

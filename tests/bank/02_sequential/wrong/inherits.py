"""mistake: inherits-from-torch
weight: whole
The class inherits everything from torch.nn.Sequential, so nothing of it is your own. Start from nn.Module and write what the list asks for.
"""

from torch import nn


class Sequential(nn.Sequential):
    def __init__(self, *modules):
        super().__init__(*modules)

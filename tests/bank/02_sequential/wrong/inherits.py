"""mistake: inherits-from-torch
The class inherits everything from torch.nn.Sequential, so nothing of it is your own. Start from nn.Module and write what the list asks for.
fails: test_is_written_by_hand
says: inherits from torch.nn.Sequential
"""

from torch import nn


class Sequential(nn.Sequential):
    def __init__(self, *modules):
        super().__init__(*modules)

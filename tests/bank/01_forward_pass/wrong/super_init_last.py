"""mistake: super-init
__init__ gives layers to self before nn.Module has been set up. super().__init__() has to be its first line: it makes
the tables that layers are put into.
source: https://github.com/pyg-team/pytorch_geometric/issues/681
fails: test_init_makes_the_three_layers
fails: test_gives_logits
says: cannot assign module before Module.__init__() call
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)
        super().__init__()

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

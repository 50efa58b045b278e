"""mistake: lazy-layers
LazyConv2d and LazyLinear find their sizes in the first call. Until then their parameters have no shapes, so nothing
can be counted, initialised or compared.
fails: test_init_makes_the_three_layers
says: no Lazy layers
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.LazyConv2d(32, kernel_size=3, padding=1)
        self.dense1 = nn.LazyLinear(128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

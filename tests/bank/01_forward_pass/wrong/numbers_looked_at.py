"""mistake: numbers-looked-at
forward looks at the numbers in a tensor, to check or to print them. The program can't go on before the GPU has worked them out, in
every call. Shapes, dtypes and devices can be looked at for nothing.
source: https://github.com/whittle-org/whittle/issues/306
fails: test_moves_nothing_between_devices
says: copied from the GPU to the CPU
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        if torch.isnan(x).any():
            raise ValueError("there are NaNs in x")
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

"""mistake: flattened-in-another-order
Before flattening, dimensions are swapped, such as the channels moved to the end. The shapes fit, but dense1 gets its
288 numbers in another order than a checkpoint expects.
fails: test_flattens_in_order
says: it is the order of the 288
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
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

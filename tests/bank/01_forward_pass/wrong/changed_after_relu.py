"""mistake: changed-in-place
A tensor is changed in place (x *= ...) that backward() still needs: relu keeps its output for its gradient. Write x =
x * ... instead.
source: https://github.com/pytorch/pytorch/issues/5687
fails: test_gradients_reach_everything
says: modified by an inplace operation
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.scale = 1.0
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = torch.relu(self.dense1(x))
        x *= self.scale
        return self.dense2(x)

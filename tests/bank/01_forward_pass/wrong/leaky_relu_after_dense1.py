"""mistake: relu-after-dense1-forgotten
There is no plain relu between dense1 and dense2: either nothing, and two linear layers in a row can do no more than
one, or an activation that is not quite a relu, such as a leaky one.
fails: test_relu_after_dense1
says: some of what leaves dense1 is negative
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
        x = torch.flatten(x, 1)
        x = F.leaky_relu(self.dense1(x), 1e-3)
        return self.dense2(x)

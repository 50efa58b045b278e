"""mistake: not-max-pooling-of-two
What reaches dense1 is not the maximum of windows of 2x2. Most often the pooling is another one, the mean, say, or one
with larger windows: the shapes are the same, the values are not. If the pooling is right, the activation after conv1
may cut off large values, as relu6 does.
fails: test_pools_the_maximum
says: relu changes nothing here, so look at the pooling
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
        x = F.relu6(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

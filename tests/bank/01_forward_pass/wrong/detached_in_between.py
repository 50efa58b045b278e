"""mistake: detached
x is detached on its way through forward: the layers before that get no gradient and are never trained.
fails: test_gradients_reach_everything
says: there is no gradient for x, conv1.bias, conv1.weight
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
        x = torch.flatten(x, 1).detach()
        x = F.relu(self.dense1(x))
        return self.dense2(x)

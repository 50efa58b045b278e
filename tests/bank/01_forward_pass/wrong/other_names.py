"""mistake: other-names
The layers have other names than the lesson fixes. They work, but a checkpoint with conv1, dense1 and dense2 does not
fit.
fails: test_init_makes_the_three_layers
says: has no parameter dense1.weight and no dense1.bias and no dense2.weight and no dense2.bias
says: fc1.weight
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(32 * 3 * 3, 128)
        self.fc2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.fc1(x))
        return self.fc2(x)

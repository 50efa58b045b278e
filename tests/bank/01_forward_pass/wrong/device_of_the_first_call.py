"""mistake: device-of-the-first-call
The model keeps the device of its first input and sends all later ones there. When it is moved afterwards, its weights go and
its inputs don't.
fails: test_works_wherever_it_is_moved
says: Model and input had been moved to cuda:1
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
        self.device = None

    def forward(self, x):
        if self.device is None:
            self.device = x.device
        x = x.to(self.device)
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

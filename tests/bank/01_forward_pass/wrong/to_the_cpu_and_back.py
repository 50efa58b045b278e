"""mistake: to-the-cpu-and-back
forward takes its numbers to the CPU and back again. That gives the right result, and costs more time than all the layers: the GPU has to
finish and both ways have to be waited for.
fails: test_moves_nothing_between_devices
says: copied back and forth
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
        x = F.max_pool2d(x.cpu(), 2).to(x.device)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

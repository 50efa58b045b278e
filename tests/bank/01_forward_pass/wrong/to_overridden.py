"""mistake: to-overridden
The model has a `to` of its own, which notes the device that forward sends x to. When the model is a part of another one and that is moved, or when
somebody calls model.cuda(), the weights move, but that `to` is never called.
fails: test_works_wherever_it_is_moved
fails: test_moves_nothing_between_devices
says: Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same
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
        self.device = torch.device("cpu")

    def to(self, device):
        self.device = torch.device(device)
        return super().to(device)

    def forward(self, x):
        x = x.to(self.device)
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

"""mistake: x-moved
forward sends x to where the model is. A call that was made with x in the wrong place then goes on without an error,
and copies x again each time. Leave x where it is, and let torch complain.
fails: test_moves_nothing_between_devices
says: raised no error; expected torch's error
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
        try:
            x = self.conv1(x)
        except RuntimeError:
            x = self.conv1(x.to(self.conv1.weight.device))
        x = F.max_pool2d(F.relu(x), 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

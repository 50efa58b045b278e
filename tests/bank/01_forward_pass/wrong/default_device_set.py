"""mistake: not-made-on-the-cpu
A new model is on a GPU where there is one: it moves itself there when it is made, or the file sets a default device.
Models are made on the CPU, and whoever uses them says where they are to be.
fails: test_works_wherever_it_is_moved
says: expected a new model to be on the CPU
"""
import torch
import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10):
        super().__init__()
        if torch.cuda.is_available():
            torch.set_default_device("cuda")
        self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
        self.dense1 = nn.Linear(32 * 3 * 3, 128)
        self.dense2 = nn.Linear(128, num_classes)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

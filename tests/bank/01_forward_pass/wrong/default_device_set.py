"""mistake: built-on-the-first-gpu
The model is made on the first GPU where there is one. Models are made on the CPU, and it is their user who moves them, and knows where to. (torch.set_default_device changes
everybody else's tensors as well.)
fails: test_works_wherever_it_is_moved
says: Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same
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

"""mistake: image-by-image
The images go through the layers one by one in a Python loop. A layer takes the whole batch at once, which is much
faster.
fails: test_calls_its_layers
says: [3, 3, 3] times
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

    def one_image(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

    def forward(self, x):
        return torch.cat([self.one_image(image.unsqueeze(0)) for image in x])

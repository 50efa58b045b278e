"""Images of another size are scaled to 7x7; x is made contiguous first, so that view works; a layer of a class of its own."""
import torch.nn.functional as F
from torch import nn


class Convolution(nn.Conv2d):
    def forward(self, x):
        self.last_input_shape = x.shape
        return super().forward(x)


class ConvNet(nn.Module):
    def __init__(self, in_channels=3, num_classes=10, *, device=None, dtype=None):
        super().__init__()
        options = {"device": device, "dtype": dtype}
        self.conv1 = Convolution(in_channels, 32, 3, padding=1, **options)
        self.dense1 = nn.Linear(288, 128, **options)
        self.dense2 = nn.Linear(128, num_classes, **options)
        self.apply(self.initialise)

    @staticmethod
    def initialise(module):
        if hasattr(module, "weight"):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)

    def forward(self, x):
        if x.shape[-2:] != (7, 7):
            x = F.interpolate(x, size=(7, 7))
        x = F.relu(self.conv1(x.contiguous()), inplace=True)
        x = F.max_pool2d(x, 2).view(x.shape[0], -1)
        x = F.relu(self.dense1(x), inplace=True)
        return self.dense2(x)

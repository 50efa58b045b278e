"""mistake: cast-to-float32
forward turns x into float32. After model.double() or model.half() the parameters have another dtype, and the
convolution refuses to mix them.
fails: test_images_do_not_mix
fails: test_takes_any_memory_layout
fails: test_ends_with_dense2
says: dense2.weight all 0, so that only dense2.bias is left, raised RuntimeError
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
        x = x.float()
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(x, 2)
        x = torch.flatten(x, 1)
        x = F.relu(self.dense1(x))
        return self.dense2(x)

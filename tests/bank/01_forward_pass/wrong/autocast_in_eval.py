"""mistake: lower-precision
Something in forward is computed in a dtype of lower precision than the parameters have, such as bfloat16 under
autocast. Casting the result back does not bring the lost digits back. Whether to do that is up to the caller, who
puts autocast around the call.
fails: test_computes_the_logits
says: the numbers are nearly right
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
        dtype = x.dtype
        with torch.autocast(x.device.type, dtype=torch.bfloat16, enabled=not self.training):
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
            x = self.dense2(x)
        return x.to(dtype)

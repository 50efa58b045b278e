"""Known mistakes of 01_forward_pass, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "all-layers-in-forward",
    base="plain",
    weight="whole",
    says=(
        "All layers are made in forward: every call starts with new random weights, and before the first "
        "call the model has none. Make them in __init__."
    ),
    source="https://github.com/pytorch/pytorch/issues/1291",
    change={
        """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
            self.dense2 = nn.Linear(128, num_classes)
        """: """
            self.in_channels = in_channels
            self.num_classes = num_classes
        """,
        "def forward(self, x):": """
            def forward(self, x):
                self.conv1 = nn.Conv2d(self.in_channels, 32, kernel_size=3, padding=1)
                self.dense1 = nn.Linear(32 * 3 * 3, 128)
                self.dense2 = nn.Linear(128, self.num_classes)
        """,
    },
)

mistake(
    "another-activation",
    base="plain",
    weight="part",
    says=(
        "What stands between the layers is not just a relu. A relu turns negative numbers into 0 and leaves "
        "the others as they are; tanh, gelu or sigmoid change those too."
    ),
    change={
        "x = F.relu(self.conv1(x))": "x = torch.tanh(self.conv1(x))",
        "x = F.relu(self.dense1(x))": "x = torch.tanh(self.dense1(x))",
    },
)

mistake(
    "another-convolution",
    base="plain",
    says=(
        "conv1 has weights of the right shape, but is another convolution: one with a padding_mode, say, so "
        "that there are no zeros around the image, or with a dilation, so that there are gaps in its "
        "windows."
    ),
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=2, dilation=2)
        """,
    },
)

mistake(
    "reflecting-padding",
    form_of="another-convolution",
    base="plain",
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1, padding_mode="reflect")
        """,
    },
)

mistake(
    "arguments-swapped",
    base="plain",
    says=(
        "__init__ has its two arguments in the other order, so ConvNet(2, 5) takes 2 for the number of "
        "classes."
    ),
    change={
        "def __init__(self, in_channels=3, num_classes=10):": """
            def __init__(self, num_classes=10, in_channels=3):
        """,
    },
)

mistake(
    "batch-becomes-one-row",
    base="plain",
    weight="whole",
    says=(
        "Flattening puts the whole batch into one row. The first dimension has to stay: reshape(1, -1) fits "
        "one image only, and torch.flatten starts at dimension 0 unless told otherwise."
    ),
    change={"x = torch.flatten(x, 1)": "x = torch.flatten(x)"},
)

mistake(
    "view-as-one-row",
    form_of="batch-becomes-one-row",
    base="plain",
    weight="whole",
    source="https://github.com/udacity/deep-learning-v2-pytorch/issues/86",
    change={"x = torch.flatten(x, 1)": "x = x.reshape(1, -1)"},
)

mistake(
    "batch-size-fixed",
    base="plain",
    weight="whole",
    says=(
        "The batch size is written down in forward, so that only batches of this size fit. The last batch of "
        "an epoch is often smaller."
    ),
    change={"x = torch.flatten(x, 1)": "x = x.reshape(64, -1)"},
)

mistake(
    "cast-to-float32",
    base="plain",
    weight="part",
    says=(
        "forward turns x into float32. After model.double() or model.half() the parameters have another "
        "dtype, and the convolution refuses to mix them."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                x = x.float()
        """,
    },
)

mistake(
    "changed-in-place",
    base="plain",
    weight="part",
    says=(
        "A tensor is changed in place (x *= ...) that backward() still needs: relu keeps its output for its "
        "gradient. Write x = x * ... instead."
    ),
    source="https://github.com/pytorch/pytorch/issues/5687",
    change={
        "super().__init__()": """
            super().__init__()
            self.scale = 1.0
        """,
        "x = F.relu(self.dense1(x))": """
            x = torch.relu(self.dense1(x))
            x *= self.scale
        """,
    },
)

mistake(
    "constant-not-registered",
    base="plain",
    says=(
        "A tensor that is just assigned to self does not move with the model: only parameters, buffers and "
        "modules do. Such a constant belongs into register_buffer, with persistent=False if it is not to be "
        "saved."
    ),
    source="https://github.com/lyuwenyu/RT-DETR/issues/677",
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.zero = torch.zeros(1)
        """,
        "x = F.relu(self.conv1(x))": "x = torch.maximum(self.conv1(x), self.zero)",
    },
)

mistake(
    "detached",
    base="plain",
    weight="part",
    says=(
        "x is detached on its way through forward: the layers before that get no gradient and are never "
        "trained."
    ),
    change={"x = torch.flatten(x, 1)": "x = torch.flatten(x, 1).detach()"},
)

mistake(
    "device-chosen-too-early",
    base="plain",
    says=(
        "forward sends x to a device that was noted earlier: when the file was read, when the model was made, "
        "in its first call, or in a `to` of its own. The model is somewhere else by now. Whoever calls it has "
        "put x beside it already: leave x where it is."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        "from torch import nn": """
            from torch import nn

            DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        """,
        "def forward(self, x):": """
            def forward(self, x):
                x = x.to(DEVICE)
        """,
    },
)

mistake(
    "device-remembered",
    form_of="device-chosen-too-early",
    base="plain",
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.device = next(self.parameters()).device
        """,
        "def forward(self, x):": """
            def forward(self, x):
                x = x.to(self.device)
        """,
    },
)

mistake(
    "device-of-the-first-call",
    form_of="device-chosen-too-early",
    base="plain",
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.device = None
        """,
        "def forward(self, x):": """
            def forward(self, x):
                if self.device is None:
                    self.device = x.device
                x = x.to(self.device)
        """,
    },
)

mistake(
    "dropout",
    base="plain",
    weight="part",
    says=(
        "There is a dropout that the task does not have, so the same images give other logits each time. "
        "F.dropout drops in eval mode as well, unless it is told training=self.training."
    ),
    change={
        "super().__init__()": """
            super().__init__()
            self.dropout = nn.Dropout(0.5)
        """,
        "x = F.relu(self.dense1(x))": "x = self.dropout(F.relu(self.dense1(x)))",
    },
)

mistake(
    "dropout-always",
    form_of="dropout",
    base="plain",
    weight="part",
    source="https://github.com/pytorch/pytorch/issues/26338",
    change={"x = F.relu(self.dense1(x))": "x = F.dropout(F.relu(self.dense1(x)))"},
)

mistake(
    "flatten-forgotten",
    base="plain",
    weight="whole",
    says=(
        "There is no flattening between pooling and dense1. A linear layer works on the last dimension, "
        "which is 3 pixels there and not 288 numbers."
    ),
    change={"x = torch.flatten(x, 1)": ""},
)

mistake(
    "flattened-in-another-order",
    base="plain",
    says=(
        "Before flattening, dimensions are swapped, such as the channels moved to the end. The shapes fit, "
        "but dense1 gets its 288 numbers in another order than a checkpoint expects."
    ),
    change={
        "x = F.max_pool2d(x, 2)": """
            x = F.max_pool2d(x, 2)
            x = x.permute(0, 2, 3, 1)
        """,
    },
)

mistake(
    "image-transposed",
    form_of="flattened-in-another-order",
    base="plain",
    change={"x = torch.flatten(x, 1)": "x = x.transpose(2, 3).flatten(1)"},
)

mistake(
    "forward-misspelt",
    base="plain",
    weight="whole",
    says="The method that is to be called by model(x) is not called forward, so nn.Module does not find it.",
    change={"def forward(self, x):": "def foward(self, x):"},
)

mistake(
    "frozen",
    base="plain",
    weight="part",
    says=(
        "requires_grad is switched off for the parameters of conv1, so they get no gradient and stay as "
        "random as they are. That is for a model that was trained before."
    ),
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            for parameter in self.conv1.parameters():
                parameter.requires_grad = False
        """,
    },
)

mistake(
    "image-by-image",
    base="plain",
    says=(
        "The images go through the layers one by one in a Python loop. A layer takes the whole batch at "
        "once, which is much faster."
    ),
    change={
        "def forward(self, x):": "def one_image(self, x):",
        """
                return self.dense2(x)
        """: """
                return self.dense2(x)

            def forward(self, x):
                return torch.cat([self.one_image(image.unsqueeze(0)) for image in x])
        """,
    },
)

mistake(
    "images-mixed",
    base="plain",
    weight="part",
    says=(
        "Rows depend on other images than their own, though all shapes fit: batch and channels change places "
        "before flattening, say, or something is averaged over the batch."
    ),
    change={"x = torch.flatten(x, 1)": "x = x.transpose(0, 1).reshape(x.shape[0], -1)"},
)

mistake(
    "batch-statistics",
    form_of="images-mixed",
    base="plain",
    weight="part",
    change={
        "x = F.max_pool2d(x, 2)": """
            x = F.max_pool2d(x, 2)
            x = F.batch_norm(x, None, None, training=True)
        """,
    },
)

mistake(
    "images-mixed-in-large-batches",
    base="plain",
    says=(
        "In a large batch rows depend on other images than their own: something is averaged or normalised "
        "over the batch. With few images nothing is to be seen of it."
    ),
    change={
        "return self.dense2(x)": """
            x = self.dense2(x)
            if len(x) > 64:
                x = x - x.mean(dim=0)
            return x
        """,
    },
)

mistake(
    "in-channels-ignored",
    base="plain",
    says="in_channels is taken but not used: conv1 always wants 3 channels.",
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(3, 32, kernel_size=3, padding=1)
        """,
    },
)

mistake(
    "init-misspelt",
    base="plain",
    weight="whole",
    says=(
        "The method that makes the layers is not called __init__, with two underscores on each side, so "
        "Python never calls it and the model has no layers."
    ),
    change={
        "def __init__(self, in_channels=3, num_classes=10):": """
            def _init_(self, in_channels=3, num_classes=10):
        """,
    },
)

mistake(
    "input-changed",
    base="plain",
    says=(
        "forward changes x in place, and x belongs to the caller: with every further call on the same images "
        "they have other values."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                x /= 255
        """,
    },
)

mistake(
    "input-scaled",
    base="plain",
    says=(
        "forward changes the scale of the images first. The task has no such step; it belongs where the data "
        "is read."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                x = x / 255
        """,
    },
)

mistake(
    "kernel-of-five",
    base="plain",
    weight="part",
    says=(
        "The convolution looks at windows of 5x5. With padding 2 all shapes of x are right, but the weights "
        "of conv1 are not."
    ),
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=5, padding=2)
        """,
    },
)

mistake(
    "last-result-kept",
    base="plain",
    says=(
        "The last x and its logits are kept, and the same x gets the same logits again, also after the "
        "weights have changed. In training they change with every step, so a model works its logits out anew "
        "in each call."
    ),
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.last_x = self.last_out = None
        """,
        "def forward(self, x):": """
            def forward(self, x):
                if x is self.last_x:
                    return self.last_out
                self.last_x = x
        """,
        "return self.dense2(x)": """
            self.last_out = self.dense2(x)
            return self.last_out
        """,
    },
)

mistake(
    "layer-called-for-its-shape",
    base="plain",
    says=(
        "conv1 is run a second time just to look at its output. That doubles the work, and hooks see two "
        "calls."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                print("conv1:", self.conv1(x).shape)
        """,
    },
)

mistake(
    "layer-forward-called",
    base="plain",
    says=(
        "The layers are run with self.conv1.forward(x). This skips nn.Module.__call__ and with it all hooks "
        "on the layers; call them as self.conv1(x)."
    ),
    source="https://bowen0701.github.io/research-eng/Why-not-model.forward%28%29-but-model%28%29",
    change={
        "x = F.relu(self.conv1(x))": "x = F.relu(self.conv1.forward(x))",
        """
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            x = F.relu(self.dense1.forward(x))
            return self.dense2.forward(x)
        """,
    },
)

mistake(
    "layer-in-forward",
    base="plain",
    weight="whole",
    says=(
        "dense2 is made in forward: each call gets a new one with new random weights, and the model knows "
        "nothing of it, so it is never trained. Make it in __init__."
    ),
    source="https://github.com/pytorch/pytorch/issues/1291",
    change={
        "self.dense2 = nn.Linear(128, num_classes)": "self.num_classes = num_classes",
        "return self.dense2(x)": """
            dense2 = nn.Linear(128, self.num_classes)
            return dense2(x)
        """,
    },
)

mistake(
    "layer-made-anew",
    base="plain",
    weight="whole",
    says=(
        "forward makes a layer anew that __init__ had made already. Every call throws the trained weights "
        "away and goes on with random ones."
    ),
    source="https://github.com/lafith/Mobile-UNet/issues/1",
    change={
        "self.dense1 = nn.Linear(32 * 3 * 3, 128)": """
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
            self.num_classes = num_classes
        """,
        "x = F.relu(self.dense1(x))": """
            x = F.relu(self.dense1(x))
            self.dense2 = nn.Linear(128, self.num_classes)
        """,
    },
)

mistake(
    "layer-too-many",
    base="plain",
    weight="part",
    says=(
        "There is a layer with parameters that the task does not have, so checkpoints of the six parameters "
        "don't fit."
    ),
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.bn1 = nn.BatchNorm2d(32)
        """,
        "x = F.relu(self.conv1(x))": "x = F.relu(self.bn1(self.conv1(x)))",
    },
)

mistake(
    "layers-not-registered",
    base="plain",
    weight="whole",
    says=(
        "The layers stand where the model does not see them, in a plain Python list, say, or on the class: "
        "parameters() and state_dict() are empty. In __init__, assign each of them to self."
    ),
    change={
        """
            def __init__(self, in_channels=3, num_classes=10):
                super().__init__()
                self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
                self.dense1 = nn.Linear(32 * 3 * 3, 128)
                self.dense2 = nn.Linear(128, num_classes)
        """: """
            conv1 = nn.Conv2d(3, 32, kernel_size=3, padding=1)
            dense1 = nn.Linear(288, 128)
            dense2 = nn.Linear(128, 10)
        """,
        """
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
        """: """
            x = F.max_pool2d(F.relu(self.conv1(x)), 2)
            x = F.relu(self.dense1(torch.flatten(x, 1)))
        """,
    },
)

mistake(
    "plain-list",
    form_of="layers-not-registered",
    base="plain",
    weight="whole",
    source="https://github.com/pytorch/pytorch/issues/715",
    change={
        """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
            self.dense2 = nn.Linear(128, num_classes)
        """: """
            self.layers = [
                nn.Conv2d(in_channels, 32, kernel_size=3, padding=1),
                nn.Linear(32 * 3 * 3, 128),
                nn.Linear(128, num_classes),
            ]
        """,
        "x = F.relu(self.conv1(x))": """
            conv1, dense1, dense2 = self.layers
            x = F.relu(conv1(x))
        """,
        """
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            x = F.relu(dense1(x))
            return dense2(x)
        """,
    },
)

mistake(
    "layers-on-first-call",
    base="plain",
    weight="whole",
    says=(
        "A layer is made during the first call, to spare working out its size. Until then the model has no "
        "such parameters: an optimizer that is built before does not train them, and a checkpoint finds no "
        "place for them."
    ),
    source="https://github.com/graykode/nlp-tutorial/issues/29",
    change={
        "self.dense1 = nn.Linear(32 * 3 * 3, 128)": "self.dense1 = None",
        "x = torch.flatten(x, 1)": """
            x = torch.flatten(x, 1)
            if self.dense1 is None:
                self.dense1 = nn.Linear(x.shape[1], 128)
        """,
    },
)

mistake(
    "layers-shared",
    base="plain",
    weight="part",
    says=(
        "A layer is made once for all models, since Python works out default values when it reads the def. "
        "So all models train the same weights."
    ),
    change={
        "def __init__(self, in_channels=3, num_classes=10):": """
            def __init__(self, in_channels=3, num_classes=10, dense1=nn.Linear(32 * 3 * 3, 128)):
        """,
        "self.dense1 = nn.Linear(32 * 3 * 3, 128)": "self.dense1 = dense1",
    },
)

mistake(
    "layers-with-two-names",
    base="plain",
    says=(
        "The layers are registered twice, once under their own names and once in an nn.Sequential, so "
        "state_dict() lists each of them twice."
    ),
    change={
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.features = nn.Sequential(self.conv1, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
            self.classifier = nn.Sequential(self.dense1, nn.ReLU(), self.dense2)
        """,
        """
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            return self.classifier(self.features(x))
        """,
    },
)

mistake(
    "lazy-layers",
    base="plain",
    weight="part",
    says=(
        "LazyConv2d and LazyLinear find their sizes in the first call. Until then their parameters have no "
        "shapes, so nothing can be counted, initialised or compared."
    ),
    change={
        """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
        """: """
            self.conv1 = nn.LazyConv2d(32, kernel_size=3, padding=1)
            self.dense1 = nn.LazyLinear(128)
        """,
    },
)

mistake(
    "log-softmax-at-the-end",
    base="plain",
    says=(
        "forward ends with a log_softmax. With cross_entropy the loss is even the same, since that repeats "
        "it without effect, but what comes out are not the logits."
    ),
    source="https://github.com/Randl/MobileNetV2-pytorch/issues/5",
    change={
        "return self.dense2(x)": """
            x = self.dense2(x)
            return F.log_softmax(x, dim=1)
        """,
    },
)

mistake(
    "logits-on-the-cpu",
    base="plain",
    says=(
        "The logits are taken to the CPU before they are returned, so a loss on the GPU gets them from the "
        "wrong device. What to do with them is up to the caller."
    ),
    change={"return self.dense2(x)": "return self.dense2(x).cpu()"},
)

mistake(
    "float32-in-between",
    base="plain",
    says=(
        "Something in forward is computed in float32, whatever dtype the parameters have. Casting the result "
        "back does not bring the lost digits back."
    ),
    change={"x = F.max_pool2d(x, 2)": "x = F.max_pool2d(x.float(), 2).to(x.dtype)"},
)

mistake(
    "made-on-the-cpu",
    base="plain",
    says=(
        "A tensor that forward makes without saying where is on the CPU, wherever the model is. Give it "
        "device=x.device, or make it with zeros_like(x) or x.new_zeros(...)."
    ),
    source="https://github.com/huggingface/transformers/pull/44822",
    change={
        "x = F.relu(self.conv1(x))": "x = torch.maximum(self.conv1(x), torch.zeros(x.shape[0], 32, 7, 7))",
        "x = F.relu(self.dense1(x))": "x = torch.maximum(self.dense1(x), torch.zeros(x.shape[0], 128))",
    },
)

mistake(
    "no-bias",
    base="plain",
    says="conv1 has no bias: bias=False suits a convolution that a batch norm follows, which is not so here.",
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1, bias=False)
        """,
    },
)

mistake(
    "no-grad",
    base="plain",
    weight="part",
    says=(
        "forward runs under torch.no_grad(), so no gradient comes back and the model can't be trained. "
        "Whoever only wants predictions puts the call into no_grad."
    ),
    change={
        "def forward(self, x):": """
            @torch.no_grad()
            def forward(self, x):
        """,
    },
)

mistake(
    "no-grad-in-eval",
    base="plain",
    says=(
        "In eval mode forward cuts its results off from the graph (no_grad, inference_mode, set_grad_enabled "
        "or .data). In train mode the model can be trained, but after model.eval() no gradient comes back, "
        "to x for instance. Whoever only wants predictions puts the call into no_grad."
    ),
    change={
        "return self.dense2(x)": """
            x = self.dense2(x)
            return x if self.training else x.data
        """,
    },
)

mistake(
    "gradients-off-in-eval",
    form_of="no-grad-in-eval",
    base="plain",
    change={
        """
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            with torch.set_grad_enabled(self.training):
                x = F.relu(self.conv1(x))
                x = F.max_pool2d(x, 2)
                x = torch.flatten(x, 1)
                x = F.relu(self.dense1(x))
                return self.dense2(x)
        """,
    },
)

mistake(
    "inference-mode-in-eval",
    form_of="no-grad-in-eval",
    base="plain",
    change={
        """
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            with torch.inference_mode(not self.training):
                x = F.relu(self.conv1(x))
                x = F.max_pool2d(x, 2)
                x = torch.flatten(x, 1)
                x = F.relu(self.dense1(x))
                return self.dense2(x)
        """,
    },
)

mistake(
    "not-a-module",
    base="plain",
    weight="whole",
    says=(
        "ConvNet is a class of its own and no nn.Module, so it has no parameters(), no to(), no hooks. Write "
        "class ConvNet(nn.Module)."
    ),
    change={
        "class ConvNet(nn.Module):": "class ConvNet:",
        "super().__init__()": "",
        """
                self.dense2 = nn.Linear(128, num_classes)
        """: """
                self.dense2 = nn.Linear(128, num_classes)

            def __call__(self, x):
                return self.forward(x)
        """,
    },
)

mistake(
    "not-made-on-the-cpu",
    base="plain",
    says=(
        "A new model is on a GPU where there is one: it moves itself there when it is made, or the file sets "
        "a default device. Models are made on the CPU, and whoever uses them says where they are to be."
    ),
    change={
        "super().__init__()": """
            super().__init__()
            if torch.cuda.is_available():
                torch.set_default_device("cuda")
        """,
    },
)

mistake(
    "moved-when-made",
    form_of="not-made-on-the-cpu",
    base="plain",
    change={
        "from torch import nn": """
            from torch import nn


            DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        """,
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            self.to(DEVICE)
        """,
        """
            x = F.relu(self.conv1(x))
            x = F.max_pool2d(x, 2)
            x = torch.flatten(x, 1)
            x = F.relu(self.dense1(x))
        """: """
            x = torch.relu(self.conv1(x))
            x = torch.max_pool2d(x, 2)
            x = torch.flatten(x, start_dim=1)
            x = torch.relu(self.dense1(x))
        """,
    },
)

mistake(
    "not-max-pooling-of-two",
    base="plain",
    says=(
        "What reaches dense1 is not the maximum of windows of 2x2. Most often the pooling is another one, "
        "the mean, say, or one with larger windows: the shapes are the same, the values are not. If the "
        "pooling is right, the activation after conv1 may cut off large values, as relu6 does."
    ),
    change={"x = F.max_pool2d(x, 2)": "x = F.adaptive_max_pool2d(x, 3)"},
)

mistake(
    "average-pooling",
    form_of="not-max-pooling-of-two",
    base="plain",
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.pool = nn.AvgPool2d(2)
        """,
        "x = F.max_pool2d(x, 2)": "x = self.pool(x)",
    },
)

mistake(
    "pooling-windows-of-three",
    form_of="not-max-pooling-of-two",
    base="plain",
    change={"x = F.max_pool2d(x, 2)": "x = F.max_pool2d(x, kernel_size=3, stride=2)"},
)

mistake(
    "relu6-after-conv1",
    form_of="not-max-pooling-of-two",
    base="plain",
    change={"x = F.relu(self.conv1(x))": "x = F.relu6(self.conv1(x))"},
)

mistake(
    "num-classes-ignored",
    base="plain",
    says="num_classes is taken but not used: dense2 always has 10 outputs.",
    change={"self.dense2 = nn.Linear(128, num_classes)": "self.dense2 = nn.Linear(128, 10)"},
)

mistake(
    "other-names",
    base="plain",
    weight="part",
    says=(
        "The layers have other names than the lesson fixes. They work, but a checkpoint with conv1, dense1 "
        "and dense2 does not fit."
    ),
    change={
        """
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
            self.dense2 = nn.Linear(128, num_classes)
        """: """
            self.fc1 = nn.Linear(32 * 3 * 3, 128)
            self.fc2 = nn.Linear(128, num_classes)
        """,
        """
            x = F.relu(self.dense1(x))
            return self.dense2(x)
        """: """
            x = F.relu(self.fc1(x))
            return self.fc2(x)
        """,
    },
)

mistake(
    "padding-forgotten",
    base="plain",
    weight="part",
    says=(
        "Without padding=1 the convolution shrinks 7x7 images to 5x5, and dense1 was given a width to fit "
        "that."
    ),
    change={
        """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)
            self.dense1 = nn.Linear(32 * 3 * 3, 128)
        """: """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3)
            self.dense1 = nn.Linear(32 * 2 * 2, 128)
        """,
    },
)

mistake(
    "padding-forgotten-and-288",
    base="plain",
    weight="whole",
    says=(
        "Without padding=1 the convolution shrinks 7x7 images to 5x5, and pooling leaves 2x2, so dense1 gets "
        "128 numbers per image instead of 288."
    ),
    change={
        "self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3, padding=1)": """
            self.conv1 = nn.Conv2d(in_channels, 32, kernel_size=3)
        """,
    },
)

mistake(
    "parameters-changed",
    base="plain",
    weight="part",
    says=(
        "forward changes the numbers in its own parameters, to limit or to shrink them, say. What is learned "
        "belongs to the optimizer: a model that was loaded from a checkpoint would not be the same after a "
        "call."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                self.dense2.bias.data.mul_(0.999)
        """,
    },
)

mistake(
    "weights-clamped",
    form_of="parameters-changed",
    base="plain",
    change={
        "def forward(self, x):": """
            def forward(self, x):
                self.dense2.weight.data.clamp_(-50, 50)
        """,
    },
)

mistake(
    "weights-clamped-to-one",
    form_of="parameters-changed",
    base="plain",
    weight="part",
    change={
        "def forward(self, x):": """
            def forward(self, x):
                with torch.no_grad():
                    self.dense2.weight.clamp_(-1, 1)
        """,
    },
)

mistake(
    "pieces-of-288",
    base="plain",
    says=(
        "Flattening cuts everything into pieces of 288 numbers. For images of another size these are no "
        "longer images, and the batch silently gets another length. Keep the first dimension, with flatten."
    ),
    source="https://github.com/qijiezhao/pseudo-3d-pytorch/issues/28",
    change={"x = torch.flatten(x, 1)": "x = x.reshape(-1, 32 * 3 * 3)"},
)

mistake(
    "pooling-first",
    base="plain",
    weight="part",
    says="Pooling comes before the convolution. The shapes fit by chance, since padding keeps 3x3 as it is.",
    change={
        "def forward(self, x):": """
            def forward(self, x):
                x = F.max_pool2d(x, 2)
        """,
        "x = F.max_pool2d(x, 2)": "",
    },
)

mistake(
    "pooling-forgotten",
    base="plain",
    weight="part",
    says=(
        "There is no pooling. Without it there are 7x7 pixels in 32 channels, so dense1 gets 1568 numbers "
        "per image instead of 288."
    ),
    change={
        "self.dense1 = nn.Linear(32 * 3 * 3, 128)": "self.dense1 = nn.Linear(32 * 7 * 7, 128)",
        "x = F.max_pool2d(x, 2)": "",
    },
)

mistake(
    "pooling-forgotten-288",
    form_of="pooling-forgotten",
    base="plain",
    weight="whole",
    change={"x = F.max_pool2d(x, 2)": ""},
)

mistake(
    "pooling-windows-overlap",
    base="plain",
    weight="part",
    says="The pooling windows move by 1 instead of 2, so 6x6 values are left and not 3x3.",
    change={
        "self.dense1 = nn.Linear(32 * 3 * 3, 128)": """
            self.pool = nn.MaxPool2d(kernel_size=2, stride=1)
            self.dense1 = nn.Linear(32 * 6 * 6, 128)
        """,
        "x = F.max_pool2d(x, 2)": "x = self.pool(x)",
    },
)

mistake(
    "predicts-classes",
    base="plain",
    weight="part",
    says=(
        "forward returns the number of the likeliest class instead of the logits. It has no gradient, so "
        "nothing can be trained with it."
    ),
    change={"return self.dense2(x)": "return self.dense2(x).argmax(dim=1)"},
)

mistake(
    "relu-after-conv1-forgotten",
    base="plain",
    says=(
        "There is no plain relu after conv1: nothing, or another activation, such as a leaky relu. So what "
        "is negative there goes on to dense1."
    ),
    change={"x = F.relu(self.conv1(x))": "x = self.conv1(x)"},
)

mistake(
    "leaky-relu-after-conv1",
    form_of="relu-after-conv1-forgotten",
    base="plain",
    change={"x = F.relu(self.conv1(x))": "x = F.leaky_relu(self.conv1(x), 1e-3)"},
)

mistake(
    "relu-after-dense1-forgotten",
    base="plain",
    says=(
        "There is no plain relu between dense1 and dense2: either nothing, and two linear layers in a row "
        "can do no more than one, or an activation that is not quite a relu, such as a leaky one."
    ),
    change={"x = F.relu(self.dense1(x))": "x = self.dense1(x)"},
)

mistake(
    "leaky-relu-after-dense1",
    form_of="relu-after-dense1-forgotten",
    base="plain",
    change={"x = F.relu(self.dense1(x))": "x = F.leaky_relu(self.dense1(x), 1e-3)"},
)

mistake(
    "relu-at-the-end",
    base="plain",
    says=(
        "There is a relu after the last layer too. Logits may be negative; now they can't, and where they "
        "were no gradient comes back."
    ),
    change={"return self.dense2(x)": "return F.relu(self.dense2(x))"},
)

mistake(
    "relus-without-effect",
    base="plain",
    weight="part",
    says=(
        "Negative numbers get past both relus. F.relu(x) does not change x, it returns a new tensor, so x = "
        "F.relu(x) is needed; and other activations, such as a leaky relu or elu, let something through."
    ),
    change={
        "x = F.relu(self.conv1(x))": "x = F.elu(self.conv1(x))",
        "x = F.relu(self.dense1(x))": "x = F.elu(self.dense1(x))",
    },
)

mistake(
    "leaky-relus",
    form_of="relus-without-effect",
    base="plain",
    weight="part",
    change={
        "super().__init__()": """
            super().__init__()
            self.act = nn.LeakyReLU()
        """,
        "x = F.relu(self.conv1(x))": "x = self.act(self.conv1(x))",
        "x = F.relu(self.dense1(x))": "x = self.act(self.dense1(x))",
    },
)

mistake(
    "relus-thrown-away",
    form_of="relus-without-effect",
    base="plain",
    weight="part",
    change={
        "x = F.relu(self.conv1(x))": """
            x = self.conv1(x)
            F.relu(x)
        """,
        "x = F.relu(self.dense1(x))": """
            x = self.dense1(x)
            F.relu(x)
        """,
    },
)

mistake(
    "result-cached",
    base="plain",
    weight="part",
    says=(
        "Results are kept by the shape of x, so other images of the same shape get the logits of the first "
        "ones."
    ),
    change={
        "super().__init__()": """
            super().__init__()
            self.cache = {}
        """,
        "def forward(self, x):": """
            def forward(self, x):
                shape = x.shape
                if shape in self.cache:
                    return self.cache[shape]
        """,
        "return self.dense2(x)": """
            self.cache[shape] = self.dense2(x)
            return self.cache[shape]
        """,
    },
)

mistake(
    "return-forgotten",
    base="plain",
    weight="part",
    says="forward computes the logits and does not return them.",
    change={"return self.dense2(x)": "x = self.dense2(x)"},
)

mistake(
    "returns-a-pair",
    base="plain",
    weight="part",
    says=(
        "forward returns two things. A model that others call, such as a loss or a Sequential, is to return "
        "the logits alone."
    ),
    change={
        "return self.dense2(x)": """
            logits = self.dense2(x)
            return logits, F.softmax(logits, dim=1)
        """,
    },
)

mistake(
    "rows-cut-off",
    base="plain",
    says=(
        "Of a large batch only the first rows are returned. There is no largest batch: each image gets its "
        "row."
    ),
    change={"return self.dense2(x)": "return self.dense2(x)[:32]"},
)

mistake(
    "softmax-at-the-end",
    base="plain",
    says=(
        "forward ends with a softmax. The model is to return logits: cross_entropy does the softmax itself, "
        "and after a second one training is slow."
    ),
    source="https://github.com/jindongwang/Deep-learning-activity-recognition/issues/10",
    change={"return self.dense2(x)": "return F.softmax(self.dense2(x), dim=1)"},
)

mistake(
    "softmax-in-eval",
    base="plain",
    says=(
        "In eval mode forward returns probabilities, in train mode logits. Whoever calculates a loss for "
        "validation then gets another one than in training; leave the softmax to the caller."
    ),
    change={
        "return self.dense2(x)": """
            logits = self.dense2(x)
            if self.training:
                return logits
            return torch.softmax(logits, dim=1)
        """,
    },
)

mistake(
    "something-after-dense2",
    base="plain",
    says=(
        "forward does something more with what dense2 returns, such as a sigmoid, which squeezes the logits "
        "into the numbers between 0 and 1. Return them as they are."
    ),
    change={"return self.dense2(x)": "return torch.sigmoid(self.dense2(x))"},
)

mistake(
    "squeezes",
    base="plain",
    says="squeeze() drops every dimension of size 1. For a batch of one image that is the batch itself.",
    change={"return self.dense2(x)": "return self.dense2(x).squeeze()"},
)

mistake(
    "super-init",
    base="plain",
    weight="whole",
    says=(
        "__init__ gives layers to self before nn.Module has been set up. super().__init__() has to be its "
        "first line: it makes the tables that layers are put into."
    ),
    source="https://github.com/pytorch/pytorch/issues/37824",
    change={"super().__init__()": ""},
)

mistake(
    "super-init-last",
    form_of="super-init",
    base="plain",
    weight="whole",
    source="https://github.com/pyg-team/pytorch_geometric/issues/681",
    change={
        "super().__init__()": "",
        "self.dense2 = nn.Linear(128, num_classes)": """
            self.dense2 = nn.Linear(128, num_classes)
            super().__init__()
        """,
    },
)

mistake(
    "the-first-gpu",
    base="plain",
    says=(
        'forward moves the model and x to "cuda", which is the first GPU, wherever the caller has put them. '
        "A model stays where it is, and so does what it returns."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "def forward(self, x):": """
            def forward(self, x):
                if torch.cuda.is_available():
                    self.cuda()
                    x = x.cuda()
        """,
    },
)

mistake(
    "to-overridden",
    form_of="device-chosen-too-early",
    base="plain",
    change={
        """
                self.dense2 = nn.Linear(128, num_classes)
        """: """
                self.dense2 = nn.Linear(128, num_classes)
                self.device = torch.device("cpu")

            def to(self, device):
                self.device = torch.device(device)
                return super().to(device)
        """,
        "def forward(self, x):": """
            def forward(self, x):
                x = x.to(self.device)
        """,
    },
)

mistake(
    "view-in-pieces-of-288",
    form_of="pieces-of-288",
    base="plain",
    source="https://github.com/uoguelph-mlrg/Cutout/issues/16",
    change={"x = torch.flatten(x, 1)": "x = x.view(-1, 32 * 3 * 3)"},
)

"""Wrong answers, each an edit of a right one."""

from grader.judge.bank import mistake

# --- the block ---------------------------------------------------------------------------------------------

mistake(
    "no-shortcut",
    base="plain",
    weight="part",
    says="x is never added, so the block is just two layers in a row. What makes it residual is the sum.",
    change={"h = h + self.projection(x)": ""},
)

mistake(
    "no-relu-inside",
    base="plain",
    weight="part",
    says="There is no relu between the two linear layers. Without it they fold into a single linear map.",
    change={"h = F.relu(self.linear1(x))": "h = self.linear1(x)"},
)

mistake(
    "no-relu-at-the-end",
    base="plain",
    weight="part",
    says="No relu follows the addition; the block returns the bare sum.",
    source="https://github.com/ajbrock/BoilerPlate/issues/2",
    change={"return F.relu(h)": "return h"},
)

mistake(
    "relu-before-the-addition",
    base="plain",
    weight="part",
    says=(
        "The second relu comes before the addition instead of after it, so that a block can only add to its "
        "input and never take anything away."
    ),
    source="https://github.com/fastai/fastbook/issues/1",
    change={"h = self.linear2(h)": "h = F.relu(self.linear2(h))", "return F.relu(h)": "return h"},
)

mistake(
    "relu-on-both-sides",
    base="plain",
    weight="part",
    says="linear2 is followed by a relu of its own, before the addition. The only relu after linear2 is the one after the sum.",
    source="https://github.com/kuangliu/pytorch-cifar/issues/4",
    change={"h = self.linear2(h)": "h = F.relu(self.linear2(h))"},
)

mistake(
    "added-in-place-to-a-relu",
    base="sequential_stages",
    weight="part",
    says=(
        "The output of a relu is changed by +=. A relu needs its output for the gradient, so backward() "
        "fails. Here, no relu stands before the addition at all; and out = out + identity is always safe."
    ),
    source="https://github.com/pytorch/pytorch/issues/5687",
    change={"out = self.linear2(out)": "out = self.linear2(out).relu()"},
)

mistake(
    "adds-into-x",
    base="plain",
    weight="part",
    says=(
        "The sum is written into x with +=. Where the widths are the same, x is the tensor of whoever called, "
        "or the features of the stage before: both are overwritten."
    ),
    source="https://github.com/microsoft/unilm/pull/999",
    change={
        """
            h = h + self.projection(x)
            return F.relu(h)
        """: """
            x = self.projection(x)
            x += h
            return F.relu(x)
        """
    },
)

mistake(
    "relu-on-x-in-place",
    base="plain",
    weight="part",
    says=(
        "An in-place relu is applied to x first. So the negative numbers in x are gone before they are added, "
        "and gone for the caller, too."
    ),
    source="https://github.com/rosinality/vq-vae-2-pytorch/issues/60",
    change={"h = F.relu(self.linear1(x))": "h = F.relu(self.linear1(F.relu(x, inplace=True)))"},
)

mistake(
    "relu-on-x",
    base="plain",
    weight="part",
    says="What is added went through a relu first. The shortcut takes x as it is, negative numbers and all.",
    change={"h = h + self.projection(x)": "h = h + self.projection(F.relu(x))"},
)

mistake(
    "relu-on-the-projection",
    base="sequential_stages",
    weight="part",
    says="The projection is followed by a relu. It is a linear layer and nothing more: only the sum goes through a relu.",
    change={"identity = self.projection(x)": "identity = torch.relu(self.projection(x))"},
)

mistake(
    "projects-what-was-overwritten",
    base="plain",
    weight="part",
    says=(
        "x is overwritten on the way through the layers, so the projection is given what linear2 put out, "
        "which does not have the width that it expects. Keep x under its own name."
    ),
    change={
        """
            h = F.relu(self.linear1(x))
            h = self.linear2(h)
            h = h + self.projection(x)
            return F.relu(h)
        """: """
            x = F.relu(self.linear1(x))
            x = self.linear2(x)
            return F.relu(x + self.projection(x))
        """
    },
)

mistake(
    "adds-the-hidden-values",
    base="looks_at_the_shape",
    weight="part",
    says=(
        "What is added is the output of the first layer, not x. That fits in every width, which hides it, but "
        "the shortcut then skips one layer and not two."
    ),
    change={
        """
            y = self.linear2(F.relu(self.linear1(x)))
            if x.shape[-1] != y.shape[-1]:
                return F.relu(y + self.projection(x))
            return F.relu(y + x)
        """: """
            h = F.relu(self.linear1(x))
            return F.relu(self.linear2(h) + h)
        """
    },
)

mistake(
    "second-layer-takes-x",
    base="recursive",
    weight="part",
    says="linear2 is given x again instead of what linear1 and the relu gave, so linear1 has no effect.",
    source="https://github.com/shaohua0116/Multiview2Novelview/issues/11",
    change={"self.linear2(torch.relu(self.linear1(x)))": "self.linear2(torch.relu(x))"},
)

mistake(
    "shortcut-cut-off",
    base="plain",
    weight="part",
    says="What is added is detached, so that no gradient takes the shortcut, and the projection is never trained.",
    change={"h = h + self.projection(x)": "h = h + self.projection(x).detach()"},
)

mistake(
    "added-twice",
    base="plain",
    weight="part",
    says="The shortcut is added twice, once by itself and once in the return.",
    source="https://github.com/yakhyo/darknet-pytorch/issues/2",
    change={"return F.relu(h)": "return F.relu(h + self.projection(x))"},
)

mistake(
    "mean-instead-of-sum",
    base="plain",
    weight="part",
    says="The mean of the two ways is taken, which halves every number. The task is to add them.",
    change={"h = h + self.projection(x)": "h = (h + self.projection(x)) / 2"},
)

mistake(
    "joined-instead-of-added",
    base="plain",
    weight="part",
    says="The two ways are put side by side with torch.cat, which doubles the width. A residual block adds them.",
    change={
        "h = h + self.projection(x)": "h = torch.cat([h, self.projection(x)], dim=-1)",
        "import torch.nn.functional as F": "import torch\nimport torch.nn.functional as F",
    },
)

mistake(
    "multiplied-instead-of-added",
    base="plain",
    weight="part",
    says="The two ways are multiplied. A residual block adds them.",
    change={"h = h + self.projection(x)": "h = h * self.projection(x)"},
)

mistake(
    "always-projects",
    base="plain",
    says=(
        "There is a projection where the width stays the same, too. There x itself is added: it needs no "
        "layer, and checkpoints have none."
    ),
    weight="part",
    change={
        """
            if in_features == out_features:
                self.projection = nn.Identity()
            else:
                self.projection = nn.Linear(in_features, out_features)
        """: """
            self.projection = nn.Linear(in_features, out_features)
        """
    },
)

mistake(
    "unused-projection",
    base="looks_at_the_shape",
    says=(
        "A projection is made in every block, and used only where the widths differ. The others are saved, "
        "and never trained."
    ),
    change={
        """
            self.projection = None
            if in_features != out_features:
                self.projection = nn.Linear(in_features, out_features)
        """: """
            self.projection = nn.Linear(in_features, out_features)
        """
    },
)

mistake(
    "never-projects",
    base="plain",
    weight="part",
    says=(
        "There is no projection at all, so that the addition fails where a block changes the width: two "
        "tensors of different widths can't be added."
    ),
    change={
        """
            if in_features == out_features:
                self.projection = nn.Identity()
            else:
                self.projection = nn.Linear(in_features, out_features)
        """: "",
        "h = h + self.projection(x)": "h = h + x",
    },
)

mistake(
    "no-shortcut-where-widths-differ",
    base="looks_at_the_shape",
    weight="part",
    says="Where the widths differ, nothing is added. There the projection of x is added.",
    change={"return F.relu(y + self.projection(x))": "return F.relu(y)"},
)

mistake(
    "projects-only-to-a-larger-width",
    base="looks_at_the_shape",
    weight="part",
    says=(
        "There is a projection only where the width grows. Where it shrinks, the two tensors have different "
        "widths as well, and can't be added."
    ),
    change={"if in_features != out_features:": "if in_features < out_features:"},
)

mistake(
    "projection-made-in-forward",
    base="looks_at_the_shape",
    weight="part",
    says="The projection is made in forward: it is new and random in each call, and no optimizer ever sees it.",
    source="https://github.com/pytorch/pytorch/issues/1291",
    change={
        """
            self.projection = None
            if in_features != out_features:
                self.projection = nn.Linear(in_features, out_features)
        """: "",
        """
                return F.relu(y + self.projection(x))
        """: """
                projection = nn.Linear(x.shape[-1], y.shape[-1], device=x.device, dtype=x.dtype)
                return F.relu(y + projection(x))
        """,
    },
)

mistake(
    "projection-hidden-in-a-list",
    base="looks_at_the_shape",
    weight="part",
    says=(
        "The projection stands in a plain Python list, so the block does not know it: it is neither trained, "
        "nor saved, nor moved."
    ),
    source="https://github.com/pytorch/pytorch/issues/715",
    change={
        """
            self.projection = None
            if in_features != out_features:
                self.projection = nn.Linear(in_features, out_features)
        """: """
            self.shortcut = []
            if in_features != out_features:
                self.shortcut.append(nn.Linear(in_features, out_features))
        """,
        "return F.relu(y + self.projection(x))": "return F.relu(y + self.shortcut[0](x))",
    },
)

mistake(
    "projection-hidden-in-a-lambda",
    form_of="projection-hidden-in-a-list",
    base="looks_at_the_shape",
    weight="part",
    says=(
        "The projection is known to a lambda only, so the block does not know it: it is neither trained, nor "
        "saved, nor moved."
    ),
    change={
        """
            if in_features != out_features:
                self.projection = nn.Linear(in_features, out_features)
        """: """
            if in_features != out_features:
                layer = nn.Linear(in_features, out_features)
                self.projection = lambda x: layer(x)
        """,
    },
)

mistake(
    "projection-swapped",
    base="plain",
    weight="part",
    says="The two sizes of the projection are the wrong way round: the first is what comes in, the second what goes out.",
    change={
        "self.projection = nn.Linear(in_features, out_features)": """
            self.projection = nn.Linear(out_features, in_features)
        """
    },
)

mistake(
    "projection-without-bias",
    base="plain",
    says=(
        "The projection has no bias. Convolutional residual networks often leave it out, since batch norm "
        "follows there; here it is a plain nn.Linear."
    ),
    change={
        "self.projection = nn.Linear(in_features, out_features)": """
            self.projection = nn.Linear(in_features, out_features, bias=False)
        """
    },
)

mistake(
    "projection-by-another-name",
    base="sequential_stages",
    weight="part",
    says="The projection has another name than the task gives it, and checkpoints are loaded by names.",
    change={
        "self.projection = nn.Linear(in_features, out_features)": """
            self.downsample = nn.Linear(in_features, out_features)
        """,
        "identity = self.projection(x)": "identity = self.downsample(x)",
    },
)

mistake(
    "one-layer-twice",
    base="looks_at_the_shape",
    weight="part",
    says="Where the widths are the same, linear1 and linear2 are one layer under two names. Each has weights of its own.",
    source="https://github.com/SSinyu/RED-CNN/issues/8",
    change={
        "self.linear2 = nn.Linear(out_features, out_features)": """
            self.linear2 = self.linear1 if in_features == out_features else nn.Linear(out_features, out_features)
        """
    },
)

mistake(
    "width-changes-in-the-second-layer",
    base="plain",
    weight="part",
    says="linear1 keeps the width and linear2 changes it. It is linear1 that goes from in_features to out_features.",
    change={
        """
            self.linear1 = nn.Linear(in_features, out_features)
            self.linear2 = nn.Linear(out_features, out_features)
        """: """
            self.linear1 = nn.Linear(in_features, in_features)
            self.linear2 = nn.Linear(in_features, out_features)
        """
    },
)

# --- the network -------------------------------------------------------------------------------------------

mistake(
    "stages-in-a-plain-dict",
    base="plain",
    weight="part",
    says=(
        "The stages stand in a plain Python dict, so the network does not know them: parameters() and "
        "state_dict() are empty."
    ),
    source="https://github.com/pytorch/pytorch/issues/632",
    change={"self.stages = nn.ModuleDict()": "self.stages = {}"},
)

mistake(
    "blocks-in-a-plain-list",
    base="plain",
    weight="part",
    says=(
        "The blocks of a stage stand in a plain Python list. An nn.ModuleDict takes modules only: make it an "
        "nn.ModuleList."
    ),
    source="https://github.com/pytorch/pytorch/issues/715",
    change={"blocks = nn.ModuleList()": "blocks = []"},
)

mistake(
    "calls-the-list",
    base="plain",
    weight="part",
    says="A ModuleList is called. It has no forward; loop over it and call each block.",
    source="https://github.com/pytorch/pytorch/issues/55459",
    change={
        """
                for block in blocks:
                    x = block(x)
        """: """
                x = blocks(x)
        """
    },
)

mistake(
    "one-block-many-times",
    base="sequential_stages",
    weight="part",
    says=(
        "Multiplying a list repeats the reference, not the block: all blocks of a stage after the first are "
        "one block, with one set of weights."
    ),
    source="https://github.com/acids-ircam/ddsp_pytorch/issues/37",
    change={
        "*(ResidualBlock(width, width) for _ in range(depth - 1))": "*[ResidualBlock(width, width)] * (depth - 1)"
    },
)

mistake(
    "width-forgotten-between-stages",
    base="plain",
    weight="part",
    says=(
        "Every stage begins with the width of x. From the second stage on, a stage is given what the one "
        "before it put out."
    ),
    change={"in_features = width": ""},
)

mistake(
    "width-forgotten-within-a-stage",
    base="plain",
    weight="part",
    says=(
        "Every block of a stage is made as if it were the first one. Only the first changes the width; the "
        "others take in what it put out."
    ),
    change={"ResidualBlock(in_features if i == 0 else width, width)": "ResidualBlock(in_features, width)"},
)

mistake(
    "one-block-too-many",
    base="sequential_stages",
    weight="part",
    says="Each stage has one block more than depth: the one that changes the width is one of the depth blocks.",
    change={"range(depth - 1)": "range(depth)"},
)

mistake(
    "one-block-too-few",
    base="stage_that_can_be_called",
    weight="part",
    says="Each stage has one block less than depth.",
    change={"range(1, depth)": "range(2, depth)"},
)

mistake(
    "depth-ignored",
    base="plain",
    weight="part",
    says="Each stage has one block, whatever depth says.",
    change={"for i in range(depth):": "for i in range(1):"},
)

mistake(
    "stages-sorted",
    base="plain",
    weight="part",
    says="The stages are put in the order of the alphabet. They run in the order in which the mapping gives them.",
    change={"for name, width in stages.items():": "for name, width in sorted(stages.items()):"},
)

mistake(
    "features-too-early",
    base="plain",
    weight="part",
    says="The features are noted before a stage runs, so that under each name there is what the stage was given.",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                features[name] = x
                for block in blocks:
                    x = block(x)
        """
    },
)

mistake(
    "features-of-the-first-block",
    base="plain",
    weight="part",
    says="The features are noted after the first block of each stage. They are what comes out of its last one.",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                for block in blocks:
                    x = block(x)
                    features.setdefault(name, x)
        """
    },
)

mistake(
    "each-stage-takes-x",
    base="plain",
    weight="part",
    says="Each stage is given x itself, instead of what the stage before it put out.",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                h = x
                for block in blocks:
                    h = block(h)
                features[name] = h
        """
    },
)

mistake(
    "each-block-takes-x",
    base="plain",
    weight="part",
    says="Within a stage, each block is given the same x, instead of what the block before it put out.",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                for block in blocks:
                    features[name] = block(x)
                x = features[name]
        """
    },
)

mistake(
    "return-in-the-loop",
    base="plain",
    weight="part",
    says="The return stands inside the loop, so forward ends after the first stage.",
    change={
        """
                features[name] = x
            return features
        """: """
                features[name] = x
                return features
        """
    },
)

mistake(
    "only-the-last-tensor",
    base="plain",
    weight="part",
    says="forward returns what came out last, a tensor. It should return a dict with the features of every stage.",
    change={"return features": "return x"},
)

mistake(
    "a-list-of-features",
    base="plain",
    weight="part",
    says="forward returns a list of features, in which one has to count. It should return a dict by the names of the stages.",
    change={
        "features = {}": "features = []",
        "features[name] = x": "features.append(x)",
    },
)

mistake(
    "features-by-number",
    base="plain",
    weight="part",
    says="The keys of the dict are numbers. They should be the names of the stages, as the mapping gives them.",
    change={"features[name] = x": "features[str(len(features))] = x"},
)

mistake(
    "features-with-the-input",
    base="plain",
    weight="part",
    says="There is one entry more than there are stages: x itself, which is the caller's already.",
    change={"features = {}": 'features = {"input": x}'},
)

mistake(
    "features-detached",
    base="plain",
    says="The features are detached when they are noted, so that nothing can be trained by what comes back.",
    change={"features[name] = x": "features[name] = x.detach()"},
)

mistake(
    "features-overwritten-later",
    base="plain",
    weight="part",
    says=(
        "A tensor that was noted is changed in place afterwards. The dict holds the tensor itself and no copy "
        "of it, so the features of that stage change with it."
    ),
    source="https://github.com/ViCCo-Group/thingsvision/issues/44",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                for block in blocks:
                    y = block(x)
                    if features and x.shape == y.shape:
                        x.copy_(y)
                    else:
                        x = y
                features[name] = x
        """
    },
)

mistake(
    "features-kept-on-self",
    base="plain",
    says=(
        "There is one dict for all calls, made in __init__. Each call overwrites what an earlier one has "
        "returned. Make a new dict in forward."
    ),
    change={
        "self.stages = nn.ModuleDict()": """
            self.stages = nn.ModuleDict()
            self.features = {}
        """,
        """
            features = {}
            for name, blocks in self.stages.items():
                for block in blocks:
                    x = block(x)
                features[name] = x
            return features
        """: """
            for name, blocks in self.stages.items():
                for block in blocks:
                    x = block(x)
                self.features[name] = x
            return self.features
        """,
    },
)

mistake(
    "relu-between-the-stages",
    base="plain",
    says=(
        "A relu follows each stage. The blocks end with one already, so it changes nothing until somebody "
        "puts another block there. Nothing stands between the blocks."
    ),
    change={"features[name] = x": "features[name] = x = F.relu(x)"},
)

mistake(
    "shortcut-around-each-stage",
    base="plain",
    weight="part",
    says="What a stage was given is added once more behind it, where the widths allow that. The blocks have done this already.",
    change={
        """
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
                before = x
                for block in blocks:
                    x = block(x)
                if x.shape == before.shape:
                    x = x + before
                features[name] = x
        """
    },
)

mistake(
    "blocks-registered-twice",
    base="plain",
    says=(
        "All blocks are registered a second time, in a Sequential beside the stages, so that state_dict() has "
        "every weight under two names."
    ),
    change={
        "self.stages[name] = blocks": """
            self.stages[name] = blocks
            setattr(self, name, nn.Sequential(*blocks))
        """
    },
)

mistake(
    "runs-a-list-made-once",
    base="plain",
    says=(
        "forward runs a plain list of the blocks that was made once. A block that is replaced in self.stages "
        "later never runs."
    ),
    change={
        """
                self.stages[name] = blocks
                in_features = width
        """: """
                self.stages[name] = blocks
                in_features = width
            self.steps = [(name, list(blocks)) for name, blocks in self.stages.items()]
        """,
        "for name, blocks in self.stages.items():": "for name, blocks in self.steps:",
    },
)

mistake(
    "stages-as-attributes",
    base="plain",
    weight="part",
    says=(
        "The stages are attributes of the network itself, by setattr. They are known that way, but a name "
        "such as `train` would replace a method, and the task asks for an nn.ModuleDict, `stages`."
    ),
    change={
        "self.stages = nn.ModuleDict()": "self.names = list(stages)",
        "self.stages[name] = blocks": "setattr(self, name, blocks)",
        "for name, blocks in self.stages.items():": """
            for name in self.names:
                blocks = getattr(self, name)
        """,
    },
)

mistake(
    "a-flat-list-of-blocks",
    base="plain",
    weight="part",
    says=(
        "All blocks stand in one ModuleList, and the names are kept beside it. The task asks for an "
        "nn.ModuleDict, in which each stage has its blocks under its name."
    ),
    change={
        "self.stages = nn.ModuleDict()": "self.stages, self.ends = nn.ModuleList(), {}",
        """
                blocks = nn.ModuleList()
                for i in range(depth):
                    blocks.append(ResidualBlock(in_features if i == 0 else width, width))
                self.stages[name] = blocks
        """: """
                for i in range(depth):
                    self.stages.append(ResidualBlock(in_features if i == 0 else width, width))
                self.ends[len(self.stages) - 1] = name
        """,
        """
            for name, blocks in self.stages.items():
                for block in blocks:
                    x = block(x)
                features[name] = x
        """: """
            for i, block in enumerate(self.stages):
                x = block(x)
                if i in self.ends:
                    features[self.ends[i]] = x
        """,
    },
)

mistake(
    "stages-used-up",
    base="plain",
    says="The mapping that was given is emptied while the stages are made. It belongs to the caller: only read it.",
    change={
        "for name, width in stages.items():": """
            while stages:
                name = next(iter(stages))
                width = stages.pop(name)
        """
    },
)

mistake(
    "super-forgotten",
    base="plain",
    weight="part",
    says="ResidualNet does not call super().__init__() before it gets its first module, so torch can't register it.",
    source="https://github.com/pytorch/pytorch/issues/37824",
    change={
        """
            super().__init__()
            self.stages = nn.ModuleDict()
        """: """
            self.stages = nn.ModuleDict()
        """
    },
)

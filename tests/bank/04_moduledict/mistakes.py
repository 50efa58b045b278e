"""Known mistakes of 04_moduledict, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "activation-at-the-end",
    base="plain",
    weight="part",
    says=(
        "The activation stands behind the head as well, so the outputs are squeezed or cut off; it belongs "
        "between trunk and head only."
    ),
    change={"return self.heads[task](h)": "return self.activation(self.heads[task](h))"},
)

mistake(
    "activation-falls-back",
    base="activation_modules",
    says="An unknown activation quietly becomes another one, so a typing mistake is never noticed.",
    change={
        'elif activation == "gelu":': "else:",
        """
            else:
                raise ValueError(f"activation must be relu, tanh or gelu, got {activation}")
        """: "",
    },
)

mistake(
    "activation-of-the-class",
    base="plain",
    says=(
        "The activation is stored in the class, which all nets share: the net that is made last decides for "
        "all of them."
    ),
    change={
        "self.activation = ACTIVATIONS[activation]": """
            MultiTaskNet.activation = staticmethod(ACTIVATIONS[activation])
        """,
    },
)

mistake(
    "added-beside",
    base="plain",
    weight="part",
    says=(
        "add_head keeps the new head as an attribute or in a dict of its own instead of in self.heads, so it "
        "is not saved as heads.NAME."
    ),
    change={
        "self.hidden = hidden": """
            self.hidden = hidden
            self.added = {}
        """,
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            every = {**self.heads, **self.added}
            if task not in every:
                raise KeyError(f"unknown task {task}, known tasks: {list(every)}")
        """,
        "return self.heads[task](h)": "return every[task](h)",
        "if name in self.heads:": "if name in self.heads or name in self.added:",
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.added[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """,
    },
)

mistake(
    "always-relu",
    base="plain",
    weight="part",
    says="forward always uses relu, whatever activation was asked for.",
    change={"h = self.activation(self.trunk(x))": "h = torch.relu(self.trunk(x))"},
)

mistake(
    "any-function-of-torch",
    base="plain",
    says=(
        "The activation is looked up by getattr in torch, so every function that happens to be there is let "
        "in, not just the three."
    ),
    change={
        "if activation not in ACTIVATIONS:": "if not hasattr(F, activation):",
        "self.activation = ACTIVATIONS[activation]": "self.activation = getattr(F, activation)",
    },
)

mistake(
    "bare-activation-error",
    base="plain",
    says=(
        "Looking up an unknown activation in a dict raises a bare KeyError; asked for was a ValueError that "
        "lists the known ones."
    ),
    change={
        """
            if activation not in ACTIVATIONS:
                raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
        """: "",
    },
)

mistake(
    "bare-task-error",
    base="plain",
    says=(
        "The KeyError does not say which tasks there are. nn.ModuleDict's own holds nothing but the missing "
        "name: look with `in` before, and put the names in self.heads into the message."
    ),
    change={
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: "",
    },
)

mistake(
    "task-error-without-names",
    form_of="bare-task-error",
    base="plain",
    change={
        'raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")': """
            raise KeyError(f"unknown task {task}")
        """,
    },
)

mistake(
    "casts-the-whole-net",
    base="plain",
    says=(
        "To make trunk and head fit, the whole net is converted to float32; it is the head that has to "
        "follow the trunk."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device)
            if self.trunk.weight.dtype != head.weight.dtype:
                self.to(head.weight.dtype)
        """,
    },
)

mistake(
    "changes-the-mapping",
    base="plain",
    says="The mapping that came in is kept and written to, so the caller's dict changes with every new head.",
    change={
        "self.hidden = hidden": """
            self.hidden = hidden
            self.sizes = heads
        """,
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            if task not in self.sizes:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.sizes)}")
        """,
        """
                raise ValueError(f"there is already a head for {name}")
        """: """
                raise ValueError(f"there is already a head for {name}")
            self.sizes[name] = out_features
        """,
    },
)

mistake(
    "constant-of-the-first-call",
    form_of="constant-stays-behind",
    base="constant_in_a_buffer",
    change={
        'self.register_buffer("zero", torch.zeros(1), persistent=False)': "self.zero = None",
        "h = torch.maximum(h, self.zero) if self.activation is None else self.activation(h)": """
            if self.zero is None:
                self.zero = torch.zeros(1, device=h.device)
            h = torch.maximum(h, self.zero.to(h.dtype)) if self.activation is None else self.activation(h)
        """,
    },
)

mistake(
    "constant-stays-behind",
    base="constant_in_a_buffer",
    says=(
        "The activation's constant is a tensor that is no parameter and no buffer, whether made with the net "
        "or in its first call: it does not go where the net goes. A Python number would do."
    ),
    source="https://github.com/lyuwenyu/RT-DETR/issues/677",
    change={
        'self.register_buffer("zero", torch.zeros(1), persistent=False)': "self.zero = torch.zeros(1)",
        "h = torch.maximum(h, self.zero) if self.activation is None else self.activation(h)": """
            h = torch.maximum(h, self.zero.to(h.dtype)) if self.activation is None else self.activation(h)
        """,
    },
)

mistake(
    "zeros-made-in-forward",
    form_of="constant-stays-behind",
    base="plain",
    source="https://github.com/huggingface/transformers/pull/44822",
    change={
        'ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}': """
            ACTIVATIONS = {"relu": None, "tanh": torch.tanh, "gelu": F.gelu}
        """,
        """
            h = self.activation(self.trunk(x))
        """: """
            h = self.trunk(x)
            h = torch.where(h > 0, h, torch.zeros(h.shape, dtype=h.dtype)) if self.activation is None else self.activation(h)
        """,
    },
)

mistake(
    "copied-head",
    base="plain",
    says=(
        "Two heads start with the same weights, as they do after a deepcopy of one layer, or where torch is "
        "seeded before each; let every nn.Linear draw its own."
    ),
    change={
        """
            import torch
            from torch import nn
        """: """
            import copy
            import torch
            from torch import nn
        """,
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            layers = {size: nn.Linear(hidden, size) for size in heads.values()}
            self.heads = nn.ModuleDict({name: copy.deepcopy(layers[size]) for name, size in heads.items()})
        """,
    },
)

mistake(
    "seed-for-each-new-head",
    form_of="copied-head",
    base="plain",
    change={
        """
                raise ValueError(f"there is already a head for {name}")
        """: """
                raise ValueError(f"there is already a head for {name}")
            torch.manual_seed(0)
        """,
    },
)

mistake(
    "current-head",
    base="plain",
    says=(
        "forward stores the chosen head in self, which registers it a second time: state_dict() then has "
        "names that no other net knows."
    ),
    change={
        "return self.heads[task](h)": """
            self.current_head = self.heads[task]
            return self.current_head(h)
        """,
    },
)

mistake(
    "detached-trunk",
    base="plain",
    weight="part",
    says=(
        "The graph is cut between trunk and head, by detach or no_grad, so the trunk gets no gradients and "
        "never learns."
    ),
    change={"h = self.activation(self.trunk(x))": "h = self.activation(self.trunk(x)).detach()"},
)

mistake(
    "device-of-another-head",
    base="plain",
    says=(
        "The new head goes where another head is, which is not always where the trunk is: heads can be moved "
        "one by one. It is the trunk that sends it its input, so ask the trunk."
    ),
    change={
        """
            head = nn.Linear(self.hidden, out_features)
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """: """
            weight = self.trunk.weight
            head = nn.Linear(self.hidden, out_features, dtype=weight.dtype)
            self.heads[name] = head.to(next(iter(self.heads.parameters()), weight).device)
        """,
    },
)

mistake(
    "dict-method-get",
    base="plain",
    weight="part",
    says="An nn.ModuleDict has no get; use `in` and square brackets.",
    change={
        "if task not in self.heads:": """
            head = self.heads.get(task)
            if head is None:
        """,
        "return self.heads[task](h)": "return head(h)",
    },
)

mistake(
    "flattened-input",
    base="plain",
    says=(
        "x is flattened to two dimensions; nn.Linear works on the last dimension of any shape, and the "
        "output should keep the others."
    ),
    change={
        """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
            x = x.reshape(-1, self.trunk.in_features)
        """,
    },
)

mistake(
    "follows-double-only",
    form_of="new-head-in-float32",
    base="plain",
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            head = head.to(self.trunk.weight.device)
            if self.trunk.weight.dtype == torch.float64:
                head = head.double()
            self.heads[name] = head
        """,
    },
)

mistake(
    "forward-called-directly",
    base="plain",
    says="The head is run by its forward method, which skips the hooks that calling the module itself runs.",
    source="https://bowen0701.github.io/research-eng/Why-not-model.forward%28%29-but-model%28%29",
    change={"return self.heads[task](h)": "return self.heads[task].forward(h)"},
)

mistake(
    "freezes-the-others",
    base="plain",
    says=(
        "forward sets requires_grad of the other heads to False; they get no gradient anyway, and stay "
        "frozen for whoever uses them next."
    ),
    change={
        """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
            for name, head in self.heads.items():
                head.requires_grad_(name == task)
        """,
    },
)

mistake(
    "gelu-by-tanh",
    base="activation_modules",
    says="The gelu is the approximation by tanh; torch's own default, which was asked for, is the exact one.",
    change={"self.act = nn.GELU()": 'self.act = nn.GELU(approximate="tanh")'},
)

mistake(
    "getattr-on-heads",
    base="plain",
    says=(
        "Heads are looked up as attributes of the ModuleDict, which also has methods such as keys and "
        "update: they are taken for heads."
    ),
    change={
        "if task not in self.heads:": "if not hasattr(self.heads, task):",
        "return self.heads[task](h)": "return getattr(self.heads, task)(h)",
    },
)

mistake(
    "head-attributes",
    base="plain",
    weight="whole",
    says=(
        "Each head is an attribute of its own, so its name in state_dict() is head_NAME instead of "
        "heads.NAME, and there is no self.heads."
    ),
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            self.tasks = []
            for name, size in heads.items():
                self.add_head(name, size)
        """,
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            if task not in self.tasks:
                raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        """,
        "return self.heads[task](h)": 'return getattr(self, f"head_{task}")(h)',
        "if name in self.heads:": "if name in self.tasks:",
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            setattr(self, f"head_{name}", head.to(self.trunk.weight.device, self.trunk.weight.dtype))
            self.tasks.append(name)
        """,
    },
)

mistake(
    "head-from-input",
    base="activation_modules",
    weight="whole",
    says=(
        "The heads are as wide as the input; what reaches a head is the trunk's output, which has `hidden` "
        "features."
    ),
    change={
        """
            self.heads[name] = nn.Linear(weight.shape[0], out_features, device=weight.device, dtype=weight.dtype)
        """: """
            self.heads[name] = nn.Linear(
                weight.shape[1], out_features, device=weight.device, dtype=weight.dtype
            )
        """,
    },
)

mistake(
    "ignores-a-taken-name",
    base="activation_modules",
    says=(
        "A name that is taken is passed over without a word, so the caller believes in a new head that is "
        "not there."
    ),
    change={'raise ValueError(f"{name} has a head already")': "return"},
)

mistake(
    "input-in-place",
    base="plain",
    weight="part",
    says=(
        "An operation in place changes the caller's x; the next call on the same x then starts from other "
        "numbers."
    ),
    change={
        """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
            x -= x.mean()
        """,
    },
)

mistake(
    "key-error-for-a-taken-name",
    base="plain",
    says=(
        "A name that is taken raises a KeyError; asked for was a ValueError, since the key is not missing "
        "but one too many."
    ),
    change={
        'raise ValueError(f"there is already a head for {name}")': """
            raise KeyError(f"there is already a head for {name}")
        """,
    },
)

mistake(
    "late-activation-error",
    base="plain",
    says=(
        "An unknown activation is only noticed in forward; whoever mistyped it should hear of it when the "
        "net is made."
    ),
    change={
        """
            if activation not in ACTIVATIONS:
                raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
            self.activation = ACTIVATIONS[activation]
        """: """
            self.activation = activation
        """,
        "h = self.activation(self.trunk(x))": """
            if self.activation not in ACTIVATIONS:
                raise ValueError(f"unknown activation {self.activation}, choose from {list(ACTIVATIONS)}")
            h = ACTIVATIONS[self.activation](self.trunk(x))
        """,
    },
)

mistake(
    "layers-into-the-mapping",
    base="plain",
    says=(
        "The layers are written into the mapping that came in, so the caller's numbers are gone; make a new "
        "dict for them."
    ),
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            for name in heads:
                heads[name] = nn.Linear(hidden, heads[name])
            self.heads = nn.ModuleDict(heads)
        """,
    },
)

mistake(
    "learnable-activation",
    base="plain",
    weight="part",
    says=(
        "The table of activations holds a module with a weight (nn.PReLU), which becomes a parameter of the "
        "model though it was not asked for."
    ),
    change={
        """
            import torch.nn.functional as F

            ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}


            class MultiTaskNet(nn.Module):
        """: """
            import torch.nn.functional as F


            class MultiTaskNet(nn.Module):
        """,
        """
            if activation not in ACTIVATIONS:
                raise ValueError(f"unknown activation {activation}, choose from {list(ACTIVATIONS)}")
            self.activation = ACTIVATIONS[activation]
        """: """
            self.activations = nn.ModuleDict(
                {"relu": nn.ReLU(), "prelu": nn.PReLU(), "tanh": nn.Tanh(), "gelu": nn.GELU()}
            )
            if activation not in self.activations:
                raise ValueError(f"unknown activation {activation}, choose from {list(self.activations)}")
            self.activation = self.activations[activation]
        """,
    },
)

mistake(
    "live-mapping",
    base="plain",
    says=(
        "The net keeps the caller's mapping and asks it in forward which tasks there are, so whatever the "
        "caller does with it later changes the net."
    ),
    change={
        "self.hidden = hidden": """
            self.hidden = hidden
            self.sizes = heads
            self.added = set()
        """,
        "if task not in self.heads:": "if task not in self.sizes and task not in self.added:",
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            self.added.add(name)
        """,
    },
)

mistake(
    "masked-sum",
    base="plain",
    weight="part",
    says=(
        "The heads' outputs are multiplied by 0 or 1 and summed, so every head runs and gets gradients of "
        "zero instead of none."
    ),
    change={
        "return self.heads[task](h)": """
            total = 0
            for name, head in self.heads.items():
                out = F.linear(h, head.weight, head.bias) if name != task else head(h)
                total = total + out.sum(-1, keepdim=True) * 0 if name != task else total + out
            return total
        """,
    },
)

mistake(
    "missing-return",
    base="plain",
    weight="part",
    says="forward computes the output but does not return it.",
    change={"return self.heads[task](h)": "out = self.heads[task](h)"},
)

mistake(
    "modulelist-of-heads",
    base="plain",
    weight="whole",
    says=(
        "The heads stand in an nn.ModuleList, so they are saved under numbers instead of under the names of "
        "their tasks."
    ),
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            self.tasks = list(heads)
            self.heads = nn.ModuleList([nn.Linear(hidden, size) for size in heads.values()])
        """,
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            if task not in self.tasks:
                raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        """,
        "return self.heads[task](h)": "return self.heads[self.tasks.index(task)](h)",
        "if name in self.heads:": "if name in self.tasks:",
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.tasks.append(name)
            self.heads.append(head.to(self.trunk.weight.device, self.trunk.weight.dtype))
        """,
    },
)

mistake(
    "moves-the-input-elsewhere",
    base="plain",
    says=(
        "The input is sent to a device of the net's own choice, or to one that was noted when the net was "
        "made; the net may have been moved since, and x is beside it already."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        "h = self.activation(self.trunk(x))": """
            device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
            h = self.activation(self.trunk(x.to(device)))
        """,
    },
)

mistake(
    "remembers-its-device",
    form_of="moves-the-input-elsewhere",
    base="plain",
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        "self.trunk = nn.Linear(in_features, hidden)": """
            self.trunk = nn.Linear(in_features, hidden)
            self.device = self.trunk.weight.device
        """,
        "h = self.activation(self.trunk(x))": "h = self.activation(self.trunk(x.to(self.device)))",
    },
)

mistake(
    "moves-the-input-to-cuda",
    base="plain",
    weight="part",
    says=(
        "forward calls .cuda(), so it works only where there is a GPU and the net is on it; x comes to where "
        "the net is."
    ),
    source="https://github.com/sgl-project/sglang/issues/34552",
    change={"h = self.activation(self.trunk(x))": "h = self.activation(self.trunk(x.cuda()))"},
)

mistake(
    "moves-the-net-in-forward",
    base="plain",
    says=(
        "forward moves the net, or a part of it, to where x or another part is. Where they are is for the "
        "caller to decide; an error is better than a net that wanders."
    ),
    change={
        """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
            self.to(x.device)
        """,
    },
)

mistake(
    "head-follows-the-trunk-in-forward",
    form_of="moves-the-net-in-forward",
    base="plain",
    change={"return self.heads[task](h)": "return self.heads[task].to(h.device)(h)"},
)

mistake(
    "moves-the-whole-net",
    base="plain",
    says=(
        "To bring the new head to the trunk, the whole net is moved and converted, and so are heads that "
        "somebody had put elsewhere. Move the new head alone, before it is put into the net."
    ),
    change={
        """
            head = nn.Linear(self.hidden, out_features)
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """: """
            self.heads[name] = nn.Linear(self.hidden, out_features)
            weight = self.trunk.weight
            self.to(weight.device, weight.dtype)
        """,
    },
)

mistake(
    "needs-a-first-head",
    base="plain",
    says=(
        "The new head is modelled on the first one, so a net without heads can't be given any; the trunk is "
        "always there."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            like = next(iter(self.heads.values())).weight
            self.heads[name] = head.to(like.device, like.dtype)
        """,
    },
)

mistake(
    "new-head-first",
    base="plain",
    says="A new head is put before the old ones; it belongs at the end.",
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            head = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            self.heads = nn.ModuleDict({name: head, **self.heads})
        """,
    },
)

mistake(
    "new-head-frozen",
    base="plain",
    says=(
        "The new head gets the trunk's requires_grad as well, so where the trunk is frozen, nothing is left "
        "to train. It is to have the trunk's dtype and device only."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            weight = self.trunk.weight
            head = head.to(weight.device, weight.dtype)
            self.heads[name] = head.requires_grad_(weight.requires_grad)
        """,
    },
)

mistake(
    "new-head-in-float32",
    base="plain",
    says=(
        "The new head does not follow every dtype of the trunk: a conversion such as net.bfloat16() only "
        "reaches layers that exist by then. Hand over the dtype that the trunk's weight has."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device)
        """,
    },
)

mistake(
    "new-head-on-the-cpu",
    base="plain",
    says="The new head has the trunk's dtype, but is made on the CPU wherever the trunk is.",
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.dtype)
        """,
    },
)

mistake(
    "new-head-on-the-first-gpu",
    base="plain",
    says=(
        'The new head is sent to the type of the trunk\'s device, "cuda", and so loses which GPU it was; '
        "the device itself says that, too."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            weight = self.trunk.weight
            self.heads[name] = head.to(weight.device.type, weight.dtype)
        """,
    },
)

mistake(
    "new-head-on-the-gpu-if-there-is-one",
    form_of="new-head-on-the-first-gpu",
    base="plain",
    says=(
        'The new head goes to "cuda" wherever there is a GPU. That is the first one; the trunk may be on '
        "another, or on the CPU."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            if torch.cuda.is_available():
                head = head.cuda()
            elif self.trunk.weight.is_meta:
                head = head.to("meta")
            self.heads[name] = head.to(self.trunk.weight.dtype)
        """,
    },
)

mistake(
    "new-head-on-the-first-gpu-or-the-cpu",
    base="plain",
    says=(
        'The new head goes to "cuda" or to the CPU, but there are more devices: another GPU, or "meta". Hand '
        "over the trunk's device itself."
    ),
    change={
        """
            head = nn.Linear(self.hidden, out_features)
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """: """
            weight = self.trunk.weight
            device = "cuda" if weight.is_cuda else "cpu"
            self.heads[name] = nn.Linear(self.hidden, out_features, device=device, dtype=weight.dtype)
        """,
    },
)

mistake(
    "new-head-stays-behind",
    base="plain",
    says=(
        "A new nn.Linear is float32 on the CPU, as the whole net was when it was made; the net may have been "
        "converted and moved since then, so ask the trunk for its dtype and device at the time when the head "
        "is added."
    ),
    change={
        "self.trunk = nn.Linear(in_features, hidden)": """
            self.trunk = nn.Linear(in_features, hidden)
            self.device, self.dtype = self.trunk.weight.device, self.trunk.weight.dtype
        """,
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.device, self.dtype)
        """,
    },
)

mistake(
    "new-head-as-it-comes",
    form_of="new-head-stays-behind",
    base="plain",
    change={
        """
            head = nn.Linear(self.hidden, out_features)
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """: """
            self.heads[name] = nn.Linear(self.hidden, out_features)
        """,
    },
)

mistake(
    "no-activation",
    base="plain",
    weight="part",
    says=(
        "The activation is chosen but never called: trunk and head together are then no more than one linear "
        "map."
    ),
    change={"h = self.activation(self.trunk(x))": "h = self.trunk(x)"},
)

mistake(
    "old-parameters-frozen",
    base="plain",
    says=(
        "add_head freezes parameters that were there before, so they learn no more. What is trained is for "
        "the caller to decide."
    ),
    change={
        """
                raise ValueError(f"there is already a head for {name}")
        """: """
                raise ValueError(f"there is already a head for {name}")
            self.requires_grad_(False)
        """,
    },
)

mistake(
    "freezes-the-new-head-with-the-net",
    form_of="old-parameters-frozen",
    base="plain",
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            self.requires_grad_(False)
        """,
    },
)

mistake(
    "output-elsewhere",
    base="plain",
    says=(
        "The output comes out on another device than x and the net were on: it was sent there, or the net "
        "was. Where they are is for the caller to decide."
    ),
    change={
        "h = self.activation(self.trunk(x))": """
            device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
            self.to(device)
            h = self.activation(self.trunk(x.to(device)))
        """,
    },
)

mistake(
    "output-on-the-cpu",
    form_of="output-elsewhere",
    base="plain",
    change={"return self.heads[task](h)": "return self.heads[task](h).cpu()"},
)

mistake(
    "overwrites",
    base="plain",
    says=(
        "A name that is taken is overwritten in silence, as in any dict, and what its head had learnt is "
        "lost."
    ),
    change={
        """
            if name in self.heads:
                raise ValueError(f"there is already a head for {name}")
        """: "",
    },
)

mistake(
    "overwrites-then-complains",
    base="plain",
    says="The ValueError comes too late: the old head has been replaced before the name is looked at.",
    change={
        """
            if name in self.heads:
                raise ValueError(f"there is already a head for {name}")
        """: """
            taken = name in self.heads
        """,
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            if taken:
                raise ValueError(f"there is already a head for {name}")
        """,
    },
)

mistake(
    "plain-dict",
    base="plain",
    weight="whole",
    says=(
        "The heads stand in a plain Python dict, so the model does not know them: they are not trained, not "
        "saved and not moved."
    ),
    source="https://github.com/pytorch/pytorch/issues/632",
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            self.heads = {name: nn.Linear(hidden, size) for name, size in heads.items()}
        """,
    },
)

mistake(
    "plain-dict-when-adding",
    base="plain",
    weight="part",
    says=(
        "A dict display makes a plain dict of the heads, which torch refuses to put in the place of a "
        "module; assign to self.heads[name] instead."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            head = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            self.heads = {**self.heads, name: head}
        """,
    },
)

mistake(
    "rebuilds-all-heads",
    base="plain",
    weight="part",
    says=(
        "add_head makes all heads anew, so what the old ones had learnt is lost, and optimizers go on with "
        "parameters that are no longer used."
    ),
    change={
        """
            head = nn.Linear(self.hidden, out_features)
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """: """
            sizes = {task: head.out_features for task, head in self.heads.items()}
            sizes[name] = out_features
            heads = nn.ModuleDict({task: nn.Linear(self.hidden, size) for task, size in sizes.items()})
            self.heads = heads.to(self.trunk.weight.device, self.trunk.weight.dtype)
        """,
    },
)

mistake(
    "remembers-the-trunk",
    base="plain",
    says=(
        "The trunk's output is kept and used again for the same x; after a step of training the weights are "
        "others, and its graph is gone."
    ),
    change={
        "self.hidden = hidden": """
            self.hidden = hidden
            self.last_x = None
        """,
        """
            h = self.activation(self.trunk(x))
            return self.heads[task](h)
        """: """
            if x is not self.last_x:
                self.last_x = x
                self.last_h = self.activation(self.trunk(x))
            return self.heads[task](self.last_h)
        """,
    },
)

mistake(
    "runs-every-head",
    base="plain",
    says=(
        "All heads run on every call, and one result is picked afterwards: right numbers, but every call "
        "pays for all tasks."
    ),
    change={
        "return self.heads[task](h)": """
            outputs = {name: head(h) for name, head in self.heads.items()}
            return outputs[task]
        """,
    },
)

mistake(
    "runs-frozen-list",
    base="plain",
    says=(
        "The heads are collected into a plain dict when the net is made; forward looks there, so a head that "
        "is added later is not found."
    ),
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})
            self.dispatch = dict(self.heads.items())
        """,
        "if task not in self.heads:": "if task not in self.dispatch:",
        "return self.heads[task](h)": "return self.dispatch[task](h)",
    },
)

mistake(
    "shared-head",
    base="plain",
    weight="part",
    says="dict.fromkeys puts one and the same layer under every name, so all tasks train the same weights.",
    source="https://github.com/deep-learning-with-pytorch/dlwpt-code/issues/89",
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            layers = {size: nn.Linear(hidden, size) for size in heads.values()}
            self.heads = nn.ModuleDict({name: layers[size] for name, size in heads.items()})
        """,
    },
)

mistake(
    "softmax-output",
    base="plain",
    weight="part",
    says=(
        "forward ends with a softmax, but was to return what the head computes; a loss such as cross_entropy "
        "would then apply softmax twice."
    ),
    source="https://github.com/bowang-lab/Transformer-GCN-QA/pull/32",
    change={"return self.heads[task](h)": "return torch.softmax(self.heads[task](h), dim=-1)"},
)

mistake(
    "sorted-heads",
    base="plain",
    says=(
        "The heads are created in sorted order; an nn.ModuleDict keeps the order in which it is filled, so "
        "fill it in the order of the mapping."
    ),
    source="https://github.com/pytorch/pytorch/issues/40227",
    change={
        """
            self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})
        """: """
            self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in sorted(heads.items())})
        """,
    },
)

mistake(
    "squeezed-output",
    base="plain",
    says="The output is squeezed, so a task with one output loses its last dimension.",
    change={"return self.heads[task](h)": "return self.heads[task](h).squeeze()"},
)

mistake(
    "super-forgotten",
    base="activation_modules",
    weight="whole",
    says="super().__init__() is missing, so nn.Module has nowhere to register the layers.",
    source="https://github.com/pytorch/pytorch/issues/37824",
    change={"super().__init__()": ""},
)

mistake(
    "task-assertion",
    base="plain",
    says=(
        "An unknown task fails an assert, which is an AssertionError; a missing name is a KeyError, as it is "
        "in every dict."
    ),
    change={
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            assert task in self.heads, f"unknown task {task}, known tasks: {list(self.heads)}"
        """,
    },
)

mistake(
    "task-value-error",
    base="activation_modules",
    says="An unknown task raises a ValueError; a missing name is a KeyError, as it is in every dict.",
    change={
        "raise KeyError(f\"no head for {task}; there are heads for {', '.join(self.heads)}\")": """
            raise ValueError(f"no head for {task}; there are heads for {', '.join(self.heads)}")
        """,
    },
)

mistake(
    "tasks-of-all-nets",
    base="plain",
    says=(
        "All nets share one list of tasks, as they do where it belongs to the class, so a net believes that "
        "it has the tasks of another one. Keep it in self, or ask self.heads."
    ),
    change={
        "class MultiTaskNet(nn.Module):": """
            class MultiTaskNet(nn.Module):
                tasks = []
        """,
        "super().__init__()": """
            super().__init__()
            self.tasks.extend(heads)
        """,
        """
            if task not in self.heads:
                raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")
        """: """
            if task not in self.tasks:
                raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        """,
        """
                raise ValueError(f"there is already a head for {name}")
        """: """
                raise ValueError(f"there is already a head for {name}")
            self.tasks.append(name)
        """,
    },
)

mistake(
    "tasks-of-the-first-day",
    base="plain",
    says=(
        "The list of tasks in the message was made in __init__, so heads that were added later are missing "
        "from it."
    ),
    change={
        "self.hidden = hidden": """
            self.hidden = hidden
            self.tasks = list(heads)
        """,
        'raise KeyError(f"unknown task {task}, known tasks: {list(self.heads)}")': """
            raise KeyError(f"unknown task {task}, known tasks: {self.tasks}")
        """,
    },
)

mistake(
    "trunk-for-each-task",
    base="plain",
    weight="part",
    says="Each task has a trunk of its own besides the shared one, so the tasks do not learn together.",
    change={
        "self.trunk = nn.Linear(in_features, hidden)": """
            self.trunk = nn.Linear(in_features, hidden)
            self.trunks = nn.ModuleDict({name: nn.Linear(in_features, hidden) for name in heads})
        """,
        "h = self.activation(self.trunk(x))": "h = self.activation(self.trunks[task](x))",
        """
                raise ValueError(f"there is already a head for {name}")
        """: """
                raise ValueError(f"there is already a head for {name}")
            self.trunks[name] = nn.Linear(self.trunk.in_features, self.hidden).to(self.trunk.weight)
        """,
    },
)

mistake(
    "trunk-in-sequential",
    base="plain",
    weight="part",
    says=(
        "The trunk is an nn.Sequential, so its parameters are called trunk.0.weight instead of trunk.weight. "
        "Make self.trunk the nn.Linear itself."
    ),
    change={
        'ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "gelu": F.gelu}': """
            ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "gelu": nn.GELU}
        """,
        "self.activation = ACTIVATIONS[activation]": "",
        "self.trunk = nn.Linear(in_features, hidden)": """
            self.trunk = nn.Sequential(nn.Linear(in_features, hidden), ACTIVATIONS[activation]())
        """,
        "h = self.activation(self.trunk(x))": "h = self.trunk(x)",
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk[0].weight.device, self.trunk[0].weight.dtype)
        """,
    },
)

mistake(
    "trunk-thawed",
    base="plain",
    says=(
        "add_head sets requires_grad of the trunk, alone or with all the net, so a trunk that was frozen on "
        "purpose is trained again. The new head requires a gradient without that."
    ),
    change={
        "self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)": """
            self.heads[name] = head.to(self.trunk.weight.device, self.trunk.weight.dtype)
            self.requires_grad_(True)
        """,
    },
)

mistake(
    "unknown-task-takes-the-first",
    base="activation_modules",
    says=(
        "An unknown task is answered by the first head, so that a typing mistake gives plausible but wrong "
        "outputs."
    ),
    change={
        "raise KeyError(f\"no head for {task}; there are heads for {', '.join(self.heads)}\")": """
            task = next(iter(self.heads))
        """,
    },
)

mistake(
    "zero-heads",
    base="plain",
    says=(
        "All weights of a head start with one value, such as zero, instead of random ones; an nn.Linear "
        "draws them by itself."
    ),
    change={
        "self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})": """
            self.heads = nn.ModuleDict({name: nn.Linear(hidden, size) for name, size in heads.items()})
            for head in self.heads.values():
                nn.init.zeros_(head.weight)
        """,
    },
)

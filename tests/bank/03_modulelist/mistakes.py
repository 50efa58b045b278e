"""Known mistakes of 03_modulelist, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "another-activation",
    base="by_pairs_and_counted",
    weight="part",
    says="Something else than a relu stands between the layers: a relu lets no negative number through.",
    change={"x = F.relu(x)": "x = F.leaky_relu(x)"},
)

mistake(
    "another-name",
    base="by_index",
    weight="part",
    says=(
        "The list of layers has another name than `layers`. The names in a checkpoint begin with it, so the "
        "task fixes it."
    ),
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        """,
        "for layer in self.layers[:-1]:": "for layer in self.linears[:-1]:",
        "return self.layers[-1](x)": "return self.linears[-1](x)",
    },
)

mistake(
    "as-many-steps-as-layers",
    base="order_copied",
    weight="part",
    says=(
        "The loop makes as many steps as there are layers. order may be shorter or longer than that: loop "
        "over order."
    ),
    change={
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            for step in range(len(self.linears)):
                x = self.linears[self.order[step]](x)
        """,
    },
)

mistake(
    "calls-the-list",
    base="by_pairs",
    weight="part",
    says=(
        "The ModuleList itself is called. It has no forward, since it does not know in which order its "
        "layers run; loop over it and call each layer."
    ),
    source="https://github.com/pytorch/pytorch/issues/55459",
    change={
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            return self.layers(x)
        """,
    },
)

mistake(
    "computed-without-graph",
    base="by_pairs",
    weight="part",
    says=(
        "The output is computed under torch.no_grad(), so that it has no graph and nothing can be trained. "
        "Whoever calls the model decides on that, not the model."
    ),
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            with torch.no_grad():
                for layer in self.layers[:-1]:
                    x = F.relu(layer(x))
                return self.layers[-1](x)
        """,
    },
)

mistake(
    "copies-of-the-layers",
    base="by_index",
    weight="part",
    says=(
        "The layers are copied. Whoever passed them in and goes on using or training them has other layers "
        "than the model."
    ),
    change={
        "import torch.nn.functional as F": """
            import copy
            import torch.nn.functional as F
        """,
        "self.linears = nn.ModuleList(linears)": """
            self.linears = nn.ModuleList(copy.deepcopy(layer) for layer in linears)
        """,
    },
)

mistake(
    "cut-off-from-the-graph",
    base="by_pairs",
    weight="part",
    says=(
        "The relu is computed on x.data, which cuts the result off from the graph: the layers before it get "
        "no gradient."
    ),
    change={"x = F.relu(layer(x))": "x = F.relu(layer(x).data)"},
)

mistake(
    "device-of-the-first-call",
    base="order_copied",
    says=(
        "The model asks only in its first call where it is, and sends all later inputs there. When it is "
        "moved afterwards, its weights go and its inputs don't."
    ),
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
            self.device = None
        """,
        "for layer in self.layers[:-1]:": """
            if self.device is None:
                self.device = next(self.parameters()).device
            x = x.to(self.device)
            for layer in self.layers[:-1]:
        """,
    },
)

mistake(
    "device-remembered",
    base="order_copied",
    form_of="device-of-the-first-call",
    says=(
        "The model remembers where it was built and sends x there, although it may have been moved since. "
        "Whoever calls the model has put x beside it already: leave it there."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
            self.device = self.layers[0].weight.device
        """,
        "for layer in self.layers[:-1]:": """
            x = x.to(self.device)
            for layer in self.layers[:-1]:
        """,
    },
)

mistake(
    "each-layer-once",
    base="by_index",
    weight="part",
    says="A layer that comes twice in order runs only once.",
    change={"self.order = order": "self.order = list(dict.fromkeys(order))"},
)

mistake(
    "eats-the-order",
    base="by_index",
    weight="part",
    says=(
        "Each call of forward takes the indices out of order, so that the second call has none left; and if "
        "order is the caller's list, it is empty now."
    ),
    change={
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            todo = self.order if isinstance(self.order, list) else list(self.order)
            while todo:
                x = self.linears[todo.pop(0)](x)
        """,
    },
)

mistake(
    "flattened",
    base="by_pairs",
    weight="part",
    says=(
        "x is brought into two dimensions first, and the dimensions in front are lost. nn.Linear works on "
        "the last dimension and leaves all others as they are."
    ),
    change={
        "for layer in self.layers[:-1]:": """
            x = x.view(-1, self.layers[0].in_features)
            for layer in self.layers[:-1]:
        """,
    },
)

mistake(
    "hidden-layers-all-alike",
    base="appended_and_counted",
    weight="part",
    says=(
        "All hidden layers are made with the first hidden width, as one layer taken several times; the "
        "widths in between are never looked at."
    ),
    source="https://github.com/zalandoresearch/pytorch-vq-vae/issues/2",
    change={
        """
            self.layers = nn.ModuleList()
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            first = [nn.Linear(widths[0], widths[1])]
            hidden = [nn.Linear(widths[1], widths[1])] * (len(widths) - 3)
            last = [nn.Linear(widths[1], widths[-1])] if len(widths) > 2 else []
            self.layers = nn.ModuleList(first + hidden + last)
        """,
    },
)

mistake(
    "index-out-of-range",
    base="appended_and_counted",
    weight="whole",
    says="The loop runs once too often and asks for a width that is not there: n widths make n - 1 layers.",
    change={"for i in range(len(widths) - 1):": "for i in range(len(widths)):"},
)

mistake(
    "kept-in-a-second-list",
    base="by_index",
    says=(
        "The layers are registered, but forward runs a list of them that was made once. A layer that is "
        "replaced later never runs."
    ),
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            linears = [nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])]
            self.layers = nn.ModuleList(linears)
            self._linears = linears
        """,
        "for layer in self.layers[:-1]:": "for layer in self._linears[:-1]:",
        "return self.layers[-1](x)": "return self._linears[-1](x)",
    },
)

mistake(
    "last-layer-left-out",
    base="by_pairs",
    weight="part",
    says="The loop ends before the last layer.",
    change={"return self.layers[-1](x)": "return x"},
)

mistake(
    "last-layer-told-by-its-width",
    base="by_pairs_and_counted",
    weight="part",
    says=(
        "The last layer is told from the others by its width. A hidden layer of the same width then gets no "
        "relu; its place in the list tells it safely."
    ),
    change={
        "for i, layer in enumerate(self.layers):": """
            width = self.layers[-1].out_features
            for layer in self.layers:
        """,
        "if i < len(self.layers) - 1:": "if x.shape[-1] != width:",
    },
)

mistake(
    "layers-gathered",
    base="order_copied",
    says=(
        "Reordered moves all given layers to where the first of them is. They belong to the caller, who may "
        "have spread them over several GPUs because they don't fit on one."
    ),
    change={
        "self.order = list(order)": """
            self.order = list(order)
            first = next(self.linears.parameters(), None)
            if first is not None:
                self.linears.to(first.device)
        """,
    },
)

mistake(
    "layers-not-in-one-list",
    base="by_pairs_and_counted",
    weight="whole",
    says=(
        "The layers are given to nn.ModuleList one by one, as to nn.Sequential. It takes one argument, "
        "something to iterate over."
    ),
    change={
        "self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])": """
            self.layers = nn.ModuleList(*[nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        """,
    },
)

mistake(
    "layers-on-the-first-gpu",
    base="order_copied",
    says=(
        'Reordered moves the given layers, and x, to "cuda", the first GPU, where there is one. They belong '
        "to the caller, who may have put them somewhere else, and moves the model, if at all, with "
        "model.to(...)."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        "self.order = list(order)": """
            self.order = list(order)
            if torch.cuda.is_available():
                self.cuda()
        """,
        "for i in self.order:": """
            if torch.cuda.is_available():
                x = x.cuda()
            for i in self.order:
        """,
    },
)

mistake(
    "layers-reversed",
    base="by_pairs_and_counted",
    weight="part",
    says="The layers run from the last to the first, so the sizes do not fit together.",
    change={"for i, layer in enumerate(self.layers):": "for i, layer in enumerate(reversed(self.layers)):"},
)

mistake(
    "layers-shared",
    base="order_copied",
    weight="part",
    says=(
        "A layer is kept and used again in every model that needs one like it. So all these models train the "
        "same weights."
    ),
    change={
        "import torch.nn.functional as F": """
            import functools
            import torch.nn.functional as F
        """,
        "from torch import nn": """
            from torch import nn


            @functools.lru_cache
            def layer(place, before, after):
                return nn.Linear(before, after)
        """,
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.layers = nn.ModuleList([layer(i, widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """,
    },
)

mistake(
    "layers-unfrozen",
    base="order_copied",
    weight="part",
    says=(
        "Reordered sets requires_grad on the given layers. Whoever froze one of them wants it to stay frozen."
    ),
    change={
        "self.linears = nn.ModuleList(linears)": "self.linears = nn.ModuleList(linears).requires_grad_()"
    },
)

mistake(
    "lazy-layers",
    base="by_pairs_and_counted",
    weight="part",
    says=(
        "nn.LazyLinear learns its first size in the first call. The widths are all known here, so the "
        "weights can be there from the start, and an optimizer can be given them."
    ),
    change={
        "self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])": """
            self.layers = nn.ModuleList([nn.LazyLinear(width) for width in widths[1:]])
        """,
    },
)

mistake(
    "list-in-place-of-modulelist",
    base="appended_and_counted",
    weight="whole",
    says=(
        "A plain list is assigned to the name that holds a ModuleList. Module refuses it, so that layers do "
        "not get lost unnoticed; use append."
    ),
    change={
        """
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            for a, b in zip(widths[:-1], widths[1:]):
                self.layers = list(self.layers) + [nn.Linear(a, b)]
        """,
    },
)

mistake(
    "list-on-the-class",
    base="by_index",
    weight="whole",
    says=(
        "The ModuleList is made once for the class and not for each model: all models share its layers, and "
        "none of them has it registered. Make it in __init__, on self."
    ),
    change={
        "class MLP(nn.Module):": """
            class MLP(nn.Module):
                layers = nn.ModuleList()
        """,
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            for a, b in zip(widths[:-1], widths[1:]):
                self.layers.append(nn.Linear(a, b))
        """,
    },
)

mistake(
    "lists-only",
    base="appended_and_counted",
    weight="part",
    says=(
        "A list is added to widths, which works only if widths is a list as well. A tuple of widths is "
        "allowed; indices and slices work on both."
    ),
    change={
        """
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            hidden = widths[1:-1]
            for a, b in zip([widths[0]] + hidden, hidden + [widths[-1]]):
                self.layers.append(nn.Linear(a, b))
        """,
    },
)

mistake(
    "made-at-first-call",
    base="by_index",
    weight="whole",
    says=(
        "The layers are made in the first call of forward. Until then the model has no parameters, so an "
        "optimizer made before it gets nothing."
    ),
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.widths = widths
            self.layers = None
        """,
        """
            for layer in self.layers[:-1]:
        """: """
            if self.layers is None:
                self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(self.widths[:-1], self.widths[1:]))
            for layer in self.layers[:-1]:
        """,
    },
)

mistake(
    "made-in-forward",
    base="by_index",
    weight="whole",
    form_of="made-at-first-call",
    says=(
        "The layers are made in forward: new ones, with new random weights, in every call, which no "
        "optimizer ever sees. Make them in __init__."
    ),
    source="https://github.com/pytorch/pytorch/issues/1291",
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.widths = widths
        """,
        "for layer in self.layers[:-1]:": """
            layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(self.widths[:-1], self.widths[1:])])
            for layer in layers[:-1]:
        """,
        "return self.layers[-1](x)": "return layers[-1](x)",
    },
)

mistake(
    "made-on-a-chosen-device",
    base="appended_and_counted",
    weight="part",
    says=(
        "The layers are made on a device that the file itself chooses. A new model is on the CPU; whoever "
        "uses it says where it is to be."
    ),
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        "from torch import nn": """
            from torch import nn


            DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        """,
        "self.layers.append(nn.Linear(widths[i], widths[i + 1]))": """
            self.layers.append(nn.Linear(widths[i], widths[i + 1], device=DEVICE))
        """,
        "for i, layer in enumerate(self.layers):": """
            last = len(self.layers) - 1
            for i, layer in enumerate(self.layers):
        """,
        """
            if i < len(self.layers) - 1:
                x = F.relu(x)
        """: """
            if i < last:
                x = torch.relu(x)
        """,
    },
)

mistake(
    "built-on-the-first-gpu",
    form_of="made-on-a-chosen-device",
    base="order_copied",
    weight="part",
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            device = "cuda" if torch.cuda.is_available() else "cpu"
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1], device=device) for i in range(len(widths) - 1)])
        """,
    },
)

mistake(
    "made-on-the-cpu",
    base="order_copied",
    says=(
        "A tensor that forward makes without saying where is on the CPU, wherever the model is. Give it "
        "device=x.device, or make it with zeros_like(x) or x.new_zeros(...)."
    ),
    source="https://github.com/huggingface/transformers/pull/44822",
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        "x = F.relu(layer(x))": """
            x = layer(x)
            x = torch.maximum(x, torch.zeros(x.shape, dtype=x.dtype))
        """,
    },
)

mistake(
    "moduledict-instead",
    base="by_pairs_and_counted",
    says=(
        'The layers are in an nn.ModuleDict under the names "0", "1" and so on. A ModuleList makes these '
        "names itself, and can be indexed with numbers."
    ),
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        """: """
            self.layers = nn.ModuleDict({str(i): nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)})
        """,
        """
            for i, layer in enumerate(self.layers):
                x = layer(x)
                if i < len(self.layers) - 1:
        """: """
            for i in range(len(self.layers)):
                if i > 0:
        """,
        """
                x = F.relu(x)
        """: """
                x = F.relu(x)
            x = self.layers[str(i)](x)
        """,
    },
)

mistake(
    "nested-list",
    base="appended_and_counted",
    weight="whole",
    says=(
        "A list stands inside the ModuleList. It takes modules only; a list of lists needs a ModuleList for "
        "each inner list, too."
    ),
    source="https://github.com/pytorch/pytorch/issues/715",
    change={
        """
            self.layers = nn.ModuleList()
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            blocks = [[nn.Linear(a, b), nn.ReLU()] for a, b in zip(widths[:-2], widths[1:-1])]
            blocks.append([nn.Linear(widths[-2], widths[-1])])
            self.layers = nn.ModuleList(blocks)
        """,
        """
            for i, layer in enumerate(self.layers):
                x = layer(x)
                if i < len(self.layers) - 1:
                    x = F.relu(x)
        """: """
            for block in self.layers:
                for step in block:
                    x = step(x)
        """,
    },
)

mistake(
    "no-bias",
    base="by_pairs_and_counted",
    says="The layers have no bias, so the model has half of its parameters only.",
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        """: """
            self.layers = nn.ModuleList([nn.Linear(a, b, bias=False) for a, b in zip(widths[:-1], widths[1:])])
        """,
    },
)

mistake(
    "no-relu",
    base="by_pairs",
    weight="part",
    says=(
        "No relu stands between the layers, so that together they are one linear map, however many there are."
    ),
    change={
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            for layer in self.layers:
                x = layer(x)
            return x
        """,
    },
)

mistake(
    "no-return",
    base="by_pairs",
    weight="part",
    says="forward ends without a return, so the model gives None.",
    change={"return self.layers[-1](x)": "x = self.layers[-1](x)"},
)

mistake(
    "no-super-init",
    base="by_pairs_and_counted",
    weight="whole",
    says="super().__init__() was not called, so the module has nowhere to register layers yet.",
    source="https://github.com/pytorch/pytorch/issues/37824",
    change={
        """
            def __init__(self, widths):
                super().__init__()
        """: """
            def __init__(self, widths):
        """,
    },
)

mistake(
    "not-chained",
    base="order_copied",
    weight="part",
    says="Each layer is given x itself, not what came out of the layer before it.",
    change={
        """
                x = self.linears[i](x)
            return x
        """: """
                y = self.linears[i](x)
            return y
        """,
    },
)

mistake(
    "one-layer-many-times",
    base="appended_and_counted",
    weight="part",
    says=(
        "A layer is made once and used in several places, so these places share one weight: the model has "
        "fewer parameters than it seems to have."
    ),
    source="https://github.com/deep-learning-with-pytorch/dlwpt-code/issues/89",
    change={
        """
            self.layers = nn.ModuleList()
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            sizes = list(zip(widths[:-1], widths[1:]))
            made = {size: nn.Linear(*size) for size in sizes}
            self.layers = nn.ModuleList(made[size] for size in sizes)
        """,
    },
)

mistake(
    "one-layer-short",
    base="appended_and_counted",
    weight="part",
    says="There is one layer too few: n widths make n - 1 layers.",
    change={
        """
            for i in range(len(widths) - 1):
                self.layers.append(nn.Linear(widths[i], widths[i + 1]))
        """: """
            for i in range(1, len(widths) - 1):
                self.layers.append(nn.Linear(widths[i - 1], widths[i]))
        """,
    },
)

mistake(
    "order-backwards",
    base="order_copied",
    weight="part",
    says=(
        "order is followed from its end: the last index runs first. b(a(c(x))) is written with c at the "
        "right, but c runs first."
    ),
    change={"for i in self.order:": "for i in reversed(self.order):"},
)

mistake(
    "order-ignored",
    base="order_copied",
    weight="part",
    says=(
        "The layers run in the order in which they stand. It is for order to say which one comes first, "
        "second, third."
    ),
    change={
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            for layer in self.linears:
                x = layer(x)
        """,
    },
)

mistake(
    "order-in-the-state",
    base="by_index",
    says=(
        "order is registered with the model, so that it becomes a part of state_dict(), next to the weights. "
        "It is a part of how the model is built: a plain attribute is enough."
    ),
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        "self.order = order": 'self.register_buffer("order", torch.tensor(order))',
    },
)

mistake(
    "order-read-as-places",
    base="order_copied",
    weight="part",
    says=(
        "The layers are sorted by the numbers in order, as if order said where each layer goes. It says "
        "which layer runs first, second, third."
    ),
    change={
        "for i in self.order:": """
            pairs = sorted(zip(self.order, range(len(self.linears))))
            for _, i in pairs:
        """,
    },
)

mistake(
    "order-used-up",
    base="by_index",
    weight="part",
    form_of="eats-the-order",
    says=(
        "The first call uses up or changes what the model remembers of order, so that the second one runs "
        "other layers, or none."
    ),
    change={"self.order = order": "self.order = iter(order)"},
)

mistake(
    "output-layer-apart",
    base="by_index",
    weight="part",
    says="The last layer is an attribute of its own. `layers` must hold all layers, the last one too.",
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-2], widths[1:-1])])
            self.output = nn.Linear(widths[-2], widths[-1])
        """,
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            for layer in self.layers:
                x = torch.relu(layer(x))
            return self.output(x)
        """,
    },
)

mistake(
    "plain-dict",
    base="appended_and_counted",
    weight="whole",
    says=(
        "The layers stand in a plain Python dict, which hides them from the model as a list does: no "
        "parameters, an empty state_dict."
    ),
    source="https://github.com/pytorch/pytorch/issues/632",
    change={
        "self.layers = nn.ModuleList()": "self.layers = {}",
        "self.layers.append(nn.Linear(widths[i], widths[i + 1]))": """
            self.layers[str(i)] = nn.Linear(widths[i], widths[i + 1])
        """,
        "for i, layer in enumerate(self.layers):": "for name, layer in self.layers.items():",
        "if i < len(self.layers) - 1:": "if name != str(len(self.layers) - 1):",
    },
)

mistake(
    "plain-list",
    base="by_index",
    weight="whole",
    says=(
        "The layers stand in a plain Python list, so the model does not know them: parameters() and "
        "state_dict() leave them out."
    ),
    source="https://github.com/pytorch/pytorch/issues/715",
    change={
        """
            self.layers = nn.ModuleList([nn.Linear(widths[i], widths[i + 1]) for i in range(len(widths) - 1)])
        """: """
            self.layers = [nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])]
        """,
    },
)

mistake(
    "put-in-running-order",
    base="by_index",
    weight="part",
    says=(
        "The layers are put into the list in the order in which they run. Where a layer stands and when it "
        "runs are two things: the names in a checkpoint follow the places."
    ),
    change={
        """
            self.linears = nn.ModuleList(linears)
            self.order = order
        """: """
            self.linears = nn.ModuleList([linears[i] for i in order])
        """,
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            for layer in self.linears:
                x = layer(x)
        """,
    },
)

mistake(
    "registered-twice",
    base="by_pairs",
    says=(
        "The same layers are registered a second time, in a Sequential beside the list. The parameters are "
        "right, but state_dict() has every weight under two names."
    ),
    change={
        "self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])": """
            self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
            steps = []
            for layer in self.layers:
                steps += [layer, nn.ReLU()]
            self.net = nn.Sequential(*steps[:-1])
        """,
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            return self.net(x)
        """,
    },
)

mistake(
    "relu-after-the-last",
    base="by_pairs",
    weight="part",
    says="A relu follows the last layer, too, so the model can not give a negative number.",
    change={
        "for layer in self.layers[:-1]:": "for layer in self.layers:",
        "return self.layers[-1](x)": "return x",
    },
)

mistake(
    "relu-before-the-first",
    base="by_pairs",
    weight="part",
    says=(
        "A relu stands before the first layer, which cuts off the negative numbers in x before any layer has "
        "seen them."
    ),
    change={
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            for layer in self.layers:
                x = layer(F.relu(x))
            return x
        """,
    },
)

mistake(
    "relu-in-between",
    base="order_copied",
    weight="part",
    says="There is a relu between the layers of Reordered, as in MLP. Here nothing stands between them.",
    change={
        """
            for i in self.order:
                x = self.linears[i](x)
            return x
        """: """
            for i in self.order[:-1]:
                x = F.relu(self.linears[i](x))
            return self.linears[self.order[-1]](x)
        """,
    },
)

mistake(
    "relu-only-once",
    base="by_pairs",
    weight="part",
    says="There is one relu, after the first layer. Each layer but the last is followed by one.",
    change={
        """
            for layer in self.layers[:-1]:
                x = F.relu(layer(x))
            return self.layers[-1](x)
        """: """
            first, *others = self.layers
            x = first(x)
            if others:
                x = F.relu(x)
            for layer in others:
                x = layer(x)
            return x
        """,
    },
)

mistake(
    "relus-in-the-list",
    base="appended_and_counted",
    weight="part",
    says=(
        "The relus stand in `layers`, too, so that the second linear layer is number 2 and not 1. `layers` "
        "holds the linear layers only; call the relu in forward."
    ),
    change={
        "for i in range(len(widths) - 1):": """
            for i in range(len(widths) - 1):
                if i > 0:
                    self.layers.append(nn.ReLU())
        """,
        "for i, layer in enumerate(self.layers):": "for layer in self.layers:",
        """
            if i < len(self.layers) - 1:
                x = F.relu(x)
        """: "",
    },
)

mistake(
    "reordered-cut-off",
    base="order_copied",
    weight="part",
    says="The input of each layer is detached, so that no gradient reaches the layers before it, nor x.",
    change={"x = self.linears[i](x)": "x = self.linears[i](x.detach())"},
)

mistake(
    "reordered-nested-list",
    base="by_index",
    weight="part",
    says=(
        "The list of layers is put into a second list, and nn.ModuleList finds a list in it where it needs a "
        "module. linears is something to iterate over already."
    ),
    change={"self.linears = nn.ModuleList(linears)": "self.linears = nn.ModuleList([linears])"},
)

mistake(
    "reordered-plain-list",
    base="by_index",
    weight="part",
    says="Reordered keeps its layers in the plain list that it was given, so the model does not know them.",
    source="https://github.com/pytorch/pytorch/issues/59925",
    change={"self.linears = nn.ModuleList(linears)": "self.linears = linears"},
)

mistake(
    "reordered-row-added",
    base="order_copied",
    weight="part",
    says=(
        "An x with one dimension becomes a row of a batch, and the output is a batch of one row, too. x goes "
        "through the layers as it is; nn.Linear takes any number of dimensions."
    ),
    change={
        "for i in self.order:": """
            if x.dim() == 1:
                x = x[None]
            for i in self.order:
        """,
    },
)

mistake(
    "reordered-sequential",
    base="by_index",
    says=(
        "Reordered keeps its layers in an nn.Sequential. That says that they run as they stand, which is "
        "just what they do not do here; a ModuleList promises no order."
    ),
    change={"self.linears = nn.ModuleList(linears)": "self.linears = nn.Sequential(*linears)"},
)

mistake(
    "reordered-steps-kept",
    base="by_index",
    says=(
        "The layers are registered, but forward runs a list in running order that was made once. A layer "
        "that is replaced later never runs."
    ),
    change={
        "self.order = order": "self.steps = [linears[i] for i in order]",
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            for layer in self.steps:
                x = layer(x)
        """,
    },
)

mistake(
    "return-in-the-loop",
    base="by_pairs_and_counted",
    weight="part",
    says="The return stands inside the loop, so forward ends after the first layer.",
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        "for i, layer in enumerate(self.layers):": """
            last = len(self.layers) - 1
            for i, layer in enumerate(self.layers):
        """,
        """
                if i < len(self.layers) - 1:
                    x = F.relu(x)
            return x
        """: """
                if i < last:
                    x = torch.relu(x)
                return x
        """,
    },
)

mistake(
    "sequential-instead",
    base="by_pairs_and_counted",
    says=(
        "The layers are in an nn.Sequential. Names and outputs are right, but the task asks for an "
        "nn.ModuleList: a Sequential promises that calling it is what the model does, and here relus stand "
        "between its layers."
    ),
    change={
        "self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])": """
            self.layers = nn.Sequential(*[nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        """,
    },
)

mistake(
    "something-after-the-last",
    base="by_pairs_and_counted",
    weight="part",
    says=(
        "Something follows the last layer that makes all outputs positive. The output of an MLP is what its "
        "last layer gives; a softmax, if any, belongs to the loss."
    ),
    change={
        "import torch.nn.functional as F": """
            import torch
            import torch.nn.functional as F
        """,
        """
                    x = F.relu(x)
            return x
        """: """
                    x = F.relu(x)
            return torch.softmax(x, dim=-1)
        """,
    },
)

mistake(
    "squeezed",
    base="order_copied",
    weight="part",
    says=(
        "A dimension of size 1 is removed from the output, so that one row in gives no row out. nn.Linear "
        "works on the last dimension and leaves those in front as they are, also those of size 1."
    ),
    change={"return self.layers[-1](x)": "return self.layers[-1](x).squeeze(0)"},
)

mistake(
    "steps-registered-too",
    base="by_index",
    says=(
        "Beside the layers as they stand, the layers in running order are registered as well, so that "
        "state_dict() has the same weights under two names."
    ),
    change={
        "self.order = order": "self.steps = nn.ModuleList(self.linears[i] for i in order)",
        """
            for i in self.order:
                x = self.linears[i](x)
        """: """
            for layer in self.steps:
                x = layer(x)
        """,
    },
)

mistake(
    "swapped-sizes",
    base="by_pairs_and_counted",
    weight="whole",
    says=(
        "The two sizes of nn.Linear are the wrong way round: the first is what comes in, the second what "
        "goes out."
    ),
    change={
        "self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])": """
            self.layers = nn.ModuleList([nn.Linear(b, a) for a, b in zip(widths[:-1], widths[1:])])
        """,
    },
)

mistake(
    "turns-the-callers-list",
    base="by_index",
    weight="part",
    says=(
        "The list of layers that was given is turned round in place, so the layers stand in other places "
        "than the caller put them, in the model and in the caller's own list."
    ),
    change={
        "self.linears = nn.ModuleList(linears)": """
            linears.reverse()
            self.linears = nn.ModuleList(linears)
        """,
    },
)

mistake(
    "unused-layers-dropped",
    base="by_index",
    weight="part",
    says=(
        "Layers that do not come in order are not registered, and the numbers of the others change. All "
        "given layers belong into the list."
    ),
    change={
        """
            self.linears = nn.ModuleList(linears)
            self.order = order
        """: """
            used = sorted(set(order))
            self.linears = nn.ModuleList(linears[i] for i in used)
            self.order = [used.index(i) for i in order]
        """,
    },
)

mistake(
    "writes-into-x",
    base="by_pairs",
    weight="part",
    says=(
        "The input is centred in place. That changes the numbers of whoever called the model, and it is not "
        "asked for either."
    ),
    change={
        "for layer in self.layers[:-1]:": """
            x -= x.mean(dim=-1, keepdim=True)
            for layer in self.layers[:-1]:
        """,
    },
)

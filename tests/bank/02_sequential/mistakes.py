"""Known mistakes of 02_sequential, each an edit of a right answer."""

from grader.judge.bank import mistake

mistake(
    "append-makes-a-new-one",
    base="plain",
    says=(
        "append returns a new container and leaves the old one as it was. It should change the container and "
        "return that."
    ),
    change={
        """
            self.add_module(str(len(self)), module)
            return self
        """: """
            return type(self)(*self, module)
        """,
    },
)

mistake(
    "append-moves",
    base="fills_modules_again",
    says=(
        "append moves the module to where the row is. The module belongs to the caller, and net.to(...) is "
        "what moves things."
    ),
    change={
        "self.add_module(str(len(self)), module)": """
            self.add_module(str(len(self)), module)
            first = next(self.parameters(), None)
            if first is not None:
                self.to(first.device)
        """,
    },
)

mistake(
    "append-rebuilds",
    base="plain",
    says=(
        "append calls __init__ again, which makes the container anew, and hooks are forgotten. Register the "
        "new module and leave the rest alone."
    ),
    change={
        "self.add_module(str(len(self)), module)": """
            named = OrderedDict(self._modules)
            if not isinstance(module, nn.Module):
                raise TypeError(f"{module} is not a Module")
            named[str(len(named))] = module
            self.__init__(named)
        """,
    },
)

mistake(
    "append-returns-none",
    base="plain",
    says="append returns nothing, so calls can not be chained. End it with return self.",
    change={
        """
            self.add_module(str(len(self)), module)
            return self
        """: """
            self.add_module(str(len(self)), module)
        """,
    },
)

mistake(
    "append-sets-mode",
    base="plain",
    says=(
        "append puts the new module into the mode of the row. The module belongs to the caller, who may have "
        "frozen it with eval(); net.train() and net.eval() are what changes modes."
    ),
    change={
        "self.add_module(str(len(self)), module)": """
            self.add_module(str(len(self)), module.train(self.training))
        """,
    },
)

mistake(
    "append-skips-known",
    base="plain",
    says=(
        "append leaves out a module that is in the row already. The same object may stand in two places: it "
        "then counts, and runs, twice."
    ),
    change={
        "self.add_module(str(len(self)), module)": """
            if module not in self._modules.values():
                self.add_module(str(len(self)), module)
        """,
    },
)

mistake(
    "append-trains",
    base="plain",
    says=(
        "append puts the row into training mode. Who appends something in eval mode has the row in eval mode "
        "afterwards, too."
    ),
    change={
        """
            self.add_module(str(len(self)), module)
            return self
        """: """
            self.add_module(str(len(self)), module)
            return self.train()
        """,
    },
)

mistake(
    "append-unchecked",
    base="plain",
    says="append writes into _modules directly and so takes anything. add_module checks what it gets.",
    change={"self.add_module(str(len(self)), module)": "self._modules[str(len(self))] = module"},
)

mistake(
    "assertion-not-typeerror",
    base="plain",
    says=(
        "What is not a Module is refused with an assert. That raises AssertionError, and nothing at all "
        "under python -O; the right error for a wrong type is TypeError."
    ),
    change={
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            items = modules[0].items()
        """,
        """
                for i, module in enumerate(modules):
                    self.add_module(str(i), module)
        """: """
                items = [(str(i), module) for i, module in enumerate(modules)]
            for name, module in items:
                assert isinstance(module, nn.Module), "not a module"
                self.add_module(name, module)
        """,
    },
)

mistake(
    "copied-code",
    form_of="borrowed-methods",
    base="plain",
    weight="part",
    says=(
        "forward is made from the code object of torch.nn.Sequential's forward, under another file's name. "
        "It is still torch's and not yours."
    ),
    change={
        "from collections import OrderedDict": """
            import types
            from collections import OrderedDict
        """,
        "from torch import nn": """
            from torch import nn


            _code = getattr(nn, "Sequen" + "tial").forward.__code__.replace(co_filename=__file__)
        """,
        """
            def forward(self, x):
                for module in self._modules.values():
                    x = module(x)
                return x
        """: """
            forward = types.FunctionType(_code, {}, "forward")
        """,
    },
)

mistake(
    "built-on-the-first-gpu",
    base="fills_modules_again",
    says=(
        'Building moves the modules to "cuda", the first GPU, where there is one. They belong to the caller, '
        "who may have put them somewhere else and moves the row, if at all, with net.to(...)."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        """
                    self.add_module(str(index), module)
        """: """
                    self.add_module(str(index), module)
            if torch.cuda.is_available():
                self.cuda()
        """,
    },
)

mistake(
    "child-forward",
    base="plain",
    says="The loop calls module.forward(x), which skips the hooks of the module. Call module(x).",
    source="https://bowen0701.github.io/research-eng/Why-not-model.forward%28%29-but-model%28%29",
    change={"x = module(x)": "x = module.forward(x)"},
)

mistake(
    "children-counted-once",
    base="plain",
    says=(
        "The length is taken from children(), which gives a module that stands in two places only once. "
        "Count what is in _modules."
    ),
    change={"return len(self._modules)": "return len(list(self.children()))"},
)

mistake(
    "children-once",
    base="plain",
    says=(
        "forward goes through children(), which leaves out modules that it has seen: a module that stands in "
        "two places runs once. Go through _modules."
    ),
    change={"for module in self._modules.values():": "for module in self.children():"},
)

mistake(
    "classes-accepted",
    base="plain",
    says=(
        "A class such as nn.ReLU is turned into an instance instead of refused. With nn.Linear that can not "
        "work, so torch refuses all classes."
    ),
    change={
        "from torch import nn": """
            from torch import nn


            def instance(module):
                return module() if isinstance(module, type) else module
        """,
        "self.add_module(name, module)": "self.add_module(name, instance(module))",
        "self.add_module(str(i), module)": "self.add_module(str(i), instance(module))",
    },
)

mistake(
    "copies",
    base="plain",
    weight="part",
    says=(
        "The modules are copied on their way in, so the container trains its own copies, and what the caller "
        "holds stays as it was."
    ),
    change={
        "from collections import OrderedDict": """
            import copy
            from collections import OrderedDict
        """,
        "self.add_module(name, module)": "self.add_module(name, copy.deepcopy(module))",
        "self.add_module(str(i), module)": "self.add_module(str(i), copy.deepcopy(module))",
    },
)

mistake(
    "counter-never-goes-back",
    base="plain",
    says=(
        "append takes its number from a counter, which knows nothing of del: after a deletion, numbers have "
        "gaps. The length is the number."
    ),
    change={
        """
                    self.add_module(str(i), module)
        """: """
                    self.add_module(str(i), module)
            self.count = len(self._modules)
        """,
        "self.add_module(str(len(self)), module)": """
            self.add_module(str(self.count), module)
            self.count += 1
        """,
    },
)

mistake(
    "counts-from-one",
    base="plain",
    weight="part",
    says='The names begin with "1". Torch counts from "0", so no state_dict would fit.',
    change={
        "for i, module in enumerate(modules):": "for i, module in enumerate(modules, 1):",
        "self.add_module(str(len(self)), module)": "self.add_module(str(len(self) + 1), module)",
        "self._modules = {str(i): m for i, m in enumerate(self._modules.values())}": """
            self._modules = {str(i): m for i, m in enumerate(self._modules.values(), 1)}
        """,
    },
)

mistake(
    "del-by-name",
    base="plain",
    says="The position is used as a name, so del fails for negative positions and for given names.",
    change={
        """
            name = list(self._modules)[index]
            del self._modules[name]
        """: """
            del self._modules[str(index)]
        """,
    },
)

mistake(
    "del-forgets-backward-hooks",
    base="plain",
    says=(
        "del calls __init__ again and puts back the mode and the forward hooks, but there is more that a "
        "Module remembers, such as backward hooks. Change _modules and leave the rest alone."
    ),
    change={
        """
            name = list(self._modules)[index]
            del self._modules[name]
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
            rest = list(self)
            del rest[index]
            hooks, training = self._forward_hooks, self.training
            self.__init__(*rest)
            self._forward_hooks = hooks
            self.training = training
        """,
    },
)

mistake(
    "del-leaves-gap",
    base="plain",
    says=(
        "The module is deleted, but the others keep their numbers, so there is a gap, and the next append "
        "overwrites a module."
    ),
    source="https://github.com/pytorch/pytorch/pull/81601",
    change={
        """
            name = list(self._modules)[index]
            del self._modules[name]
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
            del self._modules[list(self._modules)[index]]
        """,
    },
)

mistake(
    "del-moves",
    base="fills_modules_again",
    says=(
        "del moves the module that it takes out to the CPU. The module belongs to the caller, and may still "
        "be in use somewhere else."
    ),
    change={
        "modules = list(self._modules.values())": """
            modules = list(self._modules.values())
            modules[index].cpu()
        """,
    },
)

mistake(
    "del-out-of-range-ignored",
    base="fills_modules_again",
    says=(
        "A position that is not there is ignored by del. A wrong position is most often a bug, so it should "
        "be an IndexError."
    ),
    change={
        "return type(self)(OrderedDict(list(self._modules.items())[index]))": """
            return self.__class__(OrderedDict(list(self._modules.items())[index]))
        """,
        """
            modules = list(self._modules.values())
            del modules[index]
        """: """
            if index < 0:
                index += len(self)
            modules = [module for number, module in enumerate(self) if number != index]
        """,
        "self._modules[str(number)] = module": "self.add_module(str(number), module)",
    },
)

mistake(
    "del-rebuilds",
    base="plain",
    says=(
        "del calls __init__ again, which makes the container anew, and hooks are forgotten. Change _modules "
        "and leave the rest alone."
    ),
    change={
        """
            name = list(self._modules)[index]
            del self._modules[name]
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
            rest = list(self)
            del rest[index]
            self.__init__(*rest)
        """,
    },
)

mistake(
    "del-removes-every-place",
    base="fills_modules_again",
    says="All places of the module are deleted, not only the one that was named.",
    change={
        "return type(self)(OrderedDict(list(self._modules.items())[index]))": """
            return self.__class__(OrderedDict(list(self._modules.items())[index]))
        """,
        """
            modules = list(self._modules.values())
            del modules[index]
        """: """
            gone = self[index]
            modules = [module for module in self if module is not gone]
        """,
        "self._modules[str(number)] = module": "self.add_module(str(number), module)",
    },
)

mistake(
    "del-sets-modes",
    base="plain",
    says=(
        "del changes the mode, train or eval, of the modules themselves. One that was put into the other "
        "mode than the row, to freeze it, must stay so."
    ),
    change={
        "self._modules = {str(i): m for i, m in enumerate(self._modules.values())}": """
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
            for module in self._modules.values():
                module.train(self.training)
        """,
    },
)

mistake(
    "del-trains",
    base="plain",
    says="del puts the row into training mode. It takes one module out and leaves the mode as it is.",
    change={
        "self._modules = {str(i): m for i, m in enumerate(self._modules.values())}": """
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
            self.train()
        """,
    },
)

mistake(
    "detached",
    base="plain",
    weight="part",
    says="Between the modules the result is detached from the graph, so only the last module gets gradients.",
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "for module in self._modules.values():": """
            for module in self._modules.values():
                if torch.is_tensor(x):
                    x = x.detach()
        """,
    },
)

mistake(
    "device-remembered",
    base="fills_modules_again",
    says=(
        "The row remembers where its modules were when it was built, and sends x there, although net.to(...) "
        "may have moved the modules since. Whoever calls net(x) has put x beside the first module: leave it "
        "there."
    ),
    source="https://github.com/Lightning-AI/pytorch-lightning/issues/6413",
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        """
                    self.add_module(str(index), module)
        """: """
                    self.add_module(str(index), module)
            parameters = list(self.parameters())
            self.device = parameters[0].device if parameters else None
        """,
        "def forward(self, x):": """
            def forward(self, x):
                if isinstance(x, torch.Tensor):
                    x = x.to(self.device)
        """,
    },
)

mistake(
    "dict-before-others",
    base="plain",
    says=(
        "When the first argument is an OrderedDict, the others are dropped without a word. It should be "
        "alone: look at the number of arguments too."
    ),
    change={
        "if len(modules) == 1 and isinstance(modules[0], OrderedDict):": """
            if modules and isinstance(modules[0], OrderedDict):
        """,
    },
)

mistake(
    "empties-the-dict",
    base="plain",
    says=(
        "The entries are popped off the OrderedDict that was given, so it is empty afterwards. Go through "
        "items() instead."
    ),
    change={
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            given = modules[0]
            while given:
                self.add_module(*given.popitem(last=False))
        """,
    },
)

mistake(
    "empty-fails",
    base="plain",
    says=(
        "forward takes the first module out before the loop, so an empty row raises an error. An empty row "
        "returns its input."
    ),
    change={
        "for module in self._modules.values():": """
            first, *rest = self._modules.values()
            x = first(x)
            for module in rest:
        """,
    },
)

mistake(
    "empty-returns-none",
    base="plain",
    says=(
        "The result begins as None and is set in the loop, so an empty row returns None. An empty row "
        "returns its input."
    ),
    change={
        """
            for module in self._modules.values():
                x = module(x)
            return x
        """: """
            y = None
            for i, module in enumerate(self._modules.values()):
                y = module(x if i == 0 else y)
            return y
        """,
    },
)

mistake(
    "empty-slice-refused",
    base="plain",
    says=(
        "A slice in which nothing stands raises IndexError. As with a list, it is an empty container; only a "
        "single position can be out of range."
    ),
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            part = list(self._modules.items())[index]
            if not part:
                raise IndexError("the slice is empty")
            return type(self)(OrderedDict(part))
        """,
    },
)

mistake(
    "eval-at-the-start",
    base="plain",
    says=(
        "The constructor ends with self.eval(), so the container and all modules in it start in eval mode. A "
        "new Module is in training mode, and building should change nothing about the modules."
    ),
    change={
        """
                    self.add_module(str(i), module)
        """: """
                    self.add_module(str(i), module)
            self.eval()
        """,
    },
)

mistake(
    "every-module-gets-x",
    base="plain",
    weight="part",
    says=(
        "Every module gets the input, and only what the last one makes of it comes back. Each should get "
        "what the one before it returned."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                out = x
        """,
        """
                x = module(x)
            return x
        """: """
                out = module(x)
            return out
        """,
    },
)

mistake(
    "first-takes-several",
    base="plain",
    says=(
        "Several inputs are handed to the first module. Torch takes exactly one, so that every row can stand "
        "in another row."
    ),
    source="https://github.com/pytorch/pytorch/issues/19808",
    change={
        """
            def forward(self, x):
                for module in self._modules.values():
        """: """
            def forward(self, *inputs):
                modules = list(self._modules.values())
                if not modules:
                    (x,) = inputs if len(inputs) == 1 else (None,)
                    if len(inputs) != 1:
                        raise TypeError("one input expected")
                    return x
                x = modules[0](*inputs)
                for module in modules[1:]:
        """,
    },
)

mistake(
    "forward-sets-modes",
    base="plain",
    says=(
        "forward puts every module into a mode, train or eval. A module that was frozen with eval() inside "
        "of a row that trains must stay so; net.train() and net.eval() are what changes modes."
    ),
    change={
        "for module in self._modules.values():": """
            for module in self._modules.values():
                module.train(self.training)
        """,
    },
)

mistake(
    "inherits-from-moduledict",
    base="plain",
    weight="whole",
    says=(
        "The class inherits from torch.nn.ModuleDict, which does most of the work. Start from nn.Module: it "
        "has add_module and _modules already."
    ),
    change={
        "class Sequential(nn.Module):": "class Sequential(nn.ModuleDict):",
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            self.update(modules[0])
        """,
        """
            for i, module in enumerate(modules):
                self.add_module(str(i), module)
        """: """
            self.update({str(i): module for i, module in enumerate(modules)})
        """,
    },
)

mistake(
    "iterates-over-names",
    base="plain",
    says="A loop over the container gives the names, as with a dict. It should give the modules.",
    change={"return iter(self._modules.values())": "return iter(self._modules)"},
)

mistake(
    "key-error",
    base="plain",
    says="A position that is not there raises KeyError. Lists raise IndexError, and so does torch.",
    change={
        "return list(self._modules.values())[index]": """
            by_position = dict(enumerate(self))
            return by_position[index if index >= 0 else index + len(self)]
        """,
    },
)

mistake(
    "last-left-out",
    base="plain",
    weight="part",
    says="The last module is never called. It counts as much as the others.",
    change={"for module in self._modules.values():": "for module in list(self._modules.values())[:-1]:"},
)

mistake(
    "length-counted-beside-modules",
    base="plain",
    says=(
        "The length is a number of its own, which only append and del keep up to date. It is wrong as soon "
        "as somebody else adds a module: take it from _modules."
    ),
    change={
        """
                    self.add_module(str(i), module)
        """: """
                    self.add_module(str(i), module)
            self.length = len(self._modules)
        """,
        "return len(self._modules)": "return self.length",
        "self.add_module(str(len(self)), module)": """
            self.add_module(str(self.length), module)
            self.length += 1
        """,
        "self._modules = {str(i): m for i, m in enumerate(self._modules.values())}": """
            self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
            self.length -= 1
        """,
    },
)

mistake(
    "list-accepted",
    base="plain",
    says=(
        "A list of modules is unpacked instead of refused. That is friendly, but Sequential([a, b]) is an "
        "error in torch, and code that relies on yours breaks there."
    ),
    source="https://discuss.pytorch.org/t/when-should-i-use-nn-modulelist-and-when-should-i-use-nn-sequential/5463/18",
    change={
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            items = modules[0].items()
        """,
        """
                for i, module in enumerate(modules):
                    self.add_module(str(i), module)
        """: """
                if len(modules) == 1 and isinstance(modules[0], (list, tuple)):
                    modules = modules[0]
                items = ((str(i), module) for i, module in enumerate(modules))
            for name, module in items:
                self.add_module(name, module)
        """,
    },
)

mistake(
    "list-beside-modules",
    base="fills_modules_again",
    says=(
        "The modules are registered, but a list beside _modules is what runs, and what loops and positions "
        "give. As soon as somebody replaces or adds a module, the two disagree. Keep only _modules."
    ),
    change={
        """
                    self.add_module(str(index), module)
        """: """
                    self.add_module(str(index), module)
            self.row = list(self._modules.values())
        """,
        "for module in self._modules.values():": "for module in self.row:",
        "return len(self._modules)": "return len(self.row)",
        "return iter(self._modules.values())": "return iter(self.row)",
        "return list(self._modules.values())[index]": "return self.row[index]",
        "self.add_module(str(len(self)), module)": """
            self.add_module(str(len(self.row)), module)
            self.row.append(module)
        """,
        """
            modules = list(self._modules.values())
            del modules[index]
        """: """
            del self.row[index]
        """,
        """
            for number, module in enumerate(modules):
                self._modules[str(number)] = module
        """: """
            for i, module in enumerate(self.row):
                self.add_module(str(i), module)
        """,
    },
)

mistake(
    "list-that-runs-beside-modules",
    base="plain",
    says=(
        "What net(x) runs is kept beside _modules, where only append and del keep it up to date. What others "
        "put into _modules never runs."
    ),
    change={
        """
                    self.add_module(str(i), module)
        """: """
                    self.add_module(str(i), module)
            self.plan = None
        """,
        "for module in self._modules.values():": """
            if self.plan is None:
                self.plan = list(self._modules.values())
            for module in self.plan:
        """,
        "def append(self, module):": """
            def append(self, module):
                self.plan = None
        """,
        "def __delitem__(self, index):": """
            def __delitem__(self, index):
                self.plan = None
        """,
    },
)

mistake(
    "modules-follow-x",
    base="fills_modules_again",
    says=(
        "Each module is moved to where its input is. Somebody may have spread the modules over several GPUs "
        "because they don't fit on one; leave them there."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "for module in self._modules.values():": """
            for module in self._modules.values():
                if isinstance(x, torch.Tensor):
                    module.to(x.device)
        """,
    },
)

mistake(
    "modules-not-children",
    base="plain",
    weight="part",
    says=(
        "forward goes through modules(), which begins with the container itself, so it calls itself without "
        "end. _modules holds what you want."
    ),
    change={"for module in self._modules.values():": "for module in self.modules():"},
)

mistake(
    "names-changed",
    base="plain",
    says=(
        "A name with a dot is changed, so the module is registered under another name than the one that was "
        "asked for. A name that can not be one is an error."
    ),
    source="https://github.com/pytorch/vision/issues/809",
    change={"self.add_module(name, module)": 'self.add_module(name.replace(".", "_"), module)'},
)

mistake(
    "names-lost",
    base="plain",
    says=(
        "The names of the OrderedDict are thrown away: only its values are used, and numbered. Then no "
        "state_dict that was saved under the names fits."
    ),
    source="https://github.com/pytorch/tensordict/issues/1126",
    change={
        """
                for name, module in modules[0].items():
                    self.add_module(name, module)
            else:
                for i, module in enumerate(modules):
                    self.add_module(str(i), module)
        """: """
                modules = modules[0].values()
            for i, module in enumerate(modules):
                self.add_module(str(i), module)
        """,
    },
)

mistake(
    "names-sorted",
    base="plain",
    says=(
        "The names are sorted, so the modules run in alphabetical order. An OrderedDict says the order "
        "itself."
    ),
    change={"for name, module in modules[0].items():": "for name, module in sorted(modules[0].items()):"},
)

mistake(
    "names-unchecked",
    base="plain",
    says=(
        "Modules are registered under any name, also an empty one or one with a dot, which state_dict() then "
        "can't tell apart. add_module refuses what can not be a name."
    ),
    source="https://github.com/pytorch/vision/issues/809",
    change={
        "self.add_module(name, module)": """
            if not isinstance(module, nn.Module):
                raise TypeError(f"{name}: {module!r} is no Module")
            self._modules[name] = module
        """,
    },
)

mistake(
    "no-grad",
    base="plain",
    weight="part",
    says="forward runs under no_grad, so nothing in the row can be trained.",
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
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
        "In eval mode, forward runs under no_grad. But eval() only changes what modules such as Dropout do; "
        "whether gradients are wanted is up to the caller, who writes torch.no_grad() around the call."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        """
            for module in self._modules.values():
                x = module(x)
        """: """
            with torch.set_grad_enabled(torch.is_grad_enabled() and self.training):
                for module in self._modules.values():
                    x = module(x)
        """,
    },
)

mistake(
    "no-return",
    base="plain",
    weight="part",
    says="forward runs all modules, but returns nothing.",
    change={"return x": ""},
)

mistake(
    "no-super-init",
    base="plain",
    weight="whole",
    says="super().__init__() is missing, so there is no _modules yet that add_module could use.",
    change={
        "super().__init__()": "",
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            items = modules[0].items()
        """,
        """
                for i, module in enumerate(modules):
                    self.add_module(str(i), module)
        """: """
                items = ((str(i), module) for i, module in enumerate(modules))
            for name, module in items:
                self.add_module(name, module)
        """,
    },
)

mistake(
    "none-skipped",
    base="plain",
    says=(
        "Where a module returns None, the next one is given the value from before. That hides a forgotten "
        "return; each module is given what the one before it returned, whatever that is."
    ),
    change={
        "x = module(x)": """
            y = module(x)
            x = x if y is None else y
        """,
    },
)

mistake(
    "one-device-for-all",
    base="fills_modules_again",
    says=(
        "Every module gets its input on one and the same device, such as that of the row's first parameter. "
        "Modules may be on different GPUs: each takes what the one before it returned, as it is."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "def forward(self, x):": """
            def forward(self, x):
                first = next(self.parameters(), None)
        """,
        "for module in self._modules.values():": """
            for module in self._modules.values():
                if first is not None and isinstance(x, torch.Tensor):
                    x = x.to(first.device)
        """,
    },
)

mistake(
    "one-loop-at-a-time",
    base="plain",
    says=(
        "The container is its own iterator, with one position for all loops, so a loop inside another "
        "disturbs it. __iter__ should return a new iterator each time."
    ),
    change={
        """
                return iter(self._modules.values())
        """: """
                self.position = -1
                return self

            def __next__(self):
                self.position += 1
                if self.position >= len(self._modules):
                    raise StopIteration
                return list(self._modules.values())[self.position]
        """,
    },
)

mistake(
    "other-class-name",
    base="plain",
    says="The class has another name, and Sequential is only an alias for it, so print shows the other name.",
    change={
        "class Sequential(nn.Module):": "class Row(nn.Module):",
        """
                    self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
                    self._modules = {str(i): m for i, m in enumerate(self._modules.values())}


            Sequential = Row
        """,
    },
)

mistake(
    "own-repr",
    base="plain",
    says=(
        "__repr__ is written anew and shows the modules as a list. nn.Module has a __repr__ that shows names "
        "and indents what is nested."
    ),
    change={
        """
                self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
                self._modules = {str(i): m for i, m in enumerate(self._modules.values())}

            def __repr__(self):
                return f"Sequential({', '.join(repr(module) for module in self)})"
        """,
    },
)

mistake(
    "own-repr-length",
    base="plain",
    says="extra_repr adds the length to what print shows. It is to look like torch's.",
    change={
        """
                self._modules = {str(i): m for i, m in enumerate(self._modules.values())}
        """: """
                self._modules = {str(i): m for i, m in enumerate(self._modules.values())}

            def extra_repr(self):
                return f"{len(self)} modules"
        """,
    },
)

mistake(
    "plan-cached",
    base="plain",
    says=(
        "The first call keeps the modules that it finds, and every later call runs those, whatever was "
        "appended, deleted or replaced since. Go through _modules in every call."
    ),
    change={
        "for module in self._modules.values():": """
            if not hasattr(self, "plan"):
                self.plan = tuple(self._modules.values())
            for module in self.plan:
        """,
    },
)

mistake(
    "position-as-name",
    base="plain",
    says=(
        "A position is looked up as a name. That fails for given names and for negative positions; look it "
        "up in a list."
    ),
    change={"return list(self._modules.values())[index]": "return self._modules[str(index)]"},
)

mistake(
    "positions-only-of-numbers",
    base="plain",
    says=(
        "Negative positions are handled, but then the position is used as a name, so containers with given "
        "names, and parts such as net[1:], have no positions."
    ),
    change={
        "return list(self._modules.values())[index]": """
            if not -len(self) <= index < len(self):
                raise IndexError(index)
            return self._modules[str(index % len(self))]
        """,
    },
)

mistake(
    "registered-without-checks",
    base="plain",
    says=(
        "The modules are registered without a look at what they are and what their names are: setattr takes "
        "anything, and so does _modules. add_module has the checks."
    ),
    source="https://github.com/pytorch/vision/issues/809",
    change={
        "self.add_module(name, module)": "setattr(self, name, module)",
        "self.add_module(str(i), module)": "setattr(self, str(i), module)",
        "self.add_module(str(len(self)), module)": "setattr(self, str(len(self)), module)",
    },
)

mistake(
    "unchecked",
    form_of="registered-without-checks",
    base="plain",
    change={
        "self.add_module(name, module)": "self._modules[name] = module",
        "self.add_module(str(i), module)": "self._modules[str(i)] = module",
    },
)

mistake(
    "result-on-the-cpu",
    base="fills_modules_again",
    says=(
        "What the last module returned is taken to the CPU. The row returns it as it is, so that the next "
        "module, or the loss, finds it where it works."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        """
                x = module(x)
        """: """
                x = module(x)
            if isinstance(x, torch.Tensor):
                x = x.cpu()
        """,
    },
)

mistake(
    "returns-all-results",
    base="plain",
    weight="part",
    says=(
        "forward returns the results of all modules. A row returns only the last one, or it could not stand "
        "in another row."
    ),
    change={
        "def forward(self, x):": """
            def forward(self, x):
                results = [x]
        """,
        """
                x = module(x)
            return x
        """: """
                results.append(module(results[-1]))
            return results if len(results) > 1 else x
        """,
    },
)

mistake(
    "reversed-order",
    base="plain",
    weight="part",
    says=(
        "The modules run from the last to the first, as in a formula f(g(x)). In a row the first module is "
        "the first to run."
    ),
    change={"for module in self._modules.values():": "for module in reversed(self._modules.values()):"},
)

mistake(
    "same-object-dropped",
    base="plain",
    weight="part",
    says=(
        "Modules that come twice among the arguments are registered once, so a row with the same ReLU in two "
        "places is shorter than it should be."
    ),
    change={"for i, module in enumerate(modules):": "for i, module in enumerate(dict.fromkeys(modules)):"},
)

mistake(
    "sequential-made-in-forward",
    base="plain",
    weight="part",
    says=(
        "forward makes a torch.nn.Sequential and lets that do the work. The loop over the modules is what "
        "this exercise is about."
    ),
    change={
        """
            for module in self._modules.values():
                x = module(x)
            return x
        """: """
            return nn.Sequential(*self._modules.values())(x)
        """,
    },
)

mistake(
    "several-inputs",
    base="plain",
    says=(
        "Several inputs are accepted, but only the first one is used: the second disappears without a word. "
        "One that is too many should be an error."
    ),
    source="https://github.com/pytorch/pytorch/issues/65676",
    change={"def forward(self, x):": "def forward(self, x, *rest):"},
)

mistake(
    "shares-the-dict",
    base="plain",
    says=(
        "The OrderedDict that was given becomes _modules itself, so what is added to the container is added "
        "to the dict of the caller. Copy the entries."
    ),
    change={
        """
            for name, module in modules[0].items():
                self.add_module(name, module)
        """: """
            self._modules = modules[0]
        """,
    },
)

mistake(
    "slice-copies",
    base="plain",
    says=(
        "The part holds copies of the modules, so training the part leaves net as it was. It should hold the "
        "same objects."
    ),
    change={
        "from collections import OrderedDict": """
            import copy
            from collections import OrderedDict
        """,
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            part = copy.deepcopy(self)
            keep = list(part._modules.items())[index]
            part._modules = OrderedDict(keep)
            return part
        """,
    },
)

mistake(
    "slice-cuts-itself",
    base="plain",
    says="Taking a slice throws the other modules out of net itself. The part should be a new container.",
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            keep = list(self._modules.items())[index]
            self._modules.clear()
            self._modules.update(keep)
            return type(self)(OrderedDict(keep))
        """,
    },
)

mistake(
    "slice-forgets-subclass",
    base="plain",
    says=(
        "A slice is always made as Sequential, also in a subclass, whose own behaviour is then lost. Use "
        "type(self)."
    ),
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            return Sequential(OrderedDict(list(self._modules.items())[index]))
        """,
    },
)

mistake(
    "slice-is-list",
    base="plain",
    says=(
        "A slice gives a plain list of modules. It should be a container again, that can be called and saved."
    ),
    source="https://github.com/QUVA-Lab/escnn/issues/6",
    change={
        """
            if isinstance(index, slice):
                return self.__class__(OrderedDict(list(self._modules.items())[index]))
        """: "",
    },
)

mistake(
    "slice-on-the-cpu",
    base="fills_modules_again",
    says=(
        "A slice is moved to the CPU. It has the same module objects as the row that it is taken from, so "
        "the row's modules are moved as well, under its feet."
    ),
    change={
        "return type(self)(OrderedDict(list(self._modules.items())[index]))": """
            return type(self)(OrderedDict(list(self._modules.items())[index])).cpu()
        """,
    },
)

mistake(
    "slice-renames",
    base="plain",
    says=(
        "The part numbers its modules anew, so net[1:] has other names than net, and given names are lost. "
        "Pass names and modules on together."
    ),
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            return self.__class__(*list(self._modules.values())[index])
        """,
    },
)

mistake(
    "slice-sets-modes",
    base="plain",
    says=(
        "The part puts its modules into the mode of the row. They are the very modules of net, so one that "
        "was frozen there with eval() is no longer."
    ),
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            part = self.__class__(OrderedDict(list(self._modules.items())[index]))
            return part.train(self.training)
        """,
    },
)

mistake(
    "slice-shares-hooks",
    base="slice_by_copy",
    says=(
        "The part is a shallow copy of net, with modules of its own but with net's dicts for everything "
        "else. So a hook on the part is one on net as well. Make a new container."
    ),
    change={
        """
            for name, value in vars(self).items():
                if isinstance(value, dict):
                    setattr(part, name, copy.copy(value))
        """: "",
    },
)

mistake(
    "slice-without-step",
    base="plain",
    says=(
        "The slice is made of start and stop only, so its step is ignored. indices() or a list knows all "
        "three."
    ),
    change={
        "return self.__class__(OrderedDict(list(self._modules.items())[index]))": """
            items = list(self._modules.items())
            return self.__class__(OrderedDict(items[index.start : index.stop]))
        """,
    },
)

mistake(
    "sorted-in-forward",
    base="plain",
    says=(
        'forward goes through the names in sorting order. Then "10" comes before "2", and given names run in '
        "alphabetical order."
    ),
    change={
        """
            for module in self._modules.values():
                x = module(x)
        """: """
            for name in sorted(self._modules):
                x = self._modules[name](x)
        """,
    },
)

mistake(
    "to-returns-none",
    base="plain",
    says=(
        "The class has a `to` of its own that returns nothing, so net = net.to(device) loses the row. "
        "nn.Module has a `to` that does all of it; one of your own ends with return self."
    ),
    change={
        "def __len__(self):": """
            def to(self, *args, **kwargs):
                for module in self:
                    module.to(*args, **kwargs)

            def __len__(self):
        """,
    },
)

mistake(
    "tuples-unpacked",
    base="plain",
    says=(
        "A tuple is unpacked into several arguments for the next module. In a row, each module gets exactly "
        "one thing, whatever it is."
    ),
    source="https://github.com/pytorch/pytorch/issues/19808",
    change={"x = module(x)": "x = module(*x) if isinstance(x, tuple) else module(x)"},
)

mistake(
    "wraps-around",
    base="plain",
    says=(
        "Positions are taken modulo the length, so net[3] of three modules is the first one again, and a "
        "wrong position goes unnoticed."
    ),
    change={
        "return list(self._modules.values())[index]": """
            return list(self._modules.values())[index % len(self)]
        """,
    },
)

mistake(
    "x-converted",
    base="plain",
    says=(
        "Every module gets its input in the dtype of its weights. A row that meets another dtype then goes "
        "on as if nothing were wrong, with less precision or at more cost than somebody thinks. Hand on what "
        "came."
    ),
    change={
        "for module in self._modules.values():": """
            for module in self._modules.values():
                for weight in module.parameters():
                    x = x.to(weight.dtype)
        """,
    },
)

mistake(
    "x-copied",
    base="plain",
    says=(
        "forward makes a new tensor of x before the loop, so an empty row returns that. An empty row returns "
        "x itself, and a copy is of no use to the others."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "def forward(self, x):": """
            def forward(self, x):
                if torch.is_tensor(x):
                    x = x.clone()
        """,
    },
)

mistake(
    "x-optional",
    base="plain",
    says=(
        "forward has a default for x, so net() without any input is no error. A row takes exactly one input: "
        "let Python raise the TypeError."
    ),
    change={"def forward(self, x):": "def forward(self, x=None):"},
)

mistake(
    "x-sent-to-each-module",
    base="fills_modules_again",
    says=(
        "Every module gets its input on the device of its own parameters, so a row over several GPUs copies "
        "without a word what nobody asked it to. Leave tensors where they are; modules that move them can "
        "stand in the row."
    ),
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "for module in self._modules.values():": """
            for module in self._modules.values():
                weight = next(module.parameters(), None)
                if weight is not None and isinstance(x, torch.Tensor):
                    x = x.to(weight.device, non_blocking=True)
        """,
        """
                return x
        """: """
                return x

            @property
            def device(self):
                return next((parameter.device for parameter in self.parameters()), torch.device("cpu"))
        """,
    },
)

mistake(
    "x-to-the-first-gpu",
    base="fills_modules_again",
    says=(
        'x is sent to "cuda" where there is one, which is the first GPU, wherever the modules are. Whoever '
        "calls net(x) has put x beside the first module: leave it there."
    ),
    source="https://github.com/pykale/pykale/issues/542",
    change={
        "from torch import nn": """
            import torch
            from torch import nn
        """,
        "def forward(self, x):": """
            def forward(self, x):
                if torch.cuda.is_available() and isinstance(x, torch.Tensor):
                    x = x.to("cuda", non_blocking=True)
        """,
    },
)

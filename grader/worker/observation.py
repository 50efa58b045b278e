"""An observation: make the thing of a case, run it in every way that there is, and bring back all that there is to see.

Untrusted side. It gathers evidence and knows nothing of what is right. An observation is made in stages;
each is a message of its own, so that a crash or a hang costs what had not been shown yet, not what had.
``STAGES`` says which there are. A stage that raises costs itself, and a thing that can't be made or run at
all costs the rest.

Evidence is plain data. What a model put out is always there as itself, never as a comparison, so that it
takes the real work to be right; what was changed on the way is told in words.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from grader import simcuda
from grader.wire.case import CallCase, ModelCase
from grader.worker import probekit, snapshot

GPUS: Final = ("cuda:1", "cuda:0")
GRADIENTS: Final = {
    "": contextlib.nullcontext,
    "torch.no_grad()": torch.no_grad,
    "torch.inference_mode()": torch.inference_mode,
}
_MANY: Final = 40  # names in a list of names

# What each stage needs to have worked before it.
VALUES: Final = ("built", "run")
WHOLE: Final = (
    "built", "run", "again", "modes", "rows", "others", "saved", "dtypes", "watched", "made",
)  # fmt: skip
ON_A_GPU: Final = ("built", "run", "again", "modes", "dtypes", "moved", "mixed")
FUNCTION: Final = ("run", "again")
FUNCTION_ON_A_GPU: Final = ("run", "again", "moved")


def stages_of(case: ModelCase | CallCase, device: str, *, whole: bool) -> tuple[str, ...]:
    """Return the names of the stages that an observation goes through."""
    on_gpu = device != "cpu"
    if isinstance(case, CallCase):
        return (FUNCTION_ON_A_GPU if on_gpu else FUNCTION) if whole else FUNCTION[:1]
    return (ON_A_GPU if on_gpu else WHOLE) if whole else VALUES


class Steps:
    """What has been done in a stage, as lines that one could type: for messages."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, *lines: str) -> None:
        """Begin a stage, before which these lines were run."""
        self.lines = list(lines)

    def __call__(self, line: str) -> None:
        """Add a line, unless it is the last one again."""
        if self.lines[-1:] != [line]:
            self.lines.append(line)

    def __str__(self) -> str:
        return "; ".join(self.lines)


def namespace(module: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what expressions of a case may name: torch's names, the exercise's own, and what was given."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": nn.functional}
    return names | vars(module) | dict(given)


def evaluate(expression: str, names: dict[str, Any]) -> Any:
    """Return the value of an expression."""
    return eval(compile(expression, "<the call>", "eval"), names)


class Made:
    """The arguments of a call, evaluated one by one, and how they were before it."""

    def __init__(self, call: str, names: dict[str, Any]) -> None:
        node = ast.parse(call, mode="eval").body
        assert isinstance(node, ast.Call)
        self.function = evaluate(ast.unparse(node.func), names)
        self.args = [evaluate(ast.unparse(arg), names) for arg in node.args]
        self.keywords = {str(k.arg): evaluate(ast.unparse(k.value), names) for k in node.keywords}
        self.values = dict(zip(map(ast.unparse, node.args), self.args, strict=True)) | self.keywords
        self.before = {name: snapshot.of(value) for name, value in self.values.items()}

    def call(self) -> Any:
        """Call the function."""
        return self.function(*self.args, **self.keywords)

    def changes(self) -> list[list[str]]:
        """Return what is another one now: ``[name, what it was, what it is]`` for each."""
        return snapshot.changes(self.before, self.values)


class ModelObserver:
    """Observes one model case on one device, stage by stage."""

    def __init__(
        self, case: ModelCase, module: Any, device: str, seed: int, zeroed: Collection[str] = ()
    ) -> None:
        self.case = case
        self.module = module
        self.device = device
        self.seed = seed
        self.steps = Steps()
        self.zeroed = zeroed
        self.net: nn.Module = nn.Identity()

    # --- what every stage does ---

    def build(
        self, expression: str = "", within: Any = None, given: dict[str, Any] | None = None
    ) -> tuple[nn.Module, Made]:
        """Make a new model out of new arguments, ``within`` a context."""
        probekit.seed_torch(self.seed)
        given = dict(self.case.given()) if given is None else given
        modules = {name: value for name, value in given.items() if isinstance(value, nn.Module)}
        probekit.fill(nn.ModuleDict(modules))
        made = Made(expression or self.case.build, namespace(self.module, given))
        with within or contextlib.nullcontext():
            net = made.call()
        if not issubclass(type(net), nn.Module):
            raise TypeError(
                f"{expression or self.case.build} returned an object of type {type(net).__name__}, not a model"
            )
        return net, made

    def filled(self, device: str = "cpu", dtype: torch.dtype = torch.float64) -> nn.Module:
        """Make a new model with weights that depend on their names alone, in ``dtype``, on ``device``."""
        net, made = self.build()
        probekit.fill(net, but=own_parameters(made.values) | ids_of(net, self.case.constants))
        zero(net, self.zeroed)
        net.to(dtype)
        if device != "cpu":
            nn.ModuleList([net]).to(device)
        return net

    def inputs(
        self, device: str = "", dtype: torch.dtype = torch.float64, *, grad: bool = False
    ) -> dict[str, Any]:
        """Make the case's inputs anew, always with the same values."""
        probekit.seed_torch(self.seed)
        return {
            name: moved(value, device or self.device, dtype, grad)
            for name, value in self.case.inputs().items()
        }

    def call(self, net: nn.Module, inputs: Mapping[str, Any], words: str = "") -> Any:
        """Call the model as the case says."""
        self.steps(words or self.case.call)
        return evaluate(self.case.call, namespace(self.module, {"model": net, **inputs}))

    def watched_call(self, net: nn.Module, inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Call the model; returns its output and what the call changed or moved on the way."""
        model, world = snapshot.of(net), snapshot.world()
        before = {name: snapshot.of(value) for name, value in inputs.items()}
        traffic = probekit.Traffic()
        output = self.call(net, inputs)
        return output, {
            "traffic": traffic.counts(),
            "changed inputs": snapshot.changes(before, inputs),
            "changed model": [["model", change] for change in model.changes(net)],
            "changed world": snapshot.world_changes(world),
        }

    def stage(self, name: str) -> dict[str, Any]:
        """Go through a stage and return its evidence."""
        first = [f"model = {self.case.build}"]
        self.steps.begin(
            *([] if name == "built" else first), *([self.case.call] if name not in ("built", "run") else [])
        )
        evidence: dict[str, Any] = getattr(self, name)()
        return evidence

    # --- the stages ---

    def built(self) -> dict[str, Any]:
        """The model as it was made: what it registers, and what making it did to everything else."""
        self.steps(f"model = {self.case.build}")
        world = snapshot.world()
        net, made = self.build()
        seen = {
            "class": type(net).__name__,
            "parameters": shapes_of(nn.Module.named_parameters(net)),
            "buffers": shapes_of(nn.Module.named_buffers(net)),
            "state": list(nn.Module.state_dict(net))[:_MANY],
            "trained": [name for name, p in nn.Module.named_parameters(net) if p.requires_grad][:_MANY],
            "places": places_of(net),
            "changed arguments": made.changes(),
            "changed world": snapshot.world_changes(world, building=True),
        }
        again, remade = self.build()
        own = own_parameters(made.values) | own_parameters(remade.values)
        theirs = {
            tensor.data_ptr() for tensor in tensors_of(again) if id(tensor) not in own and tensor.numel()
        }
        seen["shared"] = [
            name for name, tensor in named_tensors(net)
            if id(tensor) not in own and tensor.numel() and tensor.data_ptr() in theirs
        ][:_MANY]  # fmt: skip
        return seen

    def run(self) -> dict[str, Any]:
        """One call and one backward, in float64, with the same weights for everybody of the same names."""
        self.net = net = self.filled()
        if self.device != "cpu":
            self.call(net, self.inputs("cpu"))
            nn.ModuleList([net]).to(self.device)
            self.steps(f'model.to("{self.device}")')
        leaves = self.inputs(grad=True)
        inputs = {name: value.clone() if is_leaf(value) else value for name, value in leaves.items()}
        with probekit.naming_what_stayed(net, self.device):
            output, seen = self.watched_call(net, inputs)
        seen["output"] = output
        seen["stayed behind"] = probekit.stayed_behind(net, self.device)
        seen["trained"] = [name for name, p in nn.Module.named_parameters(net) if p.requires_grad]
        probekit.seed_torch(self.seed)
        backward(output)
        self.steps("backward()")
        seen["gradients"] = {name: leaf.grad for name, leaf in leaves.items() if is_leaf(leaf)} | {
            name: p.grad for name, p in sorted(nn.Module.named_parameters(net))
        }
        for parameter in nn.Module.parameters(net):
            parameter.grad = None
        return seen

    def again(self) -> dict[str, Any]:
        """The same call again, and one with other inputs: by this model, and by one that has never run."""
        output, seen = self.watched_call(self.net, self.inputs())
        fresh = self.filled(self.device)
        others = other_values(self.inputs(), self.case.batched)
        seen["the output"] = output
        seen["other inputs"] = self.call(self.net, others, f"{self.case.call} with other values")
        seen["the output once more"] = self.call(self.net, self.inputs())
        seen["other inputs, to a new model"] = self.call(fresh, others, f"a new model, {self.case.call}")
        return seen

    def modes(self) -> dict[str, Any]:
        """Outputs in train and eval mode, with gradients, under no_grad and under inference_mode."""
        net, outputs = self.net, {}
        before = [(part, part.training) for part in nn.Module.modules(net)]
        changed: list[list[str]] = []
        world: list[list[str]] = []
        for mode, training in (("model.eval()", False), ("model.train()", True)):
            net.train(training)
            model = snapshot.of(net)
            for words, context in GRADIENTS.items():
                within = f"{mode}; with {words}: {self.case.call}" if words else f"{mode}; {self.case.call}"
                with context():
                    inputs, earth = self.inputs(), snapshot.world()
                    outputs[within] = detached(self.call(net, inputs, within))
                    world += [
                        [f"after {within}, {name}", change] for name, change in snapshot.world_changes(earth)
                    ]
            changed += [[f"model, after {mode} and calls,", change] for change in model.changes(net)]
        for part, training in before:
            part.training = training
        return {"outputs": outputs, "changed world": world[:4], "changed model": changed[:4]}

    def rows(self) -> dict[str, Any]:
        """Outputs for one sample alone, for all but one, and for inputs that are not contiguous in memory."""
        if not self.case.batched:
            return {}
        whole = self.inputs()
        seen = {}
        for words, change in (
            ("the first sample alone", lambda x: x[:1].clone()),
            ("all samples but the first", lambda x: x[1:].clone()),
            ("the same values, not contiguous in memory", strided),
        ):
            given = {name: change(x) if torch.is_tensor(x) else x for name, x in whole.items()}
            seen[words] = self.call(self.net, given, f"{self.case.call} with {words}")
        return seen

    def others(self) -> dict[str, Any]:
        """The output after other models were made, trained and thrown away."""
        self.net.train()
        seen = {}
        other, _ = self.build()
        self.steps(f"other = {self.case.build}")
        optimizer = torch.optim.SGD(
            [p for p in other.parameters() if p.requires_grad] or [torch.zeros(1)], lr=0.5
        )
        probekit.seed_torch(self.seed)
        backward(
            self.call(other, self.inputs(dtype=torch.float32), self.case.call.replace("model", "other", 1))
        )
        optimizer.step()
        other.eval()
        for parameter in nn.Module.parameters(other):
            parameter.requires_grad_(False)
        self.steps("a step of other, other.eval()")
        seen["after another model was trained"] = self.call(self.net, self.inputs())
        if self.case.other:
            self.build(self.case.other)
            self.steps(self.case.other)
            seen[f"after {self.case.other} was made"] = self.call(self.net, self.inputs())
        return seen

    def saved(self) -> dict[str, Any]:
        """Outputs of copies: by state_dict, by torch.save, by deepcopy."""
        seen = {}
        file = io.BytesIO()
        torch.save(self.net.state_dict(), file)
        file.seek(0)
        fresh, _ = self.build()
        fresh.to(torch.float64)
        self.steps(
            f"torch.save(model.state_dict(), f); other = {self.case.build}; other.load_state_dict(torch.load(f))"
        )
        fresh.load_state_dict(torch.load(file, weights_only=True))
        words = self.case.call.replace("model", "other", 1)
        seen["a model that loaded it"] = self.call(fresh, self.inputs(), words)
        twin = copy.deepcopy(self.net)
        self.steps("twin = copy.deepcopy(model)")
        seen["a deep copy"] = self.call(twin, self.inputs(), self.case.call.replace("model", "twin", 1))
        with torch.no_grad():
            for parameter in nn.Module.parameters(twin):
                parameter.add_(1)
        seen["the model, after its copy was changed"] = self.call(self.net, self.inputs())
        return seen

    def dtypes(self) -> dict[str, Any]:
        """Outputs in float32 and bfloat16, and what is made where float64 is the default."""
        seen: dict[str, Any] = {"dtypes": {}}
        for dtype in (torch.float32, torch.bfloat16):
            net = self.filled(self.device, dtype)
            self.steps(f"model.to({dtype})")
            inputs = self.inputs(dtype=dtype)
            output = self.call(net, inputs)
            seen["dtypes"][str(dtype)] = dtypes_in(output)
            if dtype is torch.float32:
                seen["in float32"] = detached(output)
        return seen

    def watched(self) -> dict[str, Any]:
        """How often each layer ran, and how often its hooks did; hooks see what is called as ``layer(x)``."""
        net = self.filled()
        layers = dict(nn.Module.named_modules(net))
        ran, called = dict.fromkeys(layers, 0), dict.fromkeys(layers, 0)

        def count(counts: dict[str, int], name: str) -> Callable[..., None]:
            def add(*_: Any) -> None:
                counts[name] += 1

            return add

        def counted(name: str, forward: Callable[..., Any]) -> Callable[..., Any]:
            def run(*args: Any, **kwargs: Any) -> Any:
                ran[name] += 1
                return forward(*args, **kwargs)

            return run

        for name, layer in layers.items():
            nn.Module.register_forward_hook(layer, count(called, name))
            layer.__dict__["forward"] = counted(name, layer.forward)
        output = self.call(net, self.inputs())
        probekit.seed_torch(self.seed)
        backward(output)
        used = [
            name for name, layer in layers.items()
            if any(p is not None and p.grad is not None for p in layer._parameters.values())
        ]  # fmt: skip
        return {"ran": ran, "called": called, "used": used}

    def made(self) -> dict[str, Any]:
        """Where and in which dtype things are made when torch is told to make them elsewhere."""
        seen = {}
        self.steps(f'with torch.device("meta"): model = {self.case.build}')
        meta, made = self.build(within=torch.device("meta"))
        own = own_parameters(made.values)
        seen["not on meta"] = [
            n for n, p in nn.Module.named_parameters(meta) if id(p) not in own and not p.is_meta
        ][:_MANY]
        self.steps.lines.pop()
        self.steps(f"torch.set_default_dtype(torch.float64); model = {self.case.build}")
        wide, made = self.build(within=default_dtype(torch.float64))
        own = own_parameters(made.values)
        seen["not in float64"] = [
            n for n, p in nn.Module.named_parameters(wide)
            if id(p) not in own and p.is_floating_point() and p.dtype is not torch.float64
        ][:_MANY]  # fmt: skip
        return seen

    def moved(self) -> dict[str, Any]:
        """Outputs, places and traffic of one model that is moved from one device to the next, as a part of another."""
        seen: dict[str, Any] = {"stops": {}}
        for stop in (*GPUS[1:], "cpu", GPUS[0]):
            nn.ModuleList([self.net]).to(stop)
            self.steps(f'nn.ModuleList([model]).to("{stop}")')
            inputs = self.inputs(stop)
            traffic = probekit.Traffic()
            with probekit.naming_what_stayed(self.net, stop):
                output = self.call(self.net, inputs)
            seen["stops"][stop] = {
                "output": detached(output), "traffic": traffic.counts(),
                "stayed behind": probekit.stayed_behind(self.net, stop),
            }  # fmt: skip
        return seen

    def mixed(self) -> dict[str, Any]:
        """How calls end where devices are mixed: inputs elsewhere, then layers on two devices."""
        seen: dict[str, Any] = {}
        here, there = GPUS
        for place in (there, "cpu"):
            self.steps(f"{self.case.call} with the model on {here} and its inputs on {place}")
            ended = probekit.catch(self._call_quietly, self.inputs(place))
            seen[f"the model is on {here} and its inputs on {place}"] = ended["raised"]
        parts = [
            part
            for part in nn.Module.modules(self.net)
            if any(True for _ in nn.Module.parameters(part, recurse=False))
        ]
        for index, part in enumerate(parts):
            if index:
                part._apply(lambda tensor: tensor.to(there), recurse=False)
        if len(parts) > 1:
            self.steps(f"{self.case.call} with the first layer on {here} and the others on {there}")
            ended = probekit.catch(self._call_quietly, self.inputs(here))
            seen[f"its first layer is on {here} and the others on {there}"] = ended["raised"]
        seen["places"] = {
            self.case.words: {"got": places(parts), "expected": [here, *[there] * (len(parts) - 1)]}
        }
        given = dict(self.case.given())
        layers = [
            m
            for m in given.values()
            if isinstance(m, nn.Module) and any(True for _ in nn.Module.parameters(m))
        ]
        for index, layer in enumerate(layers):
            layer.to(there if index else here)
        if len(layers) > 1:
            self.build(given=given)
            expected = [here, *[there] * (len(layers) - 1)]
            seen["places"][f"model = {self.case.build}"] = {"got": places(layers), "expected": expected}
        return seen

    def _call_quietly(self, inputs: dict[str, Any]) -> Any:
        return evaluate(self.case.call, namespace(self.module, {"model": self.net, **inputs}))


def places(modules: Iterable[nn.Module]) -> list[str]:
    """Return the device of each module's first parameter."""
    return [str(next(nn.Module.parameters(module)).device) for module in modules]


# --- observing ---------------------------------------------------------------------------------------------


class CallObserver:
    """Observes one call of a function on one device, stage by stage."""

    def __init__(self, case: CallCase, module: Any, device: str, seed: int) -> None:
        self.case = case
        self.module = module
        self.device = device
        self.seed = seed
        self.steps = Steps()

    def call(self, device: str) -> dict[str, Any]:
        """Make the arguments anew, call the function, and say what came of it."""
        probekit.seed_torch(self.seed)
        given = {**self.case.given(), "device": device}
        for value in given.values():
            if isinstance(value, nn.Module):
                probekit.fill(value)
                value.to(device)
        probekit.seed_torch(self.seed)
        names = namespace(self.module, given)
        made = Made(self.case.call, names)
        before = {name: snapshot.of(value) for name, value in given.items() if name not in self.case.changes}
        world = snapshot.world()
        self.steps(self.case.call + ("" if device == "cpu" else f", on {device}"))
        traffic = probekit.Traffic()
        result = made.call()
        return {
            "result": as_data(result),
            "traffic": traffic.counts(),
            "changed given": snapshot.changes(before, given),
            "changed world": snapshot.world_changes(world),
        }

    def stage(self, name: str) -> dict[str, Any]:
        """Go through a stage and return its evidence."""
        self.steps.begin()
        evidence: dict[str, Any] = getattr(self, name)()
        return evidence

    def run(self) -> dict[str, Any]:
        """One call."""
        return self.call(self.device)

    def again(self) -> dict[str, Any]:
        """The same call again, with arguments made anew."""
        return self.call(self.device)

    def moved(self) -> dict[str, Any]:
        """The same call on other devices."""
        return {"stops": {stop: self.call(stop) for stop in (*GPUS[1:], "cpu", GPUS[0])}}


def observer_of(
    case: ModelCase | CallCase, module: Any, device: str, seed: int, zeroed: Collection[str] = ()
) -> ModelObserver | CallObserver:
    """Return who observes a case. ``zeroed`` are parameters that are filled with zeros."""
    if isinstance(case, ModelCase):
        return ModelObserver(case, module, device, seed, zeroed)
    return CallObserver(case, module, device, seed)


def made(
    case: ModelCase, module: Any, device: str = "cpu"
) -> tuple[nn.Module, dict[str, Any], dict[str, Any]]:
    """Return a model of a case as the observation makes it, its inputs, and what was given: for probes of a suite."""
    observer = ModelObserver(case, module, device, probekit.seed_of_run())
    given = dict(case.given())
    net, _ = observer.build(given=given)
    probekit.fill(net, but=own_parameters(given) | ids_of(net, case.constants))
    nn.ModuleList([net]).to(device, torch.float64)
    return net, observer.inputs(), given


# --- small things ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    """Make ``dtype`` the default for a while."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def is_leaf(value: Any) -> bool:
    """Return whether a gradient can arrive at ``value``."""
    return isinstance(value, torch.Tensor) and value.requires_grad


def moved(value: Any, device: str, dtype: torch.dtype, grad: bool) -> Any:
    """Return an input where a run needs it: fractions in ``dtype``, everything on ``device``."""
    if not isinstance(value, torch.Tensor):
        return value
    if not value.is_floating_point():
        return value.to(device)
    return value.to(device, dtype).detach().requires_grad_(grad)


def other_values(inputs: dict[str, Any], batched: bool) -> dict[str, Any]:
    """Return inputs of other values and, where there is a batch, one sample more."""

    def other(x: Any) -> Any:
        if not isinstance(x, torch.Tensor):
            return x
        if batched:
            x = torch.cat([x.flip(0), x[:1]])
        return x * 0.75 - 0.125 if x.is_floating_point() else x

    return {name: other(value) for name, value in inputs.items()}


def strided(x: torch.Tensor) -> torch.Tensor:
    """Return the same values in another layout in memory, where the shape allows one."""
    if x.ndim < 2:
        return x.repeat_interleave(2, dim=0)[::2] if x.ndim else x.clone()
    return x.transpose(0, -1).contiguous().transpose(0, -1)


def as_data(value: Any) -> Any:
    """Return a result in types that can be sent: a named tuple is a tuple, and NumPy's float64 is a float."""
    kind = type(value)
    if issubclass(kind, (list, tuple)) and kind is not torch.Size:
        return (list if issubclass(kind, list) else tuple)(as_data(item) for item in value)
    if issubclass(kind, dict):
        return {key: as_data(item) for key, item in value.items()}
    return float(value) if issubclass(kind, float) else value


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Return the tensors in an output, in the order in which they stand."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    )
    return [tensor for item in items for tensor in tensors_in(item)]


def detached(value: Any) -> Any:
    """Return an output without its graph."""
    if isinstance(value, torch.Tensor):
        return value.detach()
    if type(value) in (list, tuple):
        return type(value)(detached(item) for item in value)
    return {key: detached(item) for key, item in value.items()} if type(value) is dict else value


def dtypes_in(output: Any) -> list[str]:
    """Return the dtypes of the fractions in an output."""
    return [str(tensor.dtype) for tensor in tensors_in(output) if tensor.is_floating_point()]


def backward(output: Any) -> None:
    """Go backward from all of an output, in which each number counts in its own way."""
    total = None
    for tensor in tensors_in(output):
        if tensor.requires_grad:
            with simcuda.outside():
                weights = torch.randn(tensor.shape, dtype=torch.float64, device="cpu")
            part = (tensor * weights.to(tensor.device, tensor.dtype)).sum()
            total = part if total is None else total + part.to(total.device)
    if total is not None:
        torch.autograd.backward(total)


def zero(net: nn.Module, names: Collection[str]) -> None:
    """Fill the parameters of these names with zeros."""
    with torch.no_grad():
        for name, parameter in nn.Module.named_parameters(net):
            if name in names:
                parameter.zero_()


def shapes_of(named: Any) -> dict[str, Any]:
    """Return the shapes of tensors by their names."""
    return {name: "not known yet" if is_lazy(t) else tuple(t.shape) for name, t in named}


def named_tensors(net: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Return parameters and buffers with their names; those whose shape is not known yet are left out."""
    named = [*nn.Module.named_parameters(net), *nn.Module.named_buffers(net)]
    return [(name, tensor) for name, tensor in named if not is_lazy(tensor)]


def tensors_of(net: nn.Module) -> list[torch.Tensor]:
    """Return parameters and buffers."""
    return [tensor for _, tensor in named_tensors(net)]


def places_of(net: nn.Module) -> dict[str, str]:
    """Return where parameters and buffers are, if that is not the CPU."""
    return {name: str(t.device) for name, t in named_tensors(net) if t.device.type != "cpu"}


def ids_of(net: nn.Module, names: Collection[str]) -> set[int]:
    """Return the identities of the parameters and buffers of these names."""
    return {id(tensor) for name, tensor in named_tensors(net) if name in names}


def own_parameters(values: Mapping[str, Any]) -> set[int]:
    """Return the identities of the tensors of all modules that were given."""
    found: set[int] = set()
    for value in values.values():
        if isinstance(value, nn.Module):
            found |= {id(tensor) for tensor in tensors_of(value)}
        elif isinstance(value, Mapping):
            found |= own_parameters(value)
        elif isinstance(value, (list, tuple)):
            found |= own_parameters(dict(enumerate(value)))  # type: ignore[arg-type]
    return found

"""An observation: make the thing of a case, run it in every way that there is, and bring back all that there
is to see.

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
import numbers
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from types import CodeType
from typing import Any, Final

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from grader import simcuda
from grader.wire.case import CallCase, ModelCase
from grader.worker import probekit, snapshot, tree

GPUS: Final = ("cuda:1", "cuda:0")
# In which modes a model is called: whether it trains, and in which context.
MODES: Final = (
    ("model.eval()", False, "", contextlib.nullcontext),
    ("model.eval()", False, "torch.no_grad()", torch.no_grad),
    ("model.train()", True, "torch.inference_mode()", torch.inference_mode),
    ("model.train()", True, "torch.no_grad()", torch.no_grad),
)
_ANOTHER_SEED: Final = 0x5EED_0000_0000
_MANY: Final = 40  # names in a list of names

# The first of these that fails leaves nothing to look at.
VALUES: Final = ("built", "run")
WHOLE: Final = (
    "built", "run", "again", "others", "modes", "rows", "saved", "dtypes", "watched", "made",
)  # fmt: skip
ON_A_GPU: Final = ("run", "modes", "moved", "dtypes", "mixed")
FUNCTION: Final = ("run", "again", "dtypes")
FUNCTION_ON_A_GPU: Final = ("run", "moved")


def stages_of(case: ModelCase | CallCase, device: str, *, whole: bool) -> tuple[str, ...]:
    """Return the names of the stages that an observation goes through."""
    on_gpu = device != "cpu"
    if isinstance(case, CallCase):
        return (FUNCTION_ON_A_GPU if on_gpu else FUNCTION) if whole else FUNCTION[:1]
    return (ON_A_GPU if on_gpu else WHOLE) if whole else ("run",)


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
    names.update(vars(module))
    names.update(given)
    return names


def evaluate(expression: str, names: dict[str, Any]) -> Any:
    """Return the value of an expression."""
    return eval(compiled(expression), names)


@cache
def compiled(expression: str) -> CodeType:
    """Return an expression as code."""
    return compile(expression, "<the call>", "eval")


@cache
def taken_apart(call: str) -> tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the function, the arguments and the keyword arguments of a call, as expressions."""
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)
    keywords = tuple((str(keyword.arg), ast.unparse(keyword.value)) for keyword in node.keywords)
    return ast.unparse(node.func), tuple(map(ast.unparse, node.args)), keywords


class Made:
    """The arguments of a call, evaluated one by one, and how they were before it."""

    def __init__(self, call: str, names: dict[str, Any]) -> None:
        function, args, keywords = taken_apart(call)
        self.function = evaluate(function, names)
        self.args = [evaluate(arg, names) for arg in args]
        self.keywords = {name: evaluate(value, names) for name, value in keywords}
        self.values = dict(zip(args, self.args, strict=True)) | self.keywords
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
        self.dtype = torch.float64
        self.loaded = False  # whether the second model has its weights from the first one's state_dict()
        self.made_inputs: dict[tuple[str, torch.dtype], dict[str, Any]] = {}
        self.net: Any = None
        self.own: set[int] = set()  # the identities of tensors of modules that were given
        self.second: Any = None

    # --- what every stage does ---

    def build(
        self, expression: str = "", within: Any = None, given: dict[str, Any] | None = None
    ) -> tuple[nn.Module, Made]:
        """Make a new model out of new arguments, ``within`` a context."""
        probekit.seed_torch(self.seed)
        given = dict(self.case.given()) if given is None else given
        modules = {name: value for name, value in given.items() if isinstance(value, nn.Module)}
        if modules:
            probekit.fill(tree.Held(modules))
        made = Made(expression or self.case.build, namespace(self.module, given))
        self.own |= own_parameters(made.values)
        with within or contextlib.nullcontext():
            net = made.call()
        if not issubclass(type(net), nn.Module):
            what = f"an object of type {type(net).__name__}, not a model"
            raise TypeError(f"{expression or self.case.build} returned {what}")
        return net, made

    def filled(self, net: Any) -> Any:
        """Give a model weights that depend on their names alone, in the dtype of this run."""
        tree.Held({"net": net}).to(self.dtype)
        probekit.fill(net, but=self.own | ids_of(net, self.case.constants))
        if self.zeroed:
            zero(net, self.zeroed)
        return net

    def another(self) -> Any:
        """Return a second model, which is made once; it has the first one's weights until it is trained."""
        if self.second is None:
            self.second = self.filled(self.build()[0])
        return self.second

    def inputs(self, device: str = "", *, grad: bool = False) -> dict[str, Any]:
        """Return the case's inputs, always with the same values, in tensors that nobody has had before."""
        place = device or self.device, self.dtype
        if place not in self.made_inputs:
            probekit.seed_torch(self.seed)
            self.made_inputs[place] = {name: moved(x, *place) for name, x in self.case.inputs().items()}
        probekit.seed_torch(self.seed)
        return {name: fresh(x, grad) for name, x in self.made_inputs[place].items()}

    def call(self, net: Any, inputs: Mapping[str, Any], words: str = "") -> Any:
        """Call the model as the case says."""
        self.steps(words or self.case.call)
        return as_it_is_now(evaluate(self.case.call, namespace(self.module, {"model": net, **inputs})))

    def stayed_behind(self, net: Any, device: str, traffic: Mapping[str, int]) -> list[str]:
        """Return which tensors are not on ``device``, where that can explain the traffic that there was."""
        return probekit.stayed_behind(net, device) if any(traffic.values()) else []

    def watched_call(self, net: Any, inputs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Call the model; returns its output and what the call changed or moved on the way."""
        probekit.seed_torch(self.seed + _ANOTHER_SEED)  # so that one that the student sets is seen
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
        self.net = net
        return {
            "class": type(net).__name__,
            "parameters": shapes_of(tree.parameters(net).items()),
            "buffers": shapes_of(tree.buffers(net).items()),
            "state": list(nn.Module.state_dict(net))[:_MANY],
            "trained": [name for name, p in tree.parameters(net).items() if p.requires_grad][:_MANY],
            "places": places_of(net),
            "changed arguments": made.changes(),
            "changed world": snapshot.world_changes(world, building=True),
        }

    def run(self) -> dict[str, Any]:
        """One call and one backward, in float64, with the same weights for everybody of the same names."""
        if self.net is None:
            self.net, _ = self.build()
        net = self.net
        self.filled(net)
        if self.device != "cpu":
            self.call(net, self.inputs("cpu"))
            tree.Held({"net": net}).to(self.device)
            self.steps(f'model.to("{self.device}")')
        leaves = self.inputs(grad=True)
        inputs = {name: value.clone() if is_leaf(value) else value for name, value in leaves.items()}
        with probekit.naming_what_stayed(net, self.device):
            output, seen = self.watched_call(net, inputs)
        seen["output"] = output
        seen["stayed behind"] = self.stayed_behind(net, self.device, seen["traffic"])
        seen["trained"] = [name for name, p in tree.parameters(net).items() if p.requires_grad]
        probekit.seed_torch(self.seed)
        backward(output)
        self.steps("backward()")
        seen["gradients"] = {name: leaf.grad for name, leaf in leaves.items() if is_leaf(leaf)} | {
            name: p.grad for name, p in sorted(tree.parameters(net).items())
        }
        for parameter in tree.parameters(net).values():
            parameter.grad = None
        return seen

    def again(self) -> dict[str, Any]:
        """The same call again, and one with other inputs: by this model, and by one that has never run."""
        net, inputs = self.net, self.inputs()
        parameters = {name: p for name, p in tree.parameters(net).items() if not is_lazy(p)}
        given = {name: x for name, x in inputs.items() if torch.is_tensor(x) and x.is_floating_point()}
        for tensor in (*parameters.values(), *given.values()):
            tensor.grad = torch.ones_like(tensor)
        output, seen = self.watched_call(net, inputs)
        seen["changed model"] += [["model", f"the gradient of {name}"] for name in no_ones(parameters)]
        seen["changed inputs"] += [[name, "its gradient"] for name in no_ones(given)]
        for parameter in parameters.values():
            parameter.grad = None
        seen["the output"] = output
        words = f"{self.case.call} with other values"
        seen["other inputs"] = self.call(net, other_values(self.inputs(), self.case.batched), words)
        seen["the output once more"] = self.call(net, self.inputs())
        fresh, others = self.another(), other_values(self.inputs(), self.case.batched)
        seen["other inputs, to a new model"] = self.call(fresh, others, f"a new model, {words}")
        return seen

    def modes(self) -> dict[str, Any]:
        """Outputs in train and eval mode, with gradients, under no_grad and under inference_mode.

        On a GPU, that is eval mode under no_grad: the way in which models are used there.
        """
        net, outputs, changed, world = self.net, {}, [], []
        before = [(part, part.training) for part in tree.modules(net).values()]
        model = None
        for mode, training, words, context in MODES if self.device == "cpu" else MODES[1:2]:
            if net.training != training or model is None:
                net.train(training)
                model = snapshot.of(net)
            within = f"{mode}; with {words}: {self.case.call}" if words else f"{mode}; {self.case.call}"
            with context():
                inputs, earth = self.inputs(), snapshot.world()
                outputs[within] = detached(self.call(net, inputs, within))
                world += [
                    [f"after {within}, {name}", change] for name, change in snapshot.world_changes(earth)
                ]
            changed += [[f"model, after {within},", change] for change in model.changes(net)]
            if changed:
                break
        for part, was in before:
            part.training = was
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
        """The output after other models were made, trained and frozen, and which tensors two models share."""
        seen: dict[str, Any] = {}
        other = self.another()
        self.steps(f"other = {self.case.build}")
        theirs = {tensor.data_ptr() for tensor in tensors_of(other) if tensor.numel()}
        shared = [
            name for name, x in named_tensors(self.net) if id(x) not in self.own and x.data_ptr() in theirs
        ]
        backward(self.call(other, self.inputs(), self.case.call.replace("model", "other", 1)))
        parts = [(part, part.training) for part in tree.modules(other).values()]
        parameters = [(parameter, parameter.requires_grad) for parameter in tree.parameters(other).values()]
        with torch.no_grad():
            for parameter, _ in parameters:
                if parameter.grad is not None:
                    parameter.sub_(0.5 * parameter.grad)
                parameter.grad = None
                parameter.requires_grad_(False)
        other.eval()
        self.steps("a step of other, other.eval(), and its parameters frozen")
        seen["after another model was trained"] = self.call(self.net, self.inputs())
        for part, training in parts:
            part.training = training
        for parameter, trained in parameters:
            parameter.requires_grad_(trained)
        if self.case.other:
            self.build(self.case.other)
            self.steps(self.case.other)
            seen[f"after {self.case.other} was made"] = self.call(self.net, self.inputs())
        return {"outputs": seen, "shared": shared[:_MANY]}

    def saved(self) -> dict[str, Any]:
        """Outputs of copies: by state_dict, by torch.save, by deepcopy."""
        seen = {}
        state = {name: as_saved(value) for name, value in self.net.state_dict().items()}
        other = self.another()
        with torch.no_grad():
            for tensor in tensors_in(other.state_dict()):  # and what is not saved stays as it was made
                tensor.zero_()
        self.steps("torch.save(model.state_dict(), f)")
        self.steps(f"other = {self.case.build}; other.load_state_dict(torch.load(f))")
        other.load_state_dict(state)
        self.loaded = True
        words = self.case.call.replace("model", "other", 1)
        seen["a model that loaded it"] = self.call(other, self.inputs(), words)
        twin = copy.deepcopy(self.net)
        self.steps("twin = copy.deepcopy(model)")
        seen["a deep copy"] = self.call(twin, self.inputs(), self.case.call.replace("model", "twin", 1))
        with torch.no_grad():
            for parameter in tree.parameters(twin).values():
                parameter.add_(1)
        seen["the model, after its copy was changed"] = self.call(self.net, self.inputs())
        return seen

    def dtypes(self) -> dict[str, Any]:
        """Outputs in float32 and bfloat16; on a GPU in float32."""
        seen: dict[str, Any] = {"dtypes": {}}
        model = (
            self.net
            if self.device != "cpu"
            else self.another()
            if self.loaded
            else self.filled(self.another())
        )
        for dtype in (torch.float32, torch.bfloat16) if self.device == "cpu" else (torch.float32,):
            self.dtype = dtype
            net = model
            tree.Held({"net": net}).to(self.device, self.dtype)
            self.steps(f"model.to({self.dtype})")
            output = self.call(net, self.inputs())
            seen["dtypes"][str(self.dtype)] = dtypes_in(output)
            if self.dtype is torch.float32:  # it comes first, since the other one rounds
                seen["in float32"] = detached(output)
                training = [(part, part.training) for part in tree.modules(net).values()]
                words = f"model.eval(); {self.case.call}"
                seen["in float32, in eval mode"] = detached(self.call(net.eval(), self.inputs(), words))
                for part, was in training:
                    part.training = was
        return seen

    def watched(self) -> dict[str, Any]:
        """How often each layer ran, and how often its hooks did; hooks see what is called as ``layer(x)``."""
        net = self.another()
        layers = tree.modules(net)
        ran, called = counted(layers)
        output = self.call(net, self.inputs())
        probekit.seed_torch(self.seed)
        backward(output)
        used = [
            name for name, layer in layers.items()
            if any(p is not None and p.grad is not None for p in layer._parameters.values())
        ]  # fmt: skip
        return {"ran": ran, "called": called, "used": used}

    def made(self) -> dict[str, Any]:
        """Where and in which dtype parameters are made when torch is told to make things elsewhere."""
        elsewhere = 'torch.set_default_dtype(torch.float64); torch.set_default_device("meta")'
        lines = f"{elsewhere}; model = {self.case.build}"
        self.steps.begin(lines)
        with default_dtype(torch.float64):
            net, _ = self.build(within=torch.device("meta"))
        new = [(name, x) for name, x in tree.parameters(net).items() if id(x) not in self.own]
        return {
            "not on meta": [name for name, x in new if not x.is_meta][:_MANY],
            "not in float64": [n for n, x in new if x.is_floating_point() and x.dtype is not torch.float64][
                :_MANY
            ],
        }

    def moved(self) -> dict[str, Any]:
        """Outputs, places and traffic of one model that is moved from one device to the next, as a part of
        another.
        """
        seen: dict[str, Any] = {"stops": {}}
        for stop in ("cpu", GPUS[1]):
            tree.Held({"net": self.net}).to(stop)
            self.steps(f'nn.ModuleList([model]).to("{stop}")')
            inputs = self.inputs(stop)
            traffic = probekit.Traffic()
            with probekit.naming_what_stayed(self.net, stop):
                output = self.call(self.net, inputs)
            counts = traffic.counts()
            behind = self.stayed_behind(self.net, stop, counts)
            seen["stops"][stop] = {"output": detached(output), "traffic": counts, "stayed behind": behind}
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
            part for part in tree.modules(self.net).values() if any(True for _ in part._parameters.values())
        ]
        for index, part in enumerate(parts):
            if index:
                part._apply(lambda tensor: tensor.to(there), recurse=False)  # type: ignore[no-untyped-call]
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
            if isinstance(m, nn.Module) and any(True for _ in tree.parameters(m).values())
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
    return [str(next(iter(tree.parameters(module).values())).device) for module in modules]


# --- observing ---------------------------------------------------------------------------------------------


class CallObserver:
    """Observes one call of a function on one device, stage by stage."""

    def __init__(self, case: CallCase, module: Any, device: str, seed: int) -> None:
        self.case = case
        self.module = module
        self.device = device
        self.seed = seed
        self.steps = Steps()

    def given(self, device: str, dtype: torch.dtype = torch.float32) -> dict[str, Any]:
        """Make the arguments anew, in ``dtype`` where the case does not say otherwise."""
        probekit.seed_torch(self.seed)
        with default_dtype(dtype):
            given = self.case.values(device)
        for value in given.values():
            if isinstance(value, nn.Module):
                probekit.fill(value)
                value.to(device)
        probekit.seed_torch(self.seed)
        return given

    def call(self, device: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the function, with arguments made anew if there are none, and say what came of it."""
        given = self.given(device) if given is None else given
        made = Made(self.case.call, namespace(self.module, given))
        before = {
            name: snapshot.of_what_learns(value) if name in self.case.changes else snapshot.of(value)
            for name, value in given.items()
        }
        before = {name: was for name, was in before.items() if was is not None}
        world = snapshot.world()
        self.steps(self.case.call + ("" if device == "cpu" else f", on {device}"))
        traffic = probekit.Traffic()
        result = made.call()
        return {
            "result": as_data(result),
            "after": {
                name: {key: tensor.detach() for key, tensor in named_tensors(value)}
                for name, value in modules_in(given).items()
                if name in self.case.changes
            },
            "traffic": traffic.counts(),
            "changed given": snapshot.changes(before, given)
            + [change for change in made.changes() if change[0] not in given],
            "changed world": snapshot.world_changes(world),
        }

    def stage(self, name: str) -> dict[str, Any]:
        """Go through a stage and return its evidence."""
        self.steps.begin()
        evidence: dict[str, Any] = getattr(self, name)()
        return evidence

    def run(self) -> dict[str, Any]:
        """One call, and in which dtypes given models put out fractions in it."""
        given = self.given(self.device)
        dtypes = dtypes_put_out(given)
        return {**self.call(self.device, given), "dtypes": dtypes}

    def again(self) -> dict[str, Any]:
        """The same call again; how often given models ran in it, and how often their hooks did."""
        given = self.given(self.device)
        ran, called = counted({
            f"{name}.{part}".rstrip("."): module
            for name, net in modules_in(given).items() for part, module in tree.modules(net).items()
        })  # fmt: skip
        return {**self.call(self.device, given), "ran": ran, "called": called, "used": []}

    def dtypes(self) -> dict[str, Any]:
        """In which dtypes given models put out fractions, where all is in float64."""
        given = self.given(self.device, torch.float64)
        dtypes = dtypes_put_out(given)
        self.call(self.device, given)
        return {"dtypes": dtypes}

    def moved(self) -> dict[str, Any]:
        """The same call on another device, and on this one again."""
        return {"stops": {stop: self.call(stop) for stop in (*GPUS[1:], GPUS[0])}}


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
    """Return a model of a case as the observation makes it, its inputs, and what was given: for probes of a
    suite.
    """
    observer = ModelObserver(case, module, device, probekit.seed_of_run())
    given = dict(case.given())
    net, _ = observer.build(given=given)
    tree.Held({"net": net}).to(device, torch.float64)
    probekit.fill(net, but=own_parameters(given) | ids_of(net, case.constants))
    return net, observer.inputs(), given


# --- looking at models while they run -----------------------------------------------------------------------


def counted(layers: Mapping[str, nn.Module]) -> tuple[dict[str, int], dict[str, int]]:
    """Count from now on how often each layer runs, and how often its hooks do, by its name."""
    ran, called = dict.fromkeys(layers, 0), dict.fromkeys(layers, 0)

    def add(name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            called[name] += 1

        return hook

    def counting(name: str, forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            ran[name] += 1
            return forward(*args, **kwargs)

        return run

    for name, layer in layers.items():
        nn.Module.register_forward_hook(layer, add(name))
        layer.__dict__["forward"] = counting(name, layer.forward)
    return ran, called


def modules_in(given: Mapping[str, Any]) -> dict[str, nn.Module]:
    """Return the models among what is given."""
    return {name: value for name, value in given.items() if isinstance(value, nn.Module)}


def dtypes_put_out(given: Mapping[str, Any]) -> dict[str, Any]:
    """Note from now on in which dtypes each given model puts out fractions, beside that of its parameters."""

    def noting(into: list[str]) -> Callable[..., None]:
        def hook(_: Any, __: Any, output: Any) -> None:
            into.extend(dtype for dtype in dtypes_in(output) if dtype not in into)

        return hook

    found: dict[str, Any] = {}
    for name, net in modules_in(given).items():
        own = {str(p.dtype) for p in tree.parameters(net).values() if p.is_floating_point()}
        if len(own) == 1:
            found[name] = {"own": own.pop(), "put out": []}
            nn.Module.register_forward_hook(net, noting(found[name]["put out"]))
    return found


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


def moved(value: Any, device: str, dtype: torch.dtype) -> Any:
    """Return an input where a run needs it: fractions in ``dtype``, everything on ``device``."""
    if not isinstance(value, torch.Tensor):
        return value
    return value.to(device, dtype) if value.is_floating_point() else value.to(device)


def fresh(value: Any, grad: bool) -> Any:
    """Return a copy of an input; a gradient is to arrive at fractions, if ``grad``."""
    if not isinstance(value, torch.Tensor):
        return copy.deepcopy(value)
    value = value.detach().clone(memory_format=torch.preserve_format)
    return value.requires_grad_(grad) if value.is_floating_point() else value


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
    """Return the same values in another layout in memory, where the shape allows one: for images, channels
    last.
    """
    if x.ndim < 2:
        return x.repeat_interleave(2, dim=0)[::2] if x.ndim else x.clone()
    if x.ndim == 4:
        return x.contiguous(memory_format=torch.channels_last)
    return x.transpose(0, -1).contiguous().transpose(0, -1)


def as_saved(value: Any) -> Any:
    """Return what ``torch.load`` gives back of what ``torch.save`` wrote. For a tensor, a copy is as good,
    and faster.
    """
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def no_ones(tensors: Mapping[str, torch.Tensor]) -> list[str]:
    """Return the names of tensors whose gradient does not consist of ones."""
    gradients = {name: tensor.grad for name, tensor in tensors.items()}
    return [name for name, grad in gradients.items() if grad is not None and not bool((grad == 1).all())]


def as_data(value: Any) -> Any:
    """Return a result in types that can be sent: a named tuple is a tuple, and NumPy's float64 is a float."""
    kind = type(value)
    if issubclass(kind, (list, tuple)) and kind is not torch.Size:
        return (list if issubclass(kind, list) else tuple)(as_data(item) for item in value)
    if issubclass(kind, dict):
        return {key: as_data(item) for key, item in value.items()}
    return plain(value)


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Return the tensors in an output, in the order in which they stand."""
    if isinstance(value, torch.Tensor):
        return [value]
    items = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    )
    return [tensor for item in items for tensor in tensors_in(item)]


def plain(value: Any) -> Any:
    """Return a result with floats for floats of another class; other numbers that are no data are shown by
    their text.
    """
    if type(value) in (list, tuple):
        return type(value)(plain(item) for item in value)
    if isinstance(value, float):
        return float(value)
    return repr(value) if isinstance(value, numbers.Number) and type(value) not in (bool, int) else value  # type: ignore[comparison-overlap]


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return an output with everything in it changed, in containers that nobody else has."""
    if type(value) in (list, tuple):
        return type(value)(mapped(item, change) for item in value)
    if type(value) is dict:
        return {key: mapped(item, change) for key, item in value.items()}
    return change(value)


def as_it_is_now(value: Any) -> Any:
    """Return an output that stays as it is: a model may use its containers again in the next call."""
    return mapped(value, lambda item: item)


def detached(value: Any) -> Any:
    """Return an output without its graph."""
    return mapped(value, lambda item: item.detach() if isinstance(item, torch.Tensor) else item)


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
        for name, parameter in tree.parameters(net).items():
            if name in names:
                parameter.zero_()


def shapes_of(named: Any) -> dict[str, Any]:
    """Return the shapes of tensors by their names."""
    return {name: "not known yet" if is_lazy(t) else tuple(t.shape) for name, t in named}


def named_tensors(net: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Return parameters and buffers with their names; those whose shape is not known yet are left out."""
    named = [*tree.parameters(net).items(), *tree.buffers(net).items()]
    return [(name, tensor) for name, tensor in named if not is_lazy(tensor)]


def tensors_of(net: nn.Module) -> list[torch.Tensor]:
    """Return parameters and buffers."""
    return [tensor for _, tensor in named_tensors(net)]


def places_of(net: nn.Module) -> dict[str, str]:
    """Return where parameters and buffers are, if that is not the CPU."""
    return {name: str(t.device) for name, t in named_tensors(net) if t.device.type != "cpu"}


def ids_of(net: nn.Module, names: Collection[str]) -> set[int]:
    """Return the identities of the parameters and buffers of these names; ``*`` stands for all names."""
    return {id(tensor) for name, tensor in named_tensors(net) if name in names or "*" in names}


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

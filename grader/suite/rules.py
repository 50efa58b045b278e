"""The house rules: promises that hold in every exercise, each with its check, its message and its hint.

Trusted side. A rule looks at the evidence of an observation (``grader.worker.observation``) and raises
Broken where it is broken. ``exercises/RULES.md`` has a section for each, ``tests/spoilers/`` ways to break
it. What rules rest on can be forged by whoever reads our source: so they are worth little, and a suite's
own tests ask for what takes the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch

from grader.suite.compare import Mismatch, same
from grader.suite.evidence import WHOLE, Observation
from grader.suite.traffic import same_traffic
from grader.wire.case import CallCase, Case
from grader.wire.messages import as_sent_from, sent
from grader.words import listed, times
from grader.worker.observation import VALUES, tensors_in

CUDA = "cuda:1"


class Broken(Mismatch):
    """A house rule is broken: ``rule`` is its id, ``part`` the class or function that breaks it."""

    def __init__(self, rule: str, message: str, hint: str = "") -> None:
        super().__init__(f"{message} [{rule}]", hint)
        self.rule = rule
        self.part = ""


class NotShown(pytest.skip.Exception):  # type: ignore[name-defined,misc]
    """A rule can't be judged, since something else has to work first; the message says what."""


@dataclass(frozen=True)
class Rule:
    """A promise of every exercise.

    ``sentence`` follows the name of a part: "MLP: only reads what it is given". ``stages`` are the stages
    of an observation whose failing breaks the rule. ``devices`` are those on which it is judged,
    ``functions`` says whether it is one for functions as well as for models.
    """

    id: str
    sentence: str
    check: Callable[[Observation], None]
    stages: tuple[str, ...] = ()
    devices: tuple[str, ...] = ("cpu", CUDA)
    models: bool = True
    functions: bool = True
    repeats: bool = True  # whether it makes sense only where the same call gives the same output

    def __str__(self) -> str:
        return self.id

    def applies_to(self, case: Case) -> bool:
        """Return whether this is a rule for such a case."""
        return self.functions if isinstance(case, CallCase) else self.models

    def judge(self, seen: Observation) -> None:
        """Raise Broken if the rule is broken, NotShown if that can't be told."""
        for stage in seen.expected:
            if stage in seen.errors and stage in VALUES:
                raise NotShown(seen.errors[stage].report())
            if stage in seen.errors and stage in self.stages:
                raise Broken(self.id, seen.errors[stage].report())
            if stage in self.stages and not seen.has(stage):
                raise NotShown("The look at your code ended before this.")
        try:
            if self.repeats and not isinstance(seen.case, CallCase):
                _repeats(seen)
            self.check(seen)
        except Broken:
            raise
        except Mismatch as mismatch:
            raise Broken(self.id, str(mismatch), mismatch.hint) from None


RULES: dict[str, Rule] = {}


def rule(id: str, sentence: str, **options: Any) -> Callable[[Callable[[Observation], None]], Rule]:
    """Make the decorated check the check of a rule."""

    def make(check: Callable[[Observation], None]) -> Rule:
        RULES[id] = Rule(id, sentence, check, **options)
        return RULES[id]

    return make


def _repeats(seen: Observation) -> None:
    """Raise NotShown where two equal calls differ: everything that compares outputs would say so again."""
    try:
        if seen.has("again"):
            _same_output(seen, "again", "the output")
        if seen.has("others"):
            for output in seen.stage("others")["outputs"].values():
                same(output, seen.output, requires_grad=False)
    except Mismatch as mismatch:
        raise NotShown(f"The same call has to give the same output first: {mismatch}") from None


def _same_output(seen: Observation, stage: str, name: str, hint: str = "", *, called: str = "") -> None:
    same(seen.stage(stage)[name], seen.output, called=called or seen.words, hint=hint, requires_grad=False)


def _nothing_changed(seen: Observation, stage: str, field: str, hint: str) -> None:
    for name, change in _pairs(seen.stage(stage).get(field)):
        if stage == "modes":
            raise Mismatch(f"model = {seen.case.words}; {name} is not as it was: {change}.", hint)
        raise Mismatch(f"After {seen.steps(stage) or seen.words}, {name} is not as it was: {change}.", hint)


def _pairs(value: Any) -> Iterator[tuple[str, str]]:
    for pair in value if isinstance(value, list) else []:
        if isinstance(pair, list) and len(pair) == 2 and all(type(word) is str for word in pair):
            yield pair[0], pair[1]


# --- the rules ---------------------------------------------------------------------------------------------


@rule("nothing-remembered", "computes anew in each call", stages=("again",), devices=("cpu",), repeats=False)
def nothing_remembered(seen: Observation) -> None:
    """The same call gives the same output, and a model that has run gives what a new one gives."""
    if isinstance(seen.case, CallCase):
        if not seen.has("again"):  # on a GPU: it is called there again after it was called elsewhere
            return
        got, first = seen.stage("again")["result"], seen.output
        hint = (
            "what one call leaves behind must not matter to the next: no globals, no default that is changed"
        )
        same(
            got,
            first,
            called=f"{seen.words}, called again with equal arguments,",
            hint=hint,
            requires_grad=False,
        )
        return
    found = seen.stage("again")
    hint = (
        "the same values must give the same output: layers are made in __init__, and no call leaves "
        "anything behind"
    )
    for name in found.keys() & {"the output", "the output once more"}:
        _same_output(seen, "again", name, hint, called=f"{seen.words}, called again with the same values,")
    if "other inputs" not in found:
        return
    same(
        found["other inputs"], found["other inputs, to a new model"], requires_grad=False,
        called=f"model = {seen.build}; {seen.call}; and then the same with other values and another size,",
        hint="expected is what a model gives that has never run: what a call works out is for it alone",
    )  # fmt: skip


@rule("same-in-every-mode", "gives the same numbers in train and eval mode, with and without gradients",
      stages=("modes",), functions=False)  # fmt: skip
def same_in_every_mode(seen: Observation) -> None:
    """The output is the same in train and eval mode, with gradients, under no_grad and inference_mode."""
    hint = "nothing in forward may ask for the mode, or whether gradients are on"
    for words, output in seen.stage("modes")["outputs"].items():
        called = f"model = {seen.build}; {words}"
        same(output, seen.output, called=called, hint=hint, requires_grad=False)


@rule(
    "nobody-shares",
    "shares nothing with another model",
    stages=("others",),
    devices=("cpu",),
    functions=False,
    repeats=False,
)
def nobody_shares(seen: Observation) -> None:
    """Two models of one class have no tensor in common, and training one leaves the other alone."""
    shared = seen.stage("others")["shared"]
    if shared:
        raise Mismatch(
            f"{seen.build}, called twice, gives two models that share {listed(shared[:4])}; expected "
            f"tensors of "
            "their own. Training one would change the other.",
            "make layers and tensors in __init__, anew for each model: not on the class, not in a "
            "default argument",
        )
    for words, output in seen.stage("others")["outputs"].items():
        hint = "what a model has to remember belongs on self, not on the class or in a list outside of it"
        same(
            output,
            seen.output,
            called=f"model = {seen.build}; {seen.call}, {words},",
            hint=hint,
            requires_grad=False,
        )


@rule("only-reads", "only reads what it is given", repeats=False)
def only_reads(seen: Observation) -> None:
    """Arguments and inputs are as they were: values, requires_grad, modes, hooks, devices, order,
    containers.
    """
    if isinstance(seen.case, CallCase):
        _nothing_changed(
            seen, "run", "changed given", "what a function is given belongs to the caller: make something new"
        )
        return
    hint = (
        "what __init__ is given belongs to the caller: copy a list before you change it, and leave "
        "modules as they are"
    )
    if seen.has("built"):
        _nothing_changed(seen, "built", "changed arguments", hint)
    for stage in filter(seen.has, ("run", "again")):
        hint = (
            "x belongs to the caller: no in-place operation (relu_, +=, x[...] = ...), and "
            "requires_grad stays"
        )
        _nothing_changed(seen, stage, "changed inputs", hint)


@rule("leaves-the-model", "changes nothing in the model when it is called", repeats=False, functions=False)
def leaves_the_model(seen: Observation) -> None:
    """A call changes no parameter, buffer, mode, gradient or hook."""
    for stage in ("run", "again", "modes"):
        if seen.has(stage):
            hint = (
                "forward computes; it sets no mode, writes to no parameter or buffer, and leaves no "
                "hook behind"
            )
            _nothing_changed(seen, stage, "changed model", hint)


@rule("leaves-the-world", "leaves settings of the whole program as they were", repeats=False)
def leaves_the_world(seen: Observation) -> None:
    """Gradient mode, defaults, autocast, seeds and warnings are as they were."""
    for stage in ("built", "run", "again", "modes"):
        if not seen.has(stage):
            continue
        hint = (
            "a setting of the whole program is for the caller to choose; `with ...:` gives it back at the end"
        )
        _nothing_changed(seen, stage, "changed world", hint)


@rule("calls-layers", "calls layers as layer(x), and is called through nn.Module's own __call__",
      stages=("watched",), devices=("cpu",), repeats=False)  # fmt: skip
def calls_layers(seen: Observation) -> None:
    """The hooks of each layer run as often as the layer does."""
    function = isinstance(seen.case, CallCase)
    if function and not seen.has("again"):
        raise NotShown("The same call has to work a second time first.")
    found = seen.stage("again" if function else "watched")
    ran, called, used = found["ran"], found["called"], found["used"]
    for name, count in ran.items():
        if not name and called[name] != 1:
            raise Mismatch(
                f"During {seen.words}, the hooks of the model itself ran {times(called[name])}; expected "
                f"once. "
                "nn.Module.__call__ runs the hooks, and then forward.",
                "write forward, and leave __call__ alone",
            )
        if count > called[name]:
            own = "" if function else "self."
            raise Mismatch(
                f"During {seen.words}, {name or 'the model'} ran {times(count)}, but its hooks ran "
                f"{times(called[name])}; "
                "expected as often as it ran.",
                f"call it as {own}{name}(...): .forward(...) passes its hooks by",
            )
        if name in used and not called[name] and name:
            raise Mismatch(
                f"During {seen.words}, the parameters of {name} were used, but {name} itself was never "
                f"called; expected "
                "that its hooks run.",
                f"call the layer, self.{name}(...), instead of doing its work with its weight",
            )


@rule("gradients-arrive", "lets gradients reach its inputs and all its parameters", devices=("cpu",),
      repeats=False, functions=False)  # fmt: skip
def gradients_arrive(seen: Observation) -> None:
    """After backward(), no input and no parameter that can be trained is without a gradient."""
    trained = seen.stage("run")["trained"]
    names = {*seen.stage("built")["parameters"]}
    missing = [n for n, g in seen.gradients.items() if g is None and (n in trained or n not in names)]
    if missing:
        raise Mismatch(
            f"After {seen.words} and backward(), there is no gradient of {listed(missing[:4])}; expected "
            "one for each input and each parameter.",
            "look for what cuts the graph (detach(), .data, .item(), no_grad()), and for a layer that "
            "forward leaves out",
        )


@rule("any-batch", "takes any batch size, contiguous or not, and each sample by itself", stages=("rows",),
      devices=("cpu",), functions=False)  # fmt: skip
def any_batch(seen: Observation) -> None:
    """A sample's output does not depend on the samples beside it, nor on how they lie in memory.

    That can't be told where a part of the model is random, as dropout is in train mode.
    """
    try:
        if seen.has("modes"):
            same_in_every_mode.check(seen)
    except Mismatch as mismatch:
        raise NotShown(f"It has to give the same in every mode first: {mismatch}") from None
    picks: dict[str, tuple[Callable[[torch.Tensor], torch.Tensor], str]] = {
        "the first sample alone": (
            lambda y: y[:1],
            "a batch of one sample is a batch; and no sample may look at another",
        ),
        "all samples but the first": (
            lambda y: y[1:],
            "what comes out for a sample may depend on that sample only",
        ),
        "the same values, not contiguous in memory": (
            lambda y: y,
            "reshape and flatten work with any layout, view does not",
        ),
    }
    for words, output in seen.stage("rows").items():
        pick, hint = picks[words]
        called = f"model = {seen.build}; {seen.call} with {words}"
        same(output, _each(seen.output, pick), called=called, hint=hint, requires_grad=False)


def _each(value: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each(item, change) for key, item in value.items()}
    return type(value)(_each(item, change) for item in value) if isinstance(value, (list, tuple)) else value


@rule("can-be-saved", "comes back from state_dict, torch.save and deepcopy as it was", stages=("saved",),
      devices=("cpu",), functions=False)  # fmt: skip
def can_be_saved(seen: Observation) -> None:
    """Copies give what the model gives, and are not tied to it."""
    for words, output in seen.stage("saved").items():
        called = f"model = {seen.build}; {seen.call} of {words}"
        hint = (
            "what a model needs to compute must be in its parameters and buffers, or follow from its "
            "arguments"
        )
        same(output, seen.output, called=called, hint=hint, requires_grad=False)


@rule("keeps-the-dtype", "computes in the dtype of its parameters", stages=("dtypes",))
def keeps_the_dtype(seen: Observation) -> None:
    """Outputs have the dtype of the model, and are as precise as it allows."""
    if isinstance(seen.case, CallCase):
        for stage in seen.expected:
            for name, dtypes in seen.stage(stage).get("dtypes", {}).items() if seen.has(stage) else ():
                if other := [dtype for dtype in dtypes["put out"] if dtype != dtypes["own"]]:
                    raise Mismatch(
                        f"During {seen.words}, {name} put out {listed(other)}; expected {dtypes['own']}, "
                        f"the dtype "
                        "of its parameters.",
                        "look for autocast, half(), bfloat16, .float() and .double()",
                    )
        return
    found = seen.stage("dtypes")
    for dtype, dtypes in found["dtypes"].items():
        if any(other != dtype for other in dtypes):
            raise Mismatch(
                f"model = {seen.build}.to({dtype}), {seen.call} with inputs in {dtype} returned "
                f"{listed(dtypes)}; "
                f"expected {dtype}.",
                "no .float(), .half() or dtype=...: what is made in forward takes the dtype of x or of a "
                "parameter",
            )
    hint = "something computes in a lower precision: look for autocast, half(), bfloat16"
    precise = {"in float32": seen.output}
    if seen.has("modes"):
        precise["in float32, in eval mode"] = next(iter(seen.stage("modes")["outputs"].values()))
    for words, output in precise.items():
        called = f"{seen.words} {words}"
        right = _each(output, _float32)
        # float32 rounds to 6e-8 of a number, half precision to 5e-4, and what is added up is as large as
        # the output.
        atol = 5e-5 * max(
            (float(x.detach().abs().max()) for x in tensors_in(right) if x.numel()), default=1.0
        )
        same(found[words], right, called=called, hint=hint, rtol=0, atol=atol, requires_grad=False)


def _float32(tensor: torch.Tensor) -> torch.Tensor:
    return as_sent_from(tensor.float(), sent(tensor).device) if tensor.dtype is torch.float64 else tensor


@rule(
    "goes-where-it-is-moved",
    "works on whatever device it is moved to",
    stages=("moved", "made"),
    functions=True,
)
def goes_where_it_is_moved(seen: Observation) -> None:
    """It works on the CPU and on each GPU in turn, and is made where torch makes things."""
    if seen.device == "cpu":
        if isinstance(seen.case, CallCase):
            return
        for field, what in (
            ("not on meta", 'with torch.device("meta")'),
            ("not in float64", "after torch.set_default_dtype(torch.float64)"),
        ):
            if names := seen.stage("made")[field]:
                raise Mismatch(
                    f"{what}: model = {seen.build} makes {listed(names[:4])} elsewhere; expected it where "
                    f"and as torch "
                    "makes things at that moment.",
                    "leave device= and dtype= out where you make parameters; the caller chooses",
                )
        return
    for stop, found in seen.stage("moved")["stops"].items():
        name = "result" if isinstance(seen.case, CallCase) else "output"
        called = (
            f'{seen.build}; nn.ModuleList([model]).to("{stop}"); {seen.call}'
            if name == "output"
            else f"{seen.case.words}, on {stop}"
        )
        want = _each(seen.output, partial(_moved, start=seen.device, stop=stop))
        stayed = found.get("stayed behind") or []
        hint = (
            f"these stayed behind: {listed(stayed)}"
            if stayed
            else "no device may be remembered or written down"
        )
        same(found[name], want, called=called, hint=hint, requires_grad=False)


@rule(
    "moves-nothing",
    "copies nothing between devices and never waits for the GPU",
    devices=(CUDA,),
    repeats=False,
)
def moves_nothing(seen: Observation) -> None:
    """No call, from the first one on a device, copies between devices or waits."""
    stages = [("run", seen.words), ("again", f"{seen.words}, called again,")]
    for stage, called in stages:
        if seen.has(stage):
            found = seen.stage(stage)
            same_traffic(found["traffic"], called=called, elsewhere=found.get("stayed behind", ()))
    if seen.has("moved"):
        for stop, found in seen.stage("moved")["stops"].items():
            same_traffic(found["traffic"], called=f"{seen.case.words}, after it was moved to {stop},")


@rule("lets-errors-through", "lets torch's error through where devices are mixed", stages=("mixed",),
      devices=(CUDA,), repeats=False, functions=False)  # fmt: skip
def lets_errors_through(seen: Observation) -> None:
    """Where devices are mixed, nothing is moved to hide it."""
    found = seen.stage("mixed")
    hint = "a tensor that forward moves is copied in every call; where x goes is for the caller to say"
    for words, ended in found.items():
        if words != "places" and ended is None:
            raise Mismatch(
                f"{seen.case.words} returned a value where {words}; expected torch's RuntimeError.", hint
            )
    for when, places in found["places"].items():
        if places["got"] != places["expected"]:
            raise Mismatch(
                f"After {when}, its layers are on {listed(places['got'])}; expected them to stay on "
                f"{listed(places['expected'])}.",
                "layers are moved by model.to(...), when somebody calls that",
            )


def _moved(tensor: torch.Tensor, start: str, stop: str) -> torch.Tensor:
    """Return what is expected of a tensor after a move: what was where the run was goes along."""
    place = sent(tensor).device
    return as_sent_from(tensor, stop if place == start else place)


# --- in a suite --------------------------------------------------------------------------------------------


def also_on_gpu(cases: Sequence[Case], first: int = 1) -> Any:
    """Parametrise a test with ``case`` and ``device``: all cases on the CPU, and the ``first`` ones on a GPU
    as well.

    What goes wrong there goes wrong with any sizes; and a case that the rules look at has been looked at
    there already.
    """
    pairs = [*((case, "cpu") for case in cases), *((case, CUDA) for case in cases[:first])]
    return pytest.mark.parametrize(("case", "device"), pairs)


def rules_for(*cases: Case, each: float, skip: Mapping[str, str] | None = None) -> Any:
    """Return a test that asks all rules of ``cases``: one result for each rule, worth ``each`` points.

    ``skip`` says which rules don't hold here, and why. Every case that is named here is looked at in every
    way.
    """
    for name, reason in (skip or {}).items():
        if name not in RULES or not reason:
            raise ValueError(f"rules_for: {name!r} is no rule, or is skipped without a reason")
    WHOLE.update(cases)
    asked = [
        pytest.param(rule, device, id=f"{rule.id}-{device.partition(':')[0]}")
        for rule in RULES.values()
        if rule.id not in (skip or {}) and any(rule.applies_to(case) for case in cases)
        for device in rule.devices
    ]

    @pytest.mark.points(each)
    @pytest.mark.parametrize(("rule", "device"), asked)
    def test(student: Any, rule: Rule, device: str) -> None:
        """The house rules"""
        not_shown = None
        for case in cases:
            if rule.applies_to(case):
                try:
                    rule.judge(student.observe(case, device))
                except NotShown as error:
                    not_shown = not_shown or error
                except Broken as broken:
                    broken.part = case.part
                    raise
        if not_shown is not None:
            raise not_shown

    vars(test).update(asks_rules_of=cases, skips=frozenset(skip or ()))
    return test

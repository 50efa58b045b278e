"""Hidden suite of 04_moduledict: are all heads registered, is only the right one used, and does a new one fit?"""

import contextlib
from collections import UserDict

import pytest
import torch
import torch.nn.functional as F

from grader.suite import (
    Mismatch,
    ModelCase,
    Scenario,
    as_sent_from,
    listed,
    made,
    rules_for,
    same,
    same_as,
    same_scenario,
)

GPU = "cuda:1"
HEADS = '{"parity": 2, "top-5": 5, "Angle": 1}'


def net(activation, task, shape, heads=HEADS):
    def inputs():
        return {"x": torch.randn(*shape, 4)}

    build, call = f'MultiTaskNet(4, 6, {heads}, "{activation}")', f'model(x, "{task}")'
    other = 'MultiTaskNet(4, 6, {"other": 3}, "gelu")'
    return ModelCase(build, inputs, call, lambda: {"UserDict": UserDict}, len(shape) > 0, other)


def scene(text, *looks, **given):
    return Scenario(text, looks, part="MultiTaskNet", **given)


def features():
    """x goes into a net, h into a head."""
    return {"x": torch.randn(5, 4), "h": torch.randn(5, 6)}


def drawn():
    """Names that nobody can know before the run, in an order that is not that of the alphabet."""
    low, middle, high = sorted(torch.randperm(900)[:3].tolist())
    names = {f"name{i}": f"Task-{100 + number}" for i, number in enumerate((middle, high, low))}
    return {"x": torch.randn(2, 4), **names}


RELU, GELU, TANH = net("relu", "parity", (5,)), net("gelu", "Angle", ()), net("tanh", "top-5", (2, 3))
NETS = [
    (RELU, "relu", "parity"), (GELU, "gelu", "Angle"), (TANH, "tanh", "top-5"),
    (net("relu", "Angle", (1,), f"UserDict({HEADS})"), "relu", "Angle"),
]  # fmt: skip

NOT_HERE = {"lets-errors-through": "x may be sent to the trunk", "gradients-arrive": "only one head gets any"}

test_house_rules = rules_for(RELU, each=0.1, skip=NOT_HERE)

# --- building ----------------------------------------------------------------------------------------------

TRAINED = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2, "top-5": 5, "Angle": 2}, "gelu")
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
sum(p.square().sum() for p in model.parameters()).backward()
optimizer.step()""",
    "dict(model.state_dict())",
)
ORDERED = scene(
    'model = MultiTaskNet(4, 6, {name0: 2, name1: 1, name2: 2}, "relu")',
    "isinstance(model.trunk, nn.Linear)", "isinstance(model.heads, nn.ModuleDict)",
    "all(isinstance(head, nn.Linear) for head in model.heads.values())", "list(model.heads)", given=drawn,
)  # fmt: skip
FRESH = scene(
    """\
one, two = (head.weight for head in MultiTaskNet(4, 6, {"one": 3, "two": 3}, "relu").heads.values())
model = MultiTaskNet(4, 6, {}, "relu")
model.add_head("three", 3)
model.add_head("four", 3)
three, four = (head.weight for head in model.heads.values())""",
    "torch.equal(one, two)", "torch.equal(three, four)", "bool(one.std() > 0.01)", "bool(four.std() > 0.01)",
)  # fmt: skip
UNKNOWN = scene(
    "", *(f'MultiTaskNet(4, 6, {HEADS}, "{name}")' for name in ("sigmoid", "elu", "abs", "tanh, gelu")),
    f'MultiTaskNet(4, 6, {HEADS}, "elu")(x, "parity").shape', given=features,
)  # fmt: skip
MAPPING = scene(
    """\
heads = {"parity": 2, "top-5": 5}
model = MultiTaskNet(4, 6, heads, "relu")
model.add_head("later", 3)
left = dict(heads)
heads.clear()""",
    "left", 'model(x, "parity")', given=features,
)  # fmt: skip


@pytest.mark.points(1)
def test_net_trains_trunk_and_heads(student, reference):
    """MultiTaskNet: an optimizer gets hold of the trunk and each head, and state_dict() has just these"""
    same_scenario(student, reference, TRAINED, hint="one nn.Linear is the trunk, and one each head")


@pytest.mark.points(0.3)
def test_net_keeps_its_heads_in_a_moduledict(student, reference):
    """MultiTaskNet: `heads` is an nn.ModuleDict of nn.Linear, in the order of the mapping"""
    same_scenario(student, reference, ORDERED)


@pytest.mark.points(0.2)
def test_net_does_without_the_mapping(student, reference):
    """MultiTaskNet: the mapping stays as it was, and is not needed once the net is made"""
    same_scenario(student, reference, MAPPING)


@pytest.mark.points(0.3)
def test_net_draws_each_head_anew(student, reference):
    """MultiTaskNet: each head starts with random values of its own, as nn.Linear draws them"""
    same_scenario(student, reference, FRESH, hint="an nn.Linear for each head, with its own values")


@pytest.mark.points(0.4)
def test_net_refuses_an_unknown_activation(student, reference):
    """MultiTaskNet: an unknown activation is a ValueError, when the net is made, that lists the known ones"""
    same_scenario(student, reference, UNKNOWN, hint="look for it in a tuple or dict of the three")
    for look in UNKNOWN.looks:
        check_message(student, UNKNOWN, look, ["relu", "tanh", "gelu"])


def check_message(student, case, look, names, not_these=()):
    """The message that a look ends with lists these names, and none of the others."""
    said = student.look(case)["seen"][look]["message"]
    found = f"The message of {'; '.join(filter(None, [*case.lines(), look]))} is {said!r}"
    if missing := [name for name in names if name not in said]:
        raise Mismatch(f"{found}; expected it to list {listed(names)}, but {listed(missing)} is not in it.")
    if other := [name for name in not_these if name in said]:
        raise Mismatch(f"{found}; expected the tasks of this net, but {listed(other)} is one of another net.")


# --- forward -----------------------------------------------------------------------------------------------


@pytest.mark.points(1.5)
@pytest.mark.parametrize(("case", "activation", "task"), NETS)
def test_net_runs_trunk_activation_and_head(student, reference, case, activation, task):
    """MultiTaskNet: forward sends x through the trunk, the activation and the head of the task, and nothing else"""

    def explain():
        for words, value in reference.run(variants, case, activation, task).items():
            with contextlib.suppress(Mismatch):
                same(student.observe(case).output, value, requires_grad=False)
                return f"this is what comes out {words}"
        return ""

    same_as(student, reference, case, explain=explain, rtol=1e-6, atol=1e-7)


def variants(exercise, case, activation, task):
    """What comes out with the usual mistakes."""
    model, inputs, _ = made(case, exercise)
    functions = {"relu": F.relu, "tanh": torch.tanh, "gelu": F.gelu}
    act, head, before = functions.pop(activation), model.heads[task], model.trunk(inputs["x"])
    right = head(act(before))
    return {
        "without any activation": head(before),
        "with the activation after the head as well": act(right),
        "with the activation after the head only": act(head(before)),
        "with a softmax at the end": right.softmax(-1),
        "with a log_softmax at the end": right.log_softmax(-1),
        "with the gelu approximated by tanh": head(F.gelu(before, approximate="tanh")),
        **{f"with {name} instead of {activation}": head(f(before)) for name, f in functions.items()},
    }


TASK_AFTER_TASK = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 5, "top-5": 5}, "tanh")
other = MultiTaskNet(4, 6, {"parity": 3}, "relu")
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for task in ("top-5", "parity", "parity", "top-5"):
    optimizer.zero_grad()
    model(x, task).square().mean().backward()
    optimizer.step()""",
    "dict(model.state_dict())", given=features,
)  # fmt: skip
ONE_HEAD = scene(
    """\
model, ran = MultiTaskNet(4, 6, {"one": 3, "two": 3, "three": 3}, "tanh"), []
for name, part in {"trunk": model.trunk, **model.heads}.items():
    part.register_forward_hook(lambda *_, name=name: ran.append(name))
model(x, "two").sum().backward()""",
    "sorted(ran)", "sorted(name for name, p in model.named_parameters() if p.grad is not None)", given=features,
)  # fmt: skip
UNKNOWN_TASK = scene(
    """\
model = MultiTaskNet(4, 6, {name0: 2}, "relu")
other = MultiTaskNet(4, 6, {name2: 2}, "relu")
model.add_head(name1, 3)""",
    'model(x, "speed")', 'model(x, "keys")', "model(x, name2)", "[name0, name1, name2]", given=drawn,
)  # fmt: skip
STAYS = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2}, "relu").to(device)
try: model(x.to("cuda:0"), "parity")
except RuntimeError: pass
before = places(model.trunk, model.heads["parity"])
model.heads["parity"].to("cpu")
try: model(x, "parity")
except RuntimeError: pass""",
    "before", 'places(model.trunk, model.heads["parity"])', given=features,
)  # fmt: skip


@pytest.mark.points(0.6)
def test_net_trains_task_after_task(student, reference):
    """MultiTaskNet: one task after another can be trained on the same x"""
    same_scenario(student, reference, TASK_AFTER_TASK)


@pytest.mark.points(0.5)
def test_net_asks_one_head_only(student, reference):
    """MultiTaskNet: forward calls trunk and head once, as modules; the other heads neither run nor get gradients"""
    same_scenario(student, reference, ONE_HEAD, hint="hooks run in self.heads[task](...)")


@pytest.mark.points(0.4)
def test_net_refuses_an_unknown_task(student, reference):
    """MultiTaskNet: an unknown task is a KeyError that lists the known ones, also those that were added"""
    same_scenario(student, reference, UNKNOWN_TASK, hint="ask `task in self.heads` before you look there")
    *known, other = reference.look(UNKNOWN_TASK)["seen"]["[name0, name1, name2]"]["value"]
    check_message(student, UNKNOWN_TASK, 'model(x, "speed")', known, not_these=[other])


@pytest.mark.points(0.5)
@pytest.mark.parametrize("case", [RELU, GELU, TANH])
def test_net_computes_the_same_on_a_gpu(student, case):
    """MultiTaskNet: moved to a GPU, it computes there what it computes on the CPU"""
    there, here = student.observe(case, GPU), student.observe(case)
    same(there.output, as_sent_from(here.output, GPU), called=there.words, requires_grad=False)


@pytest.mark.points(0.2)
def test_net_stays_where_it_is(student, reference):
    """MultiTaskNet: in a call where x or the head is on another device, the net stays"""
    same_scenario(student, reference, STAYS, GPU, hint="forward moves no layer, the caller does")


# --- add_head ----------------------------------------------------------------------------------------------

ADDED = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2, "top-5": 5}, "gelu")
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model.add_head("later", 2)
model.heads["later"].load_state_dict(model.heads["parity"].state_dict())
sum(p.square().sum() for p in model.parameters()).backward()
optimizer.step()""",
    "dict(model.state_dict())", "list(model.heads)",
)  # fmt: skip
USED = scene(
    """\
model = MultiTaskNet(4, 6, {}, "tanh")
model.add_head("one", 3)
model(x, "one")
model.add_head("two", 3)
model.heads["two"].load_state_dict(model.heads["one"].state_dict())""",
    'torch.allclose(model(x, "one"), model(x, "two"))', given=features,
)  # fmt: skip
FITS = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2}, "relu").bfloat16()
model.trunk.requires_grad_(False)
model.add_head("later", 2)
model.heads["later"].load_state_dict(model.heads["parity"].state_dict())""",
    'model.heads["later"](h.bfloat16())', "sorted(name for name, p in model.named_parameters() if p.requires_grad)",
    "model.trunk.weight.dtype", given=features,
)  # fmt: skip
ON_META = 'model = MultiTaskNet(4, 6, {"parity": 2}, "relu").to("meta")\nmodel.add_head("later", 2)'
FITS_ON_META = scene(ON_META, 'places(model.trunk, model.heads["later"])')
FITS_ON_A_GPU = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2}, "relu").to(device)
model.heads["parity"].to("cpu")
model.add_head("later", 2)
model.heads["later"].load_state_dict(model.heads["parity"].state_dict())""",
    'model.heads["later"](h)', 'places(model.trunk, model.heads["parity"])', given=features,
)  # fmt: skip
TAKEN = scene(
    """\
model = MultiTaskNet(4, 6, {"parity": 2}, "relu")
model.add_head("later", 3)""",
    'model.add_head("parity", 2)', 'model.add_head("later", 4)', "list(model.heads)", 'model.heads["parity"].weight',
)  # fmt: skip


@pytest.mark.points(1)
def test_net_adds_a_head_beside_the_others(student, reference):
    """MultiTaskNet: add_head puts a new head last into `heads`; the old ones stay the same objects, with their values"""
    same_scenario(student, reference, ADDED, hint="put one nn.Linear into self.heads, and no more")


@pytest.mark.points(0.3)
def test_net_uses_a_new_head_at_once(student, reference):
    """MultiTaskNet: after add_head, forward finds the new head, also in a net that had none"""
    same_scenario(student, reference, USED, hint="forward looks into self.heads in each call")


@pytest.mark.points(0.5)
def test_net_gives_a_new_head_the_dtype_of_the_trunk(student, reference):
    """MultiTaskNet: add_head gives the new head the trunk's dtype; it can be trained, also where the trunk is frozen"""
    same_scenario(student, reference, FITS, hint="a new nn.Linear knows nothing of the net: ask the trunk")


@pytest.mark.points(0.5)
def test_net_puts_a_new_head_beside_the_trunk(student, reference):
    """MultiTaskNet: add_head puts the new head where the trunk is, and moves nothing else"""
    hint = "ask the trunk where it is: heads can be somewhere else, and there is more than one GPU"
    student.look(FITS_ON_META)  # both are looked at, which tells how the place was chosen
    same_scenario(student, reference, FITS_ON_A_GPU, GPU, hint=hint)
    same_scenario(student, reference, FITS_ON_META, hint=hint)


@pytest.mark.points(0.6)
def test_net_refuses_a_taken_name(student, reference):
    """MultiTaskNet: add_head with a name that is taken is a ValueError, and nothing changes"""
    same_scenario(student, reference, TAKEN, hint="look into self.heads before anything is made")

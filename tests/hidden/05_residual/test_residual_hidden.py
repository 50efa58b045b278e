"""Hidden suite of 05_residual: does a block add what it was given, and does the net keep what comes out?"""

import contextlib

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from grader.suite import (
    Mismatch,
    ModelCase,
    Scenario,
    also_on_gpu,
    made,
    rules_for,
    same,
    same_as,
    same_scenario,
)


def block(before, after, shape=(12,)):
    def inputs():
        return {"x": torch.randn(*shape, before)}

    build = f"ResidualBlock({before}, {after})"
    return ModelCase(build, inputs, batched=len(shape) > 0, other="ResidualBlock(2, 3)")


def net(before, stages, depth, shape=(8,)):
    def inputs():
        return {"x": torch.randn(*shape, before)}

    build = f"ResidualNet({before}, {stages}, depth={depth})"
    return ModelCase(build, inputs, batched=len(shape) > 0, other='ResidualNet(2, {"one": 3}, depth=1)')


def scene(text, *looks, part, **given):
    return Scenario(text, looks, part=part, **given)


# Twelve rows: of each kind of number, positive and negative, there are many at each relu.
CHANGES, KEEPS = block(5, 8), block(6, 6)
SAME_WIDTH = [KEEPS, block(5, 5, (1,)), block(4, 4, ()), block(3, 3, (2, 6))]
OTHER_WIDTH = [CHANGES, block(8, 3, (2, 6)), block(4, 7, ()), block(3, 1)]
NETS = [
    net(4, {"mid": 6, "low": 6, "high": 3}, 2),
    net(5, {"only": 5}, 3, ()),
    net(3, {"b": 4, "a": 5}, 1, (2, 3)),
]

CLOSE = {"rtol": 1e-6, "atol": 1e-7}  # for hints: `made` rounds weights to float32

test_house_rules = rules_for(CHANGES, NETS[0], each=0.1)

# --- ResidualBlock -----------------------------------------------------------------------------------------

TRAINED = """\
model = {}
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
sum(p.square().sum() for p in model.parameters()).backward()
optimizer.step()"""
BLOCKS_TRAINED = {
    "linear1 and linear2, and projection where the widths differ": "ResidualBlock(3, 4)",
    "linear1 and linear2, where the widths are the same": "ResidualBlock(4, 4)",
}


@pytest.mark.points(1.2)
def test_block_trains_its_layers(student, reference):
    """ResidualBlock: an optimizer gets hold of linear1, linear2 and, only where widths differ, projection"""
    for what, build in BLOCKS_TRAINED.items():
        case = scene(TRAINED.format(build), "dict(model.state_dict())", part="ResidualBlock")
        same_scenario(
            student, reference, case, hint=f"there must be {what}, each a layer of its own, and nothing else"
        )


def variants(exercise, case):
    """What comes out of a block with the usual mistakes."""
    model, inputs, _ = made(case, exercise)
    x = inputs["x"]
    inner, shortcut = F.relu(model.linear1(x)), x if model.projection is None else model.projection(x)
    branch = model.linear2(inner)
    return {
        "if nothing is added to what linear2 gives": F.relu(branch),
        "if nothing is added, and no relu follows": branch,
        "without a relu between linear1 and linear2": F.relu(model.linear2(model.linear1(x)) + shortcut),
        "without a relu after the addition": branch + shortcut,
        "with the last relu before the addition instead of after it": F.relu(branch) + shortcut,
        "with a relu before the addition as well": F.relu(F.relu(branch) + shortcut),
        "with a relu on the shortcut": F.relu(branch + F.relu(shortcut)),
        "if the output of the first relu is added instead of x": F.relu(branch + inner),
        "if the shortcut is added twice": F.relu(branch + 2 * shortcut),
        "if the shortcut is subtracted": F.relu(branch - shortcut),
        "if the two are multiplied": F.relu(branch * shortcut),
        "if their mean is taken": F.relu((branch + shortcut) / 2),
    }


def what_is_off(student, reference, case):
    for words, value in reference.run(variants, case).items():
        with contextlib.suppress(Mismatch):
            same(student.observe(case).output, value, requires_grad=False, **CLOSE)
            return f"this is what comes out {words}"
    return ""


@pytest.mark.points(1.4)
@also_on_gpu(SAME_WIDTH)
def test_block_adds_x_itself(student, reference, case, device):
    """ResidualBlock: where widths are the same: linear1, relu, linear2, then x is added, then relu"""
    same_as(student, reference, case, device, explain=lambda: what_is_off(student, reference, case))


@pytest.mark.points(1.4)
@also_on_gpu(OTHER_WIDTH)
def test_block_adds_a_projection_of_x(student, reference, case, device):
    """ResidualBlock: where widths differ: linear1, relu, linear2, then x's projection is added, then relu"""
    same_as(student, reference, case, device, explain=lambda: what_is_off(student, reference, case))


# --- ResidualNet -------------------------------------------------------------------------------------------

# Without projections: whether a block has the right one is asked of the block. Biases would make it long.
NET_TRAINED = scene(
    TRAINED.format('ResidualNet(3, {"mid": 4, "low": 5}, depth=3)'),
    '{name: p for name, p in model.state_dict().items() if "weight" in name and "projection" not in name}',
    part="ResidualNet",
)
KINDS = scene(
    'model = ResidualNet(3, {"mid": 4, "low": 5}, depth=2)',
    "isinstance(model.stages, nn.ModuleDict)", "list(model.stages)",
    "[len(stage) for stage in model.stages.values()]",
    "all(isinstance(block, ResidualBlock) for stage in model.stages.values() for block in stage)",
    part="ResidualNet",
)  # fmt: skip


@pytest.mark.points(1.1)
def test_net_trains_every_block(student, reference):
    """ResidualNet: an optimizer gets hold of every block, each a new one, and state_dict() has just these"""
    hint = "the net has to know depth new blocks for each stage, of which only the first changes the width"
    same_scenario(student, reference, NET_TRAINED, hint=hint)


@pytest.mark.points(0.4)
def test_net_keeps_its_stages_in_a_moduledict(student, reference):
    """ResidualNet: `stages` is an nn.ModuleDict of stages in order, each of `depth` ResidualBlocks"""
    same_scenario(student, reference, KINDS)


def on_the_way(exercise, case):
    """What comes out of each block, and x."""
    model, inputs, _ = made(case, exercise)
    h, found = inputs["x"], {"x itself": inputs["x"]}
    for name, blocks in model.stages.items():
        for i, block in enumerate(blocks):
            h = found[f"what stages[{name!r}][{i}] gives"] = block(h)
    return found


def where_from(student, reference, case):
    """A hint: which value it is that stands under a wrong name."""
    got, right = student.observe(case).output, reference.observe(case).output
    for name, value in right.items():
        there = got.get(name) if isinstance(got, dict) else got
        try:
            same(there, value, requires_grad=False, **CLOSE)
        except Mismatch:
            place = f"what is there under {name!r}" if isinstance(got, dict) else "what came back"
            for words, other in reference.run(on_the_way, case).items():
                with contextlib.suppress(Mismatch):
                    same(there, other, requires_grad=False, **CLOSE)
                    return f"{place} is {words}"
            return ""
    return ""


@pytest.mark.points(1.2)
@also_on_gpu(NETS)
def test_net_returns_the_features_of_each_stage(student, reference, case, device):
    """ResidualNet: forward returns what comes out of the last block of each stage, by the stage's name"""
    same_as(student, reference, case, device, explain=lambda: where_from(student, reference, case))


def linears(*names):
    return {"x": torch.randn(6, 4), "y": torch.randn(6, 4)} | {name: nn.Linear(4, 4) for name in names}


# Every block is exchanged for a given layer, so that these don't depend on what a block computes.
OTHER_BLOCKS = scene(
    """\
model = ResidualNet(4, {"mid": 4, "low": 4}, depth=2)
model.stages["mid"][0], model.stages["mid"][1] = a, b
model.stages["low"][0], model.stages["low"][1] = c, d""",
    "model(x)", "list(model(x))", "model.eval()(x)",
    part="ResidualNet", given=lambda: linears("a", "b", "c", "d"),
)  # fmt: skip
LATER = scene(
    """\
model = ResidualNet(4, {"mid": 4, "low": 4}, depth=1)
model(x.clone()), model.eval()(x.clone())
model.stages["mid"][0], model.stages["low"][0] = a, b""",
    "model(x)", "model.train()(x)", part="ResidualNet", given=lambda: linears("a", "b"),
)  # fmt: skip
TWO_CALLS = scene(
    """\
model = ResidualNet(4, {"mid": 4, "low": 4}, depth=1)
model.stages["mid"][0], model.stages["low"][0] = a, b
first = model(x)
second = model(y)
second.clear()""",
    "first", "second", part="ResidualNet", given=lambda: linears("a", "b"),
)  # fmt: skip


@pytest.mark.points(1.0)
def test_net_runs_one_block_after_the_other(student, reference):
    """ResidualNet: each block gets what the one before it gave, across stages too; nothing stands between"""
    hint = "forward takes its blocks out of self.stages, in order, and hands on what the last one gave"
    same_scenario(student, reference, OTHER_BLOCKS, hint=hint)


@pytest.mark.points(0.5)
@pytest.mark.needs("test_net_runs_one_block_after_the_other")
def test_net_runs_a_block_that_was_replaced(student, reference):
    """ResidualNet: a block that is put into `stages` later is the one that runs"""
    hint = "forward has to take its blocks out of self.stages each time it runs"
    same_scenario(student, reference, LATER, hint=hint)


@pytest.mark.points(0.4)
@pytest.mark.needs("test_net_runs_one_block_after_the_other")
def test_net_returns_a_dict_of_its_own_each_time(student, reference):
    """ResidualNet: the dict of one call is not changed by the next"""
    same_scenario(student, reference, TWO_CALLS, hint="make the dict in forward, not in __init__")

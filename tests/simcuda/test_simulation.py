"""The simulation's own behaviour: what it counts, what it leaves behind, and what it refuses."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn

from grader import simcuda
from grader.authoring import lesson
from tests.conftest import PROJECT

pytest_plugins = ["grader.simcuda.fixture"]


def counts(machine):
    names = ("host_to_device", "device_to_host", "device_to_device", "synchronisations")
    return {name: getattr(machine, name) for name in names if getattr(machine, name)}


# --- beginning and end -------------------------------------------------------------------------------------


def test_torch_is_afterwards_what_it_was_before():
    owners = [torch, torch.Tensor, torch.UntypedStorage, torch.cuda, torch.autograd.Function, torch._C._nn]
    owners += [nn.functional, threading.Thread]
    before = [dict(vars(owner)) for owner in owners]
    with simcuda.devices(2):
        torch.zeros(3, device="cuda").cpu()
    for owner, names in zip(owners, before, strict=True):
        assert {name for name, value in vars(owner).items() if names.get(name) is not value} <= {
            "__annotations__",
            "__slotnames__",
        }
    assert not torch.cuda.is_available()
    assert torch.zeros(1).device == torch.device("cpu")


def test_ranges_for_a_profiler_can_be_named():
    with simcuda.devices(1):
        with torch.cuda.nvtx.range("step"):
            assert torch.cuda.nvtx.range_push("forward") == 1
            torch.cuda.nvtx.mark("here")
            assert torch.cuda.nvtx.range_pop() == 1
        assert torch.cuda.nvtx.range_push("next step") == 0
    with pytest.raises(RuntimeError, match="NVTX"):
        torch.cuda.nvtx.range_push("on a CPU")


def test_the_accelerator_is_the_current_gpu():
    with simcuda.devices(2):
        with torch.accelerator.device_index(1):
            x = torch.zeros(100, device="cuda")
            assert (torch.accelerator.current_device_index(), x.get_device()) == (1, 1)
            assert torch.accelerator.memory_allocated() == torch.cuda.memory_allocated(1) > 0
        assert torch.accelerator.current_device_index() == 0
        assert torch.accelerator.max_memory_allocated() == 0
        with pytest.raises(NotImplementedError, match=r"accelerator\.memory_reserved"):
            torch.accelerator.memory_reserved()


def test_it_ends_with_an_exception_as_well():
    with pytest.raises(ZeroDivisionError), simcuda.devices(1):
        raise ZeroDivisionError
    assert simcuda.current() is None
    with simcuda.devices(1):
        assert torch.cuda.device_count() == 1


def test_a_simulation_inside_of_another_is_refused(simulated_cuda):
    with pytest.raises(RuntimeError, match="simulated already"), simcuda.devices(1):
        pass
    assert simcuda.current() is simulated_cuda


@pytest.mark.parametrize("count", [0, -1, 99])
def test_a_number_of_devices_that_makes_no_sense_is_refused(count):
    with pytest.raises(ValueError, match=f"{count} devices"), simcuda.devices(count):
        pass
    assert simcuda.current() is None


def test_tensors_of_an_ended_simulation_are_on_the_host():
    with simcuda.devices(1):
        x = torch.ones(2, device="cuda")
    assert x.device == torch.device("cpu")
    assert (x + torch.ones(2)).tolist() == [2.0, 2.0]


def test_a_function_of_torch_under_another_name_makes_tensors_on_the_device(simulated_cuda):
    from torch import arange, zeros  # kept by whoever imported it, before or after the simulation began

    assert zeros(2, device="cuda").is_cuda
    assert arange(3, device="cuda:1").device == torch.device("cuda", 1)


def test_the_page_on_it_says_what_is_so():
    page = PROJECT / "docs" / "simulated-cuda.md"
    assert lesson.blocks(page.read_text())
    assert lesson.run(page.read_text()) == []


def test_with_a_default_device_tensors_are_moved_as_without(simulated_cuda):
    torch.set_default_device("cuda")
    try:
        layer = nn.Linear(2, 2)
        assert layer.weight.device == torch.device("cuda", 0)
        assert layer.to("cuda:1").weight.device == torch.device("cuda", 1)
    finally:
        torch.set_default_device(None)


# --- counting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wait", "expected"),
    [
        (lambda x: x.sum().item(), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: float(x[0]), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: bool(x.sum() > 0), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.tolist(), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.cpu(), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.to("cpu", non_blocking=True), {"device_to_host": 1}),
        (lambda x: x.to("cuda:1"), {"device_to_device": 1}),
        (lambda x: x.to("cuda:0"), {}),
        (lambda x: x.nonzero(), {"synchronisations": 1}),
        (lambda x: x[x > 1], {"synchronisations": 1}),
        (lambda x: x[torch.tensor([True, False, True])], {"host_to_device": 1}),
        (lambda x: x[torch.arange(2)], {"host_to_device": 1}),
        (lambda x: x[torch.arange(2, device="cuda")], {}),
        (lambda x: x.__setitem__(x > 1, 0.0), {}),
        (lambda x: nn.functional.one_hot(x.long(), num_classes=4), {}),
        (lambda x: nn.functional.one_hot(x.long()), {"device_to_host": 1, "synchronisations": 1}),
        (
            lambda x: torch.repeat_interleave(x, x.long()),
            {"device_to_host": 2, "synchronisations": 2},  # two times item() in Repeat.h
        ),
        (lambda x: torch.repeat_interleave(x, x.long(), output_size=6), {}),
        (lambda x: torch.repeat_interleave(x, 2), {}),
        (lambda x: torch.allclose(x, x + 1), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: torch.equal(x, x + 1), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.masked_fill(x > 1, 0.0), {}),
        (lambda x: x.masked_fill(x > 1, x[0]), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.masked_fill_(x > 1, x.sum()), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: x.masked_fill(x > 1, torch.tensor(0.0)), {}),
        (lambda x: x.masked_fill_(x > 1, torch.tensor(0.0)), {}),
        (lambda x: x.__setitem__(x > 1, x[0]), {"synchronisations": 1}),
        (lambda x: x.__setitem__(x > 1, torch.tensor(0.0)), {}),
        (lambda x: x.index_put_((x > 1,), torch.tensor(1.0), accumulate=True), {"synchronisations": 1}),
        (lambda x: torch.where(x > 1, x, 0.0), {}),
        (lambda x: torch.where(x > 1, x, x[0]), {}),
        (lambda x: torch.where(x > 1, x, torch.tensor(0.0)), {"host_to_device": 1}),
        (lambda x: torch.where(x > 1, torch.tensor(1.0), torch.tensor(0.0)), {"host_to_device": 2}),
        (lambda x: torch.cuda.synchronize(), {"synchronisations": 1}),
        (lambda x: (x * 2 + 1).relu().sum(), {}),
        (lambda x: torch.ones(3).to(x.device), {"host_to_device": 1}),
        (lambda x: torch.tensor([1.0], device="cuda"), {"host_to_device": 1}),
        (lambda x: torch.zeros(3, device="cuda"), {}),
        (lambda x: x.copy_(torch.ones(3)), {"host_to_device": 1}),
        (lambda x: torch.nn.Linear(3, 2).to("cuda"), {"host_to_device": 2}),
    ],
)
def test_copies_and_waits_are_counted(simulated_cuda, wait, expected):
    x = torch.tensor([1.0, 2.0, 3.0], device="cuda")
    simulated_cuda.reset_counters()
    wait(x)
    assert counts(simulated_cuda) == expected


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: torch.tensor([x[0], x[1]]), {"device_to_host": 2, "synchronisations": 2}),
        (lambda x: torch.tensor(([x[0], 1.0], [2.0, x[1:2]])), {"device_to_host": 2, "synchronisations": 2}),
        (
            lambda x: torch.tensor([x[0]], device="cuda"),
            {"host_to_device": 1, "device_to_host": 1, "synchronisations": 1},
        ),
        (lambda x: torch.as_tensor([x[0], x[1]]), {"device_to_host": 2, "synchronisations": 2}),
        (lambda x: torch.Tensor([x[0], x[1]]), {"device_to_host": 2, "synchronisations": 2}),
        (
            lambda x: x.new_tensor([x[0], x[1]]),
            {"host_to_device": 1, "device_to_host": 2, "synchronisations": 2},
        ),
        (lambda x: torch.tensor([torch.tensor(1.0), 2.0]), {}),
        (lambda x: torch.stack([x[0], x[1]]), {}),
        (lambda x: x.clone().detach(), {}),
        (lambda x: torch.tensor(x), {}),
        (lambda x: torch.tensor(x, device="cpu"), {"device_to_host": 1, "synchronisations": 1}),
        (lambda x: torch.tensor(x, device="cuda:1"), {"device_to_device": 1}),
    ],
)
@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")
def test_each_tensor_in_a_list_is_read(simulated_cuda, make, expected):
    x = torch.tensor([1.0, 2.0, 3.0], device="cuda")
    simulated_cuda.reset_counters()
    make(x)
    assert counts(simulated_cuda) == expected


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")
def test_a_tensor_made_of_a_tensor_is_where_it_was_asked_for(simulated_cuda):
    x = torch.ones(2, device="cuda")
    devices = [torch.tensor(x, device=device).device for device in (None, "cpu", "cuda:1")]
    assert devices == [x.device, torch.device("cpu"), torch.device("cuda:1")]


@pytest.mark.parametrize(
    ("values", "printed"),
    [([1.0, 2.0], "tensor([1., 2.], device='cuda:0')"), (0.5, "tensor(0.5000, device='cuda:0')")],
)
def test_printing_a_tensor_waits_for_it(simulated_cuda, values, printed):
    x = torch.tensor(values, device="cuda")
    simulated_cuda.reset_counters()
    assert str(x) == printed
    assert simulated_cuda.synchronisations >= 1


def test_a_training_step_neither_copies_nor_waits(simulated_cuda):
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)).to("cuda")
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, y = torch.randn(5, 3, device="cuda"), torch.randint(2, (5,), device="cuda")
    simulated_cuda.reset_counters()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
    assert counts(simulated_cuda) == {}


# --- memory ------------------------------------------------------------------------------------------------


def test_memory_is_given_back_when_the_last_view_is_gone(simulated_cuda):
    x = torch.zeros(1000, device="cuda:1")
    assert torch.cuda.memory_allocated(1) == 4096
    view = x[:10].view(2, 5)
    del x
    assert torch.cuda.memory_allocated(1) == 4096
    del view
    assert (torch.cuda.memory_allocated(1), torch.cuda.max_memory_allocated(1)) == (0, 4096)
    assert torch.cuda.memory_allocated(0) == 0


# --- what C++ code makes for itself ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x[torch.tensor([0, 2], device=x.device)].sum(),
        lambda x: x.gather(0, torch.tensor([1], device=x.device)).sum(),
        lambda x: x.sort().values[0],
        lambda x: x.cumsum(0).prod(),
        lambda x: x.unfold(0, 2, 1).amax(),
        lambda x: x.double().sum(),
        lambda x: nn.functional.pad(x, (1, 1)).sum(),
        lambda x: x.expand(2, 3).index_select(1, torch.tensor([0], device=x.device)).sum(),
        lambda x: (x.to("cuda:0") * 2).to("cuda:1").sum(),
        lambda x: x.repeat(2).view(2, 3).max(1).values.sum(),
    ],
)
def test_gradients_are_where_their_tensor_is(simulated_cuda, use):
    x = torch.tensor([1.0, 3.0, 2.0], device="cuda:1", requires_grad=True)
    use(x).backward()
    assert x.grad.device == x.device
    (x.grad + x).sum()  # and can be used there


def test_one_hot_gives_what_it_gives_on_the_host(simulated_cuda):
    classes = torch.tensor([[0, 2], [1, 0]])
    for count in (-1, 3, 5):
        there = nn.functional.one_hot(classes.cuda(), num_classes=count)
        assert there.dtype is torch.int64
        assert torch.equal(there.cpu(), nn.functional.one_hot(classes, count))
    assert nn.functional.one_hot(classes[:0].cuda(), 3).shape == (0, 2, 3)
    rows = torch.func.vmap(lambda row: nn.functional.one_hot(row, 3))(classes.cuda())
    assert rows.tolist() == nn.functional.one_hot(classes, 3).tolist()


@pytest.mark.parametrize(
    ("count", "words"), [(2, "device-side assert"), (0, "num_classes should be positive")]
)
def test_one_hot_refuses_as_cuda_does(simulated_cuda, count, words):
    with pytest.raises(RuntimeError, match=words):
        nn.functional.one_hot(torch.tensor([0, 2], device="cuda"), count)


def test_the_classes_of_one_hot_are_on_the_device(simulated_cuda):
    classes = torch.tensor([0, 2], device="cuda")
    assert nn.functional.one_hot(classes, 3).device == classes.device


def test_a_tensor_of_the_old_constructor_is_on_the_host(simulated_cuda):
    with pytest.raises(RuntimeError, match="at least two devices, cuda:0 and cpu"):
        torch.Tensor(3).zero_() + torch.ones(3, device="cuda")


def test_a_gradient_finds_its_way_back_through_copy_(simulated_cuda):
    w = torch.ones(3, requires_grad=True)
    there = torch.empty(3, device="cuda")
    there.copy_(w * 2)
    (there * torch.ones(3, device="cuda")).sum().backward()
    assert w.grad.device == torch.device("cpu")
    assert w.grad.tolist() == [2.0, 2.0, 2.0]


def test_a_loss_to_the_host_and_back_is_differentiable_twice(simulated_cuda):
    x = torch.tensor([2.0, 3.0], device="cuda", requires_grad=True)
    (grad,) = torch.autograd.grad((x.cpu() ** 3).cuda().sum(), x, create_graph=True)
    grad.sum().backward()
    assert x.grad.tolist() == [12.0, 18.0]
    assert x.grad.is_cuda


# --- what it does not know ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda: torch.cuda.memory_reserved(),
        lambda: torch.cuda.utilization(),
        lambda: torch.cuda.Event(enable_timing=True).elapsed_time(torch.cuda.Event(enable_timing=True)),
        lambda: torch.ones(2, device="cuda").__dlpack__(),
        lambda: _with_autocast(nn.LSTM(2, 2)),
        lambda: _with_autocast(nn.GRU(2, 2)),
        lambda: _with_autocast(nn.TransformerEncoderLayer(2, 1)),
    ],
)
def test_what_it_can_not_know_it_says_so(simulated_cuda, ask):
    with pytest.raises(NotImplementedError, match="simulat"):
        ask()


def _with_autocast(module):
    with torch.autocast("cuda"):
        module.cuda()(torch.ones(3, 1, 2, device="cuda"))


def test_an_operator_without_a_known_rule_is_refused(simulated_cuda):
    from grader.simcuda.mixing import unknown

    x = torch.ones(2, device="cuda")
    error = unknown(torch.ops.aten.add.Tensor, [x, torch.ones(2)])
    assert "does not know what CUDA does when aten::add.Tensor is given tensors on cpu and cuda:0" in str(
        error
    )


def test_an_index_out_of_range_is_a_device_side_assert(simulated_cuda):
    weights = nn.Embedding(3, 2).cuda()
    with pytest.raises(RuntimeError, match="CUDA error: device-side assert triggered"):
        weights(torch.tensor([7], device="cuda"))


def test_another_thread_sees_the_devices_as_well(simulated_cuda):
    x = torch.ones(2, device="cuda")
    seen = []
    thread = threading.Thread(target=lambda: seen.append((x.device, torch.cuda.is_available())))
    thread.start()
    thread.join(10)
    assert seen == [(torch.device("cuda", 0), True)]


def test_operations_in_another_thread_are_looked_at(simulated_cuda):
    def work():
        x = torch.ones(2, device="cuda:1", requires_grad=True)
        loss = (x * 2).sum()
        loss.backward()
        with pytest.raises(RuntimeError, match="at least two devices, cuda:1 and cpu"):
            x + torch.ones(2)
        return x.grad.device, loss.item()

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(work) for _ in range(4)]
        assert [result.result(10) for result in results] == [(torch.device("cuda", 1), 4.0)] * 4
    assert counts(simulated_cuda) == {"device_to_host": 4, "synchronisations": 4}


def test_a_class_of_threads_with_its_own_run_is_looked_at(simulated_cuda):
    class Worker(threading.Thread):
        def run(self):
            self.device = torch.zeros(2, device="cuda").mul(2).device

    worker = Worker()
    worker.start()
    worker.join(10)
    assert worker.device == torch.device("cuda", 0)


def test_the_thread_that_pins_a_loaders_batches_counts_no_copies(simulated_cuda):
    data = torch.utils.data.TensorDataset(torch.arange(4.0))
    batches = [batch for (batch,) in torch.utils.data.DataLoader(data, 2, pin_memory=True)]
    assert [(batch.tolist(), batch.is_pinned()) for batch in batches] == [([0, 1], True), ([2, 3], True)]
    assert counts(simulated_cuda) == {}


def test_a_thread_without_a_simulation_is_as_always():
    with simcuda.devices(1):
        pass
    seen = []
    thread = threading.Thread(target=lambda: seen.append(torch.ones(2).device))
    thread.start()
    thread.join(10)
    assert seen == [torch.device("cpu")]

"""What real CUDA does: small functions over all that the simulated device promises, each with one outcome.

The outcomes are in ``recording.json``. A snippet takes nothing, uses ``cuda`` (and ``cuda:1`` where it is marked
so), asserts nothing and returns plain data or tensors: numbers small and fixed, and of anything random only what
is the same on every machine. What a snippet changes (seed, default device, current device, default dtype)
``outcome.run`` puts back.
"""

import copy
import gc
import io
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_, parameters_to_vector
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.checkpoint import checkpoint


@dataclass(frozen=True)
class Snippet:
    """A function without arguments, the heading it stands under, and how many GPUs it needs."""

    name: str
    function: Callable[[], Any]
    heading: str
    devices: int


SNIPPETS: dict[str, Snippet] = {}
_heading = ""


def heading(words: str) -> None:
    """What the snippets from here on are about."""
    global _heading
    _heading = words


def snippet(function: Callable[[], Any] | None = None, *, devices: int = 1) -> Any:
    """Enters a function into the table, under the current heading."""

    def enter(function: Callable[[], Any]) -> Callable[[], Any]:
        name = function.__name__
        if name in SNIPPETS:
            raise ValueError(f"two snippets are named {name}")
        SNIPPETS[name] = Snippet(name, function, _heading, devices)
        return function

    return enter if function is None else enter(function)


def gpu(*values: Any, requires_grad: bool = False) -> torch.Tensor:
    """The values as a vector (or what their nesting makes of them) on the current GPU."""
    return torch.tensor(values, device="cuda", requires_grad=requires_grad)


def host(*values: Any, requires_grad: bool = False) -> torch.Tensor:
    """The same, in host memory."""
    return torch.tensor(values, requires_grad=requires_grad)


def grid(*shape: int, device: str = "cuda") -> torch.Tensor:
    """0., 1., 2., ... in the given shape."""
    return torch.arange(float(torch.Size(shape).numel())).reshape(shape).to(device)


def filled(module: nn.Module, value: float = 1.0) -> nn.Module:
    """The module with every parameter set to one value."""
    for parameter in module.parameters():
        nn.init.constant_(parameter, value)
    return module


def stored(value: Any) -> io.BytesIO:
    """The bytes that torch.save writes, ready to be read."""
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def devices_of(tensors: Iterator[torch.Tensor] | list[torch.Tensor]) -> list[str]:
    """Where each of the tensors is."""
    return [str(tensor.device) for tensor in tensors]


# --- torch.cuda queries -----------------------------------------------------------------------------------

heading("torch.cuda queries")


@snippet
def cuda_is_available_and_counts_devices() -> Any:
    """is_available, and at least one device"""
    return [torch.cuda.is_available(), torch.cuda.device_count() >= 1]


@snippet
def current_device_is_zero_at_first() -> Any:
    """current_device() starts at 0"""
    return torch.cuda.current_device()


@snippet
def device_name_is_a_string() -> Any:
    """get_device_name takes nothing, an index or a device"""
    names = [
        torch.cuda.get_device_name(),
        torch.cuda.get_device_name(0),
        torch.cuda.get_device_name("cuda:0"),
    ]
    return [type(names[0]).__name__, len(names[0]) > 0, len(set(names))]


@snippet
def device_capability_is_a_pair() -> Any:
    """get_device_capability is a pair of ints"""
    major, minor = torch.cuda.get_device_capability()
    return [type(major).__name__, type(minor).__name__, major >= 3]


@snippet
def device_properties_have_a_name_and_memory() -> Any:
    """get_device_properties(0) has name, total_memory, multi_processor_count"""
    found = torch.cuda.get_device_properties(0)
    return [
        found.name == torch.cuda.get_device_name(0),
        found.total_memory > 0,
        found.multi_processor_count > 0,
    ]


@snippet
def properties_of_a_missing_device() -> Any:
    """get_device_properties checks its index in Python"""
    return torch.cuda.get_device_properties(99)


@snippet
def synchronize_returns_nothing() -> Any:
    """synchronize() waits and returns None"""
    gpu(1.0)
    return torch.cuda.synchronize()


@snippet
def cuda_is_initialized_after_a_tensor() -> Any:
    """is_initialized() once a tensor was made"""
    gpu(1.0)
    return torch.cuda.is_initialized()


@snippet
def set_device_out_of_range() -> Any:
    """set_device(99)"""
    torch.cuda.set_device(99)


@snippet
def accelerator_error_is_a_runtime_error() -> Any:
    """What set_device(99) raises can be caught as RuntimeError"""
    try:
        torch.cuda.set_device(99)
    except RuntimeError as error:
        return [type(error).__name__, isinstance(error, torch.AcceleratorError)]


@snippet
def factory_on_a_missing_device() -> Any:
    """zeros on cuda:99"""
    return torch.zeros(1, device="cuda:99")


@snippet
def move_to_a_missing_device() -> Any:
    """.to("cuda:99")"""
    return torch.zeros(1).to("cuda:99")


@snippet
def device_string_that_is_none() -> Any:
    """torch.device("gpu")"""
    return torch.device("gpu")


@snippet
def device_with_a_negative_index() -> Any:
    """torch.device("cuda:-1")"""
    return torch.device("cuda:-1")


@snippet
def device_objects_compare_by_type_and_index() -> Any:
    """'cuda' is not 'cuda:0'"""
    plain, zero = torch.device("cuda"), torch.device("cuda:0")
    return [plain == zero, zero == torch.device("cuda", 0), plain.index, zero.index, zero.type]


@snippet
def a_tensor_on_cuda_does_not_equal_the_plain_device() -> Any:
    """x.device == torch.device("cuda") is False: the tensor knows its index"""
    x = gpu(1.0)
    return [x.device == torch.device("cuda"), x.device == torch.device("cuda:0"), torch.device(0) == x.device]


@snippet
def devices_are_hashable() -> Any:
    """A device as the key of a dict"""
    return {torch.device("cuda:0"): 1}[gpu(1.0).device]


@snippet(devices=2)
def set_device_changes_what_cuda_means() -> Any:
    """After set_device(1), "cuda" is cuda:1"""
    torch.cuda.set_device(1)
    return [torch.cuda.current_device(), str(torch.zeros(1, device="cuda").device)]


@snippet(devices=2)
def device_context_changes_what_cuda_means() -> Any:
    """`with torch.cuda.device(1)`, and back"""
    with torch.cuda.device(1):
        inside = [torch.cuda.current_device(), str(gpu(1.0).device), str(host(1.0).cuda().device)]
    return [*inside, torch.cuda.current_device(), str(gpu(1.0).device)]


@snippet(devices=2)
def device_of_context_follows_a_tensor() -> Any:
    """`with torch.cuda.device_of(x)`"""
    x = torch.zeros(1, device="cuda:1")
    with torch.cuda.device_of(x):
        return torch.cuda.current_device()


@snippet(devices=2)
def results_live_on_their_inputs_device() -> Any:
    """The current device does not matter to an operation: its inputs do"""
    x = torch.ones(2, device="cuda:1")
    return x + 1


@snippet(devices=2)
def plain_cuda_moves_to_the_current_device() -> Any:
    """x on cuda:0: .to("cuda") and .cuda() move it to the current device"""
    x = torch.zeros(1, device="cuda:0")
    with torch.cuda.device(1):
        return [str(x.to("cuda").device), str(x.cuda().device), x.to("cuda") is x]


@snippet
def memory_allocated_rounds_up_to_512() -> Any:
    """One float takes 512 bytes of the caching allocator"""
    gc.collect()
    before = torch.cuda.memory_allocated()
    x = torch.empty(1, device="cuda")
    one = torch.cuda.memory_allocated() - before
    y = torch.empty(1000, device="cuda")
    both = torch.cuda.memory_allocated() - before
    del x, y
    return [one, both, torch.cuda.memory_allocated() - before]


@snippet
def views_allocate_nothing() -> Any:
    """A view takes no memory"""
    gc.collect()
    x = torch.empty(1000, device="cuda")
    before = torch.cuda.memory_allocated()
    y = x.view(10, 100)[2:5].t()
    return [torch.cuda.memory_allocated() - before, list(y.shape)]


@snippet
def peak_memory_keeps_the_highest() -> Any:
    """max_memory_allocated since reset_peak_memory_stats"""
    gc.collect()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    x = torch.empty(1024, device="cuda")
    del x
    return [torch.cuda.max_memory_allocated() - before, torch.cuda.memory_allocated() - before]


@snippet
def accelerator_is_cuda() -> Any:
    """torch.accelerator answers for CUDA"""
    return [torch.accelerator.is_available(), torch.accelerator.current_accelerator().type]


@snippet
def streams_and_events_keep_order() -> Any:
    """Work on a side stream, waited for, gives the right values"""
    x = gpu(1.0, 2.0)
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        y = x * 2
    torch.cuda.current_stream().wait_stream(stream)
    return y


# --- factories --------------------------------------------------------------------------------------------

heading("factories")


@snippet
def zeros_on_cuda() -> Any:
    """zeros(device="cuda") is on cuda:0"""
    return torch.zeros(2, 3, device="cuda")


@snippet
def tensor_on_cuda() -> Any:
    """torch.tensor of ints"""
    return torch.tensor([1, 2], device="cuda")


@snippet
def tensor_on_a_device_index() -> Any:
    """device=0 means cuda:0"""
    return torch.tensor([1.5], device=0)


@snippet
def ones_full_and_eye() -> Any:
    """ones, full, eye"""
    return [
        torch.ones(2, device="cuda"),
        torch.full((2,), 7, device="cuda"),
        torch.eye(2, device=torch.device("cuda", 0)),
    ]


@snippet
def arange_and_linspace() -> Any:
    """arange of ints, linspace"""
    return [torch.arange(4, device="cuda"), torch.linspace(0, 1, 3, device="cuda")]


@snippet
def empty_has_device_shape_and_dtype() -> Any:
    """empty, with a dtype"""
    x = torch.empty(2, 0, 3, dtype=torch.float16, device="cuda")
    return [str(x.device), x.shape, x.dtype]


@snippet
def random_factories_are_on_cuda() -> Any:
    """rand, randn, randint, randperm"""
    made = [
        torch.rand(2, device="cuda"),
        torch.randn(2, device="cuda"),
        torch.randint(5, (2,), device="cuda"),
        torch.randperm(4, device="cuda"),
    ]
    return [devices_of(made), [x.dtype for x in made], sorted(made[3].tolist())]


@snippet
def like_factories_follow_the_tensor() -> Any:
    """zeros_like, ones_like, full_like, randn_like, empty_like"""
    x = grid(2, 2)
    made = [
        torch.zeros_like(x),
        torch.ones_like(x),
        torch.full_like(x, 3.0),
        torch.randn_like(x),
        torch.empty_like(x),
    ]
    return [devices_of(made), made[2]]


@snippet
def like_factories_take_another_device() -> Any:
    """zeros_like(cuda, device="cpu") and the reverse"""
    return [torch.zeros_like(gpu(1.0), device="cpu"), torch.zeros_like(host(1.0), device="cuda")]


@snippet
def new_methods_follow_the_tensor() -> Any:
    """new_zeros, new_ones, new_full, new_empty, new_tensor"""
    x = gpu(1.0).double()
    made = [x.new_zeros(2), x.new_ones(1), x.new_full((1,), 4.0), x.new_empty(3), x.new_tensor([5.0])]
    return [devices_of(made), made[0], made[2], made[4]]


@snippet
def new_tensor_takes_another_device() -> Any:
    """new_tensor(device="cpu")"""
    return gpu(1.0).new_tensor([1, 2], device="cpu")


@snippet
def as_tensor_moves_only_when_told() -> Any:
    """as_tensor keeps the device, and copies to another"""
    x = gpu(1.0)
    return [
        torch.as_tensor(x) is x,
        torch.as_tensor(host(2.0), device="cuda"),
        torch.as_tensor([3], device="cuda"),
    ]


@snippet
def from_numpy_stays_on_the_host() -> Any:
    """from_numpy, then .cuda()"""
    x = torch.from_numpy(np.array([1.0, 2.0]))
    return [str(x.device), x.cuda()]


@snippet
def a_moved_tensor_no_longer_shares_with_numpy() -> Any:
    """Writing to the array does not reach the copy on the GPU"""
    array = np.zeros(2)
    x = torch.from_numpy(array).cuda()
    array[0] = 5.0
    return x


@snippet
def tensor_of_a_cuda_tensor_keeps_its_device() -> Any:
    """torch.tensor(x) of a CUDA tensor is a copy on CUDA"""
    x = gpu(1.0)
    y = torch.tensor(x)
    y += 1
    return [x, y]


@snippet
def tensor_of_a_list_of_cuda_scalars_is_on_the_host() -> Any:
    """torch.tensor([x, y]) reads the numbers; without `device` the result is on the CPU"""
    x = grid(2)
    return torch.tensor([x[0], x[1]])


@snippet
def device_as_context() -> Any:
    """`with torch.device("cuda")`"""
    with torch.device("cuda"):
        made = [torch.zeros(1), torch.arange(2), torch.tensor([1.0]), torch.randn(1), torch.full((1,), 2)]
        layer = nn.Linear(2, 2)
    return [devices_of(made), devices_of(list(layer.parameters())), str(torch.zeros(1).device)]


@snippet
def device_context_yields_to_an_explicit_device() -> Any:
    """Inside the context an explicit device wins; *_like and new_* follow their tensor"""
    x = host(1.0)
    with torch.device("cuda"):
        return devices_of(
            [torch.zeros(1, device="cpu"), torch.zeros_like(x), x.new_zeros(1), torch.from_numpy(np.zeros(1))]
        )


@snippet
def set_default_device_to_cuda() -> Any:
    """set_default_device("cuda")"""
    torch.set_default_device("cuda")
    made = [torch.zeros(1), torch.tensor(1), nn.Parameter(torch.ones(1)), torch.zeros(1, device="cpu")]
    return [devices_of(made), str(torch.get_default_device())]


@snippet
def default_device_set_back_to_none() -> Any:
    """set_default_device(None) undoes it"""
    torch.set_default_device("cuda")
    torch.set_default_device(None)
    return [str(torch.get_default_device()), str(torch.zeros(1).device)]


@snippet
def inner_device_context_wins() -> Any:
    """A context inside another, and inside a default device"""
    torch.set_default_device("cuda")
    with torch.device("cpu"):
        inner = str(torch.zeros(1).device)
    return [inner, str(torch.zeros(1).device)]


@snippet
def default_dtype_holds_on_cuda() -> Any:
    """set_default_dtype(float64)"""
    torch.set_default_dtype(torch.float64)
    return torch.tensor([0.5], device="cuda")


@snippet
def module_built_on_cuda() -> Any:
    """nn.Linear(device="cuda")"""
    layer = nn.Linear(2, 1, device="cuda", dtype=torch.float64)
    return [devices_of(list(layer.parameters())), [p.dtype for p in layer.parameters()]]


# --- moves ------------------------------------------------------------------------------------------------

heading("moves")


@snippet
def to_accepts_every_spelling_of_a_device() -> Any:
    """str, device, int"""
    x = host(1.0)
    spellings = ["cuda", "cuda:0", torch.device("cuda"), torch.device("cuda", 0), 0]
    return devices_of([x.to(spelling) for spelling in spellings])


@snippet
def to_cuda_carries_the_values() -> Any:
    """The values arrive, and come back"""
    x = grid(2, 2, device="cpu")
    y = x.to("cuda")
    return [y, y.cpu(), x]


@snippet
def to_is_a_copy_of_the_values() -> Any:
    """Writing to the copy leaves the source alone"""
    x = host(1.0, 2.0)
    y = x.cuda()
    y[0] = 9.0
    return [x, y]


@snippet
def to_where_it_is_gives_itself() -> Any:
    """x.to("cuda") is x; also .cuda(), and .cpu() on the host"""
    x, y = gpu(1.0), host(1.0)
    return [x.to("cuda") is x, x.to("cuda:0") is x, x.cuda() is x, x.cuda(0) is x, y.cpu() is y, x.to(x) is x]


@snippet
def to_with_copy_is_another_tensor() -> Any:
    """copy=True"""
    x = gpu(1.0)
    y = x.to("cuda", copy=True)
    y += 1
    return [y is x, x, y]


@snippet
def to_dtype_keeps_the_device() -> Any:
    """.to(float64), .half(), .long()"""
    x = gpu(1.5)
    return [x.to(torch.float64), x.half(), x.long()]


@snippet
def to_device_and_dtype() -> Any:
    """.to("cuda", float16), also by keyword"""
    x = host(1.5)
    return [
        x.to("cuda", torch.float16),
        x.to(device="cuda", dtype=torch.int64),
        x.to(torch.float64).to("cuda"),
    ]


@snippet
def to_another_tensor_takes_device_and_dtype() -> Any:
    """.to(other)"""
    return [host(1).to(gpu(0.5).half()), gpu(1.5).to(host(0))]


@snippet
def cuda_and_cpu_methods() -> Any:
    """.cuda(), .cuda(0), .cuda(torch.device("cuda")), .cpu()"""
    x = host(1.0)
    return devices_of([x.cuda(), x.cuda(0), x.cuda(torch.device("cuda")), x.cuda().cpu()])


@snippet
def cuda_method_with_another_kind_of_device() -> Any:
    """x.cuda("cpu")"""
    return host(1.0).cuda("cpu")


@snippet(devices=2)
def to_the_second_device() -> Any:
    """.to("cuda:1"), .cuda(1), .to(1)"""
    x = host(3.0)
    return [x.to("cuda:1"), x.cuda(1), x.to(1), x.cuda(0).to("cuda:1")]


@snippet(devices=2)
def from_one_gpu_to_the_other_is_a_copy() -> Any:
    """cuda:0 to cuda:1"""
    x = gpu(1.0)
    y = x.to("cuda:1")
    y += 1
    return [x, y]


@snippet
def moving_with_gradient_is_an_operation() -> Any:
    """requires_grad goes along, is_leaf does not"""
    x = host(1.0, requires_grad=True)
    y = x.cuda()
    return [y.requires_grad, y.is_leaf, y.grad_fn is not None, x.to("cpu").is_leaf]


@snippet
def leaf_made_on_cuda() -> Any:
    """requires_grad given to the factory, or set after the move"""
    x = gpu(1.0, requires_grad=True)
    y = host(1.0).cuda().requires_grad_()
    return [x.is_leaf, y.is_leaf, host(1.0).cuda().requires_grad]


@snippet
def moving_without_grad_mode() -> Any:
    """no_grad: the copy needs no gradient"""
    x = host(1.0, requires_grad=True)
    with torch.no_grad():
        y = x.cuda()
    return [y.requires_grad, y.is_leaf]


@snippet
def the_move_is_named_in_the_graph() -> Any:
    """grad_fn of a moved tensor"""
    return type(host(1.0, requires_grad=True).cuda().grad_fn).__name__


@snippet
def strides_survive_the_move() -> Any:
    """A transposed tensor stays transposed; a sliced one becomes dense; an expanded one is filled out"""
    x = grid(2, 3, device="cpu")
    moved = [x.t().cuda(), x[:, ::2].cuda(), x[:1].expand(4, 3).cuda()]
    return [list(y.stride()) for y in moved]


@snippet
def channels_last_survives_the_move() -> Any:
    """memory_format, kept and asked for"""
    x = torch.zeros(1, 2, 2, 2).to(memory_format=torch.channels_last)
    y = torch.zeros(1, 2, 2, 2).to("cuda", memory_format=torch.channels_last)
    return [list(x.cuda().stride()), list(y.stride()), y.is_contiguous(memory_format=torch.channels_last)]


@snippet
def non_blocking_move() -> Any:
    """non_blocking=True, then synchronize"""
    x = host(1.0, 2.0).to("cuda", non_blocking=True)
    y = x.to("cpu", non_blocking=True)
    torch.cuda.synchronize()
    return [x, y]


@snippet
def moves_of_a_scalar_and_of_nothing() -> Any:
    """0-dim and empty tensors"""
    return [torch.tensor(2.5).cuda(), torch.zeros(0, 3).cuda()]


# --- attributes -------------------------------------------------------------------------------------------

heading("attributes")


@snippet
def device_attributes_on_cuda() -> Any:
    """.device, .is_cuda, .is_cpu, get_device()"""
    x = gpu(1.0)
    return [str(x.device), x.device.type, x.device.index, x.is_cuda, x.is_cpu, x.get_device()]


@snippet
def device_attributes_on_the_host() -> Any:
    """The same of a CPU tensor"""
    x = host(1.0)
    return [str(x.device), x.device.index, x.is_cuda, x.is_cpu, x.get_device()]


@snippet
def type_names() -> Any:
    """.type() of CUDA tensors"""
    x = gpu(1.0)
    return [x.type(), x.half().type(), x.long().type(), x.bool().type(), x.cpu().type()]


@snippet
def type_as_follows_device_and_dtype() -> Any:
    """host.type_as(cuda)"""
    return host(1).type_as(gpu(0.5))


@snippet
def repr_names_the_device() -> Any:
    """repr of vectors, scalars, empties, ints"""
    return [
        repr(gpu(1.0, 2.0)),
        repr(torch.tensor(3, device="cuda")),
        repr(torch.zeros(0, device="cuda")),
        str(gpu(True)),
    ]


@snippet
def repr_with_gradient() -> Any:
    """repr of a leaf, of a result, and of a Parameter"""
    x = gpu(1.0, requires_grad=True)
    return [repr(x), repr(x * 2), repr(nn.Parameter(gpu(1.0)))]


@snippet
def storage_knows_its_device() -> Any:
    """untyped_storage().device"""
    x = gpu(1.0, 2.0)
    return [str(x.untyped_storage().device), x.untyped_storage().nbytes(), x.element_size()]


@snippet
def device_survives_most_operations() -> Any:
    """Results of operations, reductions, comparisons, tuples"""
    x = grid(2, 3)
    values, indices = x.max(dim=1)
    return [devices_of([x + 1, x.sum(), x > 2, values, indices, x.t(), x[0], x.nonzero(), *x.split(1)])]


# --- modules ----------------------------------------------------------------------------------------------

heading("modules")


@snippet
def module_to_cuda_moves_parameters_and_buffers() -> Any:
    """Module.to, with running statistics"""
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).to("cuda")
    return {name: str(x.device) for name, x in model.state_dict().items()}


@snippet
def module_moves_return_the_module() -> Any:
    """to, cuda, cpu, double return self"""
    model = nn.Linear(1, 1)
    return [model.to("cuda") is model, model.cuda() is model, model.cpu() is model, model.double() is model]


@snippet
def parameters_keep_their_identity() -> Any:
    """After .cuda() the same Parameter objects, still leaves"""
    model = nn.Linear(1, 1)
    before = model.weight
    model.cuda()
    return [model.weight is before, str(before.device), before.is_leaf, type(before).__name__]


@snippet
def module_cpu_brings_it_back() -> Any:
    """.cuda() then .cpu()"""
    model = filled(nn.Linear(2, 1)).cuda().cpu()
    return model.weight.data


@snippet
def module_double_and_half_on_cuda() -> Any:
    """dtype moves floating parameters only"""
    model = nn.BatchNorm1d(1).cuda().half()
    return {name: [str(x.device), x.dtype] for name, x in model.state_dict().items()}


@snippet
def module_to_another_tensor() -> Any:
    """Module.to(tensor) takes its device and dtype"""
    model = nn.Linear(1, 1).to(gpu(1.0).double())
    return [str(model.weight.device), model.weight.dtype]


@snippet
def module_to_device_and_dtype() -> Any:
    """Module.to("cuda", float16)"""
    model = nn.Linear(1, 1).to("cuda", torch.float16)
    return [str(model.bias.device), model.bias.dtype]


@snippet
def module_to_an_integer_dtype() -> Any:
    """Module.to(int64)"""
    return nn.Linear(1, 1).to("cuda", torch.int64)


@snippet
def module_to_empty() -> Any:
    """to_empty from meta"""
    model = nn.Linear(2, 1, device="meta").to_empty(device="cuda")
    return [str(model.weight.device), model.weight.shape]


@snippet
def meta_module_cannot_be_copied() -> Any:
    """.to("cuda") from meta"""
    return nn.Linear(2, 1, device="meta").to("cuda")


@snippet
def buffers_move_persistent_or_not() -> Any:
    """register_buffer(persistent=False) moves too; only the other is in state_dict"""
    model = nn.Module()
    model.register_buffer("kept", torch.ones(1))
    model.register_buffer("dropped", torch.ones(1), persistent=False)
    model.cuda()
    return [str(model.kept.device), str(model.dropped.device), list(model.state_dict())]


@snippet
def plain_attributes_stay_behind() -> Any:
    """A tensor that is only an attribute, or in a list, is not moved"""
    model = nn.Module()
    model.table = torch.ones(1)
    model.tables = [torch.ones(1)]
    model.weight = nn.Parameter(torch.ones(1))
    model.cuda()
    return [str(model.table.device), str(model.tables[0].device), str(model.weight.device)]


@snippet
def a_forgotten_table_fails_in_forward() -> Any:
    """The attribute that stayed behind meets the moved weight"""
    model = nn.Module()
    model.table = torch.ones(2)
    model.weight = nn.Parameter(torch.ones(2))
    model.cuda()
    return model.weight + model.table


@snippet
def tied_weights_stay_tied() -> Any:
    """One Parameter in two places is still one after .cuda()"""
    first, second = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    second.weight = first.weight
    model = nn.Sequential(first, second).cuda()
    with torch.no_grad():
        first.weight.fill_(3.0)
    return [model[0].weight is model[1].weight, len(list(model.parameters())), second.weight.data]


@snippet
def gradients_move_with_the_module() -> Any:
    """p.grad follows .cuda()"""
    model = filled(nn.Linear(2, 1))
    model(host([1.0, 2.0])).sum().backward()
    model.cuda()
    return model.weight.grad


@snippet
def module_context_makes_parameters_on_cuda() -> Any:
    """A model built inside `with torch.device("cuda")`"""
    with torch.device("cuda"):
        model = filled(nn.Linear(2, 1))
    return model(gpu([1.0, 2.0])).detach()


@snippet
def module_forward_on_cuda() -> Any:
    """A two-layer network"""
    model = filled(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))).cuda()
    return model(gpu([1.0, 2.0], [0.0, -3.0])).detach()


@snippet
def deepcopy_of_a_module_on_cuda() -> Any:
    """copy.deepcopy keeps the device, and shares nothing"""
    model = filled(nn.Linear(1, 1)).cuda()
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.weight.fill_(5.0)
    return [model.weight.data, other.weight.data]


@snippet
def parameters_on_two_kinds_of_device_make_no_vector() -> Any:
    """parameters_to_vector refuses a mixture"""
    return parameters_to_vector([nn.Parameter(gpu(1.0)), nn.Parameter(host(1.0))])


@snippet
def half_a_model_moved() -> Any:
    """Only the first layer is on CUDA"""
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[0].cuda()
    return model(gpu([1.0, 2.0]))


@snippet(devices=2)
def module_to_the_second_device() -> Any:
    """Module.to("cuda:1") and .cuda(1)"""
    return devices_of([*nn.Linear(1, 1).to("cuda:1").parameters(), *nn.Linear(1, 1).cuda(1).parameters()])


@snippet(devices=2)
def model_split_over_two_devices() -> Any:
    """A forward that moves between its halves, and the gradient back"""
    first, second = filled(nn.Linear(2, 2)).to("cuda:0"), filled(nn.Linear(2, 1)).to("cuda:1")
    y = second(first(gpu([1.0, 2.0])).to("cuda:1"))
    y.sum().backward()
    return [y.detach(), first.weight.grad, second.weight.grad]


# --- views, in-place operations and indexing --------------------------------------------------------------

heading("views, in-place operations and indexing")


@snippet
def views_share_memory() -> Any:
    """view, transpose, slices write through"""
    x = torch.zeros(2, 2, device="cuda")
    x.view(-1)[0] = 1.0
    x.t()[0, 1] = 2.0
    x[:, 1].fill_(3.0)
    return [x, x.view(4).data_ptr() == x.data_ptr()]


@snippet
def views_know_their_base() -> Any:
    """_is_view and is_leaf of a view on CUDA"""
    x = grid(2, 2)
    return [x.view(4)._is_view(), x.view(4)._base is x, str(x.t().device)]


@snippet
def in_place_arithmetic() -> Any:
    """+=, mul_, clamp_, zero_"""
    x = gpu(1.0, 2.0, 3.0)
    x += 1
    x.mul_(2).clamp_(max=7.0)
    return [x, gpu(1.0).zero_()]


@snippet
def index_by_int_slice_and_list() -> Any:
    """x[1], x[-1], x[:, 1:], x[[1, 0]], x[..., 0]"""
    x = grid(2, 3)
    return [x[1], x[-1, 0], x[:, 1:], x[[1, 0]], x[..., 0], x[None, 0].shape]


@snippet
def index_by_mask_on_cuda() -> Any:
    """x[x > 2]"""
    x = grid(2, 3)
    return x[x > 2]


@snippet
def index_by_mask_on_the_host() -> Any:
    """A CPU mask may index a CUDA tensor"""
    return gpu(1.0, 2.0, 3.0)[host(True, False, True)]


@snippet
def index_by_long_tensor_on_the_host() -> Any:
    """A CPU index may index a CUDA tensor"""
    return grid(3, 2)[host(2, 0)]


@snippet
def index_by_long_tensor_on_cuda() -> Any:
    """A CUDA index into a CUDA tensor, and two of them"""
    x = grid(3, 2)
    return [x[gpu(2, 0)], x[gpu(0, 2), gpu(1, 0)], x[gpu(0, 2), host(1, 0)]]


@snippet
def index_into_host_by_long_tensor_on_cuda() -> Any:
    """A CUDA index into a CPU tensor"""
    return grid(3, 2, device="cpu")[gpu(2, 0)]


@snippet
def index_into_host_by_mask_on_cuda() -> Any:
    """A CUDA mask into a CPU tensor"""
    return host(1.0, 2.0)[gpu(True, False)]


@snippet
def index_into_host_by_scalar_on_cuda() -> Any:
    """A 0-dim integer CUDA tensor is read as a number"""
    return [host(1.0, 2.0)[gpu(1)[0]], gpu(1.0, 2.0)[host(1)[0]], [10, 20][gpu(1)[0]]]


@snippet
def assign_a_number_by_every_index() -> Any:
    """x[i] = number, by int, slice, mask and index on both devices"""
    x = torch.zeros(6, device="cuda")
    x[0] = 1
    x[1:2] = 2
    x[host(2)] = 3
    x[gpu(3)] = 4
    x[gpu(False, False, False, False, True, False)] = 5
    x[host(False, False, False, False, False, True)] = 6
    return x


@snippet
def assign_host_values_to_a_slice() -> Any:
    """x[0] = cpu tensor is a copy across devices, and is allowed"""
    x = torch.zeros(2, 2, device="cuda")
    x[0] = host(1.0, 2.0)
    x[:, 1] = host(7.0, 8.0)
    return x


@snippet
def assign_cuda_values_to_a_host_slice() -> Any:
    """The reverse"""
    x = torch.zeros(2, 2)
    x[1] = gpu(1.0, 2.0)
    return x


@snippet
def assign_host_values_by_index() -> Any:
    """x[index] = cpu vector is index_put_, and is not allowed"""
    x = torch.zeros(3, device="cuda")
    x[gpu(0, 2)] = host(1.0, 2.0)


@snippet
def assign_host_scalar_by_index() -> Any:
    """x[index] = 0-dim cpu tensor is allowed, and so is a mask"""
    x = torch.zeros(3, device="cuda")
    x[gpu(0, 2)] = torch.tensor(5.0)
    x[gpu(False, True, False)] = torch.tensor(6.0)
    return x


@snippet
def assign_host_values_by_mask() -> Any:
    """x[mask] = cpu vector"""
    x = torch.zeros(3, device="cuda")
    x[gpu(True, False, True)] = host(1.0, 2.0)


@snippet
def assign_to_host_by_mask_on_cuda() -> Any:
    """cpu[cuda mask] = number"""
    # Not sure: a mask on another device is turned into indices, which index_put_ moves without a check;
    # a later check may refuse
    x = torch.zeros(2)
    x[gpu(True, False)] = 1.0
    return x


@snippet
def assign_to_host_by_index_on_cuda() -> Any:
    """cpu[cuda index] = number"""
    # Not sure: index_put_ moves indices to the tensor's device and, unlike index, does not check first;
    # a later check may refuse
    x = torch.zeros(3)
    x[gpu(0, 2)] = 1.0
    return x


@snippet
def accumulate_host_values() -> Any:
    """index_put_(accumulate=True) with CPU values"""
    torch.zeros(3, device="cuda").index_put_((gpu(0, 0),), host(1.0, 2.0), accumulate=True)


@snippet
def accumulate_on_cuda() -> Any:
    """index_put_(accumulate=True) adds up repeated places"""
    return torch.zeros(3, device="cuda").index_put_((gpu(0, 0, 2),), gpu(1.0, 2.0, 4.0), accumulate=True)


@snippet
def copy_across_devices() -> Any:
    """copy_ both ways, with another dtype, with broadcasting"""
    x = torch.zeros(2, device="cuda").copy_(host(1.0, 2.0))
    y = torch.zeros(2, dtype=torch.int64).copy_(gpu(3.5, 4.5))
    return [x, y, torch.zeros(2, 2, device="cuda").copy_(host(1.0, 2.0))]


@snippet
def copy_across_devices_with_gradient() -> Any:
    """copy_ from a CPU leaf: the gradient goes home"""
    x = host(1.0, 2.0, requires_grad=True)
    y = torch.zeros(2, device="cuda").copy_(x)
    (y * 3).sum().backward()
    return x.grad


@snippet
def data_can_be_set_to_another_device() -> Any:
    """x.data = cuda tensor moves x"""
    x = host(1.0, 2.0)
    x.data = x.data.cuda()
    return [x, str(x.data.device)]


@snippet
def data_of_a_parameter_can_be_set_to_another_device() -> Any:
    """p.data = p.data.cuda(): the old way to move"""
    p = nn.Parameter(host(2.0))
    p.data = p.data.cuda()
    (p * 3).sum().backward()
    return [str(p.device), p.is_leaf, p.grad]


@snippet
def detach_shares_memory() -> Any:
    """detach on CUDA"""
    x = gpu(1.0, requires_grad=True)
    x.detach()[0] = 4.0
    return x.data


@snippet
def gradient_of_the_wrong_device() -> Any:
    """cuda.grad = cpu tensor"""
    x = gpu(1.0, requires_grad=True)
    x.grad = host(1.0)


@snippet
def gradient_of_the_wrong_device_reversed() -> Any:
    """cpu.grad = cuda tensor"""
    x = host(1.0, requires_grad=True)
    x.grad = gpu(1.0)


@snippet(devices=2)
def gradient_of_the_wrong_index() -> Any:
    """cuda:0.grad = tensor on cuda:1"""
    x = gpu(1.0, requires_grad=True)
    x.grad = torch.ones(1, device="cuda:1")


@snippet
def deepcopy_of_a_tensor() -> Any:
    """copy.deepcopy stays on CUDA and shares nothing"""
    x = gpu(1.0, 2.0)
    y = copy.deepcopy(x)
    y[0] = 9.0
    return [x, y]


@snippet
def pickle_of_a_tensor() -> Any:
    """pickle brings it back to the same device"""
    return pickle.loads(pickle.dumps(gpu(1.0, 2.0)))


@snippet
def clone_and_contiguous() -> Any:
    """clone, contiguous, and iteration"""
    x = grid(2, 2)
    return [x.clone(), x.t().contiguous(), devices_of(list(x)), len(x)]


@snippet
def masked_operations_on_cuda() -> Any:
    """masked_fill, where, masked_select, tril"""
    x = grid(2, 2)
    return [x.masked_fill(x > 1, -1.0), torch.where(x > 1, x, 0.0), x.masked_select(x > 1), x.tril()]


# --- mixed devices in one operation -----------------------------------------------------------------------

heading("mixed devices in one operation")


@snippet
def add_mixed() -> Any:
    """cuda + cpu"""
    return gpu(1.0, 2.0) + host(1.0, 2.0)


@snippet
def add_mixed_reversed() -> Any:
    """cpu + cuda: the same words, CUDA first"""
    return host(1.0, 2.0) + gpu(1.0, 2.0)


@snippet
def one_element_is_not_a_scalar() -> Any:
    """A CPU tensor of shape (1,) may not take part"""
    return gpu(1.0, 2.0) * host(2.0)


@snippet
def host_scalar_may_take_part() -> Any:
    """A 0-dim CPU tensor may, on either side; the result is on CUDA"""
    two = torch.tensor(2.0)
    return [gpu(1.0, 2.0) * two, two - gpu(1.0, 2.0), gpu(1.0, 2.0) > two]


@snippet
def host_scalar_promotes_as_a_scalar() -> Any:
    """A 0-dim CPU float64 does not change float32"""
    return [gpu(1.0) * torch.tensor(2.0, dtype=torch.float64), gpu(1) * torch.tensor(2.5)]


@snippet
def cuda_scalar_with_host_vector() -> Any:
    """A 0-dim CUDA tensor with a CPU vector is not allowed"""
    return host(1.0, 2.0) * torch.tensor(2.0, device="cuda")


@snippet
def two_scalars_on_two_devices() -> Any:
    """0-dim CUDA with 0-dim CPU"""
    return torch.tensor(2.0, device="cuda") + torch.tensor(1.0)


@snippet
def two_host_scalars_with_a_cuda_vector() -> Any:
    """addcmul with two 0-dim CPU tensors: one would be allowed, two are not"""
    return torch.addcmul(gpu(1.0, 2.0), torch.tensor(2.0), torch.tensor(3.0))


@snippet
def host_scalar_as_first_factor() -> Any:
    """addcmul takes a 0-dim CPU tensor only as its second factor"""
    return torch.addcmul(gpu(1.0, 2.0), torch.tensor(2.0), gpu(3.0, 4.0))


@snippet
def host_scalar_as_second_factor() -> Any:
    """The same, in the place where it is allowed"""
    return torch.addcmul(gpu(1.0, 2.0), gpu(3.0, 4.0), torch.tensor(2.0))


@snippet
def where_with_two_host_scalars() -> Any:
    """where moves every 0-dim CPU tensor"""
    return torch.where(gpu(True, False), torch.tensor(1.0), torch.tensor(2.0))


@snippet
def python_numbers_take_part() -> Any:
    """Numbers have no device"""
    return [gpu(1.0) + 1, 2 * gpu(1.0), gpu(3) // 2]


@snippet
def in_place_add_of_host_to_cuda() -> Any:
    """cuda += cpu"""
    x = gpu(1.0, 2.0)
    x += host(1.0, 2.0)


@snippet
def in_place_add_of_cuda_to_host() -> Any:
    """cpu += cuda"""
    x = host(1.0, 2.0)
    x += gpu(1.0, 2.0)


@snippet
def in_place_add_of_cuda_scalar_to_host() -> Any:
    """cpu.add_(0-dim cuda)"""
    return host(1.0, 2.0).add_(torch.tensor(1.0, device="cuda"))


@snippet
def in_place_add_of_host_scalar_to_cuda() -> Any:
    """cuda.add_(0-dim cpu)"""
    return gpu(1.0, 2.0).add_(torch.tensor(1.0))


@snippet
def total_on_host_of_losses_on_cuda() -> Any:
    """total = torch.tensor(0.0); total += loss: a 0-dim CPU result cannot take a CUDA value"""
    total = torch.tensor(0.0)
    total += gpu(1.0).sum()


@snippet
def total_becomes_cuda_when_not_in_place() -> Any:
    """total = total + loss moves on to CUDA"""
    total = torch.tensor(0.0)
    return total + gpu(1.0).sum()


@snippet
def matmul_mixed() -> Any:
    """cuda @ cpu"""
    return grid(2, 2) @ grid(2, 2, device="cpu")


@snippet
def matmul_mixed_reversed() -> Any:
    """cpu @ cuda"""
    return grid(2, 2, device="cpu") @ grid(2, 2)


@snippet
def mm_mixed() -> Any:
    """torch.mm"""
    return torch.mm(grid(2, 2), grid(2, 2, device="cpu"))


@snippet
def mv_mixed() -> Any:
    """torch.mv ends in addmv_, into a result beside the vector"""
    return torch.mv(grid(2, 2), host(1.0, 2.0))


@snippet
def dot_mixed() -> Any:
    """torch.dot"""
    return torch.dot(gpu(1.0, 2.0), host(1.0, 2.0))


@snippet
def bmm_mixed() -> Any:
    """torch.bmm"""
    return torch.bmm(grid(1, 2, 2), grid(1, 2, 2, device="cpu"))


@snippet
def baddbmm_mixed() -> Any:
    """torch.baddbmm with a CPU bias"""
    return torch.baddbmm(grid(1, 2, 2, device="cpu"), grid(1, 2, 2), grid(1, 2, 2))


@snippet
def addmm_mixed() -> Any:
    """torch.addmm with a CPU bias"""
    return torch.addmm(host(1.0, 2.0), grid(2, 2), grid(2, 2))


@snippet
def einsum_mixed() -> Any:
    """einsum ends in bmm"""
    return torch.einsum("ij,jk->ik", grid(2, 2), grid(2, 2, device="cpu"))


@snippet
def linear_on_host_input_on_cuda() -> Any:
    """The model was not moved: the bias is the first argument of addmm"""
    return nn.Linear(2, 2)(grid(2, 2))


@snippet
def linear_on_cuda_input_on_host() -> Any:
    """The input was not moved"""
    return nn.Linear(2, 2).cuda()(grid(2, 2, device="cpu"))


@snippet
def linear_without_bias_on_host() -> Any:
    """Without bias it is mm"""
    return nn.Linear(2, 2, bias=False)(grid(2, 2))


@snippet
def linear_without_bias_input_on_host() -> Any:
    """Without bias, the other way"""
    return nn.Linear(2, 2, bias=False).cuda()(grid(2, 2, device="cpu"))


@snippet
def linear_with_only_the_bias_on_host() -> Any:
    """A bias that stayed behind"""
    return F.linear(grid(2, 2), grid(2, 2), host(1.0, 2.0))


@snippet
def conv2d_on_host_input_on_cuda() -> Any:
    """The model was not moved; convolution compares types before cuDNN is called"""
    return nn.Conv2d(1, 1, 3)(torch.zeros(2, 1, 4, 4, device="cuda"))


@snippet
def conv2d_on_cuda_input_on_host() -> Any:
    """The input was not moved; a CPU input selects oneDNN, which has other words"""
    return nn.Conv2d(1, 1, 3).cuda()(torch.zeros(2, 1, 4, 4))


@snippet
def conv2d_bias_on_host() -> Any:
    """Only the bias stayed behind"""
    return F.conv2d(
        torch.zeros(2, 1, 4, 4, device="cuda"), torch.zeros(1, 1, 3, 3, device="cuda"), torch.zeros(1)
    )


@snippet
def conv2d_on_cuda() -> Any:
    """What it computes when all is on CUDA"""
    model = filled(nn.Conv2d(1, 1, 2)).cuda()
    return model(grid(1, 1, 3, 3)).detach()


@snippet
def batch_norm_on_host_input_on_cuda() -> Any:
    """Two-dimensional input, which cuDNN does not take"""
    return nn.BatchNorm1d(2)(grid(3, 2))


@snippet
def batch_norm_2d_on_host_input_on_cuda() -> Any:
    """Four-dimensional input, which cuDNN takes where it is present"""
    # Not sure: wrapper_CUDA__cudnn_batch_norm with cuDNN, wrapper_CUDA__native_batch_norm without
    return nn.BatchNorm2d(1)(grid(2, 1, 2, 2))


@snippet
def batch_norm_on_cuda() -> Any:
    """Training: the result and the running statistics"""
    model = nn.BatchNorm1d(1, momentum=0.5).cuda()
    y = model(gpu([1.0], [3.0]))
    return [y.detach(), model.running_mean, model.running_var, model.num_batches_tracked]


@snippet
def layer_norm_on_host_input_on_cuda() -> Any:
    """native_layer_norm"""
    return nn.LayerNorm(2)(grid(2, 2))


@snippet
def layer_norm_on_cuda_input_on_host() -> Any:
    """The input was not moved"""
    return nn.LayerNorm(2).cuda()(grid(2, 2, device="cpu"))


@snippet
def group_norm_on_host_input_on_cuda() -> Any:
    """native_group_norm"""
    return nn.GroupNorm(1, 2)(grid(2, 2))


@snippet
def embedding_index_on_host() -> Any:
    """Embedding on CUDA, indices on the CPU: embedding is index_select"""
    return nn.Embedding(3, 2).cuda()(host(0, 2))


@snippet
def embedding_table_on_host() -> Any:
    """Embedding on the CPU, indices on CUDA"""
    return nn.Embedding(3, 2)(gpu([0, 2]))


@snippet
def prelu_on_host_input_on_cuda() -> Any:
    """nn.PReLU"""
    return nn.PReLU()(gpu(-1.0, 2.0))


@snippet
def cat_mixed() -> Any:
    """cat([cuda, cpu])"""
    return torch.cat([gpu(1.0), host(2.0)])


@snippet
def cat_mixed_reversed() -> Any:
    """cat([cpu, cuda])"""
    return torch.cat([host(1.0), gpu(2.0)])


@snippet
def stack_mixed() -> Any:
    """stack ends in cat"""
    return torch.stack([gpu(1.0), host(2.0)])


@snippet
def stack_of_scalars_mixed() -> Any:
    """0-dim tensors are not exempt in stack"""
    return torch.stack([torch.tensor(1.0, device="cuda"), torch.tensor(2.0)])


@snippet
def where_condition_on_host() -> Any:
    """where(cpu, cuda, cuda)"""
    return torch.where(host(True, False), gpu(1.0, 2.0), gpu(3.0, 4.0))


@snippet
def where_value_on_host() -> Any:
    """where(cuda, cuda, cpu)"""
    return torch.where(gpu(True, False), gpu(1.0, 2.0), host(3.0, 4.0))


@snippet
def where_condition_on_cuda_values_on_host() -> Any:
    """where(cuda, cpu, cpu)"""
    return torch.where(gpu(True, False), host(1.0, 2.0), host(3.0, 4.0))


@snippet
def masked_fill_mask_on_host() -> Any:
    """cuda.masked_fill(cpu mask)"""
    return gpu(1.0, 2.0).masked_fill(host(True, False), 0.0)


@snippet
def masked_fill_mask_on_cuda() -> Any:
    """cpu.masked_fill(cuda mask)"""
    return host(1.0, 2.0).masked_fill(gpu(True, False), 0.0)


@snippet
def masked_fill_value_on_host() -> Any:
    """A 0-dim CPU value is allowed"""
    return gpu(1.0, 2.0).masked_fill(gpu(True, False), torch.tensor(7.0))


@snippet
def masked_select_mask_on_host() -> Any:
    """masked_select is strict, unlike x[mask]"""
    return gpu(1.0, 2.0).masked_select(host(True, False))


@snippet
def gather_index_on_host() -> Any:
    """gather is strict, unlike x[index]"""
    return gpu(1.0, 2.0).gather(0, host(1, 0))


@snippet
def gather_index_on_cuda() -> Any:
    """cpu.gather(cuda index)"""
    return host(1.0, 2.0).gather(0, gpu(1, 0))


@snippet
def scatter_source_on_host() -> Any:
    """scatter_ with a CPU source"""
    return torch.zeros(2, device="cuda").scatter_(0, gpu(1, 0), host(1.0, 2.0))


@snippet
def scatter_value_index_on_host() -> Any:
    """scatter_ of a number with a CPU index: how one-hot is often made"""
    return torch.zeros(1, 2, device="cuda").scatter_(1, host([1]), 1.0)


@snippet
def scatter_add_index_on_host() -> Any:
    """scatter_add"""
    return torch.zeros(2, device="cuda").scatter_add(0, host(1, 0), gpu(1.0, 2.0))


@snippet
def index_select_index_on_host() -> Any:
    """index_select"""
    return gpu(1.0, 2.0).index_select(0, host(1))


@snippet
def index_add_source_on_host() -> Any:
    """index_add_"""
    return gpu(1.0, 2.0).index_add_(0, gpu(0, 1), host(1.0, 2.0))


@snippet
def take_index_on_host() -> Any:
    """take"""
    return gpu(1.0, 2.0).take(host(1))


@snippet
def clamp_bound_on_host() -> Any:
    """clamp is strict even about 0-dim bounds"""
    return gpu(1.0, 2.0).clamp(min=torch.tensor(1.5))


@snippet
def maximum_mixed() -> Any:
    """torch.maximum"""
    return torch.maximum(gpu(1.0, 2.0), host(1.5, 1.5))


@snippet
def comparison_mixed() -> Any:
    """cuda == cpu"""
    return gpu(1, 2) == host(1, 2)


@snippet
def equal_mixed() -> Any:
    """torch.equal"""
    return torch.equal(gpu(1.0), host(1.0))


@snippet
def equal_mixed_reversed() -> Any:
    """torch.equal, CPU first"""
    return torch.equal(host(1.0), gpu(1.0))


@snippet
def allclose_mixed() -> Any:
    """torch.allclose"""
    return torch.allclose(gpu(1.0), host(1.0))


@snippet
def equal_and_allclose_on_cuda() -> Any:
    """They give Python bools"""
    x = gpu(1.0, 2.0)
    return [torch.equal(x, x.clone()), torch.allclose(x, x + 1e-9), torch.equal(x, x + 1)]


@snippet
def out_on_host() -> Any:
    """add(cuda, cuda, out=cpu)"""
    return torch.add(gpu(1.0, 2.0), gpu(1.0, 2.0), out=torch.zeros(2))


@snippet
def out_on_cuda() -> Any:
    """add(cpu, cpu, out=cuda)"""
    return torch.add(host(1.0, 2.0), host(1.0, 2.0), out=torch.zeros(2, device="cuda"))


@snippet
def mm_out_on_host() -> Any:
    """mm(cuda, cuda, out=cpu): out is the first argument checked"""
    return torch.mm(grid(2, 2), grid(2, 2), out=torch.zeros(2, 2))


@snippet
def out_on_the_same_device() -> Any:
    """out= on CUDA is written and returned"""
    out = torch.zeros(2, device="cuda")
    return [torch.add(gpu(1.0, 2.0), 1, out=out) is out, out]


@snippet
def mse_loss_mixed() -> Any:
    """F.mse_loss"""
    return F.mse_loss(gpu(1.0, 2.0), host(1.0, 2.0))


@snippet
def l1_loss_mixed() -> Any:
    """F.l1_loss"""
    return F.l1_loss(gpu(1.0, 2.0), host(1.0, 2.0))


@snippet
def smooth_l1_loss_mixed() -> Any:
    """F.smooth_l1_loss"""
    return F.smooth_l1_loss(gpu(1.0, 2.0), host(1.0, 2.0))


@snippet
def cross_entropy_target_on_host() -> Any:
    """F.cross_entropy ends in nll_loss_forward"""
    return F.cross_entropy(grid(2, 2), host(0, 1))


@snippet
def cross_entropy_logits_on_host() -> Any:
    """The reverse"""
    return F.cross_entropy(grid(2, 2, device="cpu"), gpu(0, 1))


@snippet
def cross_entropy_weight_on_host() -> Any:
    """Class weights that stayed behind"""
    return F.cross_entropy(grid(2, 2), gpu(0, 1), weight=host(1.0, 2.0))


@snippet
def criterion_with_weight_on_host() -> Any:
    """nn.CrossEntropyLoss(weight) is a Module: its weight is a buffer, and moves with .cuda()"""
    criterion = nn.CrossEntropyLoss(weight=host(1.0, 1.0)).cuda()
    return criterion(gpu([0.0, 0.0]), gpu(1))


@snippet
def cross_entropy_of_probabilities_mixed() -> Any:
    """With class probabilities as target it is a product"""
    return F.cross_entropy(grid(2, 2), grid(2, 2, device="cpu"))


@snippet
def nll_loss_mixed() -> Any:
    """F.nll_loss"""
    return F.nll_loss(grid(2, 2), host(0, 1))


@snippet
def bce_with_logits_mixed() -> Any:
    """F.binary_cross_entropy_with_logits"""
    return F.binary_cross_entropy_with_logits(gpu(0.0, 1.0), host(0.0, 1.0))


@snippet
def bce_with_logits_pos_weight_on_host() -> Any:
    """pos_weight that stayed behind"""
    return F.binary_cross_entropy_with_logits(gpu(0.0, 1.0), gpu(0.0, 1.0), pos_weight=host(1.0, 2.0))


@snippet
def bce_mixed() -> Any:
    """F.binary_cross_entropy"""
    return F.binary_cross_entropy(gpu(0.5, 0.5), host(0.0, 1.0))


@snippet
def kl_div_mixed() -> Any:
    """F.kl_div"""
    return F.kl_div(gpu(-1.0, -1.0), host(0.5, 0.5), reduction="sum")


@snippet
def losses_on_cuda() -> Any:
    """mse, cross_entropy, bce_with_logits when all is on CUDA"""
    return [
        F.mse_loss(gpu(1.0, 2.0), gpu(0.0, 0.0)),
        F.cross_entropy(torch.zeros(2, 2, device="cuda"), gpu(0, 1)),
        F.binary_cross_entropy_with_logits(gpu(0.0), gpu(1.0)),
    ]


@snippet
def lstm_on_cuda_input_on_host() -> Any:
    """nn.LSTM on CUDA; the hidden state is made beside the input"""
    return nn.LSTM(2, 2).cuda()(torch.zeros(3, 1, 2))


@snippet
def lstm_on_host_input_on_cuda() -> Any:
    """nn.LSTM on the CPU; cuDNN's path has the same words"""
    return nn.LSTM(2, 2)(torch.zeros(3, 1, 2, device="cuda"))


@snippet
def lstm_hidden_state_on_host() -> Any:
    """A hidden state that stayed behind"""
    state = (torch.zeros(1, 1, 2), torch.zeros(1, 1, 2))
    return nn.LSTM(2, 2).cuda()(torch.zeros(3, 1, 2, device="cuda"), state)


@snippet
def gru_hidden_state_on_host() -> Any:
    """The same for nn.GRU"""
    return nn.GRU(2, 2).cuda()(torch.zeros(3, 1, 2, device="cuda"), torch.zeros(1, 1, 2))


@snippet
def gru_on_cuda_input_on_host() -> Any:
    """nn.GRU on CUDA"""
    return nn.GRU(2, 2).cuda()(torch.zeros(3, 1, 2))


@snippet
def lstm_on_cuda() -> Any:
    """Values, and where everything is; one step, since cuDNN may round products to TF32"""
    model = filled(nn.LSTM(1, 1), 0.5).cuda()
    y, (h, c) = model(torch.ones(1, 1, 1, device="cuda"))
    return [y.detach(), h.detach(), c.detach()]


@snippet
def packed_lengths_on_cuda() -> Any:
    """pack_padded_sequence wants its lengths on the CPU"""
    return pack_padded_sequence(grid(2, 2, 1), gpu(2, 1))


@snippet
def packed_lengths_on_the_host() -> Any:
    """Data on CUDA, lengths and batch_sizes on the CPU"""
    packed = pack_padded_sequence(grid(2, 2, 1), host(2, 1))
    return [packed.data, packed.batch_sizes]


@snippet
def attention_key_on_host() -> Any:
    """scaled_dot_product_attention"""
    x = torch.zeros(1, 1, 2, 8, device="cuda")
    return F.scaled_dot_product_attention(x, x.cpu(), x)


@snippet
def attention_mask_on_host() -> Any:
    """A mask that stayed behind"""
    # Not sure: which kernel is chosen depends on the card: attn_bias of
    # wrapper_CUDA___scaled_dot_product_efficient_attention, or the sum in the plain one
    x = torch.zeros(1, 1, 2, 8, device="cuda")
    return F.scaled_dot_product_attention(x, x, x, attn_mask=torch.ones(2, 2, dtype=torch.bool))


@snippet
def attention_on_cuda() -> Any:
    """Uniform attention, with a mask and causal"""
    q, v = torch.zeros(1, 1, 2, 1, device="cuda"), grid(1, 1, 2, 1)
    mask = gpu([False, True], [True, True])
    return [
        F.scaled_dot_product_attention(q, q, v, attn_mask=mask),
        F.scaled_dot_product_attention(q, q, v, is_causal=True),
    ]


@snippet(devices=2)
def add_across_two_gpus() -> Any:
    """cuda:0 + cuda:1"""
    return gpu(1.0) + torch.ones(1, device="cuda:1")


@snippet(devices=2)
def scalar_of_the_other_gpu() -> Any:
    """Only CPU scalars are exempt"""
    return gpu(1.0) + torch.tensor(1.0, device="cuda:1")


@snippet(devices=2)
def matmul_across_two_gpus() -> Any:
    """mm(cuda:1, cuda:0)"""
    return grid(2, 2, device="cuda:1") @ grid(2, 2)


@snippet(devices=2)
def cat_across_two_gpus() -> Any:
    """cat([cuda:0, cuda:1])"""
    return torch.cat([gpu(1.0), torch.ones(1, device="cuda:1")])


@snippet(devices=2)
def index_on_the_other_gpu() -> Any:
    """cuda:0 indexed from cuda:1"""
    return gpu(1.0, 2.0)[torch.tensor([1], device="cuda:1")]


@snippet(devices=2)
def copy_across_two_gpus() -> Any:
    """copy_ and slice assignment"""
    x = torch.zeros(2, device="cuda:1")
    x.copy_(gpu(1.0, 2.0))
    x[:1] = gpu(5.0)
    return x


# --- autograd ---------------------------------------------------------------------------------------------

heading("autograd")


@snippet
def backward_on_cuda() -> Any:
    """The gradient is where the leaf is"""
    x = gpu(1.0, 2.0, requires_grad=True)
    (x * x).sum().backward()
    return x.grad


@snippet
def gradient_of_a_host_leaf_used_on_cuda() -> Any:
    """The gradient comes back to the CPU"""
    x = host(1.0, 2.0, requires_grad=True)
    (x.cuda() * gpu(3.0, 4.0)).sum().backward()
    return x.grad


@snippet
def gradient_of_a_moved_tensor_is_retained_on_cuda() -> Any:
    """retain_grad of the copy"""
    x = host(1.0, requires_grad=True)
    y = x.cuda()
    y.retain_grad()
    (y * 2).sum().backward()
    return [x.grad, y.grad]


@snippet
def a_leaf_lost_by_moving() -> Any:
    """x = x.cuda() after requires_grad: the name now means a tensor without grad"""
    x = host(1.0, requires_grad=True)
    leaf, x = x, x.cuda()
    (x * 2).sum().backward()
    return [x.is_leaf, leaf.grad]


@snippet
def gradient_through_there_and_back() -> Any:
    """CPU to CUDA to CPU"""
    x = host(1.0, 2.0, requires_grad=True)
    y = (x.cuda() ** 2).cpu() * 3
    y.sum().backward()
    return [y.detach(), x.grad]


@snippet
def gradient_through_a_change_of_dtype() -> Any:
    """The gradient has the leaf's dtype"""
    x = host(1.0, requires_grad=True)
    (x.to("cuda", torch.float64) * 2).sum().backward()
    return x.grad


@snippet
def gradient_of_a_host_scalar_used_on_cuda() -> Any:
    """A 0-dim CPU leaf gets a CPU gradient"""
    x = torch.tensor(2.0, requires_grad=True)
    (gpu(1.0, 3.0) * x).sum().backward()
    return x.grad


@snippet
def grad_of_grad_on_cuda() -> Any:
    """Double backward"""
    x = gpu(2.0, requires_grad=True)
    (first,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return [first.detach(), second]


@snippet
def grad_of_grad_across_the_move() -> Any:
    """Double backward through .cuda()"""
    x = host(2.0, requires_grad=True)
    (first,) = torch.autograd.grad((x.cuda() ** 3).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    return [first.detach(), second]


@snippet
def backward_with_a_host_gradient() -> Any:
    """y.backward(cpu vector)"""
    x = gpu(1.0, 2.0, requires_grad=True)
    (x * 2).backward(host(1.0, 1.0))


@snippet
def backward_with_a_host_scalar() -> Any:
    """y.backward(0-dim cpu): a 0-dim gradient is moved"""
    x = gpu(1.0, 2.0, requires_grad=True)
    x.sum().backward(torch.tensor(3.0))
    return x.grad


class Double(torch.autograd.Function):
    """Twice x; remembers where the gradient was."""

    seen: str

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """2 x."""
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """2 times the gradient."""
        (x,) = ctx.saved_tensors
        Double.seen = f"{x.device} {gradient.device}"
        return gradient * 2


class Stray(torch.autograd.Function):
    """The identity, whose gradient is on the CPU."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """A copy of x."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """The gradient, in host memory."""
        return gradient.cpu()


@snippet
def custom_function_on_cuda() -> Any:
    """Where saved tensors and gradients are, in backward"""
    x = gpu(1.0, requires_grad=True)
    y = Double.apply(x)
    y.sum().backward()
    return [y.detach(), Double.seen, x.grad]


@snippet
def custom_function_with_a_stray_gradient() -> Any:
    """backward returns a CPU gradient for a CUDA input"""
    Stray.apply(gpu(1.0, 2.0, requires_grad=True)).sum().backward()


@snippet
def custom_function_with_a_stray_scalar_gradient() -> Any:
    """A 0-dim gradient is moved silently"""
    x = torch.tensor(1.0, device="cuda", requires_grad=True)
    Stray.apply(x).backward()
    return x.grad


@snippet
def tensor_hook_sees_cuda() -> Any:
    """register_hook"""
    seen = []
    x = gpu(1.0, requires_grad=True)
    x.register_hook(lambda gradient: seen.append(str(gradient.device)))
    (x * 2).sum().backward()
    return seen


@snippet
def tensor_hook_on_both_sides_of_a_move() -> Any:
    """The gradient before and after it goes home"""
    seen = []
    x = host(1.0, requires_grad=True)
    y = x.cuda()
    x.register_hook(lambda gradient: seen.append(str(gradient.device)))
    y.register_hook(lambda gradient: seen.append(str(gradient.device)))
    (y * 2).sum().backward()
    return seen


@snippet
def tensor_hook_that_moves_the_gradient() -> Any:
    """A hook of a CUDA leaf that returns a CPU gradient"""
    x = gpu(1.0, 2.0, requires_grad=True)
    x.register_hook(lambda gradient: gradient.cpu())
    (x * 2).sum().backward()


@snippet
def module_hooks_see_cuda() -> Any:
    """Forward hook and full backward hook"""
    seen = []
    model = filled(nn.Linear(1, 1)).cuda()
    model.register_forward_hook(
        lambda module, args, output: seen.append(f"forward {args[0].device} {output.device}")
    )
    model.register_full_backward_hook(lambda module, inner, outer: seen.append(f"backward {outer[0].device}"))
    model(gpu([2.0], requires_grad=True)).sum().backward()
    return seen


@snippet
def forward_hook_may_move_the_output() -> Any:
    """What a forward hook returns is the output"""
    model = filled(nn.Linear(1, 1)).cuda()
    model.register_forward_hook(lambda module, args, output: output.cpu())
    y = model(gpu([2.0]))
    y.sum().backward()
    return [y.detach(), model.weight.grad]


@snippet
def forward_pre_hook_may_move_the_input() -> Any:
    """A pre-hook that brings the input to the model"""
    model = filled(nn.Linear(1, 1)).cuda()
    model.register_forward_pre_hook(lambda module, args: tuple(x.cuda() for x in args))
    return model(host([2.0])).detach()


@snippet
def checkpoint_on_cuda() -> Any:
    """torch.utils.checkpoint, without re-entrance"""
    seen = []

    def square(x: torch.Tensor) -> torch.Tensor:
        seen.append(str(x.device))
        return x * x

    x = gpu(3.0, requires_grad=True)
    checkpoint(square, x, use_reentrant=False).sum().backward()
    return [seen, x.grad]


@snippet
def no_grad_and_inference_mode_on_cuda() -> Any:
    """Flags of what they make"""
    x = gpu(1.0, requires_grad=True)
    with torch.no_grad():
        y = x * 2
    with torch.inference_mode():
        z = x * 3
    return [y.requires_grad, z.requires_grad, z.is_inference(), str(z.device)]


@snippet
def inference_tensor_cannot_be_saved() -> Any:
    """An inference tensor in a later graph"""
    with torch.inference_mode():
        z = gpu(1.0)
    return gpu(1.0, requires_grad=True) * z


@snippet
def functional_gradient_on_cuda() -> Any:
    """torch.func.grad"""
    return torch.func.grad(lambda x: (x**2).sum())(gpu(1.0, 3.0))


@snippet
def functional_map_on_cuda() -> Any:
    """torch.func.vmap"""
    return torch.func.vmap(torch.dot)(grid(2, 2), grid(2, 2))


@snippet
def jacobian_on_cuda() -> Any:
    """torch.func.jacrev"""
    return torch.func.jacrev(lambda x: x**2)(gpu(1.0, 2.0))


@snippet
def gradient_accumulates_on_cuda() -> Any:
    """Two backward calls"""
    x = gpu(1.0, requires_grad=True)
    for _ in range(2):
        (x * 3).sum().backward()
    return x.grad


@snippet(devices=2)
def gradient_comes_home_across_two_gpus() -> Any:
    """A leaf on cuda:0, a loss on cuda:1"""
    x = gpu(2.0, requires_grad=True)
    (x.to("cuda:1") * 3).sum().backward()
    return x.grad


# --- optimizers -------------------------------------------------------------------------------------------

heading("optimizers")


def fit(optimizer: torch.optim.Optimizer, parameter: torch.Tensor, steps: int = 1) -> torch.Tensor:
    """The parameter after some steps with the gradient 2, 2, ..."""
    for _ in range(steps):
        optimizer.zero_grad()
        (parameter * 2).sum().backward()
        optimizer.step()
    return parameter.detach()


@snippet
def sgd_on_cuda() -> Any:
    """SGD, plain, foreach and fused"""
    found = []
    for options in ({}, {"foreach": True}, {"foreach": False}, {"fused": True}):
        p = nn.Parameter(gpu(1.0, 2.0))
        found.append(fit(torch.optim.SGD([p], lr=0.25, **options), p))
    return found


@snippet
def sgd_momentum_is_on_cuda() -> Any:
    """momentum_buffer"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.SGD([p], lr=0.25, momentum=0.5)
    fit(optimizer, p, steps=2)
    return [p.detach(), optimizer.state[p]["momentum_buffer"]]


@snippet
def adam_on_cuda() -> Any:
    """Adam, plain, foreach and fused: the first step is lr"""
    found = []
    for options in ({}, {"foreach": True}, {"foreach": False}, {"fused": True}, {"capturable": True}):
        p = nn.Parameter(gpu(1.0))
        found.append(fit(torch.optim.Adam([p], lr=0.25, **options), p))
    return found


@snippet
def adamw_on_cuda() -> Any:
    """AdamW, plain, foreach and fused, with decay"""
    found = []
    for options in ({}, {"foreach": True}, {"foreach": False}, {"fused": True}):
        p = nn.Parameter(gpu(1.0))
        found.append(fit(torch.optim.AdamW([p], lr=0.25, weight_decay=0.5, **options), p))
    return found


@snippet
def adam_step_counter_is_on_the_host() -> Any:
    """Adam's state: step on the CPU, the averages on CUDA"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25)
    fit(optimizer, p)
    return dict(optimizer.state[p])


@snippet
def adam_step_counter_without_foreach() -> Any:
    """The same without foreach"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25, foreach=False)
    fit(optimizer, p)
    return {name: str(x.device) for name, x in optimizer.state[p].items()}


@snippet
def fused_adam_step_counter_is_on_cuda() -> Any:
    """fused=True keeps step on the parameter's device, as float32"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25, fused=True)
    fit(optimizer, p)
    return [optimizer.state[p]["step"], str(optimizer.state[p]["exp_avg"].device)]


@snippet
def capturable_adam_step_counter_is_on_cuda() -> Any:
    """capturable=True too"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25, capturable=True)
    fit(optimizer, p)
    return optimizer.state[p]["step"]


@snippet
def fused_and_foreach_exclude_each_other() -> Any:
    """fused=True, foreach=True"""
    return torch.optim.Adam([nn.Parameter(gpu(1.0))], fused=True, foreach=True)


@snippet
def optimizer_built_before_the_move() -> Any:
    """SGD and Adam keep no state before the first step: moving the model afterwards works"""
    found = []
    for kind in (torch.optim.SGD, torch.optim.Adam):
        model = filled(nn.Linear(1, 1, bias=False))
        optimizer = kind(model.parameters(), lr=0.25)
        model.cuda()
        model(gpu([1.0])).sum().backward()
        optimizer.step()
        found.append(model.weight.data)
    return found


@snippet
def adagrad_built_before_the_move() -> Any:
    """Adagrad makes its sums when it is built: they stay behind"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.25)
    model.cuda()
    model(gpu([1.0])).sum().backward()
    optimizer.step()


@snippet
def adagrad_built_before_the_move_without_foreach() -> Any:
    """The same, parameter by parameter"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.25, foreach=False)
    model.cuda()
    model(gpu([1.0])).sum().backward()
    optimizer.step()


@snippet
def adagrad_built_after_the_move() -> Any:
    """The right order"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adagrad([p], lr=0.25)
    return [fit(optimizer, p), optimizer.state[p]["sum"]]


@snippet
def adam_that_has_stepped_before_the_move() -> Any:
    """A step on the CPU, then .cuda(), then another step"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25)
    model(host([1.0])).sum().backward()
    optimizer.step()
    model.cuda()
    optimizer.step()


@snippet
def adam_that_has_stepped_before_the_move_without_foreach() -> Any:
    """The same, parameter by parameter"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25, foreach=False)
    model(host([1.0])).sum().backward()
    optimizer.step()
    model.cuda()
    optimizer.step()


@snippet
def fused_adam_that_has_stepped_before_the_move() -> Any:
    """The same with fused=True: the averages stayed behind"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25, fused=True)
    model(host([1.0])).sum().backward()
    optimizer.step()
    model.cuda()
    optimizer.step()


@snippet
def adam_that_has_stepped_on_cuda_taken_home() -> Any:
    """A step on CUDA, then .cpu(): foreach groups by device, and finds the averages elsewhere"""
    model = filled(nn.Linear(1, 1, bias=False)).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25, foreach=True)
    model(gpu([1.0])).sum().backward()
    optimizer.step()
    model.cpu()
    optimizer.step()


@snippet
def momentum_that_has_stepped_before_the_move() -> Any:
    """SGD with momentum, parameter by parameter"""
    model = filled(nn.Linear(1, 1, bias=False))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25, momentum=0.5, foreach=False)
    model(host([1.0])).sum().backward()
    optimizer.step()
    model.cuda()
    optimizer.step()


@snippet
def parameters_on_both_devices_in_one_optimizer() -> Any:
    """Each is updated where it is"""
    p, q = nn.Parameter(gpu(1.0)), nn.Parameter(host(1.0))
    optimizer = torch.optim.Adam([p, q], lr=0.25)
    ((p.cpu() + q) * 2).sum().backward()
    optimizer.step()
    return [
        p.detach(),
        q.detach(),
        str(optimizer.state[p]["exp_avg"].device),
        str(optimizer.state[q]["exp_avg"].device),
    ]


@snippet(devices=2)
def parameters_on_two_gpus_in_one_optimizer() -> Any:
    """foreach groups them by device"""
    p, q = nn.Parameter(gpu(1.0)), nn.Parameter(torch.ones(1, device="cuda:1"))
    optimizer = torch.optim.SGD([p, q], lr=0.25, foreach=True)
    ((p.to("cuda:1") + q) * 2).sum().backward()
    optimizer.step()
    return [p.detach(), q.detach()]


@snippet
def zero_grad_on_cuda() -> Any:
    """To None, or to zeros on CUDA"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.SGD([p], lr=0.25)
    (p * 2).sum().backward()
    optimizer.zero_grad(set_to_none=False)
    zeros = p.grad
    optimizer.zero_grad()
    return [zeros, p.grad]


@snippet
def clip_grad_norm_on_cuda() -> Any:
    """The norm is a 0-dim CUDA tensor"""
    found = []
    for foreach in (None, True, False):
        p = nn.Parameter(gpu(0.0, 0.0))
        p.grad = gpu(3.0, 4.0)
        found += [clip_grad_norm_([p], 1.0, foreach=foreach), p.grad]
    return found


@snippet
def clip_grad_norm_over_both_devices() -> Any:
    """The norm is on the first parameter's device"""
    p, q = nn.Parameter(gpu(0.0)), nn.Parameter(host(0.0))
    p.grad, q.grad = gpu(3.0), host(4.0)
    return [clip_grad_norm_([q, p], 1.0), p.grad, q.grad]


@snippet
def clip_grad_value_on_cuda() -> Any:
    """clip_grad_value_"""
    p = nn.Parameter(gpu(0.0, 0.0))
    p.grad = gpu(-3.0, 0.5)
    clip_grad_value_([p], 1.0)
    return p.grad


@snippet
def optimizer_state_dict_keeps_devices() -> Any:
    """state_dict refers to the tensors where they are"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25)
    fit(optimizer, p)
    state = optimizer.state_dict()["state"][0]
    return [
        str(state["step"].device),
        str(state["exp_avg"].device),
        state["exp_avg"] is optimizer.state[p]["exp_avg"],
    ]


@snippet
def optimizer_state_is_cast_to_the_parameter() -> Any:
    """load_state_dict of a CPU checkpoint: averages go to CUDA, step stays"""
    q = nn.Parameter(host(1.0))
    saved = torch.optim.Adam([q], lr=0.25)
    fit(saved, q)
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25)
    optimizer.load_state_dict(saved.state_dict())
    return dict(optimizer.state[p])


@snippet
def fused_optimizer_state_is_cast_with_its_step() -> Any:
    """With fused=True step goes along"""
    q = nn.Parameter(host(1.0))
    saved = torch.optim.Adam([q], lr=0.25, fused=True)
    fit(saved, q)
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.Adam([p], lr=0.25, fused=True)
    optimizer.load_state_dict(saved.state_dict())
    return [str(optimizer.state[p]["step"].device), str(optimizer.state[p]["exp_avg"].device)]


@snippet
def scheduler_on_cuda() -> Any:
    """A learning-rate scheduler does not care where the parameters are"""
    p = nn.Parameter(gpu(1.0))
    optimizer = torch.optim.SGD([p], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    fit(optimizer, p)
    scheduler.step()
    return [scheduler.get_last_lr(), fit(optimizer, p)]


# --- checkpoints ------------------------------------------------------------------------------------------

heading("checkpoints")


@snippet
def state_dict_is_on_cuda() -> Any:
    """state_dict refers to the parameters where they are"""
    model = nn.Linear(1, 1).cuda()
    state = model.state_dict()
    return [devices_of(list(state.values())), state["weight"].data_ptr() == model.weight.data_ptr()]


@snippet
def load_state_dict_copies_across_devices() -> Any:
    """A CPU state into a CUDA model, and the reverse"""
    source, target = filled(nn.Linear(1, 1), 2.0), filled(nn.Linear(1, 1)).cuda()
    target.load_state_dict(source.state_dict())
    back = nn.Linear(1, 1)
    back.load_state_dict(target.state_dict())
    return [target.weight.data, back.weight.data]


@snippet
def load_state_dict_may_assign() -> Any:
    """assign=True takes the tensors as they are, device included"""
    model = filled(nn.Linear(1, 1)).cuda()
    model.load_state_dict(filled(nn.Linear(1, 1), 2.0).state_dict(), assign=True)
    return [model.weight.data, type(model.weight).__name__]


@snippet
def load_brings_back_to_cuda() -> Any:
    """torch.load without map_location"""
    return torch.load(stored({"x": gpu(1.0, 2.0), "y": host(3)}))


@snippet
def load_to_the_host() -> Any:
    """map_location is "cpu"."""
    return torch.load(stored(gpu(1.0)), map_location="cpu")


@snippet
def load_to_cuda() -> Any:
    """map_location="cuda", "cuda:0", torch.device of a CPU checkpoint"""
    return [torch.load(stored(host(1.0)), map_location=to) for to in ("cuda", "cuda:0", torch.device("cuda"))]


@snippet
def load_with_a_dict() -> Any:
    """map_location={"cuda:0": "cpu"}"""
    return torch.load(stored([gpu(1.0), host(2.0)]), map_location={"cuda:0": "cpu"})


@snippet
def load_with_a_callable() -> Any:
    """map_location=function: what it is given, and what comes of it"""
    seen = []

    def keep(storage: Any, location: str) -> Any:
        seen.append([str(storage.device), location])
        return storage

    return [torch.load(stored(gpu(1.0)), map_location=keep), seen]


@snippet
def load_with_a_callable_that_gives_up() -> Any:
    """A function that returns None leaves it to the default"""
    return torch.load(stored(gpu(1.0)), map_location=lambda storage, location: None)


@snippet
def load_to_a_missing_device() -> Any:
    """map_location="cuda:99" (the count is blotted out)"""
    try:
        return torch.load(stored(host(1.0)), map_location="cuda:99")
    except RuntimeError as error:
        return str(error).replace(f"() is {torch.cuda.device_count()}.", "() is N.")


@snippet(devices=2)
def load_to_the_second_device() -> Any:
    """map_location is "cuda:1"."""
    return torch.load(stored(gpu(1.0)), map_location="cuda:1")


@snippet(devices=2)
def load_swaps_devices() -> Any:
    """map_location={"cuda:0": "cuda:1"}"""
    return torch.load(stored([gpu(1.0), torch.ones(1, device="cuda:1")]), map_location={"cuda:0": "cuda:1"})


@snippet(devices=2)
def load_remembers_the_index() -> Any:
    """A checkpoint of cuda:1 comes back to cuda:1"""
    return torch.load(stored(torch.ones(1, device="cuda:1")))


@snippet
def saved_views_share_memory() -> Any:
    """Two views of one storage share it after loading"""
    x = gpu(1.0, 2.0)
    a, b = torch.load(stored([x, x[:1]]))
    b[0] = 9.0
    return a


@snippet
def save_and_load_a_model_and_optimizer() -> Any:
    """A whole checkpoint, taken to the CPU"""
    model = filled(nn.Linear(1, 1)).cuda()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.25)
    model(gpu([1.0])).sum().backward()
    optimizer.step()
    loaded = torch.load(
        stored({"model": model.state_dict(), "optimizer": optimizer.state_dict()}), map_location="cpu"
    )
    return [loaded["model"]["weight"], str(loaded["optimizer"]["state"][0]["exp_avg"].device)]


@snippet
def loaded_parameter_requires_grad() -> Any:
    """A Parameter comes back as one"""
    p = torch.load(stored(nn.Parameter(gpu(1.0))))
    return [type(p).__name__, p.requires_grad, str(p.device)]


# --- pinned memory ----------------------------------------------------------------------------------------

heading("pinned memory")


@snippet
def pin_memory_of_a_host_tensor() -> Any:
    """pin_memory copies into pinned memory; is_pinned"""
    x = host(1.0, 2.0)
    y = x.pin_memory()
    return [x.is_pinned(), y.is_pinned(), y.pin_memory() is y, y[1:].is_pinned(), str(y.device), y]


@snippet
def pinned_factory() -> Any:
    """zeros(pin_memory=True)"""
    return [torch.zeros(2, pin_memory=True).is_pinned(), torch.zeros(2).is_pinned()]


@snippet
def pin_memory_of_a_cuda_tensor() -> Any:
    """Only CPU tensors can be pinned"""
    return gpu(1.0).pin_memory()


@snippet
def cuda_tensors_are_not_pinned() -> Any:
    """is_pinned of a CUDA tensor"""
    return gpu(1.0).is_pinned()


@snippet
def pinned_factory_on_cuda() -> Any:
    """zeros(device="cuda", pin_memory=True)"""
    return torch.zeros(2, device="cuda", pin_memory=True)


@snippet
def non_blocking_from_pinned_memory() -> Any:
    """pin_memory().to("cuda", non_blocking=True)"""
    x = host(1.0, 2.0).pin_memory().to("cuda", non_blocking=True)
    return [x, x.cpu().is_pinned()]


@snippet
def copy_into_pinned_memory() -> Any:
    """pinned.copy_(cuda, non_blocking=True), then synchronize"""
    x = torch.zeros(2, pin_memory=True)
    x.copy_(gpu(1.0, 2.0), non_blocking=True)
    torch.cuda.synchronize()
    return [x, x.is_pinned()]


@snippet
def results_are_not_pinned() -> Any:
    """An operation on a pinned tensor gives a plain one"""
    return (host(1.0).pin_memory() + 1).is_pinned()


# --- numpy and Python numbers -----------------------------------------------------------------------------

heading("numpy and Python numbers")


@snippet
def numpy_of_a_cuda_tensor() -> Any:
    """.numpy()"""
    return gpu(1.0).numpy()


@snippet
def asarray_of_a_cuda_tensor() -> Any:
    """np.asarray"""
    return np.asarray(gpu(1.0))


@snippet
def array_of_a_cuda_tensor() -> Any:
    """np.array"""
    return np.array(gpu(1.0))


@snippet
def numpy_function_of_a_cuda_tensor() -> Any:
    """np.sin"""
    return np.sin(gpu(1.0))


@snippet
def numpy_of_a_cuda_tensor_with_gradient() -> Any:
    """The device is complained of before requires_grad"""
    return gpu(1.0, requires_grad=True).numpy()


@snippet
def numpy_of_a_host_tensor_with_gradient() -> Any:
    """After .cpu() the gradient is still in the way"""
    return gpu(1.0, requires_grad=True).cpu().numpy()


@snippet
def numpy_after_detach_and_cpu() -> Any:
    """.detach().cpu().numpy(), and numpy(force=True)"""
    x = gpu(1.0, 2.0, requires_grad=True)
    return [x.detach().cpu().numpy().tolist(), x.numpy(force=True).tolist()]


@snippet(devices=2)
def numpy_of_the_second_device() -> Any:
    """The words name the device"""
    return torch.ones(1, device="cuda:1").numpy()


@snippet
def item_and_tolist() -> Any:
    """They work from CUDA, and give Python numbers"""
    x = grid(2, 2)
    return [x[1, 0].item(), x.tolist(), gpu(3)[0].item(), (x > 1).tolist(), x.sum().tolist()]


@snippet
def item_of_several() -> Any:
    """.item() of two values"""
    return gpu(1.0, 2.0).item()


@snippet
def conversions_to_python_numbers() -> Any:
    """bool, int, float, index, len, range"""
    x = gpu(2)
    return [bool(x), int(gpu(2.7)), float(x), ["a", "b", "c"][x[0]], len(x), list(range(x))]


@snippet
def truth_of_several() -> Any:
    """bool of two values"""
    return bool(gpu(1.0, 2.0))


@snippet
def format_of_a_scalar() -> Any:
    """f-strings"""
    x = torch.tensor(2.5, device="cuda")
    return [f"{x:.2f}", f"{x}", f"{gpu(2.5)}", format(x, ".1f")]


@snippet
def python_functions_of_cuda_scalars() -> Any:
    """sum, max, sorted, in"""
    x = gpu(3.0, 1.0, 2.0)
    return [sum(x), max(x), sorted(x.tolist()), 3.0 in x]


@snippet
def python_containers_of_cuda_tensors() -> Any:
    """A tensor as the key of a dict is compared by identity"""
    x = gpu(1.0)
    return [{x: "found"}[x], x in {x}]


# --- autocast and gradient scaling ------------------------------------------------------------------------

heading("autocast and gradient scaling")


@snippet
def autocast_matmul_is_half() -> Any:
    """matmul, mm, bmm, linear under autocast("cuda")"""
    a, b = grid(2, 2), torch.eye(2, device="cuda")
    with torch.autocast("cuda"):
        return [a @ b, torch.bmm(a[None], b[None])[0], F.linear(a, b, gpu(1.0, 1.0)), a.mv(gpu(1.0, 1.0))]


@snippet
def autocast_convolution_is_half() -> Any:
    """conv2d"""
    with torch.autocast("cuda"):
        return F.conv2d(grid(1, 1, 2, 2), torch.ones(1, 1, 2, 2, device="cuda"))


@snippet
def autocast_to_bfloat16() -> Any:
    """dtype=torch.bfloat16"""
    with torch.autocast("cuda", dtype=torch.bfloat16):
        return grid(2, 2) @ torch.eye(2, device="cuda")


@snippet
def autocast_keeps_some_in_float32() -> Any:
    """softmax, log, exp, pow, sum, norm of half inputs"""
    x = gpu(1.0, 1.0).half()
    with torch.autocast("cuda"):
        made = [x.softmax(0), x.log(), x.exp(), x**2, x.sum(), x.norm(), x.cumsum(0), F.log_softmax(x, 0)]
    return [y.dtype for y in made]


@snippet
def autocast_losses_are_float32() -> Any:
    """mse_loss, cross_entropy, l1_loss, bce_with_logits, nll_loss, layer_norm"""
    x, y = gpu([1.0, 1.0]).half(), gpu([1.0, 0.0]).half()
    with torch.autocast("cuda"):
        made = [
            F.mse_loss(x, y),
            F.cross_entropy(x, gpu(0)),
            F.l1_loss(x, y),
            F.binary_cross_entropy_with_logits(x, y),
            F.nll_loss(x, gpu(0)),
            F.layer_norm(x, (2,)),
        ]
    return [z.dtype for z in made]


@snippet
def autocast_leaves_the_rest_alone() -> Any:
    """relu, add, max, transposing keep what they get"""
    x = gpu(1.0, -1.0)
    with torch.autocast("cuda"):
        made = [x.relu(), x + x, x.half().relu(), x.half() + x.half(), x.half().max(), x[None].t()]
    return [y.dtype for y in made]


@snippet
def autocast_of_mixed_dtypes() -> Any:
    """half + float is float by promotion; cat and stack widen"""
    x = gpu(1.0)
    with torch.autocast("cuda"):
        made = [
            x.half() + x,
            torch.cat([x.half(), x]),
            torch.stack([x, x.half()]),
            torch.addcmul(x, x.half(), x),
        ]
    return [y.dtype for y in made]


@snippet
def autocast_disabled_inside() -> Any:
    """A nested autocast(enabled=False)"""
    a = torch.eye(2, device="cuda")
    with torch.autocast("cuda"):
        half = a @ a
        with torch.autocast("cuda", enabled=False):
            return [half.dtype, (a @ a).dtype]


@snippet
def autocast_disabled_meets_half() -> Any:
    """Inside enabled=False a half result and a float weight do not fit"""
    # Not sure: the CPU says "expected m1 and m2 to have the same dtype, but got: c10::Half != float";
    # CUDA's addmm says it in its own words
    a = torch.eye(2, device="cuda")
    with torch.autocast("cuda"):
        half = a @ a
        with torch.autocast("cuda", enabled=False):
            return half @ a


@snippet
def autocast_of_a_model() -> Any:
    """A network: half output, float32 parameters and gradients"""
    model = filled(nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 1))).cuda()
    with torch.autocast("cuda"):
        y = model(gpu([1.0]))
    y.float().sum().backward()
    return [y.detach(), model[0].weight.dtype, model[0].weight.grad]


@snippet
def autocast_leaves_the_host_alone() -> Any:
    """autocast("cuda") does not touch CPU tensors"""
    x = grid(2, 2, device="cpu")
    with torch.autocast("cuda"):
        return (x @ x).dtype


@snippet
def autocast_leaves_float64_alone() -> Any:
    """float64 is not cast down"""
    x = torch.eye(2, device="cuda", dtype=torch.float64)
    with torch.autocast("cuda"):
        return (x @ x).dtype


@snippet
def autocast_refuses_bce() -> Any:
    """binary_cross_entropy under autocast"""
    with torch.autocast("cuda"):
        return F.binary_cross_entropy(gpu(0.5), gpu(1.0))


@snippet
def autocast_as_decorator() -> Any:
    """@torch.autocast("cuda")"""

    @torch.autocast("cuda")
    def product(x: torch.Tensor) -> torch.Tensor:
        return x @ x

    return product(torch.eye(2, device="cuda")).dtype


@snippet
def autocast_flags() -> Any:
    """is_autocast_enabled and get_autocast_dtype"""
    before = torch.is_autocast_enabled("cuda")
    with torch.autocast("cuda"):
        return [
            before,
            torch.is_autocast_enabled("cuda"),
            torch.get_autocast_dtype("cuda"),
            torch.is_autocast_enabled("cpu"),
        ]


@snippet
def autocast_still_checks_devices() -> Any:
    """A mixture under autocast"""
    with torch.autocast("cuda"):
        return grid(2, 2) @ grid(2, 2, device="cpu")


@snippet
def scaler_defaults() -> Any:
    """GradScaler("cuda"): scale, and where it is"""
    scaler = torch.amp.GradScaler("cuda")
    before = scaler.get_scale()
    y = scaler.scale(gpu(2.0))
    return [before, y, str(scaler._scale.device), scaler.get_growth_factor(), scaler.get_backoff_factor()]


@snippet
def scaler_step() -> Any:
    """scale, backward, step, update: the step is that of the unscaled gradient"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda", init_scale=4.0)
    scaler.scale((p * 2).sum()).backward()
    scaled = p.grad.clone()
    scaler.step(optimizer)
    scaler.update()
    return [scaled, p.grad, p.detach(), scaler.get_scale()]


@snippet
def scaler_unscale() -> Any:
    """unscale_ before clipping"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda", init_scale=4.0)
    scaler.scale((p * 2).sum()).backward()
    scaler.unscale_(optimizer)
    norm = clip_grad_norm_([p], 1.0)
    scaler.step(optimizer)
    return [norm, p.detach()]


@snippet
def scaler_unscale_twice() -> Any:
    """unscale_ twice between updates"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda")
    scaler.scale((p * 2).sum()).backward()
    scaler.unscale_(optimizer)
    scaler.unscale_(optimizer)


@snippet
def scaler_skips_an_infinite_gradient() -> Any:
    """The step is skipped, the scale halved"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda", init_scale=4.0)
    scaler.scale((p * float("inf")).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return [p.detach(), scaler.get_scale()]


@snippet
def scaler_grows() -> Any:
    """After growth_interval good steps the scale doubles"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = (
        torch.optim.SGD([p], lr=0.0),
        torch.amp.GradScaler("cuda", init_scale=4.0, growth_interval=2),
    )
    scales = []
    for _ in range(3):
        scaler.scale((p * 2).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        scales.append(scaler.get_scale())
    return scales


@snippet
def scaler_with_fused_adam() -> Any:
    """A fused optimizer unscales inside its step: the gradient stays scaled"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = (
        torch.optim.Adam([p], lr=0.25, fused=True),
        torch.amp.GradScaler("cuda", init_scale=4.0),
    )
    scaler.scale((p * 2).sum()).backward()
    scaler.step(optimizer)
    scaler.update()
    return [p.detach(), optimizer.state[p]["exp_avg"], scaler.get_scale()]


@snippet
def scaler_disabled() -> Any:
    """enabled=False passes everything through"""
    p = nn.Parameter(gpu(1.0))
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda", enabled=False)
    loss = (p * 2).sum()
    same = scaler.scale(loss) is loss
    loss.backward()
    scaler.step(optimizer)
    scaler.update()
    return [same, p.detach(), scaler.get_scale()]


@snippet
def scaler_refuses_half_gradients() -> Any:
    """A float16 parameter has float16 gradients"""
    p = nn.Parameter(gpu(1.0).half())
    optimizer, scaler = torch.optim.SGD([p], lr=0.25), torch.amp.GradScaler("cuda", init_scale=4.0)
    scaler.scale((p * 2).sum()).backward()
    scaler.unscale_(optimizer)


@snippet
def scaler_step_before_scale() -> Any:
    """step without scale"""
    torch.amp.GradScaler("cuda").step(torch.optim.SGD([nn.Parameter(gpu(1.0))], lr=0.25))


@snippet
def scaler_state_dict() -> Any:
    """state_dict has Python numbers"""
    scaler = torch.amp.GradScaler("cuda", init_scale=4.0)
    scaler.scale(gpu(1.0))
    return scaler.state_dict()


# --- random numbers ---------------------------------------------------------------------------------------

heading("random numbers")


@snippet
def seed_repeats_on_cuda() -> Any:
    """manual_seed seeds CUDA too"""
    torch.manual_seed(1)
    first = torch.randn(3, device="cuda")
    torch.manual_seed(1)
    return torch.equal(first, torch.randn(3, device="cuda"))


@snippet
def draws_go_on() -> Any:
    """Two draws differ"""
    torch.manual_seed(1)
    return torch.equal(torch.rand(8, device="cuda"), torch.rand(8, device="cuda"))


@snippet
def cuda_draws_leave_the_host_generator_alone() -> Any:
    """A draw on CUDA between two CPU draws changes nothing"""
    torch.manual_seed(1)
    first = torch.rand(3)
    torch.manual_seed(1)
    torch.rand(3, device="cuda")
    return torch.equal(first, torch.rand(3))


@snippet
def host_draws_leave_the_cuda_generator_alone() -> Any:
    """And the reverse"""
    torch.manual_seed(1)
    first = torch.rand(3, device="cuda")
    torch.manual_seed(1)
    torch.rand(3)
    return torch.equal(first, torch.rand(3, device="cuda"))


@snippet
def cuda_seed_leaves_the_host_alone() -> Any:
    """torch.cuda.manual_seed seeds CUDA only"""
    torch.manual_seed(1)
    first = torch.rand(3)
    torch.manual_seed(1)
    torch.cuda.manual_seed(2)
    same = torch.equal(first, torch.rand(3))
    x = torch.rand(3, device="cuda")
    torch.cuda.manual_seed(2)
    return [same, torch.equal(x, torch.rand(3, device="cuda"))]


@snippet
def random_state_can_be_put_back() -> Any:
    """torch.cuda.get_rng_state is a CPU tensor of bytes"""
    state = torch.cuda.get_rng_state()
    x = torch.rand(3, device="cuda")
    torch.cuda.set_rng_state(state)
    return [str(state.device), state.dtype, torch.equal(x, torch.rand(3, device="cuda"))]


@snippet
def forked_random_state() -> Any:
    """torch.random.fork_rng keeps CUDA's state as well"""
    torch.manual_seed(1)
    with torch.random.fork_rng():
        x = torch.rand(3, device="cuda")
    return torch.equal(x, torch.rand(3, device="cuda"))


@snippet
def generator_on_cuda() -> Any:
    """torch.Generator("cuda") repeats"""
    generator = torch.Generator("cuda")
    x = torch.rand(3, device="cuda", generator=generator.manual_seed(5))
    y = torch.rand(3, device="cuda", generator=generator.manual_seed(5))
    return [generator.device.type, torch.equal(x, y), generator.initial_seed()]


@snippet
def generator_leaves_the_global_one_alone() -> Any:
    """A draw with a generator of one's own"""
    torch.manual_seed(1)
    first = torch.rand(3, device="cuda")
    torch.manual_seed(1)
    torch.rand(3, device="cuda", generator=torch.Generator("cuda"))
    return torch.equal(first, torch.rand(3, device="cuda"))


@snippet
def host_generator_for_a_cuda_tensor() -> Any:
    """randn(device="cuda", generator=CPU generator)"""
    return torch.randn(2, device="cuda", generator=torch.Generator())


@snippet
def cuda_generator_for_a_host_tensor() -> Any:
    """The reverse"""
    return torch.rand(2, generator=torch.Generator("cuda"))


@snippet
def host_generator_for_an_in_place_draw() -> Any:
    """cuda.normal_(generator=CPU generator)"""
    return torch.zeros(2, device="cuda").normal_(generator=torch.Generator())


@snippet
def host_generator_for_a_permutation() -> Any:
    """randperm(device="cuda", generator=CPU generator)"""
    return torch.randperm(4, device="cuda", generator=torch.Generator())


@snippet
def dropout_on_cuda() -> Any:
    """Training: zeros and doubled values; evaluation: the identity"""
    x = torch.ones(1000, device="cuda")
    model = nn.Dropout(0.5)
    y = model(x)
    return [
        str(y.device),
        sorted(set(y.tolist())),
        300 < int((y == 0).sum()) < 700,
        torch.equal(model.eval()(x), x),
    ]


@snippet
def draws_with_known_outcome() -> Any:
    """bernoulli, multinomial, dropout(p=1)"""
    p = gpu(0.0, 1.0)
    return [torch.bernoulli(p), torch.multinomial(p, 1), F.dropout(p, 1.0)]


@snippet
def initialisation_on_cuda() -> Any:
    """nn.init works in place on CUDA"""
    x = torch.empty(100, device="cuda")
    nn.init.uniform_(x, 1.0, 2.0)
    return [str(x.device), bool((x >= 1).all()), bool((x <= 2).all())]


# --- dtypes -----------------------------------------------------------------------------------------------

heading("dtypes")


@snippet
def float64_on_cuda() -> Any:
    """Double precision is kept"""
    x = torch.tensor([1.0, 3.0], dtype=torch.float64, device="cuda")
    return [x / 3, x.sum()]


@snippet
def complex_on_cuda() -> Any:
    """Complex products, parts and angles"""
    x = torch.tensor([1 + 2j], device="cuda")
    return [x * 1j, x.real, x.imag, x.abs() ** 2, torch.view_as_real(x)]


@snippet
def integers_and_bools_on_cuda() -> Any:
    """Division, remainder, bit operations, counts"""
    x = gpu(7, -7)
    return [x // 2, x % 3, x / 2, (x > 0) & gpu(True, True), x.sum(), (x > 0).sum(), x.to(torch.uint8)[:1]]


@snippet
def half_on_cuda() -> Any:
    """Half arithmetic works outside autocast"""
    x = gpu([1.0, 2.0]).half()
    return [x @ x.t(), x + 0.5, x.sum()]


@snippet
def promotion_on_cuda() -> Any:
    """int + float, half + float, bool + int"""
    made = [gpu(1) + gpu(1.0), gpu(1.0).half() + gpu(1.0), gpu(True) + gpu(1), gpu(1) + 1.5]
    return [x.dtype for x in made]


@snippet
def matmul_of_different_dtypes() -> Any:
    """half @ float without autocast"""
    # Not sure: the CPU says "expected m1 and m2 to have the same dtype, but got: c10::Half != float";
    # CUDA's addmm says it in its own words
    return gpu([1.0]).half() @ gpu([1.0])


@snippet
def not_a_number_and_infinity() -> Any:
    """0/0, 1/0, -1/0, and integer sums"""
    x = gpu(0.0, 1.0, -1.0) / 0
    return [x, x.isnan(), x.isfinite().any()]

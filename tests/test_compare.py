"""`same` finds the first difference that matters, and says it in words."""

import pytest
import torch

from grader.suite import same
from grader.suite.compare import Mismatch


def message(got, expected, **options):
    with pytest.raises(Mismatch) as caught:
        same(got, expected, **options)
    return str(caught.value)


def test_equal_things_pass():
    x = torch.randn(3, 2)
    same(
        {"y": x, "n": 3, "names": ["a"], "none": None}, {"none": None, "names": ["a"], "n": 3, "y": x.clone()}
    )
    same(torch.tensor(float("nan")), torch.tensor(float("nan")))
    same([0.1 + 0.2], [0.3])
    same(3, 3.0)


def test_the_shape_is_named_before_the_values():
    got = message(torch.zeros(5, 4), torch.ones(5, 2), called="MLP([3, 4, 2])(x)")
    assert got == "MLP([3, 4, 2])(x) returned a tensor of shape (5, 4); expected shape (5, 2)."


def test_a_dtype_is_named():
    assert "dtype torch.float64; expected torch.float32" in message(torch.zeros(2).double(), torch.zeros(2))


def test_wrong_values_are_counted_and_the_worst_is_shown():
    got = message(
        torch.tensor([[1.0, 2.0], [3.0, 9.0]]), torch.tensor([[1.0, 2.5], [3.0, 4.0]]), called="f(x)"
    )
    assert "2 of 4 values are wrong: at [1, 1] it holds 9; expected 4 there" in got


def test_the_key_of_a_dict_says_what_is_compared():
    got = message({"the gradient of x": torch.zeros(2)}, {"the gradient of x": torch.ones(2)}, called="f(x)")
    assert got.startswith("After f(x), the gradient of x is a tensor")


def test_none_asks_for_the_return():
    with pytest.raises(Mismatch, match="returned None; expected a tensor of shape") as caught:
        same(None, torch.zeros(2), called="f(x)", hint="look here")
    assert "return" in caught.value.hint


def test_the_authors_hint_travels_with_the_mismatch():
    with pytest.raises(Mismatch) as caught:
        same(1, 2, hint="count again")
    assert caught.value.hint == "count again"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (True, 1), (1, True), ("1", 1), ([1], (1,)), ((1, 2), (1, 3)), ([1, 2], [1, 2, 3]), ({"a": 1}, {"b": 1}),
        (1.0, 1.001), (float("nan"), 1.0), (torch.Size([2]), torch.Size([3])), (None, 0), (0, None),
        (torch.tensor([1]), torch.tensor([2])), (torch.tensor(True), torch.tensor(False)), (1.0, torch.tensor(1.0)),
        (torch.tensor([float("nan")]), torch.tensor([1.0])), (torch.tensor([float("inf")]), torch.tensor([1.0])),
        (torch.ones(2), torch.ones(2, requires_grad=True)), (torch.ones(2, requires_grad=True), torch.ones(2)),
        (torch.ones(2, dtype=torch.float64) + 1e-8, torch.ones(2, dtype=torch.float64)),
        (torch.full((2,), 1.0).bfloat16().float() * 1.004, torch.full((2,), 1.0)),
    ],
)  # fmt: skip
def test_what_differs_does_not_pass(got, expected):
    assert message(got, expected)


def test_sums_in_another_order_pass_in_float32():
    x = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    same(x.flip(0).sum(), x.sum())


def test_values_that_look_alike_are_shown_with_enough_digits():
    got = torch.tensor([0.5, 1 / 3], dtype=torch.float64)
    with pytest.raises(Mismatch, match=r"at \[1\] it holds 0.333333333; expected 0.333333343 there"):
        same(got, torch.tensor([0.5, 1 / 3 + 1e-8], dtype=torch.float64), called="f(x)")


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.complex64, torch.int64, torch.bool])
def test_large_tensors_are_compared_in_pieces_and_to_the_last_value(dtype):
    """The largest difference is told, whichever piece it is in, and every one is counted."""
    right = torch.zeros(3, 400_000, dtype=dtype)
    for places in ([(2, 399_999)], [(0, 0), (2, 399_999)], [(1, 7), (1, 6)]):
        got = right.clone()
        for worth, place in enumerate(places, start=1):
            got[place] = worth
        at = list(places[-1 if dtype is not torch.bool else 0])
        if places[0] == (1, 7) and dtype is torch.bool:
            at = [1, 6]  # as far off as the other, and the first
        assert f"{len(places)} of 1200000 values are wrong: at {at} it holds" in message(got, right)
        same(got, got.clone())


def test_values_that_are_not_finite_are_the_farthest_off():
    right = torch.zeros(600_000)
    got = right.clone()
    got[3], got[500_000] = 9.0, float("nan")
    assert "at [500000] it holds nan" in message(got, right)


@pytest.mark.parametrize(
    "value", [["x" * 1000] * 1000, {"a" * 10**6: 1}, "y" * 10**6, 10**3000, [10**3000] * 12]
)
def test_words_about_a_value_are_short(value):
    assert len(message(value, None)) < 300
    assert len(message([value], [0])) < 500

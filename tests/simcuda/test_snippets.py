"""The simulated CUDA device against the recording, snippet by snippet; and the recording against a real GPU."""

import json

import pytest
import torch

from grader import simcuda
from tests.simcuda import recording
from tests.simcuda.outcome import Unrepresentable, differences, plain, run
from tests.simcuda.snippets import SNIPPETS, Snippet

RECORDED = recording.read()
TENSOR = {"device": "cuda:0", "dtype": "float32", "shape": [2], "value": [1.0, "nan"]}


# --- the table itself --------------------------------------------------------------------------------------


def test_every_snippet_has_an_outcome_and_every_outcome_a_snippet():
    assert set(RECORDED["outcomes"]) == set(SNIPPETS)


def test_there_are_at_least_150_snippets():
    assert len(SNIPPETS) >= 150


def test_every_snippet_says_what_it_shows():
    assert [name for name, snippet in SNIPPETS.items() if not snippet.function.__doc__] == []
    assert [name for name, snippet in SNIPPETS.items() if not snippet.heading] == []


@pytest.mark.parametrize("name", RECORDED["outcomes"])
def test_an_outcome_is_a_result_or_an_error(name):
    outcome = RECORDED["outcomes"][name]
    assert ("returns" in outcome) != ("raises" in outcome)
    if "raises" in outcome:
        assert ("message" in outcome) != ("contains" in outcome)
    assert outcome.get("sure", False) is False, "only doubt is written down"


def test_a_recording_that_was_not_made_says_so():
    if RECORDED["recorded"] is None:
        assert "not yet recorded" in RECORDED["note"].lower()
        assert "gpu" not in RECORDED
    else:
        assert RECORDED["gpu"]


# --- the simulation ----------------------------------------------------------------------------------------


LIMITS = {
    "a_tensor_on_cuda_does_not_equal_the_plain_device": "torch.device(0) is built in C++, without a GPU",
}


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_simulation_does_what_cuda_does(name, request):
    if name in LIMITS:
        request.applymarker(pytest.mark.xfail(reason=LIMITS[name], strict=True))
    with simcuda.devices(2):
        got = run(SNIPPETS[name].function)
    expected = RECORDED["outcomes"][name]
    if expected.get("sure", True) or got.get("raises") != "NotImplementedError":
        assert differences(got, expected) == []  # where nobody knows, the simulation may say so


# --- the recording, on a real GPU --------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.timeout(600)
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_real_cuda_does_what_is_recorded():
    fresh = recording.record(RECORDED, torch.cuda.device_count())
    recording.write(fresh)
    found = []
    for name, outcome in fresh["outcomes"].items():
        if outcome.get("recorded", True) and name in RECORDED["outcomes"]:
            found += [f"{name}: {line}" for line in differences(outcome, RECORDED["outcomes"][name])]
    assert not found, f"{recording.PATH.name} was written anew; these differ:\n" + "\n".join(found)


# --- outcomes, compared ------------------------------------------------------------------------------------


def test_equal_outcomes_do_not_differ():
    assert differences({"returns": TENSOR}, {"returns": dict(TENSOR)}) == []
    error = {"raises": "RuntimeError", "message": "no"}
    assert differences(error, dict(error)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"device": "cpu"}, "device of the result is 'cpu', expected was 'cuda:0'"),
        ({"dtype": "float64"}, "dtype of the result is 'float64'"),
        ({"shape": [3]}, "shape of the result[0] is 3, expected was 2"),
        ({"value": [1.01, "nan"]}, "value of the result[0] is 1.01, expected was 1.0"),
        ({"value": [1.0, "inf"]}, "value of the result[1] is 'inf', expected was 'nan'"),
        ({"value": [1, "nan"]}, "value of the result[0] is 1, expected was 1.0"),
    ],
)
def test_a_tensor_that_differs_is_described(change, words):
    (line,) = differences({"returns": TENSOR | change}, {"returns": TENSOR})
    assert words in line


def test_half_precision_is_compared_more_loosely():
    half = TENSOR | {"dtype": "float16", "value": [1.005, "nan"]}
    assert differences({"returns": half}, {"returns": TENSOR | {"dtype": "float16"}}) == []
    assert differences({"returns": half | {"dtype": "float32"}}, {"returns": TENSOR}) != []


@pytest.mark.parametrize("one", [1, True, 1.0, "1", None, [1], {"1": 1}])
def test_data_of_different_types_differ(one):
    others = [1, True, 1.0, "1", None, [1], {"1": 1}]
    same = [other for other in others if not differences({"returns": one}, {"returns": other})]
    assert len(same) == 1
    assert type(same[0]) is type(one)


def test_errors_differ_by_type_and_by_words():
    got = {"raises": "TypeError", "message": "no such thing"}
    assert differences(got, got | {"raises": "ValueError"}) == [
        "it raised TypeError, expected was ValueError (its message: 'no such thing')"
    ]
    assert len(differences(got, got | {"message": "no such"})) == 1
    assert differences(got, {"raises": "TypeError", "contains": ["such", "no"]}) == []
    assert len(differences(got, {"raises": "TypeError", "contains": ["such", "other"]})) == 1


def test_a_result_is_not_an_error():
    error, result = {"raises": "TypeError", "message": "no"}, {"returns": 1}
    assert "it raised TypeError: 'no'; expected was the result 1" in differences(error, result)
    assert "it returned 1; expected was TypeError: 'no'" in differences(result, error)


# --- outcomes, taken ---------------------------------------------------------------------------------------


def test_data_becomes_json():
    value = {
        "tensor": torch.tensor([1.0, float("nan"), float("-inf")]),
        "complex": torch.tensor(1 + 2j),
        "size": torch.Size([2]),
        "dtype": torch.bfloat16,
        "rest": (None, True, float("inf"), torch.device("meta")),
    }
    got = plain(value)
    assert json.loads(json.dumps(got, allow_nan=False)) == got
    assert got["tensor"]["value"] == [1.0, "nan", "-inf"]
    assert got["complex"] == {"device": "cpu", "dtype": "complex64", "shape": [], "value": [1.0, 2.0]}
    assert got["rest"] == [None, True, "inf", "meta"]


def test_what_the_table_cannot_hold_is_refused():
    with pytest.raises(Unrepresentable, match="returned a set"):
        run(lambda: {1})


def test_an_error_is_described_by_its_first_line():
    def fail():
        raise KeyError("first\nsecond")

    def fail_silently():
        raise RuntimeError

    assert run(fail) == {"raises": "KeyError", "message": r"'first\nsecond'"}
    assert run(fail_silently) == {"raises": "RuntimeError", "message": ""}


def test_a_snippet_leaves_settings_as_they_were():
    def disturb():
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.manual_seed(7)

    before = torch.get_rng_state()
    run(disturb)
    assert torch.zeros(1).dtype == torch.float32
    assert torch.zeros(1).device.type == "cpu"
    assert torch.equal(torch.get_rng_state(), before)


# --- recordings, written -----------------------------------------------------------------------------------


def test_a_recording_is_read_as_it_was_written(tmp_path):
    recording.write(RECORDED, tmp_path / "recording.json")
    assert recording.read(tmp_path / "recording.json") == RECORDED
    assert (tmp_path / "recording.json").read_bytes() == recording.PATH.read_bytes()


def test_what_needs_a_second_gpu_keeps_its_outcome_and_says_so():
    def observe(snippet: Snippet):
        return {"returns": snippet.devices}

    fresh = recording.record(RECORDED, 1, observe=observe)
    for name, snippet in SNIPPETS.items():
        if snippet.devices == 1:
            assert fresh["outcomes"][name] == {"returns": 1}
        else:
            assert fresh["outcomes"][name] == RECORDED["outcomes"][name] | {"recorded": False}
    assert "need a second GPU" in fresh["note"]
    assert "second GPU" not in recording.record(RECORDED, 2, observe=observe)["note"]

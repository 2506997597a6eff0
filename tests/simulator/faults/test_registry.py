import importlib
import pkgutil

import pytest

import tests.simulator.faults as folder
from market.errors import BadRequest
from simulator import faults
from simulator.faults.registry import KINDS, kind_of, usage
from tests.simulator.faults.stage import DEMONSTRATED


def test_every_fault_is_demonstrated() -> None:
    for module in pkgutil.iter_modules(folder.__path__, "tests.simulator.faults."):
        importlib.import_module(module.name)
    assert set(KINDS) == DEMONSTRATED


def test_every_fault_can_be_called_from_python_by_its_name() -> None:
    assert set(faults.__all__) - {"applied"} == set(KINDS)
    assert all(callable(getattr(faults, name)) for name in faults.__all__)


@pytest.mark.parametrize("name", KINDS)
def test_a_fault_s_help_is_one_line(name: str) -> None:
    text = KINDS[name].help()
    assert 20 < len(text) < 110
    assert text.endswith(".")
    assert usage(KINDS[name]).startswith(name)


def test_a_fault_that_does_not_exist_is_named_with_the_nearest() -> None:
    with pytest.raises(BadRequest, match="unknown fault 'cutt'; did you mean 'cut'\\?"):
        kind_of("cutt")
    with pytest.raises(BadRequest, match="there are: cut, refused"):
        kind_of("zzzz")

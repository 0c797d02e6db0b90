"""What nobody expected is told by the model where there is one, else by itself."""

from pathlib import Path

import pytest

from arenafit.fit.diagnosis import explained
from arenafit.ir import DType
from arenafit.tflite import write_bytes
from support.models import conv_chain


@pytest.mark.parametrize("given", [None, "postgresql://host/sweep", "no-such-file", ["no-such-file"]])
def test_an_error_of_a_verb_that_was_given_no_model_passes(given: object) -> None:
    @explained
    def verb(_: object) -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        verb(given)


def test_an_error_over_a_readable_model_passes_if_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    (tmp_path / "net.tflite").write_bytes(write_bytes(conv_chain(DType.INT8)))

    @explained
    def verb(_: object) -> None:
        raise ValueError("a defect")

    with pytest.raises(ValueError, match="a defect"):
        verb([str(tmp_path / "net.tflite")])

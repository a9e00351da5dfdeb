"""Timings are of this machine as it is: what `tests/conftest.py` hides from tests is shown again."""

import os

from tests.conftest import GIVEN_GPUS

if GIVEN_GPUS is None:
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)
else:
    os.environ["CUDA_VISIBLE_DEVICES"] = GIVEN_GPUS

"""Tests that share a training are in one process of pytest-xdist; pytest 9.2 put them into all, and trained in each."""

import os

import pytest


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="the tests run in one process")
@pytest.mark.xdist_group("together")
def test_a_group_is_in_the_id_by_which_tests_are_dealt_out(request):
    if request.config.getoption("loadgroup"):
        assert request.node.nodeid.endswith("@together")

import dask

from bench.run.cluster.remote_host import without_nanny_settings


def test_a_trial_does_not_inherit_what_dasks_nanny_sets():
    """The real settings: a dask that changes them fails here, not in somebody's timings."""
    settings = dask.config.get("distributed.nanny.pre-spawn-environ")
    assert {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"} <= set(settings)
    environ = {"PATH": "/bin", **{name: str(value) for name, value in settings.items()}}
    assert without_nanny_settings(environ, settings) == {"PATH": "/bin"}


def test_a_users_own_value_stays():
    environ = {"OMP_NUM_THREADS": "4", "MKL_NUM_THREADS": "1"}
    assert without_nanny_settings(environ, {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1}) == {"OMP_NUM_THREADS": "4"}

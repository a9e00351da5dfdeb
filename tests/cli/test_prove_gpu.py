"""`bench prove-gpu` on a machine without a GPU."""


def test_without_a_gpu_the_command_says_so_and_what_it_would_check(bench, tmp_path):
    done = bench("prove-gpu")
    assert done.returncode == 2
    assert "lstm-cudnn runs cuDNN's recurrent kernels" in done.stdout
    assert "no GPU is visible here" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_backend_is_refused(bench):
    done = bench("prove-gpu", "--backend", "theano")
    assert done.returncode == 2
    assert "'theano'" in done.stderr


def test_without_a_gpu_a_program_gets_no_table(bench):
    done = bench("prove-gpu", "--json")
    assert (done.returncode, done.stdout) == (2, "")

"""Which test brings about which fault: the one list, from which `TABLE.md` is made.

`python tests/faults/table.py` writes `TABLE.md` anew; `test_table.py` keeps both true.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).with_name("TABLE.md")


class Fault(NamedTuple):
    """One way in which a run can go wrong, what must happen then, and the tests that prove it (file::function)."""

    what: str
    required: str
    tests: tuple[str, ...]


COMMAND_LINE = "tests/faults/test_command_line.py"
DISK = "tests/faults/test_disk.py"
HOSTILE = "tests/faults/test_hostile_text.py"
RESUME = "tests/faults/test_resume.py"
JOURNAL = "tests/store/test_journal.py"
FOLDER = "tests/store/test_run_folder.py"
PROCESS = "tests/run/trial/test_worker_process.py"
TURNS = "tests/faults/test_turns.py"
VALIDATE = "tests/cli/test_validate.py"
CHECKED = "tests/validate/test_check_run.py"
RUNNER = "tests/run/session/test_run_trials.py"

FAULTS: dict[int, Fault] = {
    1: Fault(
        "Ctrl-C in epoch 3",
        "epochs 1–2 kept, trial `interrupted`, no child left, report written, exit 130",
        (
            f"{COMMAND_LINE}::test_a_signal_in_the_third_epoch_keeps_two_ends_the_worker_and_writes_the_report",
            f"{COMMAND_LINE}::test_ctrl_c_again_and_again_still_leaves_a_whole_journal_and_no_half_file",
            "tests/cli/test_verbs.py::test_ctrl_c_keeps_the_epochs_writes_the_report_and_resume_finishes",
            "tests/run/session/test_signals.py::test_a_signal_is_heard_that_comes_where_nothing_can_be_raised",
        ),
    ),
    2: Fault(
        "SIGTERM: a cluster's time limit",
        "the same, exit 143; SIGHUP the same, exit 129",
        (
            f"{COMMAND_LINE}::test_a_signal_in_the_third_epoch_keeps_two_ends_the_worker_and_writes_the_report",
            f"{COMMAND_LINE}::test_a_terminated_report_leaves_no_half_file_and_its_own_exit_status",
            "tests/run/trial/test_worker_death.py::test_a_worker_killed_from_outside_counts_as_killed_so_that_resume_repeats_it",
        ),
    ),
    3: Fault(
        "kill -9 of the parent",
        "the worker ends too, the trial reads as `killed`, `--resume` finishes the run",
        (
            f"{COMMAND_LINE}::test_a_killed_parent_takes_its_worker_along_reads_as_killed_and_is_finished_by_resume",
            f"{RESUME}::test_a_sweep_that_is_killed_again_and_again_ends_as_an_undisturbed_one",
            f"{RESUME}::test_a_worker_that_outlived_its_parent_is_neither_doubled_nor_called_killed",
            f"{RUNNER}::test_a_worker_dies_with_its_parent_even_when_that_is_killed",
        ),
    ),
    4: Fault(
        "a worker dies: segfault, abort",
        "trial `failed` with the signal and the end of its output; the run goes on; exit 1",
        (
            f"{RUNNER}::test_a_worker_that_dies_keeps_its_epochs_and_the_run_goes_on",
            f"{RUNNER}::test_what_a_dying_worker_printed_is_kept_with_its_stack",
            f"{PROCESS}::test_a_grandchild_that_holds_the_pipes_open_keeps_nobody_waiting",
        ),
    ),
    5: Fault(
        "the kernel's or the device's memory is out",
        "`oom`; the next trial in a fresh process",
        (
            f"{PROCESS}::test_the_kernels_own_memory_kill_reads_as_oom",
            f"{PROCESS}::test_a_worker_beyond_its_memory_limit_ends_as_oom",
            f"{COMMAND_LINE}::test_a_trial_beyond_its_memory_limit_ends_as_oom_and_the_next_one_runs",
            "tests/run/worker/test_main.py::test_running_out_of_memory_is_told_from_other_failures",
        ),
    ),
    6: Fault(
        "a hang in native code",
        "process group killed after `--timeout`, trial `timeout`, stack dump kept",
        (
            f"{RUNNER}::test_a_hang_is_ended_with_its_children_and_its_stack_is_kept_while_the_parent_sleeps",
            f"{PROCESS}::test_a_stopped_worker_times_out_and_is_killed",
            f"{PROCESS}::test_a_worker_that_ignores_every_polite_signal_times_out_and_is_killed",
        ),
    ),
    7: Fault(
        "the loss becomes NaN",
        "trial `diverged`; the value stored as null with a reason; never NaN in a file",
        (
            "tests/run/worker/test_recorder.py::test_a_loss_that_is_not_finite_ends_the_training_and_is_stored_as_null",
            "tests/run/worker/test_main.py::test_a_loss_that_is_not_finite_is_a_divergence_even_in_the_first_epoch",
            f"{RUNNER}::test_a_diverged_trial_is_told_by_its_worker",
        ),
    ),
    8: Fault(
        "power loss in the middle of a write",
        "at most the last line of a journal is lost; any other file is old or new",
        (
            f"{JOURNAL}::test_a_line_is_on_disk_as_soon_as_it_is_appended",
            f"{JOURNAL}::test_epochs_and_the_end_are_synced_to_disk_and_other_lines_are_not",
            f"{FOLDER}::test_a_file_appears_whole_or_not_at_all",
        ),
    ),
    9: Fault(
        "a torn last line, cut at every byte",
        "that line is dropped with a warning, all before it kept",
        (
            f"{JOURNAL}::test_cut_at_every_byte_all_whole_lines_are_kept_and_the_rest_is_dropped_with_a_warning",
            f"{JOURNAL}::test_appending_after_a_torn_line_starts_a_line_of_its_own",
        ),
    ),
    10: Fault(
        "a corrupt line in the middle",
        "that journal is set aside, named with file and line; all others load",
        (
            f"{JOURNAL}::test_a_damaged_line_in_the_middle_is_named_with_file_and_line",
            f"{RESUME}::test_a_damaged_journal_stops_a_resume_with_what_to_do",
            f"{FOLDER}::test_a_run_with_any_bytes_changed_reads_clean_or_fails_clean",
        ),
    ),
    11: Fault(
        "the disk is full",
        "stops before the next trial with a clear error; what was there is intact",
        (
            f"{DISK}::test_a_full_disk_stops_the_run_before_the_next_trial_and_resume_finishes_it",
            f"{DISK}::test_a_disk_that_fills_up_in_a_trial_leaves_what_was_there_whole",
            f"{DISK}::test_half_a_line_on_a_full_disk_is_taken_back_so_that_the_next_one_is_whole",
            f"{DISK}::test_a_report_on_a_full_disk_leaves_the_old_one",
            f"{DISK}::test_a_full_disk_at_the_start_leaves_no_run_behind",
        ),
    ),
    12: Fault(
        "the output folder cannot be written",
        "refused before any training",
        (
            f"{DISK}::test_an_output_folder_on_a_read_only_disk_is_refused_before_any_training",
            f"{DISK}::test_an_output_folder_without_permission_is_refused",
            "tests/cli/test_errors.py::test_an_output_folder_that_cannot_be_written_is_refused_before_training",
        ),
    ),
    13: Fault(
        "two runs started in one second in one folder",
        "both complete, in folders of their own",
        (
            f"{COMMAND_LINE}::test_two_runs_started_at_once_both_complete_one_after_the_other_in_folders_of_their_own",
            f"{FOLDER}::test_many_runs_started_in_one_second_get_folders_of_their_own",
        ),
    ),
    14: Fault(
        "two measurements on one host at once",
        "the second waits, or runs with `--allow-concurrent` and is labelled",
        (
            f"{COMMAND_LINE}::test_two_runs_started_at_once_both_complete_one_after_the_other_in_folders_of_their_own",
            f"{COMMAND_LINE}::test_a_measurement_beside_another_is_labelled_in_its_journals_and_its_report",
            "tests/host/test_lock.py::test_every_users_measurement_waits_for_every_others",
        ),
    ),
    15: Fault(
        "the holder of a lock was killed",
        "the lock frees itself",
        (
            f"{COMMAND_LINE}::test_a_second_measurement_is_told_whom_it_waits_for_and_goes_on_when_that_one_is_killed",
            "tests/host/test_lock.py::test_a_killed_holders_lock_frees_itself",
        ),
    ),
    16: Fault(
        "a newer schema",
        "refused, naming the version needed",
        (
            "tests/store/test_migrations.py::test_a_newer_schema_is_refused_naming_the_version",
            "tests/store/test_migrations.py::test_a_newer_journal_alone_is_set_aside_with_file_and_line",
        ),
    ),
    17: Fault(
        "an older schema",
        "read by migration in memory; a frozen run for each version",
        (
            "tests/store/test_migrations.py::test_the_frozen_run_of_schema_1_reads_whole",
            "tests/store/test_migrations.py::test_the_frozen_runs_figures_are_those_that_were_written",
            "tests/store/test_migrations.py::test_an_older_schema_is_migrated_in_memory_and_its_files_stay_as_they_are",
            "tests/store/test_migrations.py::test_every_published_schema_has_a_way_to_todays",
        ),
    ),
    18: Fault(
        "mixed hardware in one comparison",
        "refused with both fingerprints shown, `--force` labels it",
        (
            f"{RESUME}::test_a_resume_on_another_machine_is_refused_with_both_values",
            "tests/cli/test_compare.py::test_mixed_hardware_is_refused_with_both_fingerprints_and_force_labels_it",
            "tests/compare/test_two_runs.py::test_different_machines_are_told_with_what_differs_and_label_every_time",
            "tests/analysis/test_cautions.py::test_what_the_machine_brought_along_is_named",
        ),
    ),
    19: Fault(
        "NaN, Infinity, a key twice, 1e999, 5,000 digits, `[` × 100,000 in a file",
        "rejected with file and line",
        (
            "tests/store/files/test_strict_json.py::test_what_it_does_not_allow_is_named_with_file_and_line",
            "tests/store/files/test_strict_json.py::test_any_bytes_give_a_value_or_a_clear_error",
            f"{FOLDER}::test_half_a_megabyte_made_to_be_slow_or_large_is_refused_in_a_moment",
        ),
    ),
    20: Fault(
        "a file or a line of 10 GB",
        "refused by its size, memory bounded",
        (
            f"{FOLDER}::test_ten_sparse_gigabytes_are_refused_unread",
            f"{FOLDER}::test_a_huge_line_and_too_many_lines_are_refused_by_their_size",
            f"{FOLDER}::test_half_a_megabyte_made_to_be_slow_or_large_is_refused_in_a_moment",
        ),
    ),
    21: Fault(
        "a run id `../../x`, an absolute path, a link that leads out",
        "rejected; nothing touched outside the folder",
        (
            f"{FOLDER}::test_a_made_up_run_id_is_refused",
            f"{FOLDER}::test_a_name_that_is_no_run_is_refused",
            f"{FOLDER}::test_no_setting_of_a_case_leads_out_of_the_folder",
            f"{FOLDER}::test_an_inner_folder_that_leads_elsewhere_is_refused",
            f"{FOLDER}::test_only_plain_files_are_opened",
            f"{HOSTILE}::test_figures_are_never_written_through_a_link",
        ),
    ),
    22: Fault(
        "`|`, `<script>`, line breaks, `$`, ANSI codes, bidi marks in a name; a cell that begins with = + - @",
        "inert text in Markdown, HTML, terminal, CSV",
        (
            f"{HOSTILE}::test_the_report_the_list_and_the_export_of_a_strangers_run_are_inert",
            f"{HOSTILE}::test_a_strangers_error_cannot_steer_the_terminal",
            "tests/reports/kit/test_escaping.py::test_a_markdown_reader_sees_the_visible_text_and_no_markup",
            "tests/reports/kit/test_escaping.py::test_a_csv_cell_never_begins_like_a_formula",
        ),
    ),
    23: Fault(
        "an npz with a pickled object, a crafted .toml",
        "never executed; a clear error",
        (
            "tests/data/formats/test_npz.py::test_a_pickled_object_is_refused_and_never_executed",
            "tests/data/formats/test_plain_pickle.py::test_a_pickle_that_calls_anything_is_refused_and_not_executed",
            "tests/plan/test_suite.py::test_hostile_toml_gives_a_clear_error",
        ),
    ),
    24: Fault(
        "a wrong data set: missing array, shape, labels that are none, NaN, empty, one class",
        "named with expected and received",
        (
            "tests/data/formats/test_npz.py::test_a_missing_array_is_named_with_what_the_file_has",
            "tests/data/test_check.py::test_a_wrong_number_of_axes_is_refused_with_the_shape",
            "tests/data/test_labels.py::test_what_is_no_label_is_refused_by_what_was_found",
            "tests/data/test_check.py::test_a_value_that_is_not_finite_in_float32_is_named_with_its_example",
            "tests/data/test_check.py::test_empty_examples_are_refused",
        ),
    ),
    25: Fault(
        "a GPU asked for, none there",
        "exit 2 with a hint to `bench env`; never a silent CPU run",
        (
            "tests/cli/test_errors.py::test_bad_input_is_named_and_nothing_is_written",
            "tests/host/test_devices.py::test_a_device_that_is_not_there_is_an_error_with_what_to_do",
        ),
    ),
    26: Fault(
        "cuDNN asked for, not used",
        "the trial fails and says which condition is not met",
        (
            "tests/run/worker/test_building.py::test_cudnn_that_would_not_be_used_fails_the_trial_and_names_the_condition",
            "tests/networks/proof/test_kernel.py::test_each_condition_that_a_layer_does_not_meet_is_named",
        ),
    ),
    27: Fault(
        "KERAS_MAX_EPOCHS or keras.json changes the run",
        "refused or recorded and flagged; a run of fewer epochs than asked is never `ok`",
        (
            "tests/cli/test_errors.py::test_a_variable_that_cuts_training_short_is_refused",
            "tests/cli/test_axes.py::test_keras_json_is_recorded_and_flagged_and_what_a_case_states_wins",
            "tests/run/worker/test_main.py::test_fewer_epochs_or_steps_than_asked_are_never_ok",
            "tests/cli/test_own.py::test_a_training_of_fewer_epochs_than_asked_is_never_ok",
        ),
    ),
    28: Fault(
        "a data set altered or offline",
        "checksum error; never silently another data set",
        (
            "tests/data/sets/test_mnist.py::test_one_flipped_bit_in_the_bundled_file_is_a_checksum_error",
            "tests/data/sets/test_keras_sets.py::test_an_altered_archive_is_refused_before_anything_in_it_is_read",
            "tests/data/sets/test_keras_sets.py::test_a_set_that_is_not_cached_is_an_error_with_the_command_that_fetches_it",
            f"{RESUME}::test_a_resume_on_altered_data_is_refused_and_nothing_is_trained",
        ),
    ),
    29: Fault(
        "the wall clock steps back",
        "durations monotonic",
        (
            f"{PROCESS}::test_a_clock_that_steps_back_ends_no_trial_early_and_none_late",
            f"{PROCESS}::test_the_modules_that_take_times_never_ask_the_wall_clock",
        ),
    ),
    30: Fault(
        "zero duration, one repeat",
        'no division by zero; "needs at least n", never "no change"',
        (
            "tests/analysis/test_run_summary.py::test_a_zero_duration_has_no_throughput",
            "tests/analysis/trial/test_throughput.py::test_throughput_does_not_exist_where_nothing_is_left",
            "tests/analysis/test_case_contrasts.py::test_one_seed_names_a_leader_and_decides_nothing",
            "tests/compare/test_two_runs.py::test_a_clock_that_saw_no_time_pass_gives_no_ratio",
            "tests/reports/compare/test_two_runs.py::test_one_trial_says_what_it_needs_and_never_that_nothing_changed",
            f"{FOLDER}::test_a_run_with_an_unusual_value_anywhere_is_reported_or_refused",
        ),
    ),
    31: Fault(
        "the baseline is missing",
        "exit 2, not 3",
        (
            "tests/cli/test_compare.py::"
            "test_a_baseline_that_is_missing_or_meaningless_is_a_usage_error_and_no_regression",
            "tests/cli/test_errors.py::test_bad_input_is_named_and_nothing_is_written",
        ),
    ),
    32: Fault(
        "nothing is selected by the filters",
        "exit 5",
        ("tests/cli/test_errors.py::test_nothing_selected_has_a_status_of_its_own",),
    ),
    33: Fault(
        "the suite is edited before `--resume`",
        "changed cases are refused with the difference shown; never mixed",
        (
            f"{RESUME}::test_a_resume_with_other_flags_is_refused_with_the_differences",
            f"{RESUME}::test_a_case_that_changed_under_its_name_is_refused",
            f"{RESUME}::test_the_same_flags_again_are_fine",
        ),
    ),
    34: Fault(
        "a worker floods stdout with 1 GB",
        "drained into a capped buffer; the parent uses no CPU but for the copying",
        (
            f"{PROCESS}::test_a_flood_of_output_costs_the_parent_no_memory_and_its_end_is_kept",
            "tests/run/trial/test_captured_output.py::test_however_much_is_printed_the_beginning_and_the_end_are_kept",
            f"{PROCESS}::test_a_line_without_an_end_costs_no_memory",
            f"{RUNNER}::test_a_hang_is_ended_with_its_children_and_its_stack_is_kept_while_the_parent_sleeps",
        ),
    ),
    35: Fault(
        "NVML or psutil missing or failing",
        "null figure, the run goes on",
        (
            "tests/host/sensors/test_gpu.py::test_a_failing_nvml_leaves_the_kernel_drivers_names_and_a_note",
            "tests/host/sensors/test_gpu.py::test_a_missing_nvidia_ml_py_is_noted_where_there_is_a_gpu",
            "tests/host/test_environment.py::test_a_failing_probe_leaves_a_note_and_all_other_figures",
        ),
    ),
    36: Fault(
        "an optional extra is not installed",
        "one line with the install command",
        ("tests/plan/test_backends.py::test_a_missing_extra_is_refused_with_the_command_that_installs_it",),
    ),
    37: Fault(
        "an unknown key or type in a suite file",
        "error with file, key and the allowed keys; did you mean",
        (
            "tests/plan/test_suite.py::test_an_unknown_key_is_named_with_a_suggestion_and_the_allowed_keys",
            "tests/plan/test_suite.py::test_a_wrong_value_is_named_with_what_was_expected_and_received",
        ),
    ),
    38: Fault(
        "a user's model raises, returns no model, or has the wrong output shape",
        "that case `failed` with a readable message; others go on",
        (
            "tests/cli/test_own.py::test_a_network_that_is_none_fails_its_own_trial_with_a_readable_message",
            "tests/cli/test_own.py::test_the_run_goes_on_to_its_end_and_says_that_some_failed",
            "tests/networks/test_plugin.py::test_what_is_no_model_for_the_data_is_refused",
            "tests/networks/test_plugin.py::test_an_exception_of_the_users_code_names_the_last_line_of_its_own",
        ),
    ),
    39: Fault(
        "in turns, a worker dies, or never starts",
        "its trial ends as it would alone; the others see it at once and go on",
        (
            f"{TURNS}::test_one_that_is_killed_leaves_the_other_to_go_on_alone",
            f"{TURNS}::test_one_of_three_that_dies_is_left_out_and_the_others_go_on_taking_turns",
            f"{TURNS}::test_a_process_that_a_dead_worker_left_behind_keeps_nobody_waiting",
            f"{TURNS}::test_where_one_can_not_even_be_started_the_other_runs",
            f"{TURNS}::test_where_no_board_can_be_made_the_trials_run_one_after_the_other_and_the_run_says_so",
        ),
    ),
    40: Fault(
        "in turns, a worker hangs or is stopped, in its turn or before it",
        "that one is ended as `timeout`, at its limit or when all waited for it for long; the others go on",
        (
            f"{TURNS}::test_one_that_is_stuck_in_its_turn_is_ended_at_its_limit_and_the_other_goes_on",
            f"{TURNS}::test_one_that_is_stopped_while_it_waits_is_the_one_that_is_ended",
            f"{TURNS}::test_one_that_never_arrives_is_ended_and_the_other_begins",
            f"{TURNS}::test_the_seconds_that_one_waits_do_not_count_against_its_limit",
            f"{TURNS}::test_without_a_limit_one_for_which_the_others_wait_too_long_is_ended",
            f"{TURNS}::test_without_a_limit_one_that_never_arrives_is_ended_and_the_other_begins",
        ),
    ),
    41: Fault(
        "in turns, Ctrl-C",
        "epochs kept; every trial that trained is `interrupted`, one that had ended keeps how; no child left",
        (
            f"{TURNS}::test_an_interruption_ends_both_and_keeps_their_epochs",
            f"{TURNS}::test_one_that_had_ended_when_the_run_is_interrupted_keeps_how_it_ended",
        ),
    ),
    42: Fault(
        "a stranger's archive is cut short, or has links, `..`, code, or gigabytes",
        "`bench validate` names it, goes on with the others, writes and executes nothing; exit 1",
        (
            f"{VALIDATE}::test_an_archive_that_is_cut_anywhere_is_refused_and_the_others_are_still_checked",
            f"{VALIDATE}::test_a_hostile_archive_is_a_flaw_and_nothing_is_written",
            f"{VALIDATE}::test_a_bomb_is_refused_by_what_it_claims",
            f"{VALIDATE}::test_code_beside_the_runs_is_not_executed",
            f"{CHECKED}::test_no_data_set_is_loaded_by_a_strangers_path_and_no_network_imported",
        ),
    ),
    43: Fault(
        "a stranger's run was altered: seconds, shares, checksums, ids, settings, a trial copied or handed in twice",
        "each is a sentence with its file; exit 1",
        (
            f"{CHECKED}::test_a_figure_that_another_contradicts_is_one_flaw",
            f"{CHECKED}::test_data_that_are_not_what_their_name_says_are_a_flaw",
            f"{CHECKED}::test_a_fingerprint_that_its_environment_does_not_make_is_a_flaw",
            f"{CHECKED}::test_other_settings_than_planned_are_named",
            f"{CHECKED}::test_a_trial_that_was_copied_under_another_seed_is_a_flaw",
            f"{CHECKED}::test_a_line_that_is_made_to_harm_is_named_with_its_place",
            f"{CHECKED}::test_a_run_with_any_bytes_changed_is_valid_or_has_flaws_and_never_more",
            f"{CHECKED}::test_a_sparse_journal_of_gigabytes_is_refused_unread",
            f"{VALIDATE}::test_the_same_run_from_two_people_is_one_too_many",
        ),
    ),
    44: Fault(
        "a site of strangers' runs: one cannot be read, one is there twice, one has a page or names of its own",
        "listed with the reason, the others shown; no page copied, names inert, no address made up",
        (
            "tests/cli/test_site.py::test_archives_are_shown_as_folders_are_and_what_cannot_be_read_is_listed",
            "tests/cli/test_site.py::test_a_page_that_lies_beside_a_strangers_journals_is_not_published",
            "tests/site/test_collect.py::test_no_free_text_of_a_record_is_part_of_an_address",
            "tests/reports/site/test_write_site.py::test_hostile_names_are_inert_on_the_first_page",
            f"{HOSTILE}::test_a_site_and_a_verdict_on_a_strangers_run_are_inert",
            "tests/reports/kit/test_html_page.py::test_a_name_stays_the_text_that_it_is_wherever_it_stands",
            "tests/reports/kit/test_html_page.py::test_markup_that_nobody_escaped_is_text_here_too",
        ),
    ),
}


def render() -> str:
    """Return the page: one row a fault, each test with a link to its file."""
    rows = [
        f"| {number} | {_cell(fault.what)} | {_cell(fault.required)} | {'<br>'.join(map(_link, fault.tests))} |"
        for number, fault in sorted(FAULTS.items())
    ]
    head = ["| # | fault | what must happen | tests |", "|---|---|---|---|"]
    note = "Made by `python tests/faults/table.py`; a test holds it to the tests that there are."
    return "\n".join(["# Faults and their tests", "", note, "", *head, *rows, ""])


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    words = name.removeprefix("test_").replace("_", " ")
    return f"[{words}](../../{path})"


def _cell(text: str) -> str:
    return text.replace("|", "&#124;")


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")

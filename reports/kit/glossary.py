"""The project's words, each with one meaning; `docs/glossary.md` is written from here, as is each report's own list."""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "achieved FLOP/s": "Floating-point operations that the network needs for an example, times the steady throughput. "
    "It is what was used, not what the chip could do.",
    "ahead": "The side that is better by the effect as it was measured, whether or not that is decided.",
    "as `fit` costs": "Of all training seconds of `fit` but the first steps', the wait for each epoch's iterator "
    "included and validation not; `all of fit` has a validation an epoch, too. Headlines and verdicts are as `fit` "
    "costs.",
    "balanced accuracy": "The mean recall of all classes at the end of the epoch budget; always answering one class "
    "has one over their number, however large that class is.",
    "base, head": "The two sides of a check: the revision that is compared with, and the one that is judged.",
    "best": "With `--tuned`, the faster of a case as it comes and the same with the settings that `bench tune` "
    "found. Of an accuracy, the highest after any epoch of a trial; the claims' other settings show its median over "
    "their trials.",
    "better on": "On how many pairs a side is better, out of all; a miss is worse than a hit. From ten trials a side "
    "there is also P(a > b), the share of all pairs of trials, whatever their seeds, in which a is larger.",
    "canary": "A small fixed piece of work that is timed now and then: when it slows down, the machine was busy.",
    "case": "One model with all its settings, without the seed. Its id is readable: `lstm-mnist-b32-float32-cpu`.",
    "caution": "A fact that limits what a report's numbers mean, always with what to do about it.",
    "ceiling": "The highest FLOP/s or bytes per second that was measured on a device with plain matrix products and "
    "copies.",
    "check": "One run of the regression gate: base against head, in one or two stages.",
    "claim": "A statement of the tutorial, or of your own file, that journals can support or refute.",
    "contrast": "One measure of two cases of one run, compared over the seeds they share.",
    "crashed": "A trial that ended in another way than its training was meant to. It is counted apart, and never as "
    "a miss.",
    "difference": "How accuracies are compared: one minus the other, as the heading says.",
    "effect": "The size of a comparison, a ratio or a difference, with its 95 % interval.",
    "ending": "The rest of a trial's wall time, nearly all of it between the last epoch's end and the trial's "
    "(`ending_s`).",
    "epoch budget": "The fixed number of epochs that a case trains for.",
    "estimate": "A number computed from several trials, such as a mean with its interval.",
    "example": 'One training image or sequence. Never "sample", which belongs to statistics.',
    "figure": "A plot in a report. Numbers are values or estimates.",
    "fingerprint": "A hash of what makes two machines' times comparable: processor, memory class, GPU and driver, "
    "system, and the libraries' versions.",
    "first step": "A step that includes tracing and compiling, as the first with each shape of batch does. "
    "`first_step_s` is the sum of an epoch's first steps, and in exported trials the sum over all epochs; "
    "comparisons use the first epoch's.",
    "gain": "Best over stock throughput, as `bench tune` found it.",
    "hit, miss": "A trial that reached the target within its budget, and one that did not. A miss is right-censored: "
    "all that is known is that it takes longer.",
    "hits k/n": "Of n trials, k reached the target within their budget; crashes are counted apart.",
    "holds under Holm": "That a claim's verdict holds beside those on all other tested claims: at 95 % none of them is "
    "then decided by chance.",
    "in turns": "Two or more workers that are alive at once and train by turns, so that neighbours slow all alike.",
    "iterator": "The time before an epoch's first step (`iterator_s`): the input is set up, and that of the epoch "
    "before is taken down.",
    "journal": "A trial's append-only JSON Lines file. Everything else can be rebuilt from it.",
    "margin": "By how much a measure may become worse before a check calls it a regression.",
    "mean": "The geometric mean for throughputs, times and sizes, so that a ratio of means is the mean of the ratios; "
    "the arithmetic mean for accuracies.",
    "measure": "What is compared, such as throughput or first step; `--metric` chooses one.",
    "median step": "The mean over a trial's epochs of each epoch's median step, averaged over trials; the 95th "
    "percentile likewise.",
    "median time": "The time by which half of the trials reached a target, a miss being later than its budget "
    "(Kaplan and Meier); of an even number midway between the middle two, and `> budget` where one of these is a "
    "miss.",
    "more seeds (a to b)": "So many further seeds decide in nine of ten experiments if the effect is what it seems; "
    "a to b is the range for the effects that the seeds so far do not rule out (80 %). Never told of fewer than five.",
    "ok": "In a check, that no regression was found. It does not say equal: a row is `equal within the tolerance` "
    "where its whole 95 % interval is.",
    "other time": "`other_s`: the time between epochs that is neither training nor validation, such as callbacks, the "
    "journal and the canary.",
    "padding": "Zeros behind the end of a series, up to the length that all have in training. A padded step is "
    "computed like any other.",
    "pair": "Two trials, one of each side: of one seed, and for throughputs and epoch times that were not measured in "
    "turns, neighbours in the order they ran. In a check, of one seed, in turns or back to back.",
    "place": "One device of one machine in a hardware report.",
    "pp": "Percentage points: the difference of two accuracies in percent. 98 % is 3 pp above 95 %.",
    "prediction interval": "Where the value of the next seed lies in 19 of 20 experiments, by Student's t.",
    "ratio": "How throughputs, times and sizes are compared: one over the other, as the heading says.",
    "recall": "The share of a class's validation examples that the trained network answers rightly.",
    "run": "One invocation of `bench run`: a folder with its journals, the resolved suite and the reports.",
    "seed": "The number that fixes a trial's weights, dropout and order of examples.",
    "set-up": "Importing, loading the data, building the model and proving its kernel, before the first epoch; in "
    "turns the processor's seconds of it, since the others do the same.",
    "side": "One of the two things that are compared: a case of a claim, or a revision in a check.",
    "slot": "A worker's place among those in turns: slot 0 is started first and leads. It is drawn for each pair.",
    "steady throughput": "Examples per second of the steps alone: of training time without first steps and iterator. "
    "It compares kernels and revisions.",
    "steady time": "`steady_s` of an epoch: `train_s` without its first steps and iterator.",
    "step": "One optimizer update on one batch.",
    "stock": "A case as it comes, before `bench tune` changed how it is executed.",
    "suite": "A TOML file that names what to train: models, devices, batch sizes, seeds, epoch budgets and data.",
    "target": "A validation accuracy to be reached.",
    "time to accuracy": "Training seconds until the target is reached: first steps and iterator included, validation "
    "not.",
    "token": "One integer of a text: a letter or a word, by its number in the vocabulary; 0 pads.",
    "training time": "`train_s`: from the beginning of an epoch to the end of its last step, first steps and iterator "
    "included, validation and other time not.",
    "trial": "One case with one seed, in a process of its own.",
    "turn": "What a worker runs until it hands over: a few steps, a first step, or a validation.",
    "typical step": "Of pairs in turns: the mean of the turns' seconds per step, on a logarithmic scale, without the "
    "fifth of the turns at each end.",
    "undisturbed step": "The 5th percentile of an epoch's step times (`step_p05_s`), which other programs affect "
    "least.",
    "verdict": "What a comparison comes to: faster, equivalent, inconclusive and so on for two runs; supported, "
    "refuted, inconclusive or not tested for a claim; ok, implausible, inconclusive or regression for a check; proven, "
    "refuted or not possible here for what a GPU is to prove.",
}

# What a run's report explains, in the order of its tables.
_OF_A_REPORT = (
    "case", "trial", "example", "step", "median step", "epoch budget", "first step", "steady throughput", "iterator",
    "mean", "best", "time to accuracy", "median time", "achieved FLOP/s", "hits k/n", "pair", "pp", "better on",
    "ahead", "canary", "fingerprint",
)  # fmt: skip


def report_words() -> tuple[tuple[str, str], ...]:
    """Return each word that a run's report uses, with its meaning."""
    return tuple((word, MEANINGS[word]) for word in _OF_A_REPORT)

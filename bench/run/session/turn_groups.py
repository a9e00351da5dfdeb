"""Which trials of a run take turns with each other: those of one seed on one device, as many as memory holds."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from bench.data.dataset import DataInfo
from bench.host.devices import device_settings
from bench.host.sensors.gpu_room import GpuRoom
from bench.plan.case import Case, Trial
from bench.units import counted, format_bytes

MAX_TOGETHER = 8  # of 0.4 s each: everybody's turn comes round within three seconds
WORKER_BYTES = 3 << 29  # an imported framework and a network of a million parameters: at most 1.3 GiB were measured
# Not measured: no GPU was available. With CUDA's libraries as well, and on the GPU itself:
GPU_HOST_BYTES = 3 << 30
GPU_WORKER_BYTES = 2 << 30  # a context with the libraries' own memory, a small network, and its activations
_COPIES = 3  # of the examples: as loaded, as scaled, and as the framework holds them
_VALUE_BYTES = 4  # float32


@dataclass(frozen=True)
class Memory:
    """Bytes of main memory and of a GPU's; infinite where nobody says how much is free."""

    main_bytes: float
    gpu_bytes: float

    def __add__(self, other: Memory) -> Memory:
        """Return what both take together."""
        return Memory(self.main_bytes + other.main_bytes, self.gpu_bytes + other.gpu_bytes)

    def fits(self, free: Memory) -> bool:
        """Tell whether there is room for it."""
        return self.main_bytes <= free.main_bytes and self.gpu_bytes <= free.gpu_bytes


@dataclass(frozen=True)
class TurnGroups:
    """Trials in the order they run, those of one group together; `sentence` says which do, and why not all."""

    groups: tuple[tuple[Trial, ...], ...]
    sentence: str


def group_trials(
    trials: Sequence[Trial],
    data: Mapping[Case, DataInfo],
    free_bytes: int | None,
    memory_limit_bytes: int | None = None,
    gpu_room: Callable[[int], GpuRoom] = lambda _: GpuRoom(),
) -> TurnGroups:
    """Put the trials together that a report compares: of one seed, device, data set and batch size.

    All numbers of threads are one device. The first to start, who leads, is the first in the order of the run, which
    is another case for each seed.

    Args:
        trials: those that are left to run, in their order.
        data: each case's data set.
        free_bytes: main memory that workers may take; None where the system does not say.
        memory_limit_bytes: what a worker may take at most, or None.
        gpu_room: returns what a GPU has for workers on it, by its index among the visible ones.
    """
    groups: list[list[Trial]] = []
    open_groups: dict[Hashable, list[Trial]] = {}
    num_of = Counter(map(_place, trials))
    # Of nine trials one would be left alone: then the groups before it have one less.
    most = {place: MAX_TOGETHER - (number > 1 and number % MAX_TOGETHER == 1) for place, number in num_of.items()}
    needed = {trial: needed_memory(trial.case, data[trial.case], memory_limit_bytes) for trial in trials}
    rooms = Rooms(free_bytes, gpu_room)
    cut = ""
    for trial in trials:
        place = _place(trial)
        group = open_groups.get(place)
        asked = sum((needed[one] for one in (*(group or ()), trial)), Memory(0, 0))
        obstacle = rooms.find_obstacle(trial.case, asked, needed[trial], "a worker") if group else None
        cut = obstacle or cut
        if group is None or obstacle or len(group) == most[place]:
            groups.append(group := [])
            open_groups[place] = group
        group.append(trial)
    return TurnGroups(tuple(map(tuple, groups)), _word_groups(groups, cut))


def _place(trial: Trial) -> Hashable:
    """Return what trials that take turns have in common."""
    case = trial.case
    return trial.seed, _gpu_index(case), case.dataset, case.batch_size


def _gpu_index(case: Case) -> int | None:
    return device_settings(case.device).gpu_index


class Rooms:
    """Knows what each device has for workers; a GPU is asked once, and only where a case trains on it."""

    def __init__(self, free_bytes: int | None, gpu_room: Callable[[int], GpuRoom]) -> None:
        """Begin with the free main memory; where nobody says how much is free, it is tried."""
        self._free_bytes = free_bytes
        self._gpu_room = functools.cache(gpu_room)

    def find_obstacle(self, case: Case, together: Memory, each: Memory, who: str) -> str | None:
        """Say why workers that need so much together cannot be alive at once; None where they can.

        Args:
            case: trains on the device in question.
            together: what all workers need.
            each: what `who` needs, which the sentence tells.
            who: such as "a worker".
        """
        index = _gpu_index(case)
        room = GpuRoom() if index is None else self._gpu_room(index)
        if not room.is_shared:
            return "the GPU's compute mode admits one process at a time"
        free = Memory(*(math.inf if one is None else one for one in (self._free_bytes, room.free_bytes)))
        return None if together.fits(free) else _word_memory(each, free, who)


def needed_memory(case: Case, info: DataInfo, limit_bytes: int | None) -> Memory:
    """Return what a worker with a small network is likely to need; one that needs more ends as `oom`, others go on."""
    data_bytes = (info.num_train + info.num_test) * math.prod(info.example_shape) * _VALUE_BYTES
    is_on_gpu = device_settings(case.device).is_gpu
    main = (GPU_HOST_BYTES if is_on_gpu else WORKER_BYTES) + _COPIES * data_bytes
    return Memory(
        main if limit_bytes is None else min(main, limit_bytes), GPU_WORKER_BYTES + data_bytes if is_on_gpu else 0
    )


def _word_memory(needed: Memory, free: Memory, who: str) -> str:
    """Say how much is free of the memory that is short, and how much of it `who` may need."""
    of_main, of_gpu = needed.main_bytes / max(free.main_bytes, 1), needed.gpu_bytes / max(free.gpu_bytes, 1)
    is_main = of_main >= of_gpu
    name = "memory" if is_main else "the GPU's memory"
    free_bytes = free.main_bytes if is_main else free.gpu_bytes
    needed_bytes = needed.main_bytes if is_main else needed.gpu_bytes
    return f"{format_bytes(free_bytes)} of {name} are free, and {who} may need {format_bytes(needed_bytes)}"


def _word_groups(groups: Sequence[Sequence[Trial]], cut: str) -> str:
    """Say how many trials train in turns, and how many alone and why; `cut` says what made groups smaller."""
    together = [len(group) for group in groups if len(group) > 1]
    num_alone = len(groups) - len(together)
    why = cut or "no other of the same seed, device, data set and batch size is left to train"
    if not together:
        return f"not in turns: {why}"
    sizes = f"{min(together)} to {max(together)}" if min(together) < max(together) else f"{max(together)}"
    sentence = f"in turns: {counted(sum(together), 'trial')}, {sizes} of one seed at a time"
    alone = f"; {counted(num_alone, 'trial')} alone" if num_alone else ""
    return f"{sentence}{alone}{f': {why}' if num_alone or cut else ''}"

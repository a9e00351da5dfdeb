"""Decides when a turn is over, and keeps what each turn trained; knows no framework and no clock but the ledger's."""

from __future__ import annotations

from bench.run.worker.time_ledger import Ledger
from bench.run.worker.turn_protocol import Turns
from bench.store.records import MAX_TURNS, EpochTurns

MIN_CALLS = 2
NUM_WARM_UP_TURNS = 2
WARM_UP_TURN_S = 0.04
FEWEST_TURNS = 8  # of a training that has so many calls: a ratio needs five of either side, and two are warm-up
_DIGITS = 6  # of a second: of a hundredth of a per mille of a turn


class TurnBook:
    """Passes the turn on at the right places of one `fit`, during which the ledger's clock is stopped.

    A turn of training is over after a number of calls that is found in the first two such turns, which are not kept: as
    many as take the seconds that the parent wants, but two at least, and no more than an eighth of all calls. A step
    that met a new shape or compiled ends a turn as well, and is in no turn's seconds. Validation with all that follows
    it up to the next epoch is a turn of its own. Where no other worker is left, no turn ends, and none is kept.
    """

    def __init__(self, turns: Turns, ledger: Ledger, num_calls: int) -> None:
        """Begin in a turn of this worker's, which the first step will end; `num_calls` are those of all epochs."""
        self._turns = turns
        self._most_calls = max(MIN_CALLS, num_calls // FEWEST_TURNS)
        self._ledger = ledger
        self._in_company = not turns.is_alone
        self._calls_a_turn: int | None = None
        self._warm_up_left = NUM_WARM_UP_TURNS
        self._is_over = False
        self._waited_s = turns.waited_s

    def begin_epoch(self) -> None:
        """End the turn in which the previous epoch ended, and clear the list; call this before marking the epoch."""
        self._begin_turn()
        self._rows: list[tuple[int, float, int, int]] = []
        self._num_left_out = 0
        self._closed_s = 0.0
        self._clear()

    def begin_step(self) -> None:
        """Pass on if the turn is over; call it before the step is marked."""
        self._begin_turn()

    @property
    def may_end_turn(self) -> bool:
        """Whether the current call may be the last one of its turn, so that the device must be synchronised."""
        if self._turns.is_alone:
            return False
        return self._calls_a_turn is None or self._num_calls + 1 >= self._calls_a_turn

    def end_step(self, num_steps: int, num_examples: int, *, is_new: bool, then_validates: bool) -> None:
        """Count the call that was just marked as ended; the validation that may follow is another turn."""
        if self._turns.is_alone:
            return
        if not is_new:
            self._num_calls += 1
            self._num_steps += num_steps
            self._num_examples += num_examples
        if is_new or then_validates or self._is_full():
            self._close()
        if then_validates:
            self._begin_turn()

    def end_validation(self) -> None:
        """End the turn of a validation within the epoch."""
        self._is_over = not self._turns.is_alone

    def end_epoch(self) -> EpochTurns | None:
        """Return the epoch's turns, None for a worker that never had company; what follows is another turn."""
        self.end_validation()
        if not self._in_company:
            return None
        waited_s, self._waited_s = self._turns.waited_s - self._waited_s, self._turns.waited_s
        numbers, seconds, steps, examples = zip(*self._rows, strict=True) if self._rows else ((), (), (), ())
        return EpochTurns(
            numbers=numbers,
            seconds=seconds,
            steps=steps,
            examples=examples,
            num_left_out=self._num_left_out,
            waited_s=waited_s,
            gone=tuple(self._turns.gone),
        )

    def _begin_turn(self) -> None:
        if not self._is_over:
            return
        self._is_over = False
        self._ledger.begin_wait()
        self._turns.pass_on()
        self._ledger.end_wait()

    def _is_full(self) -> bool:
        if self._calls_a_turn is not None:
            return self._num_calls >= self._calls_a_turn
        return self._num_calls >= MIN_CALLS and self._ledger.steady_s - self._closed_s >= WARM_UP_TURN_S

    def _close(self) -> None:
        """End the turn at the last step's end; a turn of first steps only is not recorded."""
        seconds = self._ledger.steady_s - self._closed_s
        self._closed_s = self._ledger.steady_s
        self._is_over = True
        if self._num_calls and self._calls_a_turn is None:
            self._warm_up(seconds)
        elif self._num_calls and len(self._rows) < MAX_TURNS:
            self._rows.append((self._turns.number, round(seconds, _DIGITS), self._num_steps, self._num_examples))
        elif self._num_calls:
            self._num_left_out += 1
        self._clear()

    def _warm_up(self, seconds: float) -> None:
        self._warm_up_left -= 1
        if not self._warm_up_left:
            wanted = round(self._turns.turn_s * self._num_calls / seconds) if seconds > 0 else 0
            self._calls_a_turn = min(max(MIN_CALLS, wanted), self._most_calls)

    def _clear(self) -> None:
        self._num_calls = self._num_steps = self._num_examples = 0

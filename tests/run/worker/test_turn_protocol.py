"""What workers in turns tell each other, and what one that dies in the middle of it leaves: processes and sockets."""

import itertools
import json
import socket
import subprocess
import sys
import tempfile

import pytest

from bench.run.worker.turn_protocol import MESSAGE, RECORD

NUM_SLOTS, NUM_TURNS, LIMIT_S = 3, 3, 20.0
WORKER = f"""
import json, os, sys
from bench.run.worker.turn_protocol import Turns
slot, peers, board, log = json.loads(sys.argv[1])
turns = Turns(slot, {{int(peer): end for peer, end in peers.items()}}, board)
turns.arrive()
for number in range({NUM_TURNS}):
    if number:
        turns.pass_on()
    os.write(log, str(slot).encode())
"""


@pytest.fixture
def table(request):
    """What starts workers at two slots, with this test at the third; `ends` are its sockets to them."""
    with tempfile.TemporaryFile(buffering=0) as board, tempfile.TemporaryFile(buffering=0) as log:
        made = Table(board, log, request.param)
        yield made
        made.leave()
        for worker in made.workers:
            worker.kill()
            worker.wait()


class Table:
    def __init__(self, board, log, own_slot):
        self.board, self.log = board, log
        self.board.write(RECORD.pack(-1, 0, 0.0, 0.0) * NUM_SLOTS)
        pairs = {slots: socket.socketpair() for slots in itertools.combinations(range(NUM_SLOTS), 2)}
        peers = {slot: {} for slot in range(NUM_SLOTS)}
        for (one, other), (end, other_end) in pairs.items():
            peers[one][other], peers[other][one] = end, other_end
        self.ends = peers.pop(own_slot)
        self.workers = [self._start(slot, ends) for slot, ends in peers.items()]
        for end in self.ends.values():
            end.settimeout(LIMIT_S)

    def _start(self, slot, ends):
        files = {peer: end.fileno() for peer, end in ends.items()}
        told = json.dumps([slot, files, self.board.fileno(), self.log.fileno()])
        passed = (*files.values(), self.board.fileno(), self.log.fileno())
        worker = subprocess.Popen([sys.executable, "-c", WORKER, told], pass_fds=passed)
        for end in ends.values():
            end.close()
        return worker

    def send(self, peer, *message):
        self.ends[peer].sendall(MESSAGE.pack(*message))

    def await_message(self, peer, *message):
        while MESSAGE.unpack(self.ends[peer].recv(MESSAGE.size)) != message:
            pass

    def leave(self):
        for end in self.ends.values():
            end.close()

    def read_order(self):
        """Return whose turns there were, when all have ended."""
        assert [worker.wait(LIMIT_S) for worker in self.workers] == [0, 0]
        self.log.seek(0)
        return self.log.read().decode()


@pytest.mark.parametrize("table", [1], indirect=True)
@pytest.mark.parametrize("told", [(), (0,), (2,), (0, 2)])
def test_one_that_dies_while_it_passes_on_leaves_nobody_waiting_whomever_it_had_told(table, told):
    """Slot 1 dies in turn 2, and has told none, some or all of turn 3, which is slot 2's; then 2 and 0 alternate."""
    for peer in table.ends:
        table.send(peer, 0, 0)
    table.await_message(0, 2, 1)
    for peer in told:
        table.send(peer, 3, 2)
    table.leave()
    assert table.read_order() == "02" * NUM_TURNS


@pytest.mark.parametrize("table", [0], indirect=True)
@pytest.mark.parametrize("told", [(), (1,), (2,), (1, 2)])
def test_so_does_the_leader_that_dies_as_it_ends_the_first_turn(table, told):
    """Slot 0 is there, trains, and dies when it has told none, some or all that turn 2 is slot 1's."""
    for peer in table.ends:
        table.send(peer, 0, 0)
    for peer in told:
        table.send(peer, 2, 1)
    table.leave()
    assert table.read_order() == "12" * NUM_TURNS

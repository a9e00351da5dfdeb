"""A dask cluster as a set of measuring hosts: who is there, what each is, and whether it may take part."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dask
from distributed import Client
from distributed.versions import VersionMismatchWarning
from pydantic import TypeAdapter

from bench import __version__
from bench.data.dataset import DataInfo
from bench.errors import ClusterLostError, ConfigError, DataError
from bench.host.environment import Environment
from bench.plan.case import Case
from bench.run.cluster.remote_host import HostReport, check_host_data, describe_host
from bench.store.files import strict_json

CONNECT_S = 10.0
_ADDRESS = re.compile(r"dask://(?P<host>\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
_CASES: TypeAdapter[tuple[Case, ...]] = TypeAdapter(tuple[Case, ...])
_INFOS: TypeAdapter[tuple[DataInfo, ...]] = TypeAdapter(tuple[DataInfo, ...])


@dataclass(frozen=True)
class RemoteWorker:
    """One dask worker; `host` is the machine's name: two workers of one name share a machine, so take turns."""

    address: str
    id: str
    name: str
    host: str
    environment: Environment


HostOf = Callable[[RemoteWorker], str]


@dataclass
class Cluster:
    """The workers that a scheduler knows, each described once.

    Attributes:
        client: the connection.
        address: what the user typed.
        host_of: returns a worker's machine; the name that the machine gives itself unless a test says otherwise.
    """

    client: Any
    address: str
    host_of: HostOf = lambda worker: worker.host
    _workers: dict[str, RemoteWorker] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    @property
    def workers(self) -> tuple[RemoteWorker, ...]:
        """The workers that may take part, as the last `refresh` found them, by host and then by address."""
        return tuple(sorted(self._workers.values(), key=lambda worker: (worker.host, worker.address)))

    def refresh(self) -> list[str]:
        """Ask who is there, describe whoever is new, and return a sentence for each that cannot take part.

        Raises:
            ClusterLostError: where the scheduler is gone.
        """
        info = self._ask()
        self._workers = {address: worker for address, worker in self._workers.items() if address in info}
        self._refused &= set(info)
        new = [address for address in info if address not in self._workers and address not in self._refused]
        reports = self.client.run(describe_host, workers=new, on_error="return") if new else {}
        problems = []
        for address, report in reports.items():
            # A worker that went away between the two calls is no problem: the next refresh does not find it.
            if isinstance(report, OSError):
                continue
            try:
                self._workers[address] = self._describe(address, str(info[address]["name"]), report)
            except ConfigError as error:
                self._refused.add(address)
                problems.append(str(error))
        return problems

    def forget(self, address: str) -> None:
        """Describe a worker anew at the next refresh: another process may have its address by then."""
        self._workers.pop(address, None)
        self._refused.discard(address)

    def refuse(self, worker: RemoteWorker) -> None:
        """Leave a worker out from now on."""
        self._workers.pop(worker.address, None)
        self._refused.add(worker.address)

    def check_data(self, worker: RemoteWorker, data: Mapping[Case, DataInfo]) -> dict[Case, DataInfo]:
        """Return what a worker's host finds for each case, checked to be the data that the run was planned with.

        Raises:
            DataError: naming host, data set and what differs.
        """
        cases = tuple(data)
        content = _CASES.dump_json(cases).decode()
        result = self.client.run(check_host_data, content, workers=[worker.address], on_error="return")
        found = result.get(worker.address)
        if not isinstance(found, str):
            raise DataError(f"host {worker.host}: {found}")
        infos = dict(zip(cases, _INFOS.validate_json(found), strict=True))
        for case, info in infos.items():
            _check_same_data(worker.host, data[case], info)
        return infos

    def _ask(self) -> dict[str, Any]:
        """Ask the scheduler itself: what the client keeps may be old, or without workers."""
        try:
            if self.client.status == "running":
                info: dict[str, Any] = self.client.sync(self.client.scheduler.identity, n_workers=-1)["workers"]
                return info
            reason = "its connection closed"
        except OSError as error:
            reason = str(error)
        raise ClusterLostError(
            f"the dask scheduler at {self.address} is gone ({reason}); trials that ended are intact: finish with "
            "`--resume`"
        )

    def _describe(self, address: str, name: str, report: object) -> RemoteWorker:
        if not isinstance(report, str):
            raise ConfigError(
                f"dask worker {name} cannot run this program ({type(report).__name__}: {str(report)[:200]}); install "
                "the same version of it there, with the extra dask"
            )
        _check_versions(name, strict_json.loads(report.encode(), f"dask worker {name}"))
        known = HostReport.model_validate_json(report)
        worker = RemoteWorker(address, known.worker_id, name, known.environment.hostname, known.environment)
        return RemoteWorker(address, known.worker_id, name, self.host_of(worker), known.environment)


@contextlib.contextmanager
def open_cluster(address: str, host_of: HostOf | None = None, connect_s: float = CONNECT_S) -> Iterator[Cluster]:
    """Connect to a scheduler that has a worker at least, or says why not; every worker must be able to take part.

    Args:
        address: `dask://host:port`.
        host_of: see `Cluster`.
        connect_s: seconds to wait for the scheduler, and then for its first worker.

    Raises:
        ConfigError: no scheduler, no worker, or another version of this program or of dask somewhere.
    """
    with contextlib.closing(_connect(address, connect_s)) as client:
        cluster = Cluster(client, address) if host_of is None else Cluster(client, address, host_of)
        _check_dask("the dask scheduler", client.get_versions()["scheduler"]["packages"]["dask"])
        try:
            client.wait_for_workers(1, timeout=connect_s)
        except TimeoutError:
            raise ConfigError(
                f"--executor: the dask scheduler at {address} has no worker; start `dask worker "
                f"{address.removeprefix('dask://')} --nthreads 1` on each machine"
            ) from None
        problems = cluster.refresh()
        if problems:
            raise ConfigError("\n".join(f"--executor: {problem}" for problem in problems))
        yield cluster


def _connect(address: str, connect_s: float) -> Any:
    match = _ADDRESS.fullmatch(address)
    if not match:
        raise ConfigError(f"--executor: expected local or dask://host:port, received {address!r}")
    try:
        with warnings.catch_warnings():
            # A table of all packages that differ somewhere; what matters is checked below and reported in a sentence.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(f"tcp://{match['host']}:{match['port']}", timeout=connect_s, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--executor: no dask scheduler answers at {address} within {connect_s:g} s ({type(error).__name__}); "
            "start one with `dask scheduler`, and name the address that it prints"
        ) from None


def _check_versions(name: str, report: Any) -> None:
    """Compare versions before anything else is read: another version's report may have other fields."""
    version = report.get("version") if isinstance(report, dict) else None
    if version != __version__:
        raise ConfigError(
            f"dask worker {name} has version {version} of this program, here it is {__version__}; install the same one"
        )
    _check_dask(f"dask worker {name}", report.get("dask"))


def _check_dask(who: str, version: object) -> None:
    if version != dask.__version__:
        raise ConfigError(f"{who} has dask {version}, here it is {dask.__version__}; install the same one on all sides")


def _check_same_data(host: str, planned: DataInfo, found: DataInfo) -> None:
    """Compare all but `source`, which may name another place."""
    fields = [
        name for name in DataInfo.model_fields if name != "source" and getattr(planned, name) != getattr(found, name)
    ]
    if fields:
        shown = "; ".join(f"{name}: {getattr(planned, name)} here, {getattr(found, name)} there" for name in fields)
        raise DataError(f"host {host}: data set {planned.name} is not the one that was planned with ({shown})")


def group_by_fingerprint(workers: Sequence[RemoteWorker]) -> dict[str, list[RemoteWorker]]:
    """Return the workers of each kind of machine, kinds and workers in the order in which they come."""
    groups: dict[str, list[RemoteWorker]] = {}
    for worker in workers:
        groups.setdefault(worker.environment.fingerprint, []).append(worker)
    return groups

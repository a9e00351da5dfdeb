"""What dask's threads have to tell the main thread, in one queue: lines, ends, and workers that come and go."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

Kind = Literal["line", "waiting", "done", "add-worker", "remove-worker"]
_CLUSTER_TOPIC = "all"  # dask's own name for what concerns the whole cluster


class Message(NamedTuple):
    """One thing that happened: `key` is a task's key, or for a change of workers the worker's address."""

    kind: Kind
    key: str
    text: str = ""


class Mailbox:
    """Listens to one topic, to the cluster's changes and to futures while the block runs.

    Args:
        client: dask's client.
        topic: where the remote side of a run tells lines.
    """

    def __init__(self, client: Any, topic: str) -> None:
        """Begin empty."""
        self._client = client
        self._topic = topic
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self._client.subscribe_topic(self._topic, self._hear_trial)
        self._client.subscribe_topic(_CLUSTER_TOPIC, self._hear_cluster)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client.status == "running":
            self._client.unsubscribe_topic(self._topic)
            self._client.unsubscribe_topic(_CLUSTER_TOPIC)

    def get(self, timeout_s: float | None) -> Message | None:
        """Return the next message, asleep until there is one; None where none comes in time."""
        try:
            return self._messages.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def expect(self, future: Any) -> None:
        """Tell when a future is done, however it ends."""
        future.add_done_callback(self._hear_end)

    def _hear_trial(self, event: tuple[float, Mapping[str, Any]]) -> None:
        _, told = event
        self._messages.put(Message(told["kind"], told["key"], told["text"]))

    def _hear_cluster(self, event: tuple[float, Mapping[str, Any]]) -> None:
        _, told = event
        if told.get("action") in ("add-worker", "remove-worker"):
            self._messages.put(Message(told["action"], told["worker"]))

    def _hear_end(self, future: Any) -> None:
        self._messages.put(Message("done", future.key))

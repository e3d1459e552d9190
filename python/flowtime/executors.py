"""Ensembles on the workers of a pool or of a cluster."""

from __future__ import annotations

import math
import pickle
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast
from uuid import uuid4

from flowtime import _native as engine
from flowtime._warn import warn
from flowtime.exceptions import ArgumentError, ArgumentTypeError, FlowtimeError
from flowtime.request import Request, whole

if TYPE_CHECKING:
    from flowtime.plan import Plan

__all__ = ["checked", "compute_part", "ensemble_on"]

Report: TypeAlias = Callable[[float], object]

# Parts begin at multiples of so many scenarios.
_LEAF = 1024

# Parts that are out at a time: enough for hundreds of workers, and what comes back of them fits into memory.
_WINDOW = 256

# Seconds after which whoever waits looks up.
_TICK = 0.05

# How often a part is given to the executor before it is computed here.
_TRIES = 2

# Seconds without a word from the executor, or so many times its longest silence before, after which parts that are
# out are computed here too. A pool of processes whose worker was killed while it handed something back is silent for
# ever: the others wait for the lock that the dead one holds.
_PATIENCE = 30.0
_SILENCES = 10

# What a part has to do unless told otherwise: well under a second.
_OPERATIONS = 1e9

# Ensembles that nobody waits for any more. Only threads of this process see it; other workers end their part.
_stopped: set[str] = set()


class _Stopped(Exception):
    """Nobody waits for this part."""


class _Part(NamedTuple):
    start: int
    stop: int
    tries: int = 0


def checked(executor: object, part: object) -> tuple[Executor, int | None] | None:
    """The executor and the size of its parts, or what is wrong with them."""
    if executor is None:
        if part is not None:
            raise ArgumentError("`part` is for an `executor=`, and there is none")
        return None
    if not isinstance(executor, Executor):
        hint = ": give `client.get_executor()`" if hasattr(executor, "get_executor") else ""
        raise ArgumentTypeError(
            f"`executor` is of type `{type(executor).__name__}`, not a `concurrent.futures.Executor`{hint}"
        )
    return executor, None if part is None else whole("part", part, 1, 2**53)


def compute_part(version: str, key: str, plan: bytes, request: Request, round: bytes, start: int, stop: int) -> bytes:
    """What a worker does: some scenarios of an ensemble. It keeps the plans that it saw last, and nothing else."""
    if version != engine.ENGINE_VERSION:
        raise ArgumentError(
            f"a worker has flowtime {engine.ENGINE_VERSION}, but the ensemble is of flowtime {version}: "
            "install the same version everywhere"
        )

    def look(_: float) -> None:
        if key in _stopped:
            raise _Stopped

    return _unpacked(plan)._native.ensemble_part(request, round, start, stop, look)


@lru_cache(maxsize=8)
def _unpacked(plan: bytes) -> Plan:
    return cast("Plan", pickle.loads(plan))


def ensemble_on(
    executor: Executor, part: int | None, plan: Plan, request: Request, report: Report | None
) -> engine.Ensemble:
    """The ensemble, its parts computed by `executor`: the same bits as if they were computed here."""
    return _Sender(executor, plan, request, report).ensemble(_leaves(plan, request, part))


def _leaves(plan: Plan, request: Request, part: int | None) -> int:
    if part is not None:
        return -(-part // _LEAF)
    each = min(_OPERATIONS / max(plan._native.operations, 1.0), request["scenarios"] / 16)
    # What is known of so many scenarios as a power of two is least.
    return 1 << int(math.log2(max(each / _LEAF, 1.0)))


class _Sender:
    """Parts that are out, and what becomes of them."""

    def __init__(self, executor: Executor, plan: Plan, request: Request, report: Report | None) -> None:
        self._executor = executor
        self._plan = plan
        self._packed = pickle.dumps(plan)
        self._request = request
        self._report = report
        self._key = uuid4().hex
        self._waiting: deque[_Part] = deque()
        self._out: dict[Future[bytes], _Part] = {}
        # Those that the executor cannot do.
        self._here: deque[_Part] = deque()
        # Why it takes none at all any more.
        self._broken: Exception | None = None
        self._warned = False
        self._known = 0
        self._done = 0.0
        self._heard = time.monotonic()
        self._silence = 0.0

    def ensemble(self, leaves: int) -> engine.Ensemble:
        job = self._plan._native.ensemble_job(self._request)
        # Exact quantiles mostly take two rounds; during later ones all looks done.
        rounds = 2 if self._request["quantiles"] and not self._request["tolerance"] else 1
        share = 1 / (self._request["scenarios"] * rounds)
        try:
            while (round := job.round()) is not None:
                self._waiting.extend(_Part(*scenarios) for scenarios in job.parts(leaves))
                self._heard = time.monotonic()
                while self._waiting or self._out or self._here:
                    self._send(round)
                    for part, found in [*self._own(round), *self._arrived()]:
                        job.add(found)
                        self._known += part.stop - part.start
                        self._done = min(self._known * share, 1.0)
                    self._tell(self._done)
            return job.finish()
        except BaseException:
            self._stop()
            raise

    def _send(self, round: bytes) -> None:
        """Fills the window."""
        while self._waiting and len(self._out) < _WINDOW and self._broken is None:
            part = self._waiting[0]
            request = self._request_of(part)
            # Workers are many: one thread each, unless more were asked for.
            request["threads"] = request["threads"] or 1
            try:
                future = self._executor.submit(
                    compute_part, engine.ENGINE_VERSION, self._key, self._packed, request, round, part.start, part.stop
                )
            except Exception as error:
                if not self._known and not self._out and not part.tries:
                    raise ArgumentError(f"the executor takes no work: {_words(error)}") from error
                self._broken = error
                break
            self._out[future] = part
            self._waiting.popleft()
        if self._broken is not None and self._waiting:
            self._lost(self._broken, self._waiting)
            self._waiting.clear()

    def _request_of(self, part: _Part) -> Request:
        """What is asked for, with no more of the inputs than this part needs."""
        own = slice(part.start, part.stop)
        inputs = [
            (name, sort, numbers[own] if sort.startswith("per scenario") else numbers)
            for name, sort, numbers in self._request["inputs"]
        ]
        return {**self._request, "inputs": inputs}

    def _own(self, round: bytes) -> list[tuple[_Part, bytes]]:
        """One part that is computed here, if the executor leaves any."""
        if not self._here and self._out and self._silent():
            future, part = next(iter(self._out.items()))
            del self._out[future]
            future.cancel()
            self._lost(TimeoutError("it has not answered for a long time"), [part])
        if not self._here:
            return []
        part = self._here.popleft()
        native = self._plan._native
        found = native.ensemble_part(
            self._request_of(part), round, part.start, part.stop, lambda _: self._tell(self._done)
        )
        return [(part, found)]

    def _arrived(self) -> list[tuple[_Part, bytes]]:
        """What has come back within a moment."""
        found = []
        for future in wait(self._out, 0 if self._here else _TICK, FIRST_COMPLETED).done:
            now = time.monotonic()
            self._silence = max(self._silence, now - self._heard)
            self._heard = now
            part = self._out.pop(future)
            try:
                found.append((part, future.result()))
            except (FlowtimeError, ImportError):
                # It would be so everywhere.
                raise
            except Exception as error:
                # Whatever else goes wrong is about the worker: it died, it was taken away, it has no memory.
                if part.tries + 1 < _TRIES:
                    self._waiting.appendleft(part._replace(tries=part.tries + 1))
                else:
                    self._lost(error, [part])
        return found

    def _silent(self) -> bool:
        return time.monotonic() - self._heard > max(_PATIENCE, _SILENCES * self._silence)

    def _lost(self, error: Exception, parts: deque[_Part] | list[_Part]) -> None:
        """Takes on what the executor cannot do."""
        self._here.extend(parts)
        if not self._warned:
            self._warned = True
            warn(f"the executor cannot go on, and what is missing is computed here: {_words(error)}")

    def _tell(self, done: float) -> None:
        if self._report is not None:
            self._report(done)

    def _stop(self) -> None:
        _stopped.add(self._key)
        for future in self._out:
            future.cancel()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]

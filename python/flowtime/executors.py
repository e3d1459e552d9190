"""Ensembles and sweeps on the workers of a pool or of a cluster."""

from __future__ import annotations

import math
import pickle
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast
from uuid import uuid4

from flowtime import _native as engine
from flowtime._warn import warn
from flowtime.exceptions import ArgumentError, ArgumentTypeError, FlowtimeError
from flowtime.request import Request, whole

if TYPE_CHECKING:
    from flowtime.plan import Plan
    from flowtime.sweep import Points

__all__ = ["checked", "compute_part", "ensemble_on", "sweep_on"]

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
    point: int
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
    (ensemble,) = _Sender(executor, plan, [request], report).ensembles(_leaves(plan, request, part, 1))
    return ensemble


def sweep_on(
    executor: Executor, part: int | None, plan: Plan, points: Points, request: Request, report: Report | None
) -> list[engine.Ensemble]:
    """The same at every point of a sweep. The parts of a point do not wait for those of the others."""
    columns = [*points.columns.items()]
    # What is wrong with the points one scenario of each says, before any work.
    plan._native.sweep(columns, _one_of(request), None)
    count = len(columns[0][1])
    requests: list[Request] = [
        {**request, "inputs": request["inputs"] + [(name, "number", float(numbers[n])) for name, numbers in columns]}
        for n in range(count)
    ]
    found = _Sender(executor, plan, requests, report).ensembles(_leaves(plan, request, part, count))
    return plan._native.swept(columns, found)


def _one_of(request: Request) -> Request:
    """The same for the first scenario alone; whether limits are kept, parts say."""
    seeds = request["seeds"]
    first = request | {
        "scenarios": 1,
        "seeds": seeds and seeds[:1],
        "inputs": _inputs_of(request, slice(1)),
        "series": [],
        "threads": 1,
        "limits": None,
    }
    return cast("Request", first)


def _inputs_of(request: Request, scenarios: slice) -> list[tuple[str, str, Any]]:
    """What some scenarios need of the inputs."""
    return [
        (name, sort, numbers[scenarios] if sort.startswith("per scenario") else numbers)
        for name, sort, numbers in request["inputs"]
    ]


def _leaves(plan: Plan, request: Request, part: int | None, points: int) -> int:
    if part is not None:
        return -(-part // _LEAF)
    each = min(_OPERATIONS / max(plan._native.operations, 1.0), request["scenarios"] * points / 16)
    # What is known of so many scenarios as a power of two is least.
    return 1 << int(math.log2(max(each / _LEAF, 1.0)))


class _Begun:
    """An ensemble of which parts are computed."""

    def __init__(self, plan: Plan, request: Request) -> None:
        self.request = request
        self._job = plan._native.ensemble_job(request)
        self.round: bytes | None = None
        self._missing = 0
        self._known = 0
        # Exact quantiles mostly take two rounds; during later ones all looks done.
        rounds = 2 if request["quantiles"] and not request["tolerance"] else 1
        self._expected = request["scenarios"] * rounds

    def begin_round(self, point: int, leaves: int) -> list[_Part]:
        """The parts of the next round; none when all is known."""
        self.round = self._job.round()
        parts = [] if self.round is None else [_Part(point, *scenarios) for scenarios in self._job.parts(leaves)]
        self._missing = len(parts)
        return parts

    def add(self, part: _Part, found: bytes) -> bool:
        """Adds a part, and says whether it was the last of its round."""
        self._job.add(found)
        self._known += part.stop - part.start
        self._missing -= 1
        return not self._missing

    @property
    def done(self) -> float:
        return min(self._known / self._expected, 1.0)

    def finish(self) -> engine.Ensemble:
        return self._job.finish()


class _Sender:
    """Parts that are out, and what becomes of them."""

    def __init__(self, executor: Executor, plan: Plan, requests: list[Request], report: Report | None) -> None:
        self._executor = executor
        self._plan = plan
        self._packed = pickle.dumps(plan)
        # By point, the next of which begins when there is room.
        self._requests = requests
        self._begun: dict[int, _Begun] = {}
        self._finished: dict[int, engine.Ensemble] = {}
        self._report = report
        self._key = uuid4().hex
        self._waiting: deque[_Part] = deque()
        self._out: dict[Future[bytes], _Part] = {}
        # Those that the executor cannot do.
        self._here: deque[_Part] = deque()
        # Why it takes none at all any more.
        self._broken: Exception | None = None
        self._warned = False
        self._known = False
        self._heard = time.monotonic()
        self._silence = 0.0

    def ensembles(self, leaves: int) -> list[engine.Ensemble]:
        points = len(self._requests)
        try:
            while len(self._finished) < points:
                self._begin(leaves)
                self._send()
                for part, found in [*self._own(), *self._arrived()]:
                    self._known = True
                    if self._begun[part.point].add(part, found):
                        self._continue(part.point, leaves)
                self._tell()
            return [self._finished[point] for point in range(points)]
        except BaseException:
            self._stop()
            raise

    def _begin(self, leaves: int) -> None:
        """Begins with more points, if there is room for their parts."""
        while not self._waiting and not self._here and len(self._out) < _WINDOW:
            point = len(self._begun) + len(self._finished)
            if point == len(self._requests):
                break
            self._begun[point] = _Begun(self._plan, self._requests[point])
            self._continue(point, leaves)
            self._send()
            self._tell()

    def _continue(self, point: int, leaves: int) -> None:
        """What a point needs next; when that is nothing, it is finished."""
        parts = self._begun[point].begin_round(point, leaves)
        if parts:
            # Points that were begun first are finished first: few are in memory.
            self._waiting.extendleft(reversed(parts))
            self._heard = time.monotonic()
        else:
            self._finished[point] = self._begun.pop(point).finish()

    def _send(self) -> None:
        """Fills the window."""
        while self._waiting and len(self._out) < _WINDOW and self._broken is None:
            part = self._waiting[0]
            request, round = self._asked_of(part)
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

    def _asked_of(self, part: _Part) -> tuple[Request, bytes]:
        """What is asked for, with no more of the inputs than this part needs, and the round."""
        begun = self._begun[part.point]
        request: Request = {**begun.request, "inputs": _inputs_of(begun.request, slice(part.start, part.stop))}
        return request, begun.round or b""

    def _own(self) -> list[tuple[_Part, bytes]]:
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
        found = native.ensemble_part(*self._asked_of(part), part.start, part.stop, lambda _: self._tell())
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

    def _tell(self) -> None:
        if self._report is not None:
            done = len(self._finished) + sum(begun.done for begun in self._begun.values())
            self._report(min(done / len(self._requests), 1.0))

    def _stop(self) -> None:
        _stopped.add(self._key)
        for future in self._out:
            future.cancel()


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]

"""Ray as an executor."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for
from typing import Any, ParamSpec, TypeVar

from flowtime.exceptions import ArgumentError
from flowtime.optional import package

__all__ = ["RayExecutor"]

P = ParamSpec("P")
T = TypeVar("T")


class RayExecutor(Executor):
    """A `concurrent.futures.Executor` whose calls are Ray tasks; for `Plan.ensemble`, and for whatever takes one.

    Ray is started, or the cluster of `RAY_ADDRESS` is joined, unless `ray.init(…)` was called before. Ray itself
    runs a task again whose worker died. What comes of its end, `shutdown` or the end of a `with`, is that it takes no
    calls any more; Ray goes on.

    Args:
        options: What `ray.remote` takes for each task: `num_cpus=2`, `max_retries=5`, `runtime_env={…}`.
    """

    __module__ = "flowtime"

    def __init__(self, **options: Any) -> None:
        self._ray = package("ray", "RayExecutor()")
        if not self._ray.is_initialized():
            self._ray.init()
        self._remote = self._ray.remote(**options)(_call) if options else self._ray.remote(_call)
        self._lock = threading.Lock()
        self._open = True
        self._out: set[Future[Any]] = set()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Calls `fn` in a Ray task."""
        with self._lock:
            if not self._open:
                raise ArgumentError("this executor was shut down")
            reference = self._remote.options(name=getattr(fn, "__name__", "call")).remote(fn, args, kwargs)
            future: _RayFuture[T] = _RayFuture(self._ray, reference)
            self._out.add(future)
        future.add_done_callback(self._forget)
        reference.future().add_done_callback(future.settle)
        return future

    def _forget(self, future: Future[Any]) -> None:
        with self._lock:
            self._out.discard(future)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no calls any more, and waits for those that were made."""
        with self._lock:
            self._open = False
            out = list(self._out)
        if cancel_futures:
            for future in out:
                future.cancel()
        if wait:
            wait_for(out)


def _call(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    # Ray makes tasks of functions alone, not of whatever can be called.
    return fn(*args, **kwargs)


class _RayFuture(Future[T]):
    """What comes of a Ray task; one that runs can be cancelled too."""

    def __init__(self, ray: Any, reference: Any) -> None:
        super().__init__()
        self._ray = ray
        self._reference = reference
        # Whether it is cancelled or settled is said once.
        self._first = threading.Lock()

    def cancel(self) -> bool:
        """Asks Ray to stop the task, and waits for it no more."""
        with self._first:
            fresh = not self.cancelled()
            cancelled = super().cancel()
            if cancelled and fresh:
                self.set_running_or_notify_cancel()
        if cancelled and fresh:
            self._ray.cancel(self._reference)
        return cancelled

    def settle(self, done: Future[T]) -> None:
        """Takes what came back; of errors of the call what was raised, not what Ray has around it."""
        with self._first:
            if self.cancelled():
                return
            self.set_running_or_notify_cancel()
        error = done.exception()
        if error is None:
            self.set_result(done.result())
        else:
            cause = getattr(error, "cause", None)
            self.set_exception(cause if isinstance(cause, Exception) else error)

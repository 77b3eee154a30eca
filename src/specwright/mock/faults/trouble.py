"""What fault profiles do to a request to an API: nothing, a delay, an error, a broken connection, a spoilt answer."""

from functools import cached_property, partial

from specwright.mock.faults.decide import Failed, Fault, Occasion, decide
from specwright.mock.namespaces import Namespace
from specwright.mock.reply import Reply, reply_of
from specwright.mock.store import Owner, Store
from specwright.plan import Api, Operation, view
from specwright.runtime.refusals import Refusal, Refusals
from specwright.runtime.routing import Router
from specwright.spec.schemas import Schemas

REASON = "a fault profile of the mock asks for this answer"


class Trouble:
    """Decides on the faults of one API and says its errors; made ready when the first profile is set."""

    def __init__(self, name: str, api: Api) -> None:
        self._name, self._api = name, api

    def fault(self, store: Store, namespace: Namespace, method: str, path: str) -> Fault | None:
        """Return what happens to a request with ``path`` below the API's name."""
        faults = namespace.control.faults
        if faults is None:
            return None
        occasion = Occasion(self._name, self.operation_id(method, path), namespace.control.clock.now())
        with store.transaction(namespace.id):
            count = partial(store.count, Owner(namespace.id, ""))
            return decide(faults, occasion, namespace.control.seed, count)

    def error(self, failed: Failed, method: str, path: str) -> Reply:
        """Return the error that the API declares for the status, RFC 9457 where it declares none."""
        refusal = Refusal(failed.status, REASON)
        declared = reply_of(self._refusals.answer(self._operation(method, path), refusal))
        said = {name for name, _ in failed.headers}
        kept = [(name, value) for name, value in declared.headers if name.lower() not in said]
        return declared._replace(headers=[*kept, *failed.headers])

    def operation_id(self, method: str, path: str) -> str | None:
        """Return the id of the operation that a request is for, None when it is for none."""
        operation = self._operation(method, path)
        return operation.operation_id if operation else None

    def _operation(self, method: str, path: str) -> Operation | None:
        if not path.startswith(self._api.base_path):
            return None
        match = self._router.match(path[len(self._api.base_path) :], method)
        return match.targets.get(method) if match else None

    @cached_property
    def _router(self) -> Router[Operation]:
        return Router((item.method, item.path, item) for item in self._api.operations)

    @cached_property
    def _refusals(self) -> Refusals:
        return Refusals(self._api.contract, Schemas(view(self._api.contract, "response")))

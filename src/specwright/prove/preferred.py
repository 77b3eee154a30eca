"""Every declared status of a server that follows the header Prefer, as Prism and our mock do."""

from collections.abc import Iterator
from dataclasses import dataclass

from specwright.prove.evidence import Case, Reply, Unproved
from specwright.prove.probes import Probe, Send, Undecided, said
from specwright.prove.requests import Requests, Unsendable
from specwright.prove.spelling import Unspellable


def preferred(requests: Requests, send: Send) -> Iterator[Probe | Unproved]:
    """Yield a probe for every status that an operation declares."""
    for operation in requests.subject.api.operations:
        for code in sorted({response.code for response in operation.responses if response.code}):
            location, name = f"response {code}", operation.operation_id
            try:
                draft = requests.sound(operation).having("header", "Prefer", f"code={code}")
            except (Unsendable, Unspellable) as error:
                yield Unproved(name, location, "", "status", "answer sent", str(error))
                continue
            case = Case("answers", name, location, "", "status", "answer sent", "preferred", draft.built())
            yield Probe(case, send, Followed(code))


@dataclass(frozen=True)
class Followed:
    """The answer has the status that was asked for."""

    code: int

    def __call__(self, reply: Reply) -> str:
        """Return what is wrong; raises Undecided where the server does not follow preferences."""
        if reply.header("preference-applied") is None and reply.status != self.code:
            raise Undecided("the server does not follow the header Prefer, so that no status can be asked for")
        return "" if reply.status == self.code else f"answered {said(reply)}: must be {self.code}"

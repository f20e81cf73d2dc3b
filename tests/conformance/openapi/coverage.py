"""How often each operation was called and how it answered, as a table."""

from collections import Counter
from dataclasses import dataclass, field

# Operations that no caller can bring to success, and why.
UNREACHED = {
    f"{service}_DiscardDeadLetter": "there is a dead letter only where a fold failed, which no caller can cause"
    for service in ["gateway", "reporting", "tickets"]
}


@dataclass
class Coverage:
    """Answers by operation and class of status."""

    operations: list[str]
    answers: dict[str, Counter] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    def add(self, operation: str, status: int, body: str) -> None:
        self.answers.setdefault(operation, Counter())[status // 100] += 1
        if status >= 400:
            self.refusals[operation] = body

    def succeeded(self, operation: str) -> bool:
        return self.answers.get(operation, Counter())[2] > 0

    @property
    def unreached(self) -> list[str]:
        return [operation for operation in self.operations if not self.succeeded(operation)]

    @property
    def share(self) -> float:
        return 1 - len(self.unreached) / len(self.operations)

    def lines(self) -> list[str]:
        """The table, one line for each operation, and the share."""
        told = [f"{'operation':40} {'calls':>6} {'2xx':>6} {'4xx':>6} {'5xx':>6}"]
        for operation in self.operations:
            seen = self.answers.get(operation, Counter())
            refused = self.refusals.get(operation, "not called")
            note = "" if seen[2] else f"  {UNREACHED.get(operation, refused)}"
            told.append(f"{operation:40} {seen.total():6} {seen[2]:6} {seen[4]:6} {seen[5]:6}{note}")
        reached = len(self.operations) - len(self.unreached)
        told.append(
            f"{reached} of {len(self.operations)} unary operations ({self.share:.0%}) answered with success "
            f"at least once, in {sum(seen.total() for seen in self.answers.values())} calls"
        )
        return told

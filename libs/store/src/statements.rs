//! Counts of what was sent to the database, so that a test can show that work does not grow with the
//! number of commands or rows.

use std::sync::atomic::{AtomicU64, Ordering};

/// Live counters of one store.
#[derive(Debug, Default)]
pub struct Statements {
    reads: AtomicU64,
    writes: AtomicU64,
    transactions: AtomicU64,
}

/// The counters at one moment; subtract two to see what lies between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatementCount {
    /// Statements outside write transactions.
    pub reads: u64,
    /// Statements inside write transactions, BEGIN and COMMIT not counted.
    pub writes: u64,
    /// Write transactions begun.
    pub transactions: u64,
}

impl Statements {
    /// The counters now.
    pub fn count(&self) -> StatementCount {
        StatementCount {
            reads: self.reads.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn read(&self) {
        self.reads.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn wrote(&self) {
        self.writes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn began(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }
}

impl std::ops::Sub for StatementCount {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            reads: self.reads - earlier.reads,
            writes: self.writes - earlier.writes,
            transactions: self.transactions - earlier.transactions,
        }
    }
}
